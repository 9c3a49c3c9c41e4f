//! From the words of the command line to the facts of a certificate.

use cage_law::{
    Basis, CalendarFacts, Document, Extension, Facts, LimitFacts, Pause, Point, Span, Start,
    Status, Written,
};
use cage_model::Date;
use cage_pack::{Law, Loaded, nearest};
use cage_proof::hexadecimal;

use super::super::failure::Failure;
use super::Asked;

impl Asked {
    /// The facts that the command line states, with the laws and the zone of a pack.
    pub(super) fn facts(&self, loaded: &Loaded) -> Result<Facts, Failure> {
        let start = point("START", &self.start)?;
        let worded = span("LIMIT", &self.limit)?;
        let (day_rule, basis) = match &self.law {
            None => (None, None),
            Some(cited) => {
                let (law, basis) = law(cited, loaded, self.start_date(start, loaded))?;
                (law.days.clone(), Some(basis))
            }
        };
        let line = |limit: LimitFacts| LimitFacts {
            day_rule: day_rule.clone(),
            ..limit
        };
        Ok(Facts {
            zone: loaded.pack.zone.clone(),
            start: Start {
                at: Written(start),
                document: self
                    .document
                    .as_deref()
                    .map_or_else(Document::default, Document::named),
            },
            limit: LimitFacts {
                basis,
                ..line(LimitFacts::worded(worded))
            },
            other_limits: self
                .also
                .iter()
                .map(|text| also(text))
                .collect::<Result<_, _>>()?,
            deemed_after: self
                .deemed
                .as_deref()
                .map(|text| span("--deemed", text).map(LimitFacts::worded).map(line))
                .transpose()?,
            pauses: self
                .pause
                .iter()
                .map(|text| pause(text))
                .collect::<Result<_, _>>()?,
            extensions: self
                .extend
                .iter()
                .map(|text| self.extension(text))
                .collect::<Result<_, _>>()?,
            calendar: CalendarFacts {
                id: loaded.pack.id.clone(),
                version: loaded.pack.version.clone(),
                hash: hexadecimal(&loaded.program.hash),
                ..CalendarFacts::default()
            },
        })
    }

    /// The day up to which notices are known; all of them when `None`.
    pub(super) fn known_on(&self) -> Result<Option<Date>, Failure> {
        let Some(text) = &self.known_on else {
            return Ok(None);
        };
        Date::parse(text).map(Some).map_err(|_| {
            wrong(
                format!("--known-on {text}：请写日期，例如 2026-02-10"),
                format!("--known-on {text}: write a date such as 2026-02-10"),
            )
        })
    }

    fn start_date(&self, start: Point, loaded: &Loaded) -> Date {
        match start {
            Point::Day(date) => date,
            Point::Time(time) => loaded.program.days.moment(time).date,
        }
    }

    fn extension(&self, text: &str) -> Result<Extension, Failure> {
        let told = || {
            wrong(
                format!(
                    "--extend {text}：请写 日期+期限=批准文书，例如 2026-03-10+10日=延期审批表"
                ),
                format!(
                    "--extend {text}: write DATE+LIMIT=DOCUMENT, as in 2026-03-10+10days=approval"
                ),
            )
        };
        let (when, document) = text.split_once('=').ok_or_else(told)?;
        let (at, by) = when.rsplit_once('+').ok_or_else(told)?;
        let most = self.most.as_deref();
        Ok(Extension {
            by: Written(span("--extend", by)?),
            at: Written(point("--extend", at)?),
            document: Document::named(document),
            most: most
                .map(|most| span("--most", most).map(Written))
                .transpose()?,
            basis: None,
        })
    }
}

/// The law of `ID` or `ID#ARTICLE`, in force on a day.
fn law<'l>(cited: &str, loaded: &'l Loaded, on: Date) -> Result<(&'l Law, Basis), Failure> {
    let (id, article) = cited.split_once('#').unwrap_or((cited, ""));
    let laws = &loaded.pack.laws;
    let Some(law) = laws.iter().find(|law| law.id == id) else {
        let known: Vec<&str> = laws.iter().map(|law| law.id.as_str()).collect();
        let meant = nearest(id, known.iter().copied());
        let known = known.join(", ");
        let (zh, en) = meant.map_or_else(Default::default, |meant| {
            (
                format!("是否指 {meant}？"),
                format!("did you mean {meant}? "),
            )
        });
        return Err(wrong(
            format!("--law {id}：日历包中没有这部法律。{zh}已有：{known}"),
            format!("--law {id}: the pack has no such law; {en}it has {known}"),
        ));
    };
    let before = law.from.is_some_and(|from| on < from);
    if before || law.to.is_some_and(|to| to < on) {
        let shown =
            |date: Option<Date>| date.map_or_else(|| "...".to_owned(), |date| date.to_string());
        let (from, to) = (shown(law.from), shown(law.to));
        return Err(wrong(
            format!("--law {id}：施行期间为 {from} 至 {to}，{on} 不在其中"),
            format!("--law {id}: in force from {from} to {to}, and so not on {on}"),
        ));
    }
    let status = law
        .days
        .as_ref()
        .map_or(Status::Unconfirmed, |days| days.basis.status);
    Ok((law, law.basis(article, status)))
}

fn pause(text: &str) -> Result<Pause, Failure> {
    let told = || {
        wrong(
            format!(
                "--pause {text}：请写 起..止=文书，例如 2026-03-03..2026-03-10=专家评审通知；“止”为恢复计算之日，仍在中止则留空"
            ),
            format!(
                "--pause {text}: write FROM..TO=DOCUMENT, as in 2026-03-03..2026-03-10=expert-review; \
                 TO is the day on which the clock runs on, blank while it stands still"
            ),
        )
    };
    let (when, document) = text.split_once('=').ok_or_else(told)?;
    let (from, to) = when.split_once("..").ok_or_else(told)?;
    if document.trim().is_empty() {
        return Err(told());
    }
    Ok(Pause {
        from: Written(point("--pause", from)?),
        to: match to {
            "" => None,
            to => Some(Written(point("--pause", to)?)),
        },
        document: Document::named(document),
    })
}

fn also(text: &str) -> Result<LimitFacts, Failure> {
    let (limit, place) = text.split_once('@').unwrap_or((text, ""));
    Ok(LimitFacts {
        jurisdiction: place.to_owned(),
        ..LimitFacts::worded(span("--also", limit)?)
    })
}

fn point(what: &str, text: &str) -> Result<Point, Failure> {
    text.trim().parse().map_err(|error| {
        wrong(
            format!("{what} {text}：请写日期 2026-02-10，或写明时刻 2026-02-10T10:00:00+08:00"),
            format!("{what} {text}: {error}; or a date such as 2026-02-10"),
        )
    })
}

fn span(what: &str, text: &str) -> Result<Span, Failure> {
    text.parse().map_err(|error| {
        wrong(
            format!("{what} {text}：不是期限；请写整数和单位，例如 5个工作日、30日、24小时、3个月"),
            format!("{what}: {error}"),
        )
    })
}

fn wrong(zh: String, en: String) -> Failure {
    Failure::wrong_use(zh, en)
}
