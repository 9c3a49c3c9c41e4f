//! The acts that `bench ingest` and `bench replay` are fed with: permits of eight steps, many at once.
//!
//! Deterministic in the number of the act; now and then something is wrong with one, so that rules have findings.

use std::fmt::Write as _;

/// The steps of a case in their order.
const STEPS: [&str; 8] = [
    "accept", "assign", "review", "expert", "decide", "notice", "pay", "archive",
];
/// Cases that are open at once.
const OPEN: u64 = 1_024;
/// Officers of the office.
const OFFICERS: u64 = 2_500;
/// Every so many cases the review is left out, and every so many cases decided by who reviewed.
const UNREVIEWED: u64 = 211;
const SAME_HANDS: u64 = 173;
/// Seconds between two acts of the office, by the acts' own times.
pub(super) const SECONDS_APART: u64 = 18;

/// One act as a CloudEvent; `time` as RFC 3339, or nothing for the time of its coming.
pub(super) fn act(into: &mut String, source: u64, number: u64, time: Option<&str>) {
    let (block, within) = (number / (OPEN * 8), number % (OPEN * 8));
    let (step, case) = (within / OPEN, block * OPEN + within % OPEN);
    let kind = match STEPS[step as usize] {
        "review" if case % UNREVIEWED == 0 => "assign",
        kind => kind,
    };
    let hands = if kind == "decide" && case % SAME_HANDS != 0 {
        case + 7
    } else {
        case
    };
    let officer = hands % OFFICERS;
    let _ = write!(
        into,
        "{{\"specversion\":\"1.0\",\"id\":\"{number}\",\"source\":\"bench/{source}\",\"type\":\"{kind}\","
    );
    if let Some(time) = time {
        let _ = write!(into, "\"time\":\"{time}\",");
    }
    let _ = write!(
        into,
        "\"data\":{{\"objects\":[{{\"type\":\"case\",\"id\":\"C{source}-{case}\"}},\
         {{\"type\":\"officer\",\"id\":\"P{officer}\",\"qualifier\":\"actor\"}}"
    );
    if number.is_multiple_of(2) {
        let _ = write!(into, ",{{\"type\":\"window\",\"id\":\"W{}\"}}", case % 40);
    }
    let _ = write!(
        into,
        "],\"attributes\":{{\"fee\":12.50,\"band\":\"{}\"}}}}}}",
        case % 5
    );
}
