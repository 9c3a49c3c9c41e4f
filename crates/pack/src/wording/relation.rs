//! The binary Declare templates in words.

use cage_model::Bilingual;

use super::parts::{Names, both};
use crate::program::{Relation, Template};

pub(super) fn worded(relation: &Relation, names: &Names<'_>) -> Bilingual {
    let (when, then) = (names.pattern(&relation.when), names.pattern(&relation.then));
    let mut said = skeleton(relation.template, &when, &then, &times(relation, names));
    let fit = names.correlation(&relation.correlation);
    said.zh.push_str(&fit.zh);
    said.en.push_str(&fit.en);
    said
}

/// The time window, ready to stand in the sentence.
fn times(relation: &Relation, names: &Names<'_>) -> Bilingual {
    let mut said = Bilingual::default();
    if let Some(bound) = &relation.window.bound {
        let bound = names.bound(bound);
        said = both(bound.zh, format!(" {}", bound.en));
    }
    if let Some(limit) = &relation.window.not_before {
        let limit = names.limit(limit);
        said.zh.push_str(&format!("、不早于{}", limit.zh));
        said.en.push_str(&format!(" not sooner than {}", limit.en));
        said.zh = said.zh.trim_start_matches('、').to_owned();
    }
    said
}

fn skeleton(
    template: Template,
    when: &Bilingual,
    then: &Bilingual,
    times: &Bilingual,
) -> Bilingual {
    use Template as T;
    let (a, b, t) = (&when.zh, &then.zh, &times.zh);
    let zh = match template {
        T::RespondedExistence => format!("有{a}则{t}必有{b}（先后不论）"),
        T::CoExistence => format!("{a}与{b}必须{t}同有或同无"),
        T::Response => format!("每次{a}之后，必须{t}有{b}"),
        T::AlternateResponse => format!("每次{a}之后、再次发生之前，必须{t}有{b}"),
        T::ChainResponse => format!("每次{a}之后紧接着必须{t}是{b}"),
        T::Precedence => format!("每次{a}之前，必须{t}已有{b}"),
        T::AlternatePrecedence => format!("每次{a}之前、上次发生之后，必须{t}有{b}"),
        T::ChainPrecedence => format!("紧接每次{a}之前必须{t}是{b}"),
        T::Succession => format!("每次{a}之后必须{t}有{b}，每次{b}之前必须有{a}"),
        T::AlternateSuccession => format!("{a}与{b}必须{t}一一交替"),
        T::ChainSuccession => format!("{a}与{b}必须{t}紧接成对"),
        T::NotRespondedExistence => format!("有{a}则{t}不得有{b}（先后不论）"),
        T::NotCoExistence => format!("{a}与{b}{t}不得同有"),
        T::NotResponse => format!("{a}之后{t}不得有{b}"),
        T::NotChainResponse => format!("紧接{a}之后{t}不得是{b}"),
        T::NotPrecedence => format!("{a}之前{t}不得有{b}"),
        T::NotChainPrecedence => format!("紧接{a}之前{t}不得是{b}"),
        T::NotSuccession => format!("{a}之后{t}不得有{b}"),
        T::NotChainSuccession => format!("{a}与{b}{t}不得紧接"),
    };
    let (a, b, t) = (&when.en, &then.en, &times.en);
    let en = match template {
        T::RespondedExistence => {
            format!("Where there is {a}, there must be {b}{t}, before or after")
        }
        T::CoExistence => format!("{a} and {b} must come together{t}, or not at all"),
        T::Response => format!("Every {a} must be followed by {b}{t}"),
        T::AlternateResponse => {
            format!("Every {a} must be followed by {b}{t}, before it comes again")
        }
        T::ChainResponse => format!("Directly after every {a} must come {b}{t}"),
        T::Precedence => format!("Every {a} must be preceded by {b}{t}"),
        T::AlternatePrecedence => {
            format!("Every {a} must be preceded by {b}{t} since it last came")
        }
        T::ChainPrecedence => format!("Directly before every {a} must come {b}{t}"),
        T::Succession => {
            format!("Every {a} must be followed by {b}{t}, and every {b} preceded by {a}")
        }
        T::AlternateSuccession => format!("{a} and {b} must come in turn{t}"),
        T::ChainSuccession => format!("{a} and {b} must come directly one after the other{t}"),
        T::NotRespondedExistence => {
            format!("Where there is {a}, there must be no {b}{t}, before or after")
        }
        T::NotCoExistence => format!("{a} and {b} must not both come{t}"),
        T::NotResponse | T::NotSuccession => format!("After {a} there must be no {b}{t}"),
        T::NotChainResponse => format!("Directly after {a} must come no {b}{t}"),
        T::NotPrecedence => format!("Before {a} there must be no {b}{t}"),
        T::NotChainPrecedence => format!("Directly before {a} must come no {b}{t}"),
        T::NotChainSuccession => format!("{a} must not be directly followed by {b}{t}"),
    };
    both(zh, en)
}
