//! How to read the report and how to check it: the moment of judgement, the order of events, what
//! each number counts, and the command that makes it again.

use super::Report;
use super::markup::Page;
use crate::identity::hex;

/// The section of method notes.
pub(super) fn write(page: &mut Page, report: &Report<'_>) {
    page.raw("<section id=\"again\" class=\"card\"><header><h2>")
        .two("方法与复核", "Method, and how to check this report")
        .raw("</h2></header><div class=\"body2\"><dl class=\"kv method\">");
    moment(page, report);
    page.term("事件次序", "Order of events", |page| {
        page.two(
            "同一对象的事件按事件时间先后判断；时间相同的，按其在日志中的先后。改用日志次序须在命令中写明 --order file。",
            "The events of an object are judged by their time; equal times by their place in the log. Judging by place throughout takes --order file in the command.",
        );
    });
    five_numbers(page);
    page.term("时限", "Limits", |page| {
        page.two(
            "以天计的期限按当地日期计算，以小时、分钟计的按实际经过的时间计算。",
            "Limits in days count local dates; limits in hours and minutes count elapsed time.",
        );
    });
    page.term("走势", "Over time", |page| {
        page.two(
            "偏离按其成立的时间归入各期；所有规则用同一时间轴，最后一期可能不完整。",
            "A deviation stands in the period in which it became true. All rules share one axis of time; its last period may be incomplete.",
        );
    });
    if !report.outcome.flows.is_empty() {
        flows(page);
    }
    shown(page, report);
    again(page, report);
    page.raw("</dl><p class=\"sub\">")
        .two(
            "本报告只指出风险和待核偏离，不认定责任；每处发现都须由人核实。",
            "This report points to risks and deviations to be looked at. It finds nobody guilty; a person decides.",
        )
        .raw("</p></div></section>");
}

fn moment(page: &mut Page, report: &Report<'_>) {
    let outcome = report.outcome;
    let Some(as_of) = outcome.as_of else { return };
    page.term("判断时点", "Judged as of", |page| {
        page.raw("<b>")
            .text(&report.clock.show_time(as_of))
            .raw("</b> ")
            .text(&report.clock.name())
            .raw(" ");
        if outcome.log.last.map(|last| last.instant()) == Some(as_of.instant()) {
            page.two(
                "（日志中最后一个事件的时间）。此时尚未到期的义务是“未到期”，不算偏离。",
                "(the time of the log's last event). What is owed and not yet due at that moment is pending and no deviation.",
            );
        } else {
            page.two(
                "（由命令指定）。此时尚未到期的义务是“未到期”，不算偏离。",
                "(as the command asks). What is owed and not yet due at that moment is pending and no deviation.",
            );
        }
        if outcome.finite {
            page.raw(" ").two(
                "本次每个对象视为到其最后一个事件为止：尚欠的即为偏离。",
                "Here every object is taken to end with its last event: what is still owed is a deviation.",
            );
        }
    });
}

/// What the five numbers count, for objects and for activations.
pub(super) fn five_numbers(page: &mut Page) {
    page.term("五个数", "Five numbers", |page| {
        page.raw("<ul class=\"five-terms\">");
        for (zh, en, zh_means, en_means) in [
            (
                "触发",
                "Activated",
                "规则至少适用过一次的对象；从未触发的对象不算符合。",
                "objects that the rule applied to at least once. An object without a trigger is no success.",
            ),
            (
                "符合",
                "Satisfied",
                "已触发，没有偏离，也没有无法判断之处；其中可能还有未到期的。",
                "activated, without a violation and with nothing undecided; some of it may still be pending.",
            ),
            (
                "偏离",
                "Violated",
                "至少有一处偏离的对象；偏离率 = 偏离 ÷ 触发。",
                "objects with at least one violation; rate = violated ÷ activated.",
            ),
            (
                "未到期",
                "Pending",
                "还有义务未履行，但期限未到。",
                "still owed something whose time is not up.",
            ),
            (
                "无法判断",
                "Undecided",
                "日志缺少判断所需的数据；不当作符合，也不当作偏离。",
                "the log lacks what the rule needs; counted neither as kept nor as broken.",
            ),
        ] {
            page.raw("<li><b>")
                .two(zh, en)
                .raw("</b> ")
                .two(zh_means, en_means)
                .raw("</li>");
        }
        page.raw("<li>")
            .two(
                "上行按对象计，下行按事项（每次触发）计；每一事项只属于后四个数之一，四数之和等于触发数。",
                "The upper line counts objects, the lower one activations. An activation is exactly one of the last four, and they add up to all of them.",
            )
            .raw("</li></ul>");
    });
}

fn flows(page: &mut Page) {
    page.term("流程", "Flows", |page| {
        page.two(
            "每种走法都与流程作最优对齐：日志多出一步或流程缺少一步各计 1，静默步骤不计。拟合度 = 各对象（1 − 偏离步数 ÷（事件数 + 最短走法步数））的平均值；整个日志的拟合度为 1 − 总偏离步数 ÷ 最坏情形之和。",
            "Every variant is aligned optimally with the flow: 1 for each step too many in the log and each step of the flow that is missing, silent steps free. Fitness is the mean over objects of 1 − cost ÷ (events + steps of the shortest run); of the whole log, 1 − total cost ÷ sum of the worst costs.",
        );
    });
}

fn shown(page: &mut Page, report: &Report<'_>) {
    page.term("本页范围", "What stands here", |page| {
        page.two("每条规则列出前", "The first")
            .raw(" ")
            .count(report.options.findings_per_rule as u64)
            .raw(" ")
            .two(
                "处发现；完整经过列出偏离最多的",
                "findings of each rule; the stories of the",
            )
            .raw(" ")
            .count(report.outcome.worst.len() as u64)
            .raw(" ")
            .two(
                "个对象。各项计数都是全部，不受此限。",
                "objects with the most deviations. Counts are of everything.",
            );
    });
}

fn again(page: &mut Page, report: &Report<'_>) {
    let pack = &report.outcome.pack;
    page.term("规则包", "Pack", |page| {
        page.raw("<span class=\"mono\">")
            .text(&pack.id)
            .raw(" ")
            .text(&pack.version)
            .raw("</span> <code class=\"hash\">sha256:")
            .text(&hex(&pack.hash))
            .raw("</code>");
    });
    page.term("程序", "Made by", |page| {
        page.raw("ironcage ").raw(env!("CARGO_PKG_VERSION"));
    });
    page.term("复核", "Check it", |page| {
        page.two(
            "同一份日志和同一规则包，得到逐字节相同的结果。请核对规则包散列值后运行：",
            "The same log and the same pack give the same bytes. Compare the pack's hash, then run:",
        )
        .raw("<pre><code>")
        .long_text(report.options.command)
        .raw("</code></pre>")
        .two("一个对象的完整经过：", "One object's whole story: ")
        .raw("<code>ironcage explain LOG --pack DIR --object TYPE:ID</code>");
    });
}
