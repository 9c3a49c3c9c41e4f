//! The table of a check: a line a rule, then flows, notices, and one line to close.

use cage_model::Severity;
use cage_runtime::{FlowOutcome, Outcome, RuleOutcome};

use super::paint::{Paint, Tone, clean, fit, width, wrap};
use super::table::{Cell, Side, bar, lines};
use super::{RuleOrder, SummaryOptions};
use crate::clock::{Clock, fitness, grouped};
use crate::identity::hex;
use crate::words::{self, Language};

/// Columns of the bar.
const BAR_COLUMNS: u32 = 8;
/// Fewer columns than this for a title say nothing.
const TITLE_COLUMNS_MIN: usize = 20;
/// The place of the titles.
const TITLE: usize = 2;
/// Places of two columns that may hold nothing but zeros.
const PENDING: usize = 5;
const UNDECIDED: usize = 6;

/// The summary of an outcome, ended by a line feed.
#[must_use]
pub fn summary(outcome: &Outcome, options: &SummaryOptions) -> String {
    let paint = Paint(options.colours);
    let mut out = head(outcome, options, paint);
    if !outcome.rules.is_empty() {
        out.push(String::new());
        out.extend(rule_table(outcome, options, paint));
    }
    if !outcome.flows.is_empty() {
        out.push(String::new());
        let flows = outcome.flows.iter();
        out.extend(flows.flat_map(|flow| wrap(&flow_line(flow, options.language), options.width)));
    }
    out.extend(quality(outcome, options, paint));
    out.push(String::new());
    out.push(closing(outcome, options.language, paint));
    out.push(String::new());
    out.join("\n")
}

fn head(outcome: &Outcome, options: &SummaryOptions, paint: Paint) -> Vec<String> {
    let language = options.language;
    let (pack, log) = (&outcome.pack, &outcome.log);
    let title = clean(language.of(&pack.title));
    let hash = hex(&pack.hash);
    let first = format!("{} {} {}", title, clean(&pack.id), clean(&pack.version));
    let objects: Vec<String> = log
        .objects
        .iter()
        .map(|(kind, count)| format!("{} {}", grouped(*count), clean(kind)))
        .collect();
    let mut log_line = format!(
        "{}{}{}{}{}",
        language.pick("日志 ", "Log "),
        clean(&log.files.join(", ")),
        language.pick("：", ": "),
        grouped(log.events),
        language.pick(" 个事件", " events"),
    );
    if !objects.is_empty() {
        log_line.push_str(language.pick("，", ", "));
        log_line.push_str(&objects.join(language.pick("、", ", ")));
    }
    let mut out = vec![format!(
        "{}  {}",
        paint.tone(Tone::Strong, &fit(&first, options.width.saturating_sub(16))),
        paint.tone(Tone::Faint, &format!("sha256:{}", &hash[..8])),
    )];
    out.extend(wrap(&log_line, options.width));
    if let (Some(first), Some(last)) = (log.first, log.last) {
        let clock = Clock::of(outcome);
        let show = |time| clock.show_time(time);
        let as_of = outcome.as_of.map_or_else(String::new, show);
        let (first, last) = (show(first), show(last));
        let line = match language {
            Language::Chinese => format!("{first} 至 {last}，判断时点 {as_of}"),
            Language::English => format!("{first} to {last}, judged as of {as_of}"),
        };
        out.extend(wrap(&line, options.width));
    }
    if outcome.finite {
        out.push(
            language
                .pick(
                    "每个对象视为到此结束。",
                    "Every object is taken to end there.",
                )
                .to_owned(),
        );
    }
    out
}

fn rule_table(outcome: &Outcome, options: &SummaryOptions, paint: Paint) -> Vec<String> {
    let language = options.language;
    let mut rules: Vec<&RuleOutcome> = outcome.rules.iter().collect();
    if options.order == RuleOrder::Worst {
        rules.sort_by_key(|rule| {
            let broken = rule.objects.violated > 0;
            (
                std::cmp::Reverse((
                    broken,
                    if broken {
                        rule.severity
                    } else {
                        Severity::Notice
                    },
                )),
                std::cmp::Reverse(rule.objects.violated),
            )
        });
    }
    let numbers: [(&str, &str); 7] = [
        ("触发", "activated"),
        ("履行", "fulfilled"),
        ("未到期", "pending"),
        ("无法判断", "undecided"),
        ("偏离", "violated"),
        ("%", "%"),
        ("", ""),
    ];
    let mut rows = vec![heading(language, &numbers)];
    rows.extend(rules.iter().map(|rule| rule_row(rule, language)));
    let mut sides = vec![Side::Left, Side::Left, Side::Left];
    sides.extend([Side::Right; 6]);
    sides.push(Side::Left);
    squeeze(&mut rows, &mut sides, options.width);
    // Rules of a model are their own titles.
    let untitled = |row: &Vec<Cell>| row.get(TITLE).is_some_and(|cell| cell.text().is_empty());
    if rows.iter().skip(1).all(untitled) {
        remove(&mut rows, &mut sides, TITLE);
    }
    lines(&sides, &rows, paint)
}

fn heading(language: Language, numbers: &[(&str, &str)]) -> Vec<Cell> {
    let strong = |zh: &str, en: &str| Cell::new(language.pick(zh, en), Tone::Strong);
    let mut row = vec![
        strong("级别", "card"),
        strong("规则", "rule"),
        strong("内容", "title"),
    ];
    row.extend(numbers.iter().map(|(zh, en)| strong(zh, en)));
    row
}

fn rule_row(rule: &RuleOutcome, language: Language) -> Vec<Cell> {
    let counts = rule.objects;
    let share = if counts.activated == 0 {
        0.0
    } else {
        counts.violated as f64 / counts.activated as f64
    };
    let broken = counts.violated > 0;
    let severity = words::severity(rule.severity);
    let mark = match (broken, rule.severity) {
        (false, _) => Tone::Faint,
        (true, Severity::Red) => Tone::Bad,
        (true, _) => Tone::Warn,
    };
    let number = |count: u64, tone: Tone| {
        let tone = if count == 0 { Tone::Faint } else { tone };
        Cell::new(grouped(count), tone)
    };
    let short = language.pick(severity.zh, severity.code);
    // A .decl rule has its own line as its id and says nothing more in its title.
    let title = language.of(&rule.title);
    let title = if title == rule.id {
        String::new()
    } else {
        clean(title)
    };
    vec![
        Cell::new(format!("{} {short}", if broken { "✗" } else { "✓" }), mark),
        Cell::new(clean(&rule.id), Tone::Plain),
        Cell::new(title, Tone::Plain),
        number(counts.activated, Tone::Plain),
        number(rule.fulfilled, Tone::Good),
        number(counts.pending, Tone::Plain),
        number(counts.undecided, Tone::Warn),
        number(counts.violated, mark),
        Cell::new(percent(share, counts.activated), mark),
        Cell::new(bar(share, BAR_COLUMNS), mark),
    ]
}

/// A share in percent: never 0.0 when there is something, never 100.0 when something is missing.
fn percent(share: f64, of: u64) -> String {
    match share {
        _ if of == 0 => "–".to_owned(),
        share if share > 0.0 && share < 0.000_5 => "<0.1".to_owned(),
        share if share < 1.0 && share > 0.999_5 => ">99.9".to_owned(),
        share => format!("{:.1}", share * 100.0),
    }
}

/// Makes the table as narrow as the terminal: shorter titles, then no bar, then no columns of
/// zeros, then no titles, then shorter ids.
fn squeeze(rows: &mut [Vec<Cell>], sides: &mut Vec<Side>, columns: usize) {
    let widest = |rows: &[Vec<Cell>], column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| width(cell.text()))
            .max()
            .unwrap_or(0)
    };
    let total = |rows: &[Vec<Cell>], sides: &[Side]| {
        1 + (0..sides.len())
            .map(|column| widest(rows, column) + 2)
            .sum::<usize>()
    };
    let over = total(rows, sides).saturating_sub(columns);
    if over == 0 {
        return;
    }
    let title = widest(rows, TITLE);
    if title >= over + TITLE_COLUMNS_MIN {
        shorten(rows, TITLE, title - over);
        return;
    }
    for row in rows.iter_mut() {
        row.pop();
    }
    sides.pop();
    let over = total(rows, sides).saturating_sub(columns);
    if over == 0 || title >= over + TITLE_COLUMNS_MIN {
        shorten(rows, TITLE, title.saturating_sub(over));
        return;
    }
    // Columns in which there is nothing but zero; the closing line says that it is so.
    for column in [UNDECIDED, PENDING] {
        let zero = |row: &Vec<Cell>| row.get(column).is_none_or(|cell| cell.text() == "0");
        if rows.iter().skip(1).all(zero) {
            remove(rows, sides, column);
        }
    }
    let over = total(rows, sides).saturating_sub(columns);
    if over == 0 || title >= over + TITLE_COLUMNS_MIN {
        shorten(rows, TITLE, title.saturating_sub(over));
        return;
    }
    remove(rows, sides, TITLE);
    let over = total(rows, sides).saturating_sub(columns);
    let id = widest(rows, 1);
    shorten(rows, 1, id.saturating_sub(over).max(6));
}

fn remove(rows: &mut [Vec<Cell>], sides: &mut Vec<Side>, column: usize) {
    for row in rows.iter_mut() {
        row.remove(column);
    }
    sides.remove(column);
}

fn shorten(rows: &mut [Vec<Cell>], column: usize, columns: usize) {
    for cell in rows.iter_mut().filter_map(|row| row.get_mut(column)) {
        cell.shorten(columns);
    }
}

fn flow_line(flow: &FlowOutcome, language: Language) -> String {
    let share = if flow.cases == 0 {
        0.0
    } else {
        flow.fitting as f64 / flow.cases as f64
    };
    let (id, cases, fitting) = (clean(&flow.id), grouped(flow.cases), grouped(flow.fitting));
    let (share, cost) = (percent(share, flow.cases), grouped(flow.cost));
    let (fitness, variants) = (fitness(flow.fitness), grouped(flow.variants));
    let mut line = match language {
        Language::Chinese => format!(
            "流程 {id}：{cases} 件，完全相符 {fitting} 件（{share}%），偏离共 {cost} 步，拟合度 {fitness}，{variants} 种走法"
        ),
        Language::English => format!(
            "Flow {id}: {cases} cases, {fitting} fit ({share}%), cost {cost}, fitness {fitness}, {variants} variants"
        ),
    };
    if flow.not_aligned > 0 {
        let given_up = grouped(flow.not_aligned);
        line.push_str(&match language {
            Language::Chinese => format!("；{given_up} 件超出计算上限，未计入"),
            Language::English => format!("; {given_up} given up at the bound and not counted"),
        });
    }
    line
}

fn quality(outcome: &Outcome, options: &SummaryOptions, paint: Paint) -> Vec<String> {
    let language = options.language;
    let log = &outcome.log;
    let mut notes = Vec::new();
    for (count, zh, en) in [
        (
            log.skipped.count,
            "条记录无法读取，已跳过",
            "records could not be read and were passed over",
        ),
        (
            log.out_of_order,
            "个事件晚于同一对象的后续事件到达，已按时间重排",
            "events arrived behind a later one of their object and were put in order",
        ),
        (
            log.duplicates,
            "个事件重复，未计入",
            "events were repetitions and changed nothing",
        ),
    ] {
        if count > 0 {
            notes.push(format!("{} {}", grouped(count), language.pick(zh, en)));
        }
    }
    notes.extend(outcome.notices.iter().map(|notice| {
        let text = clean(language.of(&notice.text));
        notice
            .rule
            .as_ref()
            .map_or(text.clone(), |rule| format!("{}: {text}", clean(rule)))
    }));
    if notes.is_empty() {
        return notes;
    }
    let mut out = vec![String::new()];
    for note in notes {
        let mark = paint.tone(Tone::Warn, "!");
        for (index, line) in wrap(&note, options.width.saturating_sub(2))
            .iter()
            .enumerate()
        {
            out.push(if index == 0 {
                format!("{mark} {line}")
            } else {
                format!("  {line}")
            });
        }
    }
    out
}

fn closing(outcome: &Outcome, language: Language, paint: Paint) -> String {
    let rules = outcome
        .rules
        .iter()
        .filter(|rule| rule.objects.violated > 0)
        .count() as u64;
    let violations: u64 = outcome
        .rules
        .iter()
        .map(|rule| rule.activations.violated)
        .sum();
    let undecided: u64 = outcome
        .rules
        .iter()
        .map(|rule| rule.activations.undecided)
        .sum();
    let pending: u64 = outcome
        .rules
        .iter()
        .map(|rule| rule.activations.pending)
        .sum();
    let all = outcome.rules.len();
    let open = match language {
        Language::Chinese => format!(
            "未到期 {} 处，无法判断 {} 处。",
            grouped(pending),
            grouped(undecided)
        ),
        Language::English => {
            format!(
                "{} pending, {} undecided.",
                grouped(pending),
                grouped(undecided)
            )
        }
    };
    if violations == 0 {
        let text = match language {
            Language::Chinese => format!("{all} 条规则均未发现偏离；{open}"),
            Language::English => format!("No deviation under {all} rules; {open}"),
        };
        return paint.tone(Tone::Good, &text);
    }
    let (violations, rules) = (grouped(violations), grouped(rules));
    let text = match language {
        Language::Chinese => {
            format!("{all} 条规则中 {rules} 条发现待核偏离，共 {violations} 处；{open}")
        }
        Language::English => {
            format!("{violations} deviations to look at under {rules} of {all} rules; {open}")
        }
    };
    paint.tone(Tone::Bad, &text)
}
