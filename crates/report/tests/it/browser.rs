//! The report in a real browser: what a reader does with it. Skips where there is no Chromium.

mod chromium;

use cage_report::{HtmlOptions, html};
use serde_json::json;

use crate::fixture::outcome;
use chromium::Browser;

fn open() -> Option<Browser> {
    let options = HtmlOptions {
        command: "ironcage check demo/permit-office.ndjson --pack packs/permit-office",
        ..HtmlOptions::default()
    };
    Browser::open(&html(
        &outcome(|one| format!("P2026-{one:05}"), ""),
        &options,
    ))
}

/// Rows of the table of rules that can be seen.
const ROWS: &str =
    "[...document.querySelectorAll('table.rules tbody tr')].filter((row) => !row.hidden).length";

#[test]
fn a_reader_filters_switches_and_opens_without_a_complaint() {
    let Some(mut browser) = open() else { return };
    browser.resize(1280, 800);
    let all = browser.value(ROWS).as_u64().unwrap();
    assert!(all > 5);
    filters(&mut browser, all);
    languages(&mut browser);
    stories(&mut browser);
    pictures(&mut browser);
    let complaints = browser.complaints();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

fn filters(browser: &mut Browser, all: u64) {
    browser.value(
        "window.form = document.getElementById('filters');
         window.change = (name, value) => {
           form.elements[name].value = value;
           form.dispatchEvent(new Event('input', {bubbles: true}));
         }; 0",
    );
    browser.value("change('text', 'PO-03')");
    assert_eq!(browser.value(ROWS), 1);
    let shown = browser.value("form.querySelector('output').textContent");
    assert_eq!(shown, format!("1 / {all}"));
    browser.value("change('text', ''); change('state', 'undecided')");
    assert_eq!(browser.value(ROWS), all);
    browser.value("change('state', 'silent')");
    assert_eq!(browser.value(ROWS), 0);
    browser.value("change('state', ''); document.querySelector('[data-pick=red]').click()");
    let red = browser.value(ROWS).as_u64().unwrap();
    assert!(red > 0 && red < all, "{red}");
    browser.value("form.reset(); new Promise((done) => setTimeout(done, 50))");
    assert_eq!(browser.value(ROWS), all);
    // A head sorts its column.
    browser.value("document.querySelectorAll('table.rules th button')[4].click()");
    let sorted = browser.value(
        "[...document.querySelectorAll('table.rules td:nth-child(5)')].map((cell) => Number(cell.dataset.value))",
    );
    let sorted: Vec<u64> = serde_json::from_value(sorted).unwrap();
    assert!(sorted.is_sorted_by(|a, b| a >= b), "{sorted:?}");
}

fn languages(browser: &mut Browser) {
    const CHOICES: &str = "[...document.querySelectorAll('select[name=state] option')].map((one) => one.textContent).join()";
    const SEEN: &str = "document.querySelector('#rules h2').innerText";
    assert_eq!(browser.value(SEEN), "规则一览");
    assert_eq!(
        browser.value(CHOICES),
        "全部,有偏离,有无法判断的,有未到期的,从未触发"
    );
    browser.value("document.querySelector('label[for=en]').click()");
    assert_eq!(browser.value(SEEN), "Rules");
    assert_eq!(browser.value("document.documentElement.lang"), "en");
    assert_eq!(
        browser.value(CHOICES),
        "All,Violated,Undecided,Pending,Never triggered"
    );
    let chinese = browser.value(
        "[...document.querySelectorAll('main [aria-label]')].filter((one) => /[\\u4e00-\\u9fff]/.test(one.getAttribute('aria-label')) && !one.closest('svg')).length",
    );
    assert_eq!(chinese, 0);
    browser.value("document.querySelector('label[for=zh]').click()");
    assert_eq!(browser.value(SEEN), "规则一览");
}

fn stories(browser: &mut Browser) {
    const OPEN: &str = "document.getElementById('case-1').closest('details').open";
    assert_eq!(browser.value(OPEN), false);
    browser.value(
        "document.querySelector('#worst a[href=\"#case-1\"]').click(); new Promise((done) => setTimeout(done, 50))",
    );
    assert_eq!(browser.value(OPEN), true);
    let entries =
        browser.value("document.getElementById('case-1').querySelectorAll('.tl li b').length");
    assert!(entries.as_u64().unwrap() > 0);
}

fn pictures(browser: &mut Browser) {
    const WIDTH: &str = "document.querySelector('svg.flow').getBoundingClientRect().width";
    let before = browser.value(WIDTH).as_f64().unwrap();
    browser.value("document.querySelector('[data-by=in]').click()");
    let larger = browser.value(WIDTH).as_f64().unwrap();
    assert!((larger / before - 1.25).abs() < 0.01, "{before} {larger}");
    browser.value(
        "window.frame = document.querySelector('[data-zoom] .scroll'); frame.focus();
         for (const key of ['-', '-', '1']) frame.dispatchEvent(new KeyboardEvent('keydown', {key}))",
    );
    let natural = browser.value("document.querySelector('svg.flow').viewBox.baseVal.width");
    assert_eq!(browser.value(WIDTH).as_f64(), natural.as_f64());
}

#[test]
fn everything_has_room_at_every_width_and_on_paper() {
    let Some(mut browser) = open() else { return };
    for language in ["zh", "en"] {
        browser.value(&format!("document.getElementById('{language}').click()"));
        for (width, height) in [(1280, 800), (1920, 1080), (390, 844)] {
            browser.resize(width, height);
            let page = browser.value("document.documentElement.scrollWidth");
            assert!(
                page.as_u64().unwrap() <= width.into(),
                "{language} {width}: {page}"
            );
            let beyond = browser.value(
                "(() => { const region = document.querySelector('#rules .scroll'); return region.scrollWidth - region.clientWidth; })()",
            );
            assert_eq!(beyond, 0, "the table of rules, {language} {width}");
        }
    }
    browser.call("Emulation.setEmulatedMedia", &json!({"media": "print"}));
    let shown = browser.value(
        "['.side', '.top', '.filters', '.tools'].map((one) => getComputedStyle(document.querySelector(one)).display).join()",
    );
    assert_eq!(shown, "none,none,none,none");
    browser.call("Emulation.setEmulatedMedia", &json!({"media": ""}));
    let paper = browser.call("Page.printToPDF", &json!({"preferCSSPageSize": true}));
    assert!(paper["data"].as_str().unwrap().starts_with("JVBERi0"));
    assert_eq!(
        browser.value("[...document.querySelectorAll('details.case')].every((one) => one.open)"),
        true
    );
}

#[test]
fn every_text_can_be_read_and_every_control_has_a_name() {
    let Some(mut browser) = open() else { return };
    browser.value("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    for (light, language) in [("light", "zh"), ("dark", "en")] {
        browser.value(&format!(
            "document.getElementById('{light}').click(); document.getElementById('{language}').click()"
        ));
        let faint = browser.value(include_str!("browser/contrast.js"));
        assert_eq!(faint, json!([]), "{light}");
    }
    let tree = browser.call("Accessibility.getFullAXTree", &json!({}));
    let mut named = 0;
    for node in tree["nodes"].as_array().unwrap() {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        let control = [
            "button",
            "link",
            "searchbox",
            "combobox",
            "checkbox",
            "radio",
            "region",
        ];
        if control.contains(&role) && node["ignored"] == false {
            named += 1;
            let name = node["name"]["value"].as_str().unwrap_or_default();
            assert!(!name.trim().is_empty(), "{role} without a name: {node}");
        }
    }
    assert!(named > 40, "{named}");
}
