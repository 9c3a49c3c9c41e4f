//! How far beyond their limits the deviations of a rule are: middle, nine tenths, most, and a table
//! of bars by steps that people think in.

use cage_model::{Finding, Payload, Verdict};
use cage_runtime::Outcome;

use super::markup::Page;
use crate::clock::span;
use crate::words::Language;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// Upper bounds of the steps, and what they are called.
const STEPS: [(i64, &str, &str); 10] = [
    (HOUR, "1 小时以内", "up to 1 hour"),
    (DAY, "1 天以内", "up to 1 day"),
    (3 * DAY, "1–3 天", "1–3 days"),
    (7 * DAY, "3–7 天", "3–7 days"),
    (14 * DAY, "7–14 天", "7–14 days"),
    (30 * DAY, "14–30 天", "14–30 days"),
    (90 * DAY, "30–90 天", "30–90 days"),
    (180 * DAY, "90–180 天", "90–180 days"),
    (365 * DAY, "180–365 天", "180–365 days"),
    (i64::MAX, "365 天以上", "over 365 days"),
];

/// Fewer deviations than this are read one by one in the table of findings.
const WORTH_A_PICTURE: usize = 5;

/// How far beyond the limit a finding is, in microseconds, and whether that is still growing
/// because nothing has come. `None` for what is no violation of a time.
pub(super) fn beyond(outcome: &Outcome, finding: &Finding) -> Option<(i64, bool)> {
    if finding.verdict != Verdict::Violated {
        return None;
    }
    match finding.payload {
        Payload::Due(due) => {
            let came = finding.other.map(|event| event.at);
            let until = came.or(outcome.as_of.map(|time| time.instant()))?;
            let late = until.0.saturating_sub(due.0);
            (late > 0).then_some((late, came.is_none()))
        }
        Payload::Span { measured, limit } => {
            Some((measured.saturating_sub(limit).saturating_abs(), false))
        }
        _ => None,
    }
}

/// The distribution of one rule's deviations beyond its limits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Spread {
    /// Microseconds beyond the limit, ascending.
    sorted: Vec<i64>,
    /// Those that are still growing.
    open: u64,
}

impl Spread {
    /// The spread of one rule's findings; `None` where too few are about time.
    pub(super) fn of(outcome: &Outcome, findings: &[Finding]) -> Option<Self> {
        let all = findings.iter().filter_map(|one| beyond(outcome, one));
        Self::over(all)
    }

    fn over(all: impl Iterator<Item = (i64, bool)>) -> Option<Self> {
        let (mut sorted, mut open) = (Vec::new(), 0);
        for (micros, growing) in all {
            sorted.push(micros);
            open += u64::from(growing);
        }
        sorted.sort_unstable();
        (sorted.len() >= WORTH_A_PICTURE).then_some(Self { sorted, open })
    }

    /// The smallest value that so many percent of all do not exceed (nearest rank).
    fn percentile(&self, percent: usize) -> i64 {
        let rank = (self.sorted.len() * percent).div_ceil(100).max(1);
        self.sorted.get(rank - 1).copied().unwrap_or_default()
    }

    /// Numbers by step, from the first to the last step that has any.
    fn steps(&self) -> Vec<(&'static str, &'static str, u64)> {
        let mut least = i64::MIN;
        let mut steps = Vec::new();
        for (most, zh, en) in STEPS {
            let within = |value: &&i64| **value > least && **value <= most;
            let count = self.sorted.iter().filter(within).count() as u64;
            steps.push((zh, en, count));
            least = most;
        }
        let first = steps.iter().position(|(.., count)| *count > 0);
        let last = steps.iter().rposition(|(.., count)| *count > 0);
        match (first, last) {
            (Some(first), Some(last)) => steps.drain(first..=last).collect(),
            _ => Vec::new(),
        }
    }
}

/// The spread as three figures and a table whose bars share one scale.
pub(super) fn write(page: &mut Page, spread: &Spread) {
    page.raw("<div class=\"spread\"><h4>")
        .two("超出限度多少", "How far beyond the limit")
        .raw("</h4><p class=\"pairs\">");
    for (zh, en, percent) in [
        ("中位数", "median", 50),
        ("九成不超过", "nine in ten within", 90),
        ("最多", "most", 100),
    ] {
        let value = spread.percentile(percent);
        page.raw("<span class=\"pair\"><span class=\"sub\">")
            .two(zh, en)
            .raw("</span> <b>")
            .two(
                &span(value, Language::Chinese),
                &span(value, Language::English),
            )
            .raw("</b></span>");
    }
    if spread.open > 0 {
        page.raw("<span class=\"pair\"><span class=\"sub\">")
            .two("至判断时点仍未到来", "not come by the moment of judgement")
            .raw("</span> <b>")
            .count(spread.open)
            .raw("</b></span>");
    }
    page.raw("</p><table class=\"bars\"><tbody>");
    let steps = spread.steps();
    let most = steps.iter().map(|(.., count)| *count).max().unwrap_or(1);
    for (zh, en, count) in steps {
        page.raw("<tr><th scope=\"row\">")
            .two(zh, en)
            .raw("</th><td class=\"num\">")
            .count(count)
            .raw("</td><td>");
        bar(page, count, most);
        page.raw("</td></tr>");
    }
    page.raw("</tbody></table></div>");
}

/// A bar as long as its part of the longest one.
pub(super) fn bar(page: &mut Page, count: u64, most: u64) {
    let share = count as f64 / most.max(1) as f64 * 100.0;
    page.raw("<svg class=\"hbar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect height=\"10\" width=\"")
        .coordinate(if count > 0 { share.max(0.6) } else { 0.0 })
        .raw("\"/></svg>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occur() {
        let spread = Spread::over((1..=10).map(|day| (day * DAY, day == 10))).unwrap();
        assert_eq!(spread.percentile(50), 5 * DAY);
        assert_eq!(spread.percentile(90), 9 * DAY);
        assert_eq!(spread.percentile(100), 10 * DAY);
        assert_eq!(spread.open, 1);
        assert_eq!(Spread::over((1..5).map(|day| (day * DAY, false))), None);
    }

    #[test]
    fn steps_hold_every_value_once_and_begin_with_the_first_that_has_any() {
        let days = [1, 3, 3, 4, 7, 31, 90];
        let spread = Spread::over(days.map(|day| (day * DAY, false)).into_iter()).unwrap();
        let steps = spread.steps();
        assert_eq!(steps[0], ("1 天以内", "up to 1 day", 1));
        let counts: Vec<u64> = steps.iter().map(|(.., count)| *count).collect();
        assert_eq!(counts, [1, 2, 2, 0, 0, 2]);
        let endless = Spread::over([(i64::MAX, false); 5].into_iter()).unwrap();
        assert_eq!(endless.steps(), [("365 天以上", "over 365 days", 5)]);
    }
}
