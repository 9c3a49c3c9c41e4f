//! What is wrong with a pack is said at once, at its place, with what was probably meant.

use crate::{listed, load_files, load_text};

const HEAD: &str = "[pack]\nid = \"p\"\nversion = \"1\"\n";

#[test]
fn every_fault_of_every_file_is_said_at_once() {
    let files = [
        (
            "pack.toml",
            "[pack]\nid = \"p\"\nversion = \"1\"\nzone = \"Asia/Shangai\"\ncolour = 1\n",
        ),
        (
            "events.toml",
            "[[event]]\ntype = \"Create Fine\"\nattributes = { amount = \"decimal\" }\n",
        ),
        ("laws.toml", "[[law]]\nid = \"cds\"\ntitle = \"Codice\"\n"),
        (
            "values.toml",
            "[[value]]\nid = \"limit\"\nentries = [\n  { value = \"60 days\", basis = \"cds#1\", from = 2001-01-01, to = 2003-01-01 },\n  { value = \"90 days\", basis = \"csd#1\", from = 2002-01-01 },\n]\n",
        ),
        (
            "rules/a.toml",
            "[[rule]]\nid = \"A\"\nper = \"case\"\nkind = \"respons\"\n[[rule]]\nid = \"B\"\nper = \"case\"\nkind = \"absence\"\nwhat = { type = \"Create Fin\", where = 'what.amout > 3' }\ninternal = true\n[[rule]]\nid = \"C\"\nper = \"case\"\nkind = \"deadline\"\nstart = \"Create Fine\"\nstop = \"Create Fine\"\nwithin = \"@limi\"\n",
        ),
        ("rules/b.toml", "[[rule]\nid = \"D\"\n"),
    ];
    let found = listed(&load_files(&files).unwrap_err());
    for expected in [
        "pack.toml:4:8+14 there is no time zone Asia/Shangai; write an IANA name such as Asia/Shanghai -> Asia/Shanghai",
        "pack.toml:5:1+6 unknown key \"colour\"",
        "rules/a.toml:4:8+9 unknown kind of rule \"respons\"",
        "rules/a.toml:9:17+12 no event Create Fin is declared in events.toml -> Create Fine",
        "rules/a.toml:17:10+7 there is no value @limi in values.toml -> @limit",
        "C has no basis",
        "overlaps the line from 2001-01-01",
        "values.toml:5:32+7 no law csd is declared in laws.toml -> cds#1",
        "rules/b.toml:1:",
    ] {
        assert!(found.contains(expected), "{expected}\nnot in\n{found}");
    }
}

#[test]
fn a_guard_is_checked_against_the_declared_attributes() {
    let events = "[[event]]\ntype = \"Fine\"\nattributes = { amount = \"decimal\", article = \"integer\" }\n";
    let rule = |guard: &str| {
        format!(
            "{HEAD}{events}[[rule]]\nid = \"A\"\nper = \"case\"\nkind = \"absence\"\nwhat = {{ type = \"Fine\", where = '{guard}' }}\ninternal = true\n"
        )
    };
    assert!(load_text(&rule("what.amount > 3.5")).is_ok());
    for (guard, expected) in [
        ("what.amout > 3.5", ":11:39+5 what has no attribute amout"),
        (
            "what.article == \"157\"",
            "a whole number is never comparable with a text -> 157",
        ),
        ("what.article == 1 && what.article == 2", "can never hold"),
        ("what.amount >", ":11:"),
    ] {
        let found = listed(&load_text(&rule(guard)).unwrap_err());
        assert!(
            found.contains(expected),
            "{guard}: {expected}\nnot in\n{found}"
        );
    }
}

#[test]
fn packs_that_are_no_packs_are_refused_in_words() {
    let missing = cage_pack::load(std::path::Path::new("/no/such/pack")).unwrap_err();
    assert!(listed(&missing).contains("cannot be opened"));
    for (files, expected) in [
        (vec![], "holds no file of a pack"),
        (vec![("pack.toml", "")], "the pack has no [pack] table"),
        (vec![("pack.toml", HEAD)], "states no rule"),
        (
            vec![("pack.toml", HEAD), ("rule.toml", "")],
            "a pack has no file rule.toml",
        ),
        (
            vec![("pack.toml", HEAD), ("powers.toml", "")],
            "not available yet",
        ),
    ] {
        let found = listed(&load_files(&files).unwrap_err());
        assert!(found.contains(expected), "{expected}\nnot in\n{found}");
    }
    let deep = format!("{HEAD}x = {}1{}\n", "[".repeat(10_000), "]".repeat(10_000));
    assert!(!load_text(&deep).unwrap_err().is_empty());
}

#[test]
fn a_file_that_is_not_utf8_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("pack.toml"),
        b"[pack]\nid = \"\xb9\xe6\"\n",
    )
    .unwrap();
    let found = listed(&cage_pack::load(folder.path()).unwrap_err());
    assert!(found.contains("line 2 is not UTF-8"), "{found}");
}

#[test]
fn packs_build_on_each_other_but_not_in_circles() {
    let rule = "[[rule]]\nid = \"A\"\nper = \"case\"\nkind = \"existence\"\nwhat = \"x\"\ninternal = true\n";
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("a/pack.toml", format!("{HEAD}uses = [\"b\"]\n"));
    write("a/rules/a.toml", rule.to_owned());
    write("b/pack.toml", HEAD.replace("\"p\"", "\"q\""));
    write("b/rules/b.toml", rule.replace("\"A\"", "\"B\""));
    let loaded = cage_pack::load(&folder.path().join("a")).unwrap();
    let places: Vec<&str> = loaded
        .program
        .rules
        .iter()
        .map(|rule| rule.place.file.as_str())
        .collect();
    assert_eq!(places, ["../b/rules/b.toml", "rules/a.toml"]);
    assert_eq!(loaded.program.id, "p");
    write("b/pack.toml", format!("{HEAD}uses = [\"a\"]\n"));
    let found = listed(&cage_pack::load(&folder.path().join("a")).unwrap_err());
    assert!(
        found.contains("../b/pack.toml:4:9+3 the packs use each other in a circle through a"),
        "{found}"
    );
}

#[test]
fn an_unconfirmed_value_never_blocks() {
    let text = format!(
        "{HEAD}[[law]]\nid = \"l\"\ntitle = \"L\"\n[[value]]\nid = \"v\"\nentries = [{{ value = \"3 days\", basis = \"l#1\", from = 2001-01-01 }}]\n[[rule]]\nid = \"A\"\nper = \"case\"\nkind = \"response\"\nwhen = \"a\"\nthen = \"b\"\nwithin = \"@v\"\ngrade = \"block\"\ninternal = true\n"
    );
    let loaded = load_text(&text).unwrap();
    assert_eq!(loaded.program.rules[0].grade, cage_model::Grade::Alert);
    assert!(listed(&loaded.warnings).contains("may alert but not block"));
}

#[test]
fn a_message_shows_the_line_and_a_caret() {
    let text = format!("{HEAD}[[rule]]\nid = \"A\"\nper = \"case\"\nkind = \"respons\"\n");
    let found = load_text(&text).unwrap_err();
    let shown = found[0].render(false);
    assert!(shown.contains("kind = \"respons\""), "{shown}");
    assert!(
        shown.contains("^^^^^^^^^ did you mean response?"),
        "{shown}"
    );
    let json = serde_json::to_value(&found[0]).unwrap();
    assert_eq!(json["suggestion"], "response");
    assert_eq!(json["severity"], "error");
}

/// As many lines as a story of some months may have: read in linear time, so the test is quick.
#[test]
fn a_long_story_keeps_the_place_of_every_line() {
    const LINES: usize = 50_000;
    let head = format!(
        "{HEAD}[[rule]]\nid = \"A\"\nper = \"case\"\nkind = \"absence\"\nwhat = \"Fine\"\n\
         internal = true\n[[test]]\nname = \"long\"\nevents = \"\"\"\n"
    );
    let first = head.lines().count() + 1;
    let line = "2026-01-01T00:00:00+08:00 Fine case=C1\n";
    let events = line.repeat(LINES);
    let end = "\"\"\"\nexpect = [ { rule = \"A\", verdict = \"violated\" } ]\n";
    let loaded = load_text(&format!("{head}{events}{end}")).unwrap();
    let events_read = &loaded.pack.tests[0].events;
    let lines = events_read.iter().map(|event| event.line);
    assert!(lines.eq(first..first + LINES));
    let broken = format!("{head}{events}  2026-01-01 Fine C1\n{end}");
    let found = listed(&load_text(&broken).unwrap_err());
    let place = format!("rules.toml:{}:3+18 C1 has no key", first + LINES);
    assert!(found.starts_with(&place), "{found}");
}
