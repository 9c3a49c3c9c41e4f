//! The quick reader against the one that keeps the whole tree.

use proptest::prelude::*;

use super::*;

const EVENT: &str = r#"{"specversion":"1.0","id":"1","source":"police/7","type":"blood.drawn","time":"2026-02-10T23:10:00.5+08:00","received":"2026-02-11T08:00:00+08:00","sequence":"7","data":{"objects":[{"type":"case","id":"C1"},{"type":"officer","id":"P7","qualifier":"actor"}],"attributes":{"bac":81.50,"n":-3e2,"urgent":true,"tubes":[1,"2"],"place":{"lane":"\u4e2d\n"}}}}"#;

/// Pieces that break an event, or make another one of it.
const PIECES: [&str; 26] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "1e999",
    "-0",
    "\"\"",
    " ",
    "\t",
    "\n",
    "\u{1}",
    "\\u0000",
    "é",
    "1969-",
    "Z",
    "\"@value\":5,",
    "\"objects\":[],",
    "\"id\":\"2\",",
    "\"source\":\"ironcage\",",
    "0.10",
];

/// Both take it to the same entry, or both refuse it with the same words. Alone among the differences stands
/// what rules could not read, which only the quick reader knows.
fn assert_same(text: &[u8]) {
    let shown = String::from_utf8_lossy(text);
    match (Reader::default().one(text), tree::one(text)) {
        (Ok(quick), Ok(tree)) => assert!(quick.draft == tree.draft, "{shown}"),
        (Err(quick), Err(tree)) => {
            let words = |rejection: &Rejection| {
                (
                    rejection.pointer.clone(),
                    rejection.reason.clone(),
                    rejection.id.clone(),
                    rejection.source.clone(),
                )
            };
            assert_eq!(words(&quick), words(&tree), "{shown}");
        }
        (Err(quick), Ok(_)) => {
            let mut names = Interner::new();
            let mut event = EventBuffer::default();
            let mut rules = EventReader::new(EventAttributes::All);
            let unreadable = rules.read(text, &mut names, &mut event).is_err();
            let twice = quick.reason.ends_with("stands here twice");
            assert!(unreadable || twice, "{shown}: {quick}");
        }
        (Ok(_), Err(tree)) => panic!("taken without reason: {shown}: {tree}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn both_readers_take_the_same_events_and_refuse_the_others_with_the_same_words(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, 0..PIECES.len()), 0..4),
    ) {
        let mut text: Vec<char> = EVENT.chars().collect();
        for (at, cut, piece) in edits {
            let at = at.index(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, PIECES[piece].chars());
        }
        let text: String = text.into_iter().collect();
        assert_same(text.as_bytes());
    }

    #[test]
    fn times_are_the_same_for_both(
        time in "(19|20)[0-9]{2}-[0-1][0-9]-[0-3][0-9][T ]?[0-2][0-9]:[0-5][0-9](:[0-6][0-9])?([.,][0-9]{1,9})?(Z|z|[+-][0-2][0-9]:?[0-5][0-9])?",
    ) {
        assert_same(EVENT.replace("2026-02-10T23:10:00.5+08:00", &time).as_bytes());
    }
}

#[test]
fn a_reader_that_is_used_again_reads_alike() {
    let mut reader = Reader::default();
    for number in 0..30_000_u32 {
        let text = EVENT
            .replace("blood.drawn", &format!("t{}", number % 11_000))
            .replace("police/7", &format!("s{}", number % 3));
        let read = reader.one(text.as_bytes()).unwrap();
        if number % 500 == 0 {
            assert_eq!(read.draft, tree::one(text.as_bytes()).unwrap().draft);
        }
    }
    assert!(reader.names.len() <= NAMES_KEPT_MAX + 20);
}

/// Such an event would be kept for ever, and stop the rules that read it.
#[test]
fn what_rules_could_not_read_is_refused_with_its_pointer() {
    for (from, to, pointer) in [
        ("\"2026-02-11T08:00:00+08:00\"", "\"soon\"", "/received"),
        (
            "81.50",
            r#"{"@type":"x","@value":"5"}"#,
            "/data/attributes/bac",
        ),
        (
            r#"[{"type":"case","id":"C1"},{"type":"officer","id":"P7","qualifier":"actor"}]"#,
            "null",
            "/data/objects",
        ),
        ("blood.drawn", "ironcage.object", ""),
    ] {
        let text = EVENT.replace(from, to);
        assert!(tree::one(text.as_bytes()).is_ok(), "{text}");
        let rejection = Reader::default().one(text.as_bytes()).unwrap_err();
        assert!(rejection.pointer.starts_with(pointer), "{rejection}");
        assert_eq!(rejection.id.as_deref(), Some("1"));
    }
    let deep = EVENT.replace("81.50", &format!("{}1{}", "[".repeat(100), "]".repeat(100)));
    assert!(Reader::default().one(deep.as_bytes()).is_err());
}

#[test]
fn what_stands_twice_is_refused() {
    for (from, to, pointer) in [
        ("\"type\":\"blood", "\"id\":\"2\",\"type\":\"blood", "/id"),
        ("\"bac\"", "\"n\":1,\"bac\"", "/data/attributes/n"),
        (
            "\"attributes\"",
            "\"objects\":[],\"attributes\"",
            "/data/objects",
        ),
    ] {
        let text = EVENT.replacen(from, to, 1);
        let rejection = Reader::default().one(text.as_bytes()).unwrap_err();
        assert_eq!(rejection.pointer, pointer, "{rejection}");
        assert!(rejection.reason.contains("twice"), "{rejection}");
    }
}
