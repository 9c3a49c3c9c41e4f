//! Counts over time as small pictures: the same time axis for every rule, so that they can be
//! compared.

use cage_model::Tally;
use cage_runtime::{Month, Outcome};

use super::markup::Page;

/// Bars of one picture at most; longer logs are drawn by quarter, by year, and so on.
const BARS_MAX: usize = 60;
/// Bars of a short log are not drawn wider than this share of the picture.
const BARS_MIN: usize = 8;

/// The time axis of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Axis {
    /// The first month, counted from year 0.
    first: i64,
    /// How many bars.
    bars: usize,
    /// Months of one bar.
    step: i64,
}

/// What one bar stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Bar {
    /// Activations.
    pub(super) activated: u64,
    /// Violations.
    pub(super) violated: u64,
}

const fn index(month: &Month) -> i64 {
    month.year as i64 * 12 + month.month as i64 - 1
}

impl Axis {
    /// The axis over all months in which any rule saw anything; `None` when none did.
    pub(super) fn of(outcome: &Outcome) -> Option<Self> {
        Self::over(outcome.rules.iter().flat_map(|rule| &rule.months))
    }

    fn over<'a>(months: impl Iterator<Item = &'a Month> + Clone) -> Option<Self> {
        let (first, last) = (months.clone().map(index).min()?, months.map(index).max()?);
        let length = last - first + 1;
        let step = [1, 3, 6, 12, 24, 60, 120, 600, 1_200]
            .into_iter()
            .find(|step| length <= step * BARS_MAX as i64)
            .unwrap_or(12_000);
        // Quarters and years begin where the calendar begins them.
        let first = first.div_euclid(step) * step;
        let bars = usize::try_from((last - first) / step + 1).unwrap_or(1);
        Some(Self { first, bars, step })
    }

    /// The counts of a rule by bar.
    pub(super) fn bars(self, months: &[Month]) -> Vec<Bar> {
        let mut bars = vec![Bar::default(); self.bars];
        for month in months {
            let place = (index(month) - self.first) / self.step;
            if let Some(bar) = usize::try_from(place).ok().and_then(|at| bars.get_mut(at)) {
                bar.activated += month.activated;
                bar.violated += month.violated;
            }
        }
        bars
    }

    /// What a bar's time is called: 2026-03, 2026 Q1, 2026, 2020–2024.
    pub(super) fn name(self, bar: usize) -> String {
        let month = self.first + self.step * bar as i64;
        let (year, rest) = (month.div_euclid(12), month.rem_euclid(12));
        match self.step {
            1 => format!("{year:04}-{:02}", rest + 1),
            3 => format!("{year:04} Q{}", rest / 3 + 1),
            6 => format!("{year:04} H{}", rest / 6 + 1),
            12 => format!("{year:04}"),
            step => format!("{year:04}–{:04}", year + step / 12 - 1),
        }
    }
}

/// A sparkline of violations, with its extremes in words.
pub(super) fn sparkline(page: &mut Page, axis: Axis, months: &[Month]) {
    const WIDTH: f64 = 96.0;
    const HEIGHT: f64 = 26.0;
    let bars = axis.bars(months);
    let most = bars.iter().map(|bar| bar.violated).max().unwrap_or(0);
    page.raw("<svg class=\"spark\" viewBox=\"0 0 96 28\" width=\"96\" height=\"28\" role=\"img\" aria-label=\"")
        .text(&axis.name(0))
        .raw(" – ")
        .text(&axis.name(bars.len() - 1))
        .raw(", max ")
        .count(most)
        .raw("\"><path class=\"base\" d=\"M0 27h96\"/>");
    let pitch = WIDTH / bars.len().max(BARS_MIN) as f64;
    for (number, bar) in bars.iter().enumerate().filter(|(_, bar)| bar.violated > 0) {
        let height = (bar.violated as f64 / most as f64 * HEIGHT).max(1.5);
        page.raw("<rect x=\"")
            .coordinate(number as f64 * pitch)
            .raw("\" y=\"")
            .coordinate(27.0 - height)
            .raw("\" width=\"")
            .coordinate((pitch - 0.5).max(0.8))
            .raw("\" height=\"")
            .coordinate(height)
            .raw("\"/>");
    }
    page.raw("</svg>");
}

/// A chart of violations over time with its scale, and the same numbers as a table.
pub(super) fn chart(page: &mut Page, axis: Axis, months: &[Month]) {
    const LEFT: f64 = 44.0;
    const WIDTH: f64 = 640.0 - LEFT - 8.0;
    const BASE: f64 = 112.0;
    const HEIGHT: f64 = 96.0;
    let bars = axis.bars(months);
    let most = bars.iter().map(|bar| bar.violated).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let top = round_up(most);
    page.raw("<figure class=\"chart\"><figcaption>")
        .two("每期待核偏离数", "Deviations per period")
        .raw("</figcaption><svg viewBox=\"0 0 640 136\" aria-hidden=\"true\">");
    for part in 0..=2 {
        let y = BASE - HEIGHT * f64::from(part) / 2.0;
        page.raw("<path class=\"grid\" d=\"M44 ")
            .coordinate(y)
            .raw("H632\"/><text class=\"end\" x=\"38\" y=\"")
            .coordinate(y + 4.0)
            .raw("\">")
            .count(top * u64::from(part as u32) / 2)
            .raw("</text>");
    }
    let pitch = WIDTH / bars.len().max(BARS_MIN) as f64;
    for (number, bar) in bars.iter().enumerate() {
        let height = bar.violated as f64 / top as f64 * HEIGHT;
        page.raw("<rect x=\"")
            .coordinate(LEFT + number as f64 * pitch + pitch * 0.1)
            .raw("\" y=\"")
            .coordinate(BASE - height)
            .raw("\" width=\"")
            .coordinate(pitch * 0.8)
            .raw("\" height=\"")
            .coordinate(height)
            .raw("\"><title>")
            .text(&axis.name(number))
            .raw(": ")
            .count(bar.violated)
            .raw(" / ")
            .count(bar.activated)
            .raw("</title></rect>");
    }
    // As many names under the bars as have room.
    let every = (bars.len().max(BARS_MIN)).div_ceil(9);
    for number in (0..bars.len()).step_by(every) {
        page.raw("<text x=\"")
            .coordinate(LEFT + number as f64 * pitch + pitch * 0.1)
            .raw("\" y=\"130\">")
            .text(&axis.name(number))
            .raw("</text>");
    }
    page.raw("</svg>");
    table(page, axis, &bars);
    page.raw("</figure>");
}

fn table(page: &mut Page, axis: Axis, bars: &[Bar]) {
    page.raw("<details class=\"twin\"><summary>")
        .two("看表格", "Show as a table")
        .raw("</summary><table class=\"tbl\"><thead><tr><th>")
        .two("时间", "Period")
        .raw("</th><th class=\"num\">")
        .two("触发", "Activated")
        .raw("</th><th class=\"num\">")
        .two("偏离", "Violated")
        .raw("</th><th class=\"num\">%</th></tr></thead><tbody>");
    for (number, bar) in bars.iter().enumerate() {
        if *bar == Bar::default() {
            continue;
        }
        page.raw("<tr><td>")
            .text(&axis.name(number))
            .raw("</td><td class=\"num\">")
            .count(bar.activated)
            .raw("</td><td class=\"num\">")
            .count(bar.violated)
            .raw("</td><td class=\"num\">")
            .percent(bar.violated, bar.activated)
            .raw("</td></tr>");
    }
    page.raw("</tbody></table></details>");
}

/// The next number that reads well on a scale: 2, 4, 6, 10, 20, 40 and so on.
fn round_up(number: u64) -> u64 {
    let mut unit = 1u64;
    loop {
        for step in [2, 4, 6, 10] {
            let candidate = unit.saturating_mul(step);
            if candidate >= number || candidate == u64::MAX {
                return candidate;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

/// Activations as one bar: what each became. The parts add up to the whole.
pub(super) fn shares(page: &mut Page, counts: Tally) {
    const WIDTH: f64 = 400.0;
    let whole = counts.activated.max(1) as f64;
    page.raw("<svg class=\"shares\" viewBox=\"0 0 400 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    let mut x = 0.0;
    let parts: [(u64, &'static str); 4] = [
        (counts.violated, "<rect class=\"over\" x=\""),
        (counts.undecided, "<rect class=\"soon\" x=\""),
        (counts.pending, "<rect class=\"pause\" x=\""),
        (counts.satisfied, "<rect class=\"ok\" x=\""),
    ];
    for (count, begin) in parts {
        if count == 0 {
            continue;
        }
        let wide = (count as f64 / whole * WIDTH).max(1.5);
        page.raw(begin)
            .coordinate(x)
            .raw("\" y=\"0\" height=\"10\" width=\"")
            .coordinate(wide)
            .raw("\"/>");
        x += wide;
    }
    page.raw("</svg>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_on_round_numbers() {
        for (number, top) in [
            (1, 2),
            (2, 2),
            (3, 4),
            (5, 6),
            (7, 10),
            (11, 20),
            (4_321, 6_000),
        ] {
            assert_eq!(round_up(number), top, "{number}");
        }
        assert!(round_up(u64::MAX) >= u64::MAX - 1);
    }

    #[test]
    fn bars_are_months_quarters_or_years_by_the_length_of_the_log() {
        let month = |year, month| Month {
            year,
            month,
            activated: 2,
            violated: 1,
        };
        for (months, names, total) in [
            ([month(2026, 3), month(2026, 5)], ["2026-03", "2026-05"], 3),
            ([month(2020, 2), month(2026, 5)], ["2020 Q1", "2026 Q2"], 26),
            ([month(2000, 6), month(2013, 7)], ["2000 Q2", "2013 Q3"], 54),
            ([month(1990, 6), month(2026, 7)], ["1990", "2026"], 37),
            (
                [month(-9_999, 1), month(9_999, 12)],
                ["-10000–-9001", "9000–9999"],
                20,
            ),
        ] {
            let axis = Axis::over(months.iter()).unwrap();
            let bars = axis.bars(&months);
            assert_eq!(bars.len(), total);
            assert_eq!(bars.iter().map(|bar| bar.activated).sum::<u64>(), 4);
            assert_eq!([axis.name(0), axis.name(total - 1)], names);
        }
    }
}
