//! What was refused, in words for people.

use std::fmt::Write as _;

use cage_model::{Instant, Time};
use serde_json::Value;

use super::queue::Answered;
use crate::cli::output::Voice;
use crate::cli::station::OFFSET_MINUTES;

/// One line each, and the reason below it.
pub(super) fn list(rejects: &[Value], voice: &Voice) -> String {
    if rejects.is_empty() {
        return format!("{}\n", voice.choose("没有", "none"));
    }
    let mut text = String::new();
    for reject in rejects {
        let times = match reject["times"].as_u64() {
            Some(times) if times > 1 => format!("  ×{times}"),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "{}  {}  {}  {}{}{times}",
            reject["number"],
            when(&reject["last_at"]),
            state(&reject["state"], voice),
            whose(reject, voice),
            place(reject),
        );
        let _ = writeln!(text, "    {}", why(reject));
    }
    text
}

/// One with everything that is known of it.
pub(super) fn one(reject: &Value, voice: &Voice) -> String {
    let mut text = list(std::slice::from_ref(reject), voice);
    let settled = ["settled_by", "note"].map(|name| said(&reject[name]));
    if reject["settled_at"].is_u64() {
        let [by, note] = settled;
        let _ = writeln!(text, "    {}  {by}  {note}", when(&reject["settled_at"]));
    }
    if reject["is_whole"] == Value::Bool(false) && reject["length"].as_u64() > Some(0) {
        let length = &reject["length"];
        let zh = format!("原文 {length} 字节，只存了开头：");
        let en = format!("of its {length} bytes the beginning was kept:");
        let _ = writeln!(text, "    {}", voice.choose(&zh, &en));
    }
    let _ = writeln!(text, "\n{}", said(&reject["text"]).trim_end());
    text
}

/// What a service said to a correction or a replay.
pub(super) fn answered(number: u64, answered: &Answered, voice: &Voice) -> String {
    let event = &answered.body["events"][0];
    let told = if answered.is_settled() {
        let settled = voice.choose("已办结", "settled").to_owned();
        match (event["log"].as_str(), event["index"].as_u64()) {
            (Some(log), Some(index)) => format!("{settled}  {log} {index}"),
            _ => settled,
        }
    } else {
        let why = match answered.body["detail"].as_str() {
            Some(detail) => detail.to_owned(),
            None => why(event),
        };
        format!("{}  {why}", voice.choose("仍未办结", "still open"))
    };
    format!("{number}  {told}\n")
}

fn why(reject: &Value) -> String {
    let (pointer, reason) = (said(&reject["pointer"]), said(&reject["reason"]));
    if pointer.is_empty() {
        return reason;
    }
    format!("{pointer}: {reason}")
}

fn whose(reject: &Value, voice: &Voice) -> String {
    let source = said(&reject["source"]);
    if source.is_empty() {
        return voice.choose("来源不明", "of unknown source").to_owned();
    }
    match reject["id"].as_str() {
        Some(id) => format!("{source}  {}", plain(id)),
        None => source,
    }
}

fn place(reject: &Value) -> String {
    let place = said(&reject["place"]);
    if place.is_empty() {
        return place;
    }
    format!("  {place}")
}

fn state(state: &Value, voice: &Voice) -> String {
    let word = match state.as_str() {
        Some("open") => voice.choose("待办", "open"),
        Some("replayed") => voice.choose("已重交", "replayed"),
        Some("corrected") => voice.choose("已更正", "corrected"),
        Some("dismissed") => voice.choose("已搁置", "dismissed"),
        other => other.unwrap_or_default(),
    };
    word.to_owned()
}

fn when(milliseconds: &Value) -> String {
    let milliseconds = milliseconds.as_i64().unwrap_or_default();
    let at = Instant(milliseconds.saturating_mul(1_000));
    Time::new(at, Some(OFFSET_MINUTES)).to_string()
}

fn said(value: &Value) -> String {
    plain(value.as_str().unwrap_or_default())
}

/// A text from outside, without what a terminal would obey.
fn plain(text: &str) -> String {
    let is_shown = |character: &char| !character.is_control() || *character == '\n';
    text.chars().filter(is_shown).collect()
}
