//! The product's words in its two languages: verdicts, severities, grades, kinds of rules.
//!
//! Only words that belong to no single output; sentences about findings are in `explain`.

use cage_model::{Bilingual, Grade, Severity, Verdict};

/// A language that texts for people are written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Language {
    /// Chinese (zh-CN), the default.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The language that a locale such as `en_GB.UTF-8` asks for: English when it names it,
    /// Chinese otherwise.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let name = locale
            .split(['_', '-', '.', '@'])
            .next()
            .unwrap_or_default();
        if name.eq_ignore_ascii_case("en") {
            Self::English
        } else {
            Self::Chinese
        }
    }

    /// The one of two texts that is in this language.
    #[must_use]
    pub const fn pick<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    /// A bilingual text in this language, or in the other one where it has only that.
    #[must_use]
    pub fn of(self, text: &Bilingual) -> &str {
        match self {
            Self::Chinese => text.chinese(),
            Self::English => text.english(),
        }
    }
}

/// A word with the code that programs read and the two texts that people read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Word {
    /// Stable, for files.
    pub(crate) code: &'static str,
    /// Chinese.
    pub(crate) zh: &'static str,
    /// English.
    pub(crate) en: &'static str,
}

const fn word(code: &'static str, zh: &'static str, en: &'static str) -> Word {
    Word { code, zh, en }
}

/// What a severity is called.
pub(crate) const fn severity(severity: Severity) -> Word {
    match severity {
        Severity::Notice => word("notice", "提示", "Notice"),
        Severity::Yellow => word("yellow", "黄牌", "Yellow"),
        Severity::Red => word("red", "红牌", "Red"),
    }
}

/// What a grade is called.
pub(crate) const fn grade(grade: Grade) -> Word {
    match grade {
        Grade::Observe => word("observe", "观察", "Observe"),
        Grade::Alert => word("alert", "预警", "Alert"),
        Grade::Block => word("block", "阻断", "Block"),
    }
}

/// What a verdict is called.
pub(crate) const fn verdict(verdict: Verdict) -> Word {
    match verdict {
        Verdict::Satisfied => word("satisfied", "符合", "Satisfied"),
        Verdict::PossiblySatisfied => word("possibly_satisfied", "目前符合", "Satisfied so far"),
        Verdict::PossiblyViolated => word("pending", "未到期", "Pending"),
        Verdict::Violated => word("violated", "待核偏离", "Deviation"),
        Verdict::Undecided => word("undecided", "无法判断", "Undecided"),
    }
}

/// Kinds of rules as packs word them; a kind that is not here is shown as written.
const KINDS: &[Word] = &[
    word("absence", "次数上限", "absence"),
    word("aggregate", "汇总", "aggregate"),
    word("alternate-precedence", "逐次前置", "alternate-precedence"),
    word("alternate-response", "逐次后续", "alternate-response"),
    word("alternate-succession", "逐次相随", "alternate-succession"),
    word("binding", "同一人", "binding"),
    word("chain-precedence", "紧接前置", "chain-precedence"),
    word("chain-response", "紧接后续", "chain-response"),
    word("chain-succession", "紧接相随", "chain-succession"),
    word("choice", "任选其一", "choice"),
    word("co-existence", "同有", "co-existence"),
    word("coverage", "证据覆盖", "coverage"),
    word("deadline", "时限", "deadline"),
    word("duration", "时长", "duration"),
    word("end", "结束于", "end"),
    word("exactly", "恰好次数", "exactly"),
    word("exclusive-choice", "只选其一", "exclusive-choice"),
    word("existence", "必有", "existence"),
    word("flow", "流程", "flow"),
    word("immutable", "不可改", "immutable"),
    word("init", "开始于", "init"),
    word("lag", "补录", "lag"),
    word(
        "not-chain-precedence",
        "不得紧接在前",
        "not-chain-precedence",
    ),
    word("not-chain-response", "不得紧接在后", "not-chain-response"),
    word("not-chain-succession", "不得紧接", "not-chain-succession"),
    word("not-co-existence", "不得同有", "not-co-existence"),
    word("not-precedence", "不得在前", "not-precedence"),
    word(
        "not-responded-existence",
        "有此则无彼",
        "not-responded-existence",
    ),
    word("not-response", "不得在后", "not-response"),
    word("not-succession", "不得相随", "not-succession"),
    word("order", "先后", "order"),
    word("precedence", "前置", "precedence"),
    word("responded-existence", "有此必有彼", "responded-existence"),
    word("response", "后续", "response"),
    word("separation", "分离", "separation"),
    word("sequence", "连号", "sequence"),
    word("silence", "静默", "silence"),
    word("succession", "先后相随", "succession"),
];

/// A rule's kind in both languages.
pub(crate) fn kind(kind: &str) -> (&str, &str) {
    match KINDS.binary_search_by(|word| word.code.cmp(kind)) {
        Ok(found) => (KINDS[found].zh, KINDS[found].en),
        Err(_) => (kind, kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_that_is_not_english_means_chinese() {
        for (locale, language) in [
            ("en_GB.UTF-8", Language::English),
            ("en", Language::English),
            ("zh_CN.UTF-8", Language::Chinese),
            ("C.UTF-8", Language::Chinese),
            ("", Language::Chinese),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn kinds_are_in_order_for_the_search() {
        assert!(KINDS.is_sorted_by(|a, b| a.code < b.code));
        assert_eq!(kind("deadline"), ("时限", "deadline"));
        assert_eq!(kind("chain-response"), ("紧接后续", "chain-response"));
        assert_eq!(kind("unheard-of"), ("unheard-of", "unheard-of"));
    }
}
