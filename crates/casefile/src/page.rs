//! The page for people: Chinese first, English beside it; no script, nothing from a network. A rendering, not evidence.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cage_model::{Instant, Time};
use cage_proof::Leaf;
use cage_store::{FindingRow, ObjectClocks, ObjectKey, Standing};
use serde_json::Value;

use crate::manifest::ManifestEntry;

/// One entry as the page shows it.
pub(crate) struct Act<'a> {
    pub(crate) entry: &'a ManifestEntry,
    pub(crate) leaf: &'a Leaf,
    pub(crate) body: Option<&'a [u8]>,
}

/// One finding with the legal basis of the rules of its pack.
pub(crate) struct Told<'a> {
    pub(crate) row: &'a FindingRow,
    pub(crate) basis: Option<&'a BTreeMap<String, String>>,
}

impl Told<'_> {
    pub(crate) fn basis_of(&self, rule: &str) -> &str {
        let basis = self.basis.and_then(|rules| rules.get(rule));
        basis.map_or("", String::as_str)
    }
}

const STYLE: &str = "body{font:16px/1.6 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}\
table{border-collapse:collapse;width:100%;margin:1rem 0}\
th,td{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
th{background:#eee}small{color:#555}.withdrawn{text-decoration:line-through}@media print{body{margin:0}}";

/// The page.
pub(crate) fn render(
    case: &ObjectKey,
    acts: &[Act<'_>],
    told: &[Told<'_>],
    clocks: &[ObjectClocks],
    offset_minutes: i16,
) -> String {
    let mut page = String::new();
    let name = format!("{} {}", escaped(&case.kind), escaped(&case.id));
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>案卷 {name}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\n\
         <h1>案卷 {name} <small lang=\"en\">case bundle</small></h1>\n\
         <p>本页仅供阅读；证据是同一文件中的存证条目、证明和正文。核验：<code>ironcage verify 本文件</code>。<br>\
         <small lang=\"en\">This page is for reading. Evidence is the entries, proofs and bodies in the same file; check it \
         with <code>ironcage verify FILE</code>.</small></p>\n"
    );
    findings(&mut page, told, offset_minutes);
    running(&mut page, clocks, offset_minutes);
    events(&mut page, acts, offset_minutes);
    page += "</body></html>\n";
    page
}

fn findings(page: &mut String, told: &[Told<'_>], offset_minutes: i16) {
    *page += "<h2>发现 <small lang=\"en\">findings</small></h2>\n";
    if told.is_empty() {
        *page += "<p>无。<small lang=\"en\">None.</small></p>\n";
        return;
    }
    *page += "<table><tr><th>规则 <small lang=\"en\">rule</small></th><th>说明 <small lang=\"en\">what</small></th>\
              <th>依据 <small lang=\"en\">basis</small></th><th>时间 <small lang=\"en\">when</small></th></tr>\n";
    for one in told {
        let last = &one.row.last;
        let (class, withdrawn) = match one.row.standing {
            Standing::Open => ("", ""),
            Standing::Withdrawn => (
                " class=\"withdrawn\"",
                "<br>已撤回 <small lang=\"en\">withdrawn</small>",
            ),
        };
        let rule = &last.rule;
        let _ = writeln!(
            page,
            "<tr><td><span{class}>{}</span>{withdrawn}<br><small lang=\"en\">{}</small><br><small>{} {} {}</small></td>\
             <td>{}<br><small lang=\"en\">{}</small></td><td>{}</td><td>{}</td></tr>",
            escaped(&rule.title_zh),
            escaped(&rule.title_en),
            escaped(&rule.pack),
            escaped(&rule.version),
            escaped(&rule.rule),
            escaped(&last.text_zh),
            escaped(&last.text_en),
            escaped(one.basis_of(&rule.rule)),
            time(last.at, offset_minutes),
        );
    }
    *page += "</table>\n";
}

fn running(page: &mut String, clocks: &[ObjectClocks], offset_minutes: i16) {
    *page += "<h2>正在计算的期限 <small lang=\"en\">running clocks</small></h2>\n";
    if clocks.iter().all(|of| of.clocks.is_empty()) {
        *page += "<p>无。<small lang=\"en\">None.</small></p>\n";
        return;
    }
    *page += "<table><tr><th>规则 <small lang=\"en\">rule</small></th><th>起算 <small lang=\"en\">set by record</small></th>\
              <th>届满 <small lang=\"en\">runs out</small></th></tr>\n";
    for (pack, clock) in clocks
        .iter()
        .flat_map(|of| of.clocks.iter().map(move |one| (&of.pack, one)))
    {
        let set_by = clock
            .trigger
            .map_or("—".to_owned(), |record| record.to_string());
        let _ = writeln!(
            page,
            "<tr><td>{} {}</td><td>{set_by}</td><td>{}</td></tr>",
            escaped(pack),
            escaped(&clock.rule),
            time(clock.due, offset_minutes),
        );
    }
    *page += "</table>\n";
}

fn events(page: &mut String, acts: &[Act<'_>], offset_minutes: i16) {
    *page += "<h2>经过 <small lang=\"en\">events, in the order of the ledger</small></h2>\n\
              <table><tr><th>记录 <small lang=\"en\">record</small></th><th>受理时间 <small lang=\"en\">accepted</small></th>\
              <th>内容 <small lang=\"en\">content</small></th><th>证明 <small lang=\"en\">proof</small></th></tr>\n";
    for act in acts {
        let accepted = i64::try_from(act.leaf.accepted).unwrap_or(i64::MAX / 1_000) * 1_000;
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td><small>{}<br>{}<br>{}</small></td></tr>",
            act.entry.record,
            time(Instant(accepted), offset_minutes),
            content(act.body),
            escaped(&act.entry.log),
            escaped(&act.entry.leaf),
            escaped(&act.entry.proof),
        );
    }
    *page += "</table>\n";
}

fn content(body: Option<&[u8]>) -> String {
    let Some(body) = body else {
        return "正文已依令销毁 <small lang=\"en\">the body was erased by order</small>".to_owned();
    };
    let Ok(event) = serde_json::from_slice::<Value>(body) else {
        return escaped(&String::from_utf8_lossy(body));
    };
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let mut shown = format!("<strong>{}</strong>", escaped(&text(&event["type"])));
    for (name, field) in [("time", "发生于"), ("source", "来源")] {
        if let Some(value) = event.get(name) {
            let _ = write!(
                shown,
                "<br>{field} <small lang=\"en\">{name}</small> {}",
                escaped(&text(value))
            );
        }
    }
    for object in event["data"]["objects"].as_array().into_iter().flatten() {
        let (kind, id) = (text(&object["type"]), text(&object["id"]));
        let qualifier = object.get("qualifier").map_or_else(String::new, text);
        let _ = write!(
            shown,
            "<br>{} {} <small>{}</small>",
            escaped(&kind),
            escaped(&id),
            escaped(&qualifier)
        );
    }
    for (name, value) in event["data"]["attributes"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let _ = write!(shown, "<br>{}：{}", escaped(name), escaped(&text(value)));
    }
    shown
}

fn time(at: Instant, offset_minutes: i16) -> String {
    escaped(&Time::new(at, Some(offset_minutes)).to_string())
}

/// Text as HTML shows it: nothing of a log becomes markup, and what turns the direction of writing is taken out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => safe.push('\u{fffd}'),
            control if control.is_control() && control != '\n' => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}
