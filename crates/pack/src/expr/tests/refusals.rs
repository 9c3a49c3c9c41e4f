//! What is refused, where, and with which suggestion.

use super::*;

/// The text that the first error concerns, and its suggestion.
fn refused(
    office: &mut Office,
    text: &str,
    expected: Expected,
) -> (String, Option<String>, String) {
    let errors = match office.compile(text, expected) {
        Ok(expr) => panic!("{text} compiles to {expr:?}"),
        Err(errors) => errors,
    };
    let first = &errors[0];
    let place = text
        .get(first.span.clone())
        .expect("a span of the text")
        .to_owned();
    (place, first.suggestion.clone(), first.message.clone())
}

/// A condition, the piece that its first error concerns, and what is suggested in its place.
const REFUSED: &[(&str, &str, Option<&str>)] = &[
    ("when.article == \"157\"", "\"157\"", Some("157")),
    ("\"1.5\" < when.fee", "\"1.5\"", Some("1.5")),
    ("when.who == 541", "541", Some("\"541\"")),
    ("when.open == \"True\"", "\"True\"", Some("true")),
    (
        "when.due > \"2026-01-01\"",
        "\"2026-01-01\"",
        Some("timestamp(\"2026-01-01\")"),
    ),
    ("when.amuont > 5", "amuont", Some("amount")),
    ("whem.amount > 5", "whem", Some("when")),
    ("amount > 5", "amount", Some("when.amount")),
    (
        "\"张三\" == \"李\" || wehn.who == \"x\"",
        "wehn",
        Some("when"),
    ),
    (
        "when[\"org:resurce\"] == \"x\"",
        "\"org:resurce\"",
        Some("org:resource"),
    ),
    ("when.article > @limti", "@limti", Some("@limit")),
    (
        "case.transfered_to == \"x\"",
        "transfered_to",
        Some("transferred_to"),
    ),
    (
        "when.who.startWith(\"a\")",
        "when.who.startWith(\"a\")",
        Some("startsWith"),
    ),
    (
        "when.who.matches(\"a.*\")",
        "when.who.matches(\"a.*\")",
        None,
    ),
    ("sice(when.who) > 1", "sice(when.who)", Some("size")),
    ("when.amount + 1 > 2", "when.amount + 1", None),
    ("when.who + \"x\" == \"yx\"", "when.who + \"x\"", None),
    ("when.article", "when.article", None),
    ("when", "when", None),
    ("when.items == 1", "items", None),
    ("1 / 0 == 1", "1 / 0", None),
    (
        "9223372036854775807 + 1 > 0",
        "9223372036854775807 + 1",
        None,
    ),
    ("when.article in \"a\"", "\"a\"", None),
    (
        "when.article in [1, \"b\"]",
        "when.article in [1, \"b\"]",
        None,
    ),
    ("when.open > false", "when.open > false", None),
    ("duration(\"3d\") > duration(\"1h\")", "\"3d\"", None),
    (
        "timestamp(\"yesterday\") > when.time",
        "\"yesterday\"",
        None,
    ),
    ("when.article == null", "null", None),
    ("when.article == 157u", "157u", None),
    ("{\"a\": 1}.size() > 0", "{", None),
];

#[test]
fn errors_have_a_place_and_a_suggestion() {
    let mut office = Office::new();
    for (text, place, suggestion) in REFUSED {
        let (found, meant, message) = refused(&mut office, text, Expected::Condition);
        assert_eq!(
            (found.as_str(), meant.as_deref()),
            (*place, *suggestion),
            "{text}: {message}"
        );
    }
}

#[test]
fn the_wanted_kind_is_checked() {
    let mut office = Office::new();
    for (text, expected) in [
        ("when.who", Expected::Integer),
        ("when.fee", Expected::Integer),
        ("when.amount", Expected::Exact),
        ("when.article", Expected::Time),
        ("when.due - when.time", Expected::Value),
    ] {
        let (place, ..) = refused(&mut office, text, expected);
        assert_eq!(place, text);
    }
}

#[test]
fn all_errors_are_told_at_once() {
    let mut office = Office::new();
    let text = "when.amuont > 5 && when.article == \"7\" && then.hwo == \"x\"";
    let errors = office.compile(text, Expected::Condition).unwrap_err();
    let places: Vec<_> = errors
        .iter()
        .map(|error| &text[error.span.clone()])
        .collect();
    assert_eq!(places, ["amuont", "\"7\"", "hwo"]);
}

#[test]
fn unreadable_text_is_refused_with_its_place() {
    let mut office = Office::new();
    for (text, at) in [
        ("when.amount >", 13),
        ("when.amount > 5)", 15),
        ("when.amount ~ 5", 12),
        ("\"张三李四\" == when.who and true", 27),
        ("", 0),
        ("   ", 0),
        ("when.amount = 5", 12),
    ] {
        let errors = office.compile(text, Expected::Condition).unwrap_err();
        let start = errors[0].span.start;
        assert!(start == at, "{text}: {start} instead of {at}: {errors:?}");
    }
}

/// Text is bounded before the parser, which recurses, sees it.
#[test]
fn depth_and_length_are_bounded() {
    let mut office = Office::new();
    let deep = format!("{}true{}", "(".repeat(10_000 / 3), ")".repeat(10_000 / 3));
    let long = format!("when.article in [{}]", vec!["1"; 4_000].join(","));
    let chain = vec!["1"; 2_000].join("+") + " > 0";
    let nots = "!".repeat(4_000) + "true";
    let ins = vec!["a"; 1_000].join(" in ");
    let asked = "true ? true : ".repeat(250) + "true";
    let after = "(".repeat(40) + "1" + &")".repeat(40) + &"+ 1".repeat(40) + " > 0";
    let members = "when".to_owned() + &".a".repeat(2_000);
    for text in [deep, long, chain, nots, ins, asked, after, members] {
        let errors = office.compile(&text, Expected::Condition).unwrap_err();
        assert!(
            errors[0].message.contains("at most"),
            "{}",
            errors[0].message
        );
    }
    let nested = format!("{}true{}", "(".repeat(60), ")".repeat(60));
    assert!(office.compile(&nested, Expected::Condition).is_ok());
    let sum = vec!["1"; 60].join("+") + " == 60";
    assert!(
        office
            .compile(&sum, Expected::Condition)
            .unwrap()
            .always_holds()
    );
    let many = vec!["when.article - 1 == 156"; 150].join(" || ");
    assert!(office.compile(&many, Expected::Condition).is_ok());
    let product = "[1,2,3,4,5,6,7,8,9,10].all(a, ".repeat(6) + "true" + &")".repeat(6);
    let errors = office.compile(&product, Expected::Condition).unwrap_err();
    assert!(
        errors[0].message.contains("unfolds"),
        "{}",
        errors[0].message
    );
}

#[test]
fn a_name_with_a_colon_is_one_error_and_says_how_it_is_written() {
    let mut office = Office::new();
    let errors = office
        .compile("org:resource", Expected::Condition)
        .unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].message.contains("event[\"org:resource\"]"),
        "{errors:?}"
    );
}
