//! The HTML report: whole, bounded, and safe whatever a log is called.

use std::fs;
use std::path::Path;

use cage_report::{HtmlOptions, Language, html};

use crate::fixture::outcome;

/// Names that try to become something else.
const HOSTILE: &str = "\"'`<script>alert(1)</script><img src=x onerror=alert(2)>\
                       </style><style>*{display:none}]]>&lt;\u{202e}\u{0}\u{7f}javascript:alert(3)";

fn page() -> String {
    let options = HtmlOptions {
        command: "ironcage check demo/permit-office.ndjson --pack packs/permit-office --html report.html",
        ..HtmlOptions::default()
    };
    html(&outcome(|one| format!("P2026-{one:05}"), ""), &options)
}

#[test]
fn the_page_holds_every_part_in_both_languages() {
    let page = page();
    if let Some(folder) = std::env::var_os("CAGE_REPORT_OUT") {
        fs::write(Path::new(&folder).join("report.html"), &page).unwrap();
    }
    for anchor in [
        "overview", "rules", "flows", "worst", "sections", "cases", "again",
    ] {
        assert!(page.contains(&format!(" id=\"{anchor}\"")), "{anchor}");
    }
    for text in [
        "超过法定期限未作决定",
        "No decision within the statutory limit",
        "P2026-00004",
        "href=\"#case-0\"",
        "id=\"case-0\"",
        "href=\"#rule-7\"",
        "id=\"rule-7\"",
        "事件从略",
        "0.9812",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(page.starts_with("<!doctype html>\n<html lang=\"zh-CN\">"));
}

#[test]
fn no_name_of_a_log_or_pack_becomes_markup() {
    let quiet = tags(&page());
    let options = HtmlOptions {
        command: HOSTILE,
        findings_files: &[HOSTILE.to_owned()],
        ..HtmlOptions::default()
    };
    let hostile = html(&outcome(|one| format!("{HOSTILE}{one}"), HOSTILE), &options);
    assert!(hostile.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for bad in [
        "<script>alert",
        "<img",
        "onerror=alert(2)>",
        "\u{202e}",
        "\u{0}",
        "href=\"javascript",
    ] {
        assert!(!hostile.contains(bad), "{bad}");
    }
    // The same elements and attributes, in the same order: names changed nothing but text. The
    // hostile page has one bar or cell less at most where a text is not shown, never one more kind.
    let mut loud = tags(&hostile);
    loud.retain(|tag| !quiet.contains(tag));
    assert!(loud.is_empty(), "{loud:?}");
}

/// Every tag with the names of its attributes, their values left out.
fn tags(page: &str) -> std::collections::BTreeSet<String> {
    let mut tags = std::collections::BTreeSet::new();
    let body = page.split_once("</style>").unwrap().1;
    let body = body.rsplit_once("<script>").unwrap().0;
    for piece in body.split('<').skip(1) {
        let inner = piece.split_once('>').map_or(piece, |(inner, _)| inner);
        let mut shape = String::new();
        let mut quoted = false;
        for character in inner.chars() {
            match character {
                '"' => quoted = !quoted,
                other if !quoted => shape.push(other),
                _ => {}
            }
        }
        tags.insert(shape);
    }
    tags
}

#[test]
fn nothing_is_fetched_and_only_the_own_script_may_run() {
    let page = page();
    assert!(page.contains(
        "Content-Security-Policy\" content=\"default-src &#39;none&#39;; style-src &#39;sha256-"
    ));
    let without_namespace = page
        .replace("http-equiv", "")
        .replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for bad in [
        "http:", "https:", "url(", "@import", " src=", " style=", "<link",
    ] {
        assert!(!without_namespace.contains(bad), "{bad}");
    }
}

#[test]
fn anchors_that_are_linked_exist_once() {
    let page = page();
    for piece in page.split("href=\"#").skip(1) {
        let anchor = piece.split('"').next().unwrap();
        let places = page.matches(&format!(" id=\"{anchor}\"")).count();
        assert_eq!(places, 1, "#{anchor}");
    }
}

#[test]
fn the_page_is_bounded_whatever_is_found() {
    let long = "事".repeat(20_000);
    let page = html(
        &outcome(|one| format!("{long}{one}"), &long),
        &HtmlOptions::default(),
    );
    assert!(page.len() < 8 << 20, "{} bytes", page.len());
    assert!(page.ends_with("</html>\n"));
}

#[test]
fn equal_outcomes_give_equal_bytes_and_the_language_is_a_choice() {
    assert_eq!(page(), page());
    let english = HtmlOptions {
        language: Language::English,
        ..HtmlOptions::default()
    };
    let page = html(&outcome(|one| one.to_string(), ""), &english);
    assert!(page.contains("<html lang=\"en\">"));
    assert!(page.contains("id=\"en\" aria-label=\"English\" checked>"));
}
