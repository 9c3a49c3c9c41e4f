//! The account in words, Chinese and English: one sentence a line, for people who decide by it.

use cage_model::{Bilingual, Date};
use serde::{Deserialize, Serialize};

use super::account::{Because, Line};
use super::facts::{Document, Facts, LimitFacts};
use super::{Certificate, Provisional};
use crate::basis::{Basis, Status};
use crate::span::Span;
use crate::term::LastDay;

/// An account in words.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    pub zh: Vec<String>,
    /// English.
    pub en: Vec<String>,
}

impl Words {
    fn say(&mut self, zh: String, en: String) {
        self.zh.push(zh);
        self.en.push(en);
    }
}

/// A certificate in words: what it rests on, its account, what follows.
pub(super) fn words(certificate: &Certificate) -> Words {
    let mut words = Words::default();
    let facts = &certificate.facts;
    start(facts, &mut words);
    extensions(facts, &mut words);
    for line in &certificate.account {
        let said = line_said(line, facts);
        words.say(said.zh, said.en);
    }
    result(certificate, &mut words);
    words
}

fn start(facts: &Facts, words: &mut Words) {
    let what = &facts.start.document;
    let at = facts.start.at.0;
    let (zh, en) = match what.is_empty() {
        true => (String::new(), String::new()),
        false => (
            format!("（{}）", shown(what)),
            format!(" ({})", shown(what)),
        ),
    };
    let (zone_zh, zone_en) = match &facts.zone {
        Some(zone) => (format!("，时区 {zone}"), format!(", {zone}")),
        None => (String::new(), String::new()),
    };
    words.say(
        format!("起算：{at}{zh}{zone_zh}。"),
        format!("Starts: {at}{en}{zone_en}."),
    );
    let said = limit(&facts.limit);
    words.say(
        format!("期限：{}。", said.zh),
        format!("Limit: {}.", said.en),
    );
    if let Some(rule) = &facts.limit.day_rule {
        let cited = basis(&rule.basis);
        let counted = span(facts.limit.term().span);
        words.say(
            format!("“日”的含义：{}，按{}计算。", cited.zh, counted.zh),
            format!("What a day is: {}; counted as {}.", cited.en, counted.en),
        );
        if facts.limit.term().last_day == LastDay::RollsForward {
            words.say(
                "期限最后一日为休息日的，顺延至其后第一个工作日。".to_owned(),
                "A last day off is moved to the next worked day.".to_owned(),
            );
        }
    }
}

fn extensions(facts: &Facts, words: &mut Words) {
    for extension in &facts.extensions {
        let by = span(extension.by.0);
        let (at, document) = (extension.at.0, shown(&extension.document));
        let most = extension.most.map_or_else(Bilingual::default, |most| {
            let most = span(most.0);
            bilingual(
                format!("，最长{}", most.zh),
                format!(", {} at most", most.en),
            )
        });
        let cited = extension.basis.as_ref().map(basis);
        let cited = cited.map_or_else(Bilingual::default, |cited| {
            bilingual(format!("，依据{}", cited.zh), format!(", by {}", cited.en))
        });
        words.say(
            format!(
                "延长：{at} 经批准（{document}）延长{}{}{}。",
                by.zh, most.zh, cited.zh
            ),
            format!(
                "Extended on {at} by {} ({document}){}{}.",
                by.en, most.en, cited.en
            ),
        );
    }
}

fn line_said(line: &Line, facts: &Facts) -> Bilingual {
    let place = place(line);
    let holiday = line.holiday.clone().unwrap_or_default();
    let notice = line.notice.as_deref().map(|id| notice(id, facts));
    let cited = notice.unwrap_or_default();
    let document = line.document.as_ref().map_or_else(String::new, shown);
    let number = line.counts.unwrap_or(0);
    let said = match line.because {
        Because::FirstDay => {
            bilingual("起算日，不计入".into(), "the first day; not counted".into())
        }
        Because::Workday => bilingual(
            format!("工作日，第{number}日"),
            format!("a workday; day {number}"),
        ),
        Because::MakeUpWorkday => bilingual(
            format!("{}调休上班{}，第{number}日", holiday.chinese(), cited.zh),
            format!("worked for {}{}; day {number}", holiday.english(), cited.en),
        ),
        Because::OwnWorkday => bilingual(
            format!("本单位上班日，第{number}日"),
            format!("a workday by the office's own calendar; day {number}"),
        ),
        Because::CalendarDay => bilingual(format!("第{number}日"), format!("day {number}")),
        Because::Weekend => bilingual("周末，不计入".into(), "a weekend; not counted".into()),
        Because::Holiday => bilingual(
            format!("{}放假{}，不计入", holiday.chinese(), cited.zh),
            format!("{}, a day off{}; not counted", holiday.english(), cited.en),
        ),
        Because::OwnDayOff => bilingual(
            "本单位休息日，不计入".into(),
            "a day off by the office's own calendar; not counted".into(),
        ),
        Because::Paused => bilingual(
            format!("期间中止（{document}），不计入"),
            format!("the clock stands still ({document}); not counted"),
        ),
        Because::RolledPast => bilingual(
            format!("休息日{}，期限届满日顺延", cited.zh),
            format!("a day off{}; the last day is moved on", cited.en),
        ),
        Because::RolledTo => bilingual(
            "顺延后的届满日".into(),
            "the worked day to which the last day is moved".into(),
        ),
        Because::Runs => {
            let seconds = line.seconds.unwrap_or(0);
            let length = span(Span::Elapsed(seconds * cage_model::MICROS_PER_SECOND));
            bilingual(
                format!("计入{}", length.zh),
                format!("{} counted", length.en),
            )
        }
        Because::StandsStill => bilingual(
            format!("期间中止（{document}），不计入"),
            format!("the clock stands still ({document}); not counted"),
        ),
    };
    let unpublished = match line.unpublished {
        true => ("（放假安排尚未公布）", " (holidays not published yet)"),
        false => ("", ""),
    };
    bilingual(
        format!("{}：{}{}。", place.zh, said.zh, unpublished.0),
        format!("{}: {}{}.", place.en, said.en, unpublished.1),
    )
}

fn place(line: &Line) -> Bilingual {
    if let Some(day) = line.day {
        return date(day.0);
    }
    let Some((from, to)) = line.stretch else {
        return Bilingual::default();
    };
    bilingual(
        format!("{} 至 {}", from.0, to.0),
        format!("{} to {}", from.0, to.0),
    )
}

fn result(certificate: &Certificate, words: &mut Words) {
    match &certificate.due {
        None => words.say(
            "期间中止中，届满日尚不能确定。".to_owned(),
            "The clock stands still; no last day can be named yet.".to_owned(),
        ),
        Some(due) if due.len() == 10 => words.say(
            format!("届满日：{due}，当日终了前均为按期。"),
            format!("Due: {due}, up to the end of that day."),
        ),
        Some(due) => words.say(
            format!("届满时刻：{due}。"),
            format!("Due: {due}, that instant included."),
        ),
    }
    if let Some(date) = &certificate.deemed_accepted {
        words.say(
            format!("至 {} 未一次告知补正，视为自收到申请之日起受理。", date.0),
            format!(
                "Nothing was asked for up to {}: accepted from receipt.",
                date.0
            ),
        );
    }
    for (limit_of, due) in certificate
        .facts
        .other_limits
        .iter()
        .zip(&certificate.other_due)
    {
        let said = limit(limit_of);
        let (zh, en) = due
            .as_deref()
            .map_or(("未定", "not known yet"), |due| (due, due));
        words.say(
            format!("另一期限：{}，届满：{zh}。", said.zh),
            format!("Another line: {}; due: {en}.", said.en),
        );
    }
    if let Some(Provisional { from, .. }) = &certificate.provisional {
        words.say(
            format!(
                "暂定：自 {} 起的放假安排尚未公布，暂按周一至周五上班推算，公布后重算。",
                from.0
            ),
            format!(
                "Provisional: holidays from {} on are not published; Monday to Friday are assumed \
                 worked, and the date is counted again when they are.",
                from.0
            ),
        );
    }
}

/// A limit with what it rests on.
fn limit(limit: &LimitFacts) -> Bilingual {
    let length = span(limit.worded.0);
    let cited = limit.basis.as_ref().map(basis);
    let place = match limit.jurisdiction.as_str() {
        "" => (String::new(), String::new()),
        place => (format!("，{place}"), format!(", {place}")),
    };
    match cited {
        Some(cited) => bilingual(
            format!("{}（{}{}）", length.zh, cited.zh, place.0),
            format!("{} ({}{})", length.en, cited.en, place.1),
        ),
        None => bilingual(
            format!("{}{}", length.zh, place.0),
            format!("{}{}", length.en, place.1),
        ),
    }
}

fn basis(basis: &Basis) -> Bilingual {
    let name = |title: &str| match title {
        "" => basis.law.clone(),
        title => title.to_owned(),
    };
    let unconfirmed = match basis.status {
        Status::Confirmed => ("", ""),
        Status::Unconfirmed => ("，待法制部门确认", ", not confirmed yet"),
    };
    let article = match basis.article.as_str() {
        "" => (String::new(), String::new()),
        article => (format!("第{article}条"), format!(" art. {article}")),
    };
    bilingual(
        format!(
            "《{}》{}{}",
            name(basis.title.chinese()),
            article.0,
            unconfirmed.0
        ),
        format!(
            "{}{}{}",
            name(basis.title.english()),
            article.1,
            unconfirmed.1
        ),
    )
}

/// The number of a notice, or its name where none is known.
fn notice(id: &str, facts: &Facts) -> Bilingual {
    let found = facts.calendar.notices.iter().find(|notice| notice.id == id);
    let number = found
        .and_then(|notice| notice.number.as_deref())
        .unwrap_or(id);
    bilingual(format!("（{number}）"), format!(" ({number})"))
}

/// A span in words.
pub(super) fn span(span: Span) -> Bilingual {
    bilingual(span.chinese(), span.to_string())
}

fn date(date: Date) -> Bilingual {
    const ZH: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];
    const EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let at = date.weekday() as usize;
    bilingual(
        format!("{date}（周{}）", ZH.get(at).unwrap_or(&"")),
        format!("{date} ({})", EN.get(at).unwrap_or(&"")),
    )
}

fn shown(document: &Document) -> String {
    match &document.event {
        Some(event) if document.name.is_empty() => event.clone(),
        Some(event) => format!("{}, {event}", document.name),
        None => document.name.clone(),
    }
}

const fn bilingual(zh: String, en: String) -> Bilingual {
    Bilingual { zh, en }
}
