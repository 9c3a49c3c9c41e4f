//! A pack as one page for lawyers: every rule in words, with its law, its dated values and its
//! entry in the register. Self-contained, without script; Chinese first, English at a click.

use std::fmt::Write;

use cage_model::{Bilingual, Grade, Severity};

use crate::load::Loaded;
use crate::pack::{Amount, Datum, EventType, PackValue, RuleEntry, Status};
use crate::program::Rule;
use crate::wording::{titled, wording};

/// The page.
#[must_use]
pub fn doc(loaded: &Loaded) -> String {
    let pack = &loaded.pack;
    let mut page = String::new();
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
         <style>{STYLE}</style></head><body>\n\
         <input type=\"radio\" name=\"language\" id=\"zh\" checked><label for=\"zh\">中文</label>\n\
         <input type=\"radio\" name=\"language\" id=\"en\"><label for=\"en\" lang=\"en\">English</label>\n<main>",
        escape(pack.title.chinese()),
    );
    let _ = write!(page, "<h1>{}</h1>", said(&pack.title));
    let _ = write!(
        page,
        "<p>{} {} · {}{} · SHA-256 <code>{}</code></p>",
        escape(&pack.id),
        escape(&pack.version),
        two("时区：", "Time zone: "),
        pack.zone
            .as_deref()
            .map_or_else(|| two("按原始记录", "as written"), escape),
        hex(&loaded.program.hash),
    );
    let _ = writeln!(page, "<h2>{}</h2>", two("规则", "Rules"));
    for (rule, entry) in loaded.program.rules.iter().zip(&pack.register) {
        write_rule(&mut page, rule, entry, loaded);
    }
    write_steps(&mut page, &pack.events);
    write_values(&mut page, &pack.values);
    write_laws(&mut page, loaded);
    page.push_str("</main></body></html>\n");
    page
}

fn write_rule(page: &mut String, rule: &Rule, entry: &RuleEntry, loaded: &Loaded) {
    let _ = write!(
        page,
        "<section id=\"{id}\"><h3><code>{id}</code> {}</h3><p class=\"wording\">{}</p><dl>",
        said(&rule.title),
        said(&titled(
            &wording(rule, &loaded.program),
            &loaded.pack.events
        )),
        id = escape(&rule.id),
    );
    let row = |page: &mut String, zh: &str, en: &str, content: &str| {
        if !content.is_empty() {
            let _ = write!(page, "<dt>{}</dt><dd>{content}</dd>", two(zh, en));
        }
    };
    let basis: Vec<String> = rule
        .basis
        .iter()
        .map(|cited| citation(cited, loaded))
        .collect();
    let basis = if entry.internal && basis.is_empty() {
        two("本单位自定规则", "The office's own rule")
    } else {
        basis.join("<br>")
    };
    row(page, "依据", "Basis", &basis);
    row(page, "作用", "Grade", &grade(rule.grade));
    row(page, "程度", "Severity", &severity(rule.severity));
    row(
        page,
        "风险点",
        "Risk point",
        &rule.risk.as_deref().map_or_else(String::new, escape),
    );
    row(page, "目的", "Purpose", &said(&entry.purpose));
    row(page, "所用数据", "Data used", &said(&entry.data));
    row(page, "已知局限", "Known limits", &said(&entry.limits));
    row(
        page,
        "责任人",
        "Owner",
        &entry.owner.as_deref().map_or_else(String::new, escape),
    );
    row(
        page,
        "最近复核",
        "Last review",
        &entry
            .reviewed
            .map_or_else(String::new, |date| date.to_string()),
    );
    let _ = writeln!(
        page,
        "<dt>{}</dt><dd><code>{} · {}:{}</code></dd></dl></section>",
        two("写在", "Written in"),
        escape(&rule.kind),
        escape(&rule.place.file),
        rule.place.line,
    );
}

fn citation(cited: &str, loaded: &Loaded) -> String {
    let (id, article) = cited.split_once('#').unwrap_or((cited, ""));
    let Some(law) = loaded.pack.laws.iter().find(|law| law.id == id) else {
        return escape(cited);
    };
    let quoted = law.articles.iter().find(|(name, _)| name == article);
    let quoted = quoted.map_or_else(String::new, |(_, text)| format!(": {}", said(text)));
    format!(
        "<a href=\"#law-{}\">{}</a> {}{quoted}",
        escape(id),
        said(&law.title),
        two(&format!("第 {article} 条"), &format!("art. {article}")),
    )
}

/// What the steps that rules name are called in the log.
fn write_steps(page: &mut String, events: &[EventType]) {
    let titled = events.iter().filter(|event| !event.title.is_empty());
    if titled.clone().next().is_none() {
        return;
    }
    let _ = writeln!(
        page,
        "<h2>{}</h2>\n<table><tr><th>{}</th><th>{}</th></tr>",
        two("步骤", "Steps"),
        two("名称", "Name"),
        two("日志中的写法", "In the log"),
    );
    for event in titled {
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td><code>{}</code></td></tr>",
            said(&event.title),
            escape(&event.name),
        );
    }
    page.push_str("</table>\n");
}

fn write_values(page: &mut String, values: &[PackValue]) {
    if values.is_empty() {
        return;
    }
    let _ = write!(
        page,
        "<h2>{}</h2>\n<table><tr>",
        two("法定数值", "Dated values")
    );
    for (zh, en) in [
        ("名称", "Name"),
        ("数值", "Value"),
        ("自", "From"),
        ("至", "To"),
        ("地域", "Jurisdiction"),
        ("依据", "Basis"),
        ("确认", "Confirmed"),
    ] {
        let _ = write!(page, "<th>{}</th>", two(zh, en));
    }
    page.push_str("</tr>\n");
    for value in values {
        for line in &value.lines {
            let confirmed = match line.status {
                Status::Confirmed => two("已确认", "yes"),
                Status::Unconfirmed => two("待确认", "not yet"),
            };
            let _ = writeln!(
                page,
                "<tr><td><code>@{}</code> {}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{confirmed}</td></tr>",
                escape(&value.id),
                said(&value.title),
                escape(&amount(&line.amount)),
                line.from,
                line.to.map_or_else(String::new, |to| to.to_string()),
                escape(&line.jurisdiction),
                escape(&line.basis),
            );
        }
    }
    page.push_str("</table>\n");
}

fn write_laws(page: &mut String, loaded: &Loaded) {
    if loaded.pack.laws.is_empty() {
        return;
    }
    let _ = write!(page, "<h2>{}</h2>\n<ul>", two("法律依据", "Laws"));
    for law in &loaded.pack.laws {
        let _ = write!(
            page,
            "<li id=\"law-{}\">{}",
            escape(&law.id),
            said(&law.title)
        );
        for part in [law.number.as_deref(), law.source.as_deref()]
            .into_iter()
            .flatten()
        {
            let _ = write!(page, " · {}", escape(part));
        }
        if !law.issuer.is_empty() {
            let _ = write!(page, " · {}", said(&law.issuer));
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ul>\n");
}

fn grade(grade: Grade) -> String {
    match grade {
        Grade::Observe => two("试运行，只记录", "Shadow: recorded only"),
        Grade::Alert => two("预警", "Raises an alarm"),
        Grade::Block => two("可暂停办理", "May hold the step"),
    }
}

fn severity(severity: Severity) -> String {
    match severity {
        Severity::Notice => two("提示", "Notice"),
        Severity::Yellow => two("黄牌", "Yellow"),
        Severity::Red => two("红牌", "Red"),
    }
}

fn amount(amount: &Amount) -> String {
    match amount {
        Amount::Span(span) => span.to_string(),
        Amount::Datum(one) => datum(one),
        Amount::List(all) => all.iter().map(datum).collect::<Vec<_>>().join(", "),
    }
}

fn datum(datum: &Datum) -> String {
    match datum {
        Datum::Text(text) => text.clone(),
        Datum::Integer(value) => value.to_string(),
        Datum::Decimal(value) => value.to_string(),
        Datum::Boolean(value) => value.to_string(),
        Datum::Time(time) => time.written_date().to_string(),
    }
}

/// A text of the pack in both languages.
fn said(text: &Bilingual) -> String {
    if text.is_empty() {
        return String::new();
    }
    two(text.chinese(), text.english())
}

fn two(zh: &str, en: &str) -> String {
    let (zh, en) = (escape(zh), escape(en));
    format!("<span class=\"zh\">{zh}</span><span class=\"en\" lang=\"en\">{en}</span>")
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text as HTML content or attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

const STYLE: &str = "\
body{font:16px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2330}\
h1,h2,h3{line-height:1.3}section{border-top:1px solid #d5dae3;padding:.5rem 0}\
.wording{font-size:1.1em;border-left:4px solid #2457a6;padding-left:.8rem}\
dl{display:grid;grid-template-columns:9rem 1fr;gap:.2rem 1rem}dt{color:#5a6475}dd{margin:0}\
table{border-collapse:collapse;width:100%}td,th{border:1px solid #d5dae3;padding:.3rem .6rem;text-align:left}\
code{font-size:.9em;overflow-wrap:anywhere}.en{display:none}\
#en:checked~main .en{display:inline}#en:checked~main .zh{display:none}\
@media print{input,label{display:none}section{break-inside:avoid}}";
