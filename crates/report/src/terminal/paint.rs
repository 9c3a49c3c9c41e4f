//! Colours, and text made safe and measured for a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a piece of text means; each has its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tone {
    /// Ordinary text.
    Plain,
    /// Headings.
    Strong,
    /// Side notes.
    Faint,
    /// In order.
    Good,
    /// Watch.
    Warn,
    /// Broken.
    Bad,
}

/// Paints or does not paint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    /// The text in the colour of its tone.
    pub(super) fn tone(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "31",
        };
        if self.0 && !text.trim().is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The text without anything that steers a terminal or turns the direction of writing.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\t' | '\n' | '\r' => ' ',
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                char::REPLACEMENT_CHARACTER
            }
            other if other.is_control() => char::REPLACEMENT_CHARACTER,
            other => other,
        })
        .collect()
}

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text cut to some columns, with an ellipsis where something is left out.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut taken = 0;
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if taken + wide + 1 > columns {
            break;
        }
        taken += wide;
        kept.push(character);
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// The text broken into lines of some columns, at blanks where there are any and anywhere in
/// Chinese text.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in pieces(text) {
        if !line.is_empty() && width(&line) + width(word.trim_end()) > columns {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        line.push_str(word);
        while width(line.trim_end()) > columns {
            let head = fit(&line, columns + 1).trim_end_matches('…').to_owned();
            line = line.split_off(head.len());
            lines.push(head);
        }
    }
    if !line.trim_end().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Words with the blanks behind them; every wide character that may begin a line is a word.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut previous = ' ';
    for (index, character) in text.char_indices() {
        let wide = character.width() == Some(2) && !"，。、：；！？）”】》".contains(character);
        let after_wide = previous.width() == Some(2) && !"（“【《".contains(previous);
        let begins = wide && !"（“【《".contains(previous) || previous == ' ' || after_wide && wide;
        if index > start && begins && character != ' ' {
            pieces.push(&text[start..index]);
            start = index;
        }
        previous = character;
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_steers_the_terminal() {
        assert_eq!(
            clean("a\u{1b}[2Jb\u{7}\u{9b}c\nd\u{202e}e"),
            "a�[2Jb��c d�e"
        );
    }

    #[test]
    fn text_is_cut_by_columns_and_not_by_characters() {
        assert_eq!(fit("超过法定期限", 12), "超过法定期限");
        assert_eq!(fit("超过法定期限", 8), "超过法…");
        assert_eq!(width(&fit("超过法定期限", 8)), 7);
        assert_eq!(fit("abc", 0), "");
    }

    #[test]
    fn lines_are_broken_within_their_columns_and_lose_nothing() {
        for text in [
            "先来先办；超前八位以上需说明（见公告），逾期不候",
            "first come, first served",
            "aaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            let lines = wrap(text, 10);
            assert!(lines.iter().all(|line| width(line) <= 10), "{lines:?}");
            let squeeze = |text: &str| text.replace(' ', "");
            assert_eq!(squeeze(&lines.concat()), squeeze(text));
        }
        assert_eq!(
            wrap("first come, first served", 12),
            ["first come,", "first served"]
        );
    }
}
