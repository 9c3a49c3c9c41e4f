//! A table of aligned columns.

use super::paint::{Paint, Tone, fit, width};

/// One cell: its text and what it means.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A cell of a tone.
    pub(super) fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }

    /// Its text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Cuts its text to some columns.
    pub(super) fn shorten(&mut self, columns: usize) {
        self.text = fit(&self.text, columns);
    }
}

/// On which side a column is flush.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// Lines of the table, each column as wide as its widest cell, two blanks between columns.
pub(super) fn lines(sides: &[Side], rows: &[Vec<Cell>], paint: Paint) -> Vec<String> {
    let widths: Vec<usize> = (0..sides.len())
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| width(&cell.text))
                .max()
                .unwrap_or(0)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let mut line = String::from(" ");
            for ((cell, side), wide) in row.iter().zip(sides).zip(&widths) {
                let blanks = " ".repeat(wide.saturating_sub(width(&cell.text)));
                let text = paint.tone(cell.tone, &cell.text);
                line.push(' ');
                match side {
                    Side::Left => line.extend([text.as_str(), &blanks]),
                    Side::Right => line.extend([blanks.as_str(), &text]),
                }
                line.push(' ');
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// A bar of some columns for a share between 0 and 1, in eighths of a column.
pub(super) fn bar(share: f64, columns: u32) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let full = f64::from(columns * 8);
    // A share that is not nothing is never drawn as nothing.
    let least = if share > 0.0 { 1.0 } else { 0.0 };
    let units = (share.clamp(0.0, 1.0) * full).round().max(least) as usize;
    format!("{}{}", "█".repeat(units / 8), EIGHTHS[units % 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_in_both_scripts() {
        let row = |name: &str, number: &str| {
            vec![Cell::new(name, Tone::Plain), Cell::new(number, Tone::Bad)]
        };
        let rows = [row("规则", "7"), row("rule four", "12,345")];
        let lines = lines(&[Side::Left, Side::Right], &rows, Paint(false));
        assert_eq!(
            lines,
            ["  规则            7", "  rule four  12,345"].map(|line| line.to_owned())
        );
        assert!(lines.iter().all(|line| width(line) == 19));
    }

    #[test]
    fn a_bar_shows_that_something_is_there() {
        assert_eq!(bar(0.0, 8), "");
        assert_eq!(bar(0.000_1, 8), "▏");
        assert_eq!(bar(0.5, 4), "██");
        assert_eq!(bar(7.0, 2), "██");
    }
}
