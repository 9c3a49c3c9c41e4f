//! The page for people: Chinese first, English beside it; no script, nothing from a network. A rendering, not evidence.

use std::fmt::Write as _;

use cage_model::Instant;
use cage_store::{FindingRow, ObjectKey, Standing};
use serde_json::Value;

use crate::told::Told;

const STYLE: &str = "body{font:16px/1.6 sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}\
table{border-collapse:collapse;width:100%;margin:1rem 0;table-layout:fixed}\
th,td{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
th{background:#eee}small{color:#555}.narrow{width:6rem}.time{width:10.5rem}.withdrawn{text-decoration:line-through}\
code{background:#eee;padding:0 .2rem}dt{font-weight:bold;margin-top:.5rem}dd{margin:0 0 0 1.5rem}\
@media print{body{margin:0}}";

/// The page.
pub(crate) fn render(case: &ObjectKey, told: &Told<'_>) -> String {
    let mut page = String::new();
    let name = format!("{} {}", escaped(&case.kind), escaped(&case.id));
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>案卷 {name}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\n\
         <h1>案卷 {name} <small lang=\"en\">case bundle</small></h1>\n\
         <p>本页仅供阅读；证据是同一文件中的存证条目、证明和正文，核验方法见页末。<br>\
         <small lang=\"en\">This page is for reading. Evidence is the entries, proofs and bodies in the same file; how to check \
         it is said at the end.</small></p>\n"
    );
    findings(&mut page, told);
    running(&mut page, told);
    events(&mut page, told);
    meaning(&mut page);
    page += "</body></html>\n";
    page
}

fn findings(page: &mut String, told: &Told<'_>) {
    *page += "<h2>发现 <small lang=\"en\">findings</small></h2>\n\
              <p>规则认为与规定不符之处：是提示，不是定论。<br><small lang=\"en\">Where a rule sees a departure from what is \
              prescribed: a risk to be looked at, not a verdict.</small></p>\n";
    if told.findings.is_empty() {
        *page += "<p>无。<small lang=\"en\">None.</small></p>\n";
        return;
    }
    *page += "<table><tr><th>规则 <small lang=\"en\">rule</small></th><th>发现 <small lang=\"en\">what was found</small></th>\
              <th>依据 <small lang=\"en\">basis</small></th><th class=\"time\">时间 <small lang=\"en\">when</small></th></tr>\n";
    for row in told.findings {
        finding(page, row, told);
    }
    *page += "</table>\n";
}

fn finding(page: &mut String, row: &FindingRow, told: &Told<'_>) {
    let (last, words) = (&row.last, told.words(row));
    let (class, withdrawn) = match row.standing {
        Standing::Open => ("", ""),
        Standing::Withdrawn => (
            " class=\"withdrawn\"",
            "<br>已撤回 <small lang=\"en\">withdrawn</small>",
        ),
    };
    let rule = &last.rule;
    let (says_zh, says_en) = words.map_or(("", ""), |words| (&*words.says.zh, &*words.says.en));
    let seen: Vec<String> = [&last.trigger, &last.other]
        .into_iter()
        .flatten()
        .map(|seen| seen.record.to_string())
        .collect();
    let _ = writeln!(
        page,
        "<tr><td><span{class}>{}</span>{withdrawn}<br><small lang=\"en\">{}</small><br>{}<br><small lang=\"en\">{}</small>\
         <br><small>{} {} {}</small></td><td>{}<br><small lang=\"en\">{}</small><br>\
         <small>记录 record {}</small></td><td>{}</td><td>{}</td></tr>",
        escaped(&rule.title_zh),
        escaped(&rule.title_en),
        escaped(says_zh),
        escaped(says_en),
        escaped(&rule.pack),
        escaped(&rule.version),
        escaped(&rule.rule),
        escaped(&last.text_zh),
        escaped(&last.text_en),
        if seen.is_empty() {
            "—".to_owned()
        } else {
            seen.join("、")
        },
        escaped(words.map_or("", |words| &words.basis)),
        escaped(&read(told, last.at)),
    );
}

fn running(page: &mut String, told: &Told<'_>) {
    *page += "<h2>正在计算的期限 <small lang=\"en\">running clocks</small></h2>\n";
    let running = told.running();
    if running.is_empty() {
        *page += "<p>无。<small lang=\"en\">None.</small></p>\n";
        return;
    }
    *page += "<table><tr><th>规则 <small lang=\"en\">rule</small></th><th>起算 <small lang=\"en\">counts from</small></th>\
              <th class=\"time\">届满 <small lang=\"en\">runs out</small></th></tr>\n";
    for one in running {
        let words = one.words;
        let (zh, en) = words.map_or(("", ""), |words| (&*words.says.zh, &*words.says.en));
        let (title_zh, title_en) = words.map_or(("", ""), |words| {
            (words.title.chinese(), words.title.english())
        });
        let from = match (&one.set_by, one.clock.trigger) {
            (Some((kind, at)), Some(record)) => {
                format!(
                    "{}，{}（记录 <small lang=\"en\">record</small> {record}）",
                    escaped(kind),
                    escaped(&read(told, *at))
                )
            }
            (None, Some(record)) => format!("记录 <small lang=\"en\">record</small> {record}"),
            (_, None) => "自始 <small lang=\"en\">from the beginning</small>".to_owned(),
        };
        let version = one.version.map_or("", |version| &version.version);
        let _ = writeln!(
            page,
            "<tr><td>{}<br><small lang=\"en\">{}</small><br>{}<br><small lang=\"en\">{}</small><br>{}<br><small>{} {} {}</small></td>\
             <td>{from}</td><td>{}</td></tr>",
            escaped(title_zh),
            escaped(title_en),
            escaped(zh),
            escaped(en),
            escaped(words.map_or("", |words| &words.basis)),
            escaped(one.pack),
            escaped(version),
            escaped(&one.clock.rule),
            escaped(&read(told, one.clock.due)),
        );
    }
    *page += "</table>\n";
}

fn events(page: &mut String, told: &Told<'_>) {
    *page += "<h2>经过 <small lang=\"en\">events, in the order of the ledger</small></h2>\n\
              <table><tr><th class=\"narrow\">记录 <small lang=\"en\">record</small></th>\
              <th class=\"time\">受理时间 <small lang=\"en\">accepted</small></th>\
              <th>内容 <small lang=\"en\">content</small></th><th>条目与证明 <small lang=\"en\">entry and proof</small></th></tr>\n";
    for act in told.acts {
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td><small>{} 第 {} 条<br>{}<br>{}</small></td></tr>",
            act.entry.record,
            escaped(&read(told, Instant::from_milliseconds(act.leaf.accepted))),
            content(act.body),
            escaped(&act.entry.log),
            act.entry.index,
            escaped(&act.entry.leaf),
            escaped(&act.entry.proof),
        );
    }
    *page += "</table>\n";
}

/// What each part of the file is, and how it is checked.
const PARTS: [(&str, &str, &str); 8] = [
    (
        "records/…/N.leaf",
        "账本中的一条存证条目：时间、随机编号和正文的承诺值，不含姓名。",
        "An entry of the ledger as it stands there: times, random references and a commitment to the body; no names.",
    ),
    (
        "records/…/N.tlog-proof",
        "包含证明：该条目在账本第 N 位，附账本检查点和见证人的签名（C2SP tlog-proof）。",
        "The inclusion proof: the entry stands at place N under a checkpoint that ledger and witnesses signed (C2SP tlog-proof).",
    ),
    (
        "bodies/…/N.body, N.salt",
        "正文和盐：二者算出的值须等于条目中的承诺值。依令销毁的正文不在其中，条目与证明仍然有效。",
        "Body and salt: together they must give the entry's commitment. A body that was erased by order is not there; its entry \
         and proof hold all the same.",
    ),
    (
        "rules/…",
        "据以判断的规则包原文；启用它的条目也在经过之中。",
        "The rule packs that judged, word for word; the entries that put them into force are among the events.",
    ),
    (
        "findings.json",
        "上面的发现和期限，供程序读取。",
        "The findings and clocks above, for programs.",
    ),
    (
        "manifest.json",
        "目录：每个成员的 SHA-256、条目清单，以及截至检查点带有本案编号的条目总数，审计者可据以清点有无遗漏。",
        "The list: SHA-256 of every member, the entries, and how many entries carry the case's reference up to the checkpoint, \
         so that an auditor can count whether any was left out.",
    ),
    (
        "manifest.note",
        "运营单位对目录的签名。",
        "The operator's signature over the list.",
    ),
    (
        "keys/…",
        "公钥，仅为方便：应与公报或柜台公布的公钥核对，方可信任。",
        "Public keys, for convenience alone: trust those that were published elsewhere, in a gazette or at the counter.",
    ),
];

fn meaning(page: &mut String) {
    *page += "<h2>文件中有什么，怎样核验 <small lang=\"en\">what is in the file, and how to check it</small></h2>\n<dl>\n";
    for (name, zh, en) in PARTS {
        let _ = writeln!(
            page,
            "<dt><code>{name}</code></dt><dd>{zh}<br><small lang=\"en\">{en}</small></dd>"
        );
    }
    *page += "</dl>\n<p>核验整个文件（任何一个字节被改动都会指出是哪一项）：\
              <br><small lang=\"en\">To check the whole file (any changed byte is found, and its part named):</small></p>\n\
              <pre><code>ironcage verify FILE.zip --policy POLICY.txt</code></pre>\n\
              <p>不用本软件核验一份正文，结果须等于条目中的承诺值：\
              <br><small lang=\"en\">To check one body without this software; the result must be the entry's commitment:</small></p>\n\
              <pre><code>(printf 'ironcage/body/v1\\n'; cat N.body) | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(xxd -p -c 64 N.salt)</code></pre>\n\
              <p>证明只能说明条目存在，不能说明没有遗漏。<br><small lang=\"en\">A proof shows that an entry is there, not that none \
              was left out.</small></p>\n";
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

/// An instant as people read it: to the second, with its offset.
fn read(told: &Told<'_>, at: Instant) -> String {
    let written = told.time(at);
    match (
        written.get(..10),
        written.get(11..19),
        written.get(written.len().saturating_sub(6)..),
    ) {
        (Some(day), Some(time), Some(offset)) => format!("{day} {time} {offset}"),
        _ => written,
    }
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
