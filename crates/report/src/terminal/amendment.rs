//! What another version of a pack makes of the same log, for a terminal.

use super::SummaryOptions;
use super::paint::{Paint, Tone, clean, wrap};
use super::table::{Cell, Side, lines};
use crate::amendment::{Amendment, Change, FindingChange};
use crate::clock::grouped;
use crate::words::Language;

/// The differences of the packs, what they make of each rule, and the first findings that change; ended by a line feed.
#[must_use]
pub fn amendment_text(amendment: &Amendment<'_>, shown: usize, options: &SummaryOptions) -> String {
    let (language, paint) = (options.language, Paint(options.colours));
    let (before, after) = (&amendment.before, &amendment.after);
    let head = format!(
        "{} {} → {} {}",
        clean(before.pack),
        clean(before.version),
        clean(after.pack),
        clean(after.version)
    );
    let mut out = vec![paint.tone(Tone::Strong, &head), String::new()];
    out.extend(pack_changes(&amendment.changes, options));
    out.push(String::new());
    out.extend(rule_table(amendment, language, paint));
    out.push(String::new());
    out.extend(wrap(&objects(amendment, language), options.width));
    let findings = amendment.findings.iter().take(shown);
    for finding in findings {
        out.push(String::new());
        out.extend(finding_lines(amendment, finding, options));
    }
    if let Some(more) = amendment
        .findings
        .len()
        .checked_sub(shown)
        .filter(|more| *more > 0)
    {
        out.push(String::new());
        let more = grouped(more as u64);
        out.push(match language {
            Language::Chinese => format!("另有 {more} 条未列出；--json 写出全部。"),
            Language::English => format!("{more} more are not shown; --json writes all of them."),
        });
    }
    out.push(String::new());
    out.join("\n")
}

/// The differences of two packs alone, one a line.
#[must_use]
pub fn pack_changes_text(
    difference: &cage_pack::PackDifference,
    options: &SummaryOptions,
) -> String {
    let changes: Vec<Change<'_>> = difference.changes.iter().map(Change::of).collect();
    let mut out = pack_changes(&changes, options);
    out.push(String::new());
    out.join("\n")
}

fn pack_changes(changes: &[Change<'_>], options: &SummaryOptions) -> Vec<String> {
    let language = options.language;
    if changes.is_empty() {
        let same = language.pick("两个规则包内容相同。", "The packs say the same.");
        return vec![same.to_owned()];
    }
    let paint = Paint(options.colours);
    let each = changes.iter().flat_map(|change| {
        let (mark, tone) = match (change.before, change.after) {
            (None, _) => ('+', Tone::Good),
            (_, None) => ('-', Tone::Bad),
            (Some(_), Some(_)) => ('~', Tone::Warn),
        };
        let text = format!("{mark} {}", change_line(change, language));
        let lines = wrap(&text, options.width).into_iter();
        lines.map(move |line| paint.tone(tone, &line))
    });
    each.collect()
}

/// `value service, entries[2010-08-13].value: 90 days → 60 days`.
fn change_line(change: &Change<'_>, language: Language) -> String {
    let mut line = format!("{} {}", change.section, clean(change.id));
    line.truncate(line.trim_end().len());
    if !change.key.is_empty() {
        line.push_str(language.pick("，", ", "));
        line.push_str(&clean(change.key));
    }
    let nothing = language.pick("（无）", "(nothing)");
    let whole = change.key.is_empty();
    let said = match (change.before, change.after) {
        (Some(before), Some(after)) => format!("{} → {}", clean(before), clean(after)),
        (Some(title), None) | (None, Some(title)) if whole => clean(title),
        (before, after) => {
            let side = |side: Option<&str>| side.map_or_else(|| nothing.to_owned(), clean);
            format!("{} → {}", side(before), side(after))
        }
    };
    format!("{line}{}{said}", language.pick("：", ": "))
}

fn rule_table(amendment: &Amendment<'_>, language: Language, paint: Paint) -> Vec<String> {
    let strong = |(zh, en)| Cell::new(language.pick(zh, en), Tone::Strong);
    let heading = [
        ("规则", "rule"),
        ("原有", "before"),
        ("现有", "after"),
        ("新增", "appear"),
        ("消失", "go"),
        ("改变", "become others"),
    ];
    let mut rows = vec![heading.map(strong).to_vec()];
    rows.extend(amendment.rules.iter().map(|rule| {
        let number = |number: u64, tone| match number {
            0 => Cell::new("0", Tone::Faint),
            number => Cell::new(grouped(number), tone),
        };
        vec![
            Cell::new(clean(rule.rule), Tone::Plain),
            number(rule.before, Tone::Plain),
            number(rule.after, Tone::Plain),
            number(rule.appear, Tone::Bad),
            number(rule.go, Tone::Good),
            number(rule.become_others, Tone::Warn),
        ]
    }));
    let mut sides = vec![Side::Left];
    sides.extend([Side::Right; 5]);
    lines(&sides, &rows, paint)
}

fn objects(amendment: &Amendment<'_>, language: Language) -> String {
    let touched: Vec<String> = amendment
        .objects
        .iter()
        .map(|(kind, count)| format!("{} {}", grouped(*count), clean(kind)))
        .collect();
    if touched.is_empty() {
        let none = language.pick(
            "在这份日志上没有任何结论改变。",
            "Nothing that is found on this log changes.",
        );
        return none.to_owned();
    }
    let touched = touched.join(language.pick("、", ", "));
    match language {
        Language::Chinese => format!("结论有变的对象：{touched}。"),
        Language::English => format!("Objects for which something changes: {touched}."),
    }
}

fn finding_lines(
    amendment: &Amendment<'_>,
    finding: &FindingChange<'_>,
    options: &SummaryOptions,
) -> Vec<String> {
    let (language, paint) = (options.language, Paint(options.colours));
    let head = format!(
        "{} {}  {}",
        clean(finding.object_type),
        clean(finding.object),
        clean(finding.rule)
    );
    let mut out = vec![paint.tone(Tone::Strong, &head)];
    let sides = [
        (&finding.before, '-', Tone::Good),
        (&finding.after, '+', Tone::Bad),
    ];
    for (said, mark, tone) in sides {
        if let Some(said) = said {
            let text = format!("{mark} {}", clean(said.text(language)));
            let lines = wrap(&text, options.width).into_iter();
            out.extend(lines.map(|line| paint.tone(tone, &line)));
        }
    }
    let rule = amendment
        .rules
        .iter()
        .find(|rule| rule.rule == finding.rule);
    let because = rule.into_iter().flat_map(|rule| &rule.because);
    for change in because.filter_map(|place| amendment.changes.get(*place)) {
        let because = language.pick("因：", "because: ");
        let text = format!("  {because}{}", change_line(change, language));
        let lines = wrap(&text, options.width).into_iter();
        out.extend(lines.map(|line| paint.tone(Tone::Faint, &line)));
    }
    out
}
