//! Head, top, side and foot of the page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::Report;
use super::markup::Page;
use crate::words::Language;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The parts of the page: anchor, Chinese, English.
const PARTS: [(&str, &str, &str); 6] = [
    ("overview", "概览", "Overview"),
    ("rules", "规则一览", "Rules"),
    ("flows", "流程", "Flows"),
    ("worst", "偏离最多的对象", "Worst objects"),
    ("sections", "逐条规则", "Rule by rule"),
    ("cases", "对象经过", "Stories"),
];

/// From the first byte to the beginning of the content.
pub(super) fn begin(page: &mut Page, report: &Report<'_>) {
    let english = report.options.language == Language::English;
    page.raw("<!doctype html>\n<html lang=\"")
        .raw(if english { "en" } else { "zh-CN" })
        .raw("\"><head><meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"")
        .long_text(&policy())
        .raw("\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n")
        .raw("<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    let title = &report.outcome.pack.title;
    for text in [title.chinese(), title.english()] {
        page.text(text).raw(" - ");
    }
    page.raw("铁笼 ironcage</title>\n<style>")
        .raw(STYLE)
        .raw("</style></head><body>\n");
    switches(page, english);
    page.raw("<a class=\"skip\" href=\"#main\">")
        .two("跳到正文", "Skip to content")
        .raw("</a><div class=\"app\">");
    side(page, report);
    page.raw("<div class=\"body\">");
    top(page, report);
    page.raw("<main id=\"main\" class=\"main\">\n");
}

/// What the page may load and run: its own style, its own script, nothing else.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// The choices of language and brightness. They work without a script because they stand before
/// everything that they change.
fn switches(page: &mut Page, english: bool) {
    let checked = |wanted| if wanted { " checked>" } else { ">" };
    page.raw(
        "<input class=\"switch\" type=\"radio\" name=\"language\" id=\"zh\" aria-label=\"中文\"",
    )
    .raw(checked(!english))
    .raw(
        "<input class=\"switch\" type=\"radio\" name=\"language\" id=\"en\" aria-label=\"English\"",
    )
    .raw(checked(english))
    .raw("<input class=\"switch\" type=\"radio\" name=\"light\" id=\"auto\" checked>")
    .raw("<input class=\"switch\" type=\"radio\" name=\"light\" id=\"light\">")
    .raw("<input class=\"switch\" type=\"radio\" name=\"light\" id=\"dark\">\n");
}

fn side(page: &mut Page, report: &Report<'_>) {
    page.raw("<nav class=\"side\"")
        .label("目录", "Contents")
        .raw("><div class=\"logo\">")
        .raw(LOGO)
        .raw("<span>铁笼<small>ironcage</small></span></div>");
    let outcome = report.outcome;
    for (number, (anchor, zh, en)) in PARTS.into_iter().enumerate() {
        let count = match number {
            1 | 4 => outcome.rules.len(),
            2 => outcome.flows.len(),
            3 | 5 => outcome.worst.len(),
            _ => 0,
        };
        if count == 0 && number > 0 {
            continue;
        }
        page.raw("<a href=\"#").raw(anchor).raw("\">").two(zh, en);
        if count > 0 {
            page.raw("<span class=\"cnt\">")
                .count(count as u64)
                .raw("</span>");
        }
        page.raw("</a>");
    }
    page.raw("<a href=\"#again\">")
        .two("方法与复核", "Method")
        .raw("</a></nav>");
}

fn top(page: &mut Page, report: &Report<'_>) {
    page.raw("<header class=\"top\"><span class=\"grow\"><b>")
        .said(&report.outcome.pack.title)
        .raw("</b></span><span class=\"seg\" role=\"presentation\"><label for=\"auto\">")
        .two("自动", "Auto")
        .raw("</label><label for=\"light\">")
        .two("浅色", "Light")
        .raw("</label><label for=\"dark\">")
        .two("深色", "Dark")
        .raw("</label></span><span class=\"seg\" role=\"presentation\"><label for=\"zh\" lang=\"zh-CN\">中文</label><label for=\"en\" lang=\"en\">English</label></span></header>");
}

/// The end of the page.
pub(super) fn end(page: &mut Page) {
    page.raw("</main><footer class=\"foot\">铁笼 ironcage ")
        .raw(env!("CARGO_PKG_VERSION"))
        .raw("</footer></div></div><script>")
        .raw(SCRIPT)
        .raw("</script></body></html>\n");
}

const LOGO: &str = "<svg width=\"28\" height=\"28\" viewBox=\"0 0 28 28\" aria-hidden=\"true\">\
<rect width=\"28\" height=\"28\" rx=\"6\" fill=\"#1d4d9f\"/>\
<path d=\"M6 9.5h16M6 19h16M9.5 6.5v15M14 6.5v15M18.5 6.5v15\" stroke=\"#fff\" stroke-width=\"2.2\" stroke-linecap=\"round\" fill=\"none\"/></svg>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_cannot_end_their_elements() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</") && !text.contains("<!--"));
        }
        assert!(!SCRIPT.contains("innerHTML") && !SCRIPT.contains("eval"));
    }
}
