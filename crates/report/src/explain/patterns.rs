//! One pattern for each reason. `{t}` is the event that set the rule off, `{o}` the one that
//! broke it.

use cage_model::Reason;

/// The sentence of a reason in Chinese and English, for the events that the finding has.
pub(super) const fn sentence(
    reason: Reason,
    trigger: bool,
    other: bool,
) -> (&'static str, &'static str) {
    match (trigger, other) {
        (true, true) => two_events(reason),
        (true, false) => trigger_alone(reason),
        (false, true) => other_alone(reason),
        (false, false) => no_event(reason),
    }
}

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
const fn two_events(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::NotFollowed => (
            "{t}之后没有按要求办理，只有{o}",
            "{t} was not followed as required, only by {o}",
        ),
        Reason::FollowedTooLate => ("{t}之后，{o}来得太晚", "{o} came too late after {t}"),
        Reason::FollowedTooEarly => ("{t}之后，{o}来得太早", "{o} came too early after {t}"),
        Reason::NotPreceded => (
            "{t}之前没有应有的步骤，只有{o}",
            "{t} was not preceded as required, only by {o}",
        ),
        Reason::NotAdjacent => (
            "紧邻{t}的是{o}，不是要求的步骤",
            "next to {t} stands {o}, not the required step",
        ),
        Reason::Alternation => (
            "{t}之后，要求的步骤未办就又有{o}",
            "after {t} came {o} before the required step",
        ),
        Reason::NoCompanion => (
            "{t}缺少应当同有的步骤，只有{o}",
            "{t} lacks its companion, there is only {o}",
        ),
        Reason::Forbidden => ("有{t}时不得有{o}", "{o} must not come with {t}"),
        Reason::TooFew => ("{t}至{o}次数不足", "too few from {t} to {o}"),
        Reason::TooMany => ("{t}之后又有{o}，次数过多", "{o} after {t} is one too many"),
        Reason::WrongFirst => (
            "首个步骤是{o}，不是要求的步骤",
            "the first step is {o}, not the required one",
        ),
        Reason::WrongLast => (
            "末个步骤是{o}，不是要求的步骤",
            "the last step is {o}, not the required one",
        ),
        Reason::Overdue => (
            "自{t}起算的期限，到{o}时已过",
            "the term that began with {t} was over at {o}",
        ),
        Reason::TooFast => ("从{t}到{o}过快", "from {t} to {o} was too fast"),
        Reason::TooSlow => ("从{t}到{o}过慢", "from {t} to {o} was too slow"),
        Reason::SamePerson => (
            "{t}与{o}由同一人办理",
            "{t} and {o} were done by one person",
        ),
        Reason::DifferentPerson => (
            "{t}与{o}应由同一人办理",
            "{t} and {o} should be done by one person",
        ),
        Reason::Overtaken => (
            "{o}先于更早到的件办理，其进入队列为{t}",
            "{o} was served before earlier ones; it had entered with {t}",
        ),
        Reason::NumberMissing => (
            "{t}与{o}之间编号不连续",
            "numbers between {t} and {o} are missing",
        ),
        Reason::NumberRepeated => ("{o}重复使用了{t}的编号", "{o} repeats the number of {t}"),
        Reason::NumberLate => (
            "{o}的编号晚于{t}才出现",
            "the number of {o} came late, after {t}",
        ),
        Reason::Changed => (
            "{o}改动了{t}所记的值",
            "{o} changed the value recorded by {t}",
        ),
        Reason::Silent => (
            "{t}之后长时间没有信号，至{o}",
            "no signal after {t} until {o}",
        ),
        Reason::OverLimit => (
            "{t}至{o}的累计超出限度",
            "the total from {t} to {o} left its limit",
        ),
        Reason::Uncovered => (
            "{t}没有证据覆盖，最近的是{o}",
            "{t} is not covered by evidence, the nearest is {o}",
        ),
        Reason::LateEntry => (
            "{t}发生后过久才录入（{o}）",
            "{t} was entered too long after it happened ({o})",
        ),
        Reason::FlowDeviation => (
            "{t}之后，{o}不是流程此处允许的步骤",
            "after {t} the flow does not allow {o}",
        ),
        Reason::FlowIncomplete => (
            "从{t}起，停在{o}，流程没有走完",
            "begun with {t}, it stands at {o}: the flow is not finished",
        ),
        Reason::DataMissing => (
            "{t}、{o}缺少判断所需的数据",
            "{t} or {o} lacks data that the rule needs",
        ),
        Reason::ExpressionFailed => (
            "{t}、{o}的表达式无法计算",
            "an expression on {t} and {o} cannot be computed",
        ),
    }
}

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
const fn trigger_alone(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::NotFollowed => (
            "{t}之后没有应有的步骤",
            "{t} was not followed by what is required",
        ),
        Reason::FollowedTooLate => (
            "{t}之后的步骤来得太晚",
            "what had to follow {t} came too late",
        ),
        Reason::FollowedTooEarly => (
            "{t}之后的步骤来得太早",
            "what had to follow {t} came too early",
        ),
        Reason::NotPreceded => (
            "{t}之前没有应有的步骤",
            "{t} was not preceded by what is required",
        ),
        Reason::NotAdjacent => (
            "紧邻{t}的不是要求的步骤",
            "what stands next to {t} is not the required step",
        ),
        Reason::Alternation => (
            "要求的步骤未办，又有{t}",
            "{t} came again before the required step",
        ),
        Reason::NoCompanion => (
            "{t}缺少应当同有的步骤",
            "{t} lacks the companion that it requires",
        ),
        Reason::Forbidden => ("不得有{t}", "{t} must not occur here"),
        Reason::TooFew => ("{t}次数不足", "{t} occurs too few times"),
        Reason::TooMany => ("{t}次数过多", "{t} occurs too many times"),
        Reason::WrongFirst => (
            "首个步骤是{t}，不是要求的步骤",
            "the first step is {t}, not the required one",
        ),
        Reason::WrongLast => (
            "末个步骤是{t}，不是要求的步骤",
            "the last step is {t}, not the required one",
        ),
        Reason::Overdue => (
            "自{t}起算的期限已过，尚未办结",
            "the term that began with {t} is over and nothing came",
        ),
        Reason::TooFast => ("{t}过快", "{t} was too fast"),
        Reason::TooSlow => ("{t}过慢", "{t} was too slow"),
        Reason::SamePerson => (
            "{t}与另一步骤由同一人办理",
            "{t} was done by the person of another step",
        ),
        Reason::DifferentPerson => (
            "{t}应与另一步骤由同一人办理",
            "{t} should be done by the person of another step",
        ),
        Reason::Overtaken => (
            "{t}先于更早到的件办理",
            "{t} was served before earlier ones",
        ),
        Reason::NumberMissing => ("到{t}为止编号不连续", "numbers before {t} are missing"),
        Reason::NumberRepeated => ("{t}的编号已用过", "the number of {t} was used before"),
        Reason::NumberLate => ("{t}的编号出现得太晚", "the number of {t} came late"),
        Reason::Changed => (
            "{t}改动了先前所记的值",
            "{t} changed a value recorded before",
        ),
        Reason::Silent => ("{t}之后长时间没有信号", "no signal for too long after {t}"),
        Reason::OverLimit => ("到{t}为止累计超出限度", "with {t} the total left its limit"),
        Reason::Uncovered => ("{t}没有证据覆盖", "{t} is not covered by evidence"),
        Reason::LateEntry => (
            "{t}发生后过久才录入",
            "{t} was entered too long after it happened",
        ),
        Reason::FlowDeviation => (
            "{t}不是流程此处允许的步骤",
            "the flow does not allow {t} here",
        ),
        Reason::FlowIncomplete => (
            "停在{t}，流程没有走完",
            "it stands at {t}: the flow is not finished",
        ),
        Reason::DataMissing => (
            "{t}缺少判断所需的数据",
            "{t} lacks data that the rule needs",
        ),
        Reason::ExpressionFailed => (
            "{t}的表达式无法计算",
            "an expression on {t} cannot be computed",
        ),
    }
}

const fn other_alone(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::TooMany => ("又有{o}，次数过多", "{o} is one too many"),
        Reason::TooFew => ("到{o}为止次数不足", "too few up to {o}"),
        Reason::WrongFirst => (
            "首个步骤是{o}，不是要求的步骤",
            "the first step is {o}, not the required one",
        ),
        Reason::WrongLast => (
            "末个步骤是{o}，不是要求的步骤",
            "the last step is {o}, not the required one",
        ),
        Reason::FlowDeviation => (
            "{o}不是流程此处允许的步骤",
            "the flow does not allow {o} here",
        ),
        Reason::FlowIncomplete => (
            "停在{o}，流程没有走完",
            "it stands at {o}: the flow is not finished",
        ),
        Reason::NumberMissing => ("到{o}为止编号不连续", "numbers before {o} are missing"),
        Reason::NumberRepeated => ("{o}的编号已用过", "the number of {o} was used before"),
        Reason::NumberLate => ("{o}的编号出现得太晚", "the number of {o} came late"),
        Reason::DataMissing => (
            "{o}缺少判断所需的数据",
            "{o} lacks data that the rule needs",
        ),
        Reason::ExpressionFailed => (
            "{o}的表达式无法计算",
            "an expression on {o} cannot be computed",
        ),
        Reason::Silent => ("{o}之前长时间没有信号", "no signal for too long before {o}"),
        Reason::OverLimit => ("到{o}为止累计超出限度", "with {o} the total left its limit"),
        _ => ("{o}不符合规则", "{o} is not as the rule requires"),
    }
}

const fn no_event(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::TooFew => ("应有的步骤次数不足", "a required step occurs too few times"),
        Reason::TooMany => ("步骤次数过多", "a step occurs too many times"),
        Reason::NotFollowed => ("没有出现应有的步骤", "what is required did not come"),
        Reason::FlowIncomplete => ("流程没有走完", "the flow is not finished"),
        Reason::FlowDeviation => ("偏离流程", "it leaves the flow"),
        Reason::NumberMissing => ("编号不连续", "running numbers are missing"),
        Reason::Silent => ("长时间没有信号", "no signal for too long"),
        Reason::OverLimit => ("累计超出限度", "a total left its limit"),
        Reason::Overdue => ("期限已过", "the term is over"),
        Reason::DataMissing => ("缺少判断所需的数据", "data that the rule needs is missing"),
        Reason::ExpressionFailed => ("表达式无法计算", "an expression cannot be computed"),
        Reason::WrongFirst => (
            "首个步骤不是要求的步骤",
            "the first step is not the required one",
        ),
        Reason::WrongLast => (
            "末个步骤不是要求的步骤",
            "the last step is not the required one",
        ),
        _ => ("不符合规则", "not as the rule requires"),
    }
}
