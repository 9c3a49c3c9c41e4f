//! Whatever is wrong with the input: a clear message, the right exit status, never a panic.

use std::fmt::Write as _;

use crate::office::{LOG, PACK, office};
use crate::support::Place;

/// A pack with one more rule.
fn pack_with(rule: &str) -> String {
    format!(
        "{PACK}\n[[rule]]\nid = \"X-1\"\ntitle = \"x\"\nper = \"case\"\nseverity = \"red\"\ninternal = true\n{rule}\n"
    )
}

#[test]
fn logs_that_cannot_be_read_are_named() {
    let place = office();
    std::fs::create_dir(place.path().join("folder")).unwrap();
    place.write("empty.csv", "");
    place.write("header.csv", "case,activity,time\n");
    place.write("text.xes", "this is no xml");
    place.write("cut.xes", "<log><trace><event>");
    place.write("strange.bin", [0u8, 159, 146, 150, 1, 2, 3]);
    place.succeed("convert log.csv log.xes.gz --quiet");
    let whole = std::fs::read(place.path().join("log.xes.gz")).unwrap();
    place.write("cut.xes.gz", &whole[..whole.len() / 2]);
    for (name, words) in [
        ("missing.xes", vec!["missing.xes"]),
        ("folder", vec!["folder", "directory"]),
        ("empty.csv", vec!["empty.csv"]),
        ("header.csv", vec!["header.csv", "no event"]),
        ("text.xes", vec!["text.xes"]),
        ("cut.xes", vec!["cut.xes"]),
        ("cut.xes.gz", vec!["cut.xes.gz", "cut off"]),
        ("strange.bin", vec!["strange.bin", "--format"]),
    ] {
        for command in ["check", "stats"] {
            let rules = if command == "check" {
                "--pack office.toml"
            } else {
                ""
            };
            place.refuse(&format!("{command} {name} {rules}"), 3, &words);
        }
    }
}

#[test]
fn a_broken_row_is_refused_with_its_place_or_passed_over_and_counted() {
    let place = office();
    place.write(
        "bad.csv",
        LOG.replace("2026-03-05T10:00:00+08:00", "yesterday"),
    );
    place.refuse(
        "check bad.csv --pack office.toml",
        3,
        &["bad.csv:6", "yesterday"],
    );
    let shown = place.succeed("check bad.csv --pack office.toml --lenient");
    assert!(shown.contains("1 records could not be read"), "{shown}");
}

#[test]
fn events_without_a_time_or_out_of_order_are_said() {
    let place = office();
    let mut lines: Vec<&str> = LOG.lines().collect();
    lines.swap(1, 3);
    place.write("late.csv", lines.join("\n"));
    let shown = place.succeed("check late.csv --pack office.toml");
    assert!(shown.contains("put in order"), "{shown}");
    place.write("timeless.csv", "case,activity\nC1,apply\nC1,decide\n");
    let answer = place.run("check timeless.csv --pack office.toml");
    assert!(
        answer.err.contains("time") || answer.out.contains("time"),
        "{answer:?}"
    );
}

#[test]
fn times_at_the_ends_of_the_calendar_and_no_numbers_are_judged() {
    let place = office();
    let odd = "case,activity,time,officer,amount\n\
               C1,apply,0001-01-01T00:00:00Z,P1,NaN\n\
               C1,decide,9999-12-31T23:59:59Z,P2,1e308\n";
    place.write("odd.csv", odd);
    let guarded = "kind = \"response\"\nwhen = { type = \"apply\", where = 'when.amount > 1.0' }\nthen = \"decide\"";
    place.write("guarded.toml", pack_with(guarded));
    let answer = place.run("check odd.csv --pack guarded.toml --html r.html --findings f.xlsx");
    assert_eq!(answer.status, 0, "{answer:?}");
}

#[test]
fn large_values_and_many_columns_are_bounded() {
    let place = office();
    let long = "x".repeat(11 << 20);
    place.write(
        "long.csv",
        format!("case,activity,time,note\nC1,apply,2026-03-02T09:00:00Z,{long}\n"),
    );
    let answer = place.run("check long.csv --pack office.toml --html r.html");
    assert!([0, 3].contains(&answer.status), "{}", answer.err);
    assert!(answer.err.len() < 10_000);
    let mut deep = String::from("<log><trace><string key=\"concept:name\" value=\"1\"/><event>");
    for _ in 0..10_000 {
        deep.push_str("<list key=\"a\"><values>");
    }
    place.write("deep.xes", deep);
    place.refuse("check deep.xes --pack office.toml", 3, &["deep.xes"]);
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE log [<!ENTITY a \"aaaaaaaaaa\">]><log><trace>\
                <string key=\"concept:name\" value=\"&a;\"/></trace></log>";
    place.write("bomb.xes", bomb);
    place.refuse("check bomb.xes --pack office.toml", 3, &["bomb.xes"]);
}

#[test]
fn packs_that_cannot_be_judged_by_are_refused_with_line_and_suggestion() {
    let place = office();
    place.write("empty.toml", "");
    place.write("broken.toml", "[pack\nid = ");
    place.write("typo.toml", PACK.replace("within = ", "witin = "));
    place.write(
        "round/a/pack.toml",
        "[pack]\nid = \"a\"\nversion = \"1\"\nuses = [\"b\"]\n",
    );
    place.write(
        "round/b/pack.toml",
        "[pack]\nid = \"b\"\nversion = \"1\"\nuses = [\"a\"]\n",
    );
    std::fs::create_dir(place.path().join("nothing")).unwrap();
    for (pack, status, words) in [
        ("missing", 3, vec!["missing"]),
        ("empty.toml", 2, vec!["empty.toml", "[pack]"]),
        ("broken.toml", 2, vec!["broken.toml:1"]),
        ("typo.toml", 2, vec!["typo.toml:", "witin", "within"]),
        ("round/a", 2, vec!["circle"]),
        ("nothing", 2, vec!["nothing", "no file"]),
    ] {
        place.refuse(&format!("check log.csv --pack {pack}"), status, &words);
        place.refuse(&format!("pack check {pack}"), status, &words);
    }
}

#[test]
fn a_rule_on_an_unknown_activity_is_said_with_the_nearest() {
    let place = office();
    place.write(
        "unknown.toml",
        pack_with("kind = \"response\"\nwhen = \"aply\"\nthen = \"decide\""),
    );
    let shown = place.succeed("check log.csv --pack unknown.toml");
    assert!(shown.contains("aply") && shown.contains("apply"), "{shown}");
}

#[test]
fn a_guard_that_divides_by_zero_is_undecided_and_never_false() {
    let place = office();
    let log = LOG
        .lines()
        .enumerate()
        .fold(String::new(), |mut text, (number, line)| {
            let amount = if number == 0 {
                "amount".to_owned()
            } else {
                (number % 2).to_string()
            };
            let _ = writeln!(text, "{line},{amount}");
            text
        });
    place.write("numbers.csv", log);
    let rule =
        "kind = \"absence\"\nn = 1\nwhat = { type = \"apply\", where = '100 / event.amount > 1' }";
    let event = |name| {
        format!(
            "[[event]]\ntype = \"{name}\"\nattributes = {{ amount = \"integer\", officer = \"text\" }}\n"
        )
    };
    let events = ["apply", "review", "decide"].map(event).concat();
    place.write("zero.toml", format!("{}\n{events}", pack_with(rule)));
    let answer = place.run("check numbers.csv --pack zero.toml --json -");
    assert_eq!(answer.status, 0, "{answer:?}");
    let value: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    let rule = &value["rules"][3];
    assert!(rule["undecided"].as_u64().unwrap() > 0, "{rule}");
}

#[test]
fn models_that_cannot_be_followed_are_refused() {
    let place = office();
    place.write(
        "wrong.decl",
        "activity apply\nRespons[apply, decide] | | |\n",
    );
    place.refuse(
        "check log.csv --decl wrong.decl",
        2,
        &["wrong.decl:2", "Response"],
    );
    place.write("empty.decl", "");
    place.refuse("check log.csv --decl empty.decl", 2, &["empty.decl"]);
    place.write("no.bpmn", "<svg/>");
    place.refuse("check log.csv --flow no.bpmn", 2, &["no.bpmn"]);
    let endless = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">
<startEvent id="s"/><task id="a" name="apply"/><task id="b" name="decide"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="a"/><sequenceFlow id="f2" sourceRef="a" targetRef="b"/>
<sequenceFlow id="f3" sourceRef="b" targetRef="a"/></process></definitions>"#;
    place.write("endless.bpmn", endless);
    place.refuse(
        "check log.csv --flow endless.bpmn",
        2,
        &["endless.bpmn", "end"],
    );
    place.refuse("check log.csv --flow absent.bpmn", 3, &["absent.bpmn"]);
}

#[test]
fn outputs_that_cannot_be_written_are_named() {
    let place = office();
    for output in [
        "--json no/such/c.json",
        "--html no/such/r.html",
        "--findings no/such/f.csv",
        "--findings no/such/f.parquet",
    ] {
        place.refuse(
            &format!("check log.csv --pack office.toml {output}"),
            3,
            &["cannot write", "no/such"],
        );
    }
    std::fs::create_dir(place.path().join("r.html")).unwrap();
    place.refuse(
        "check log.csv --pack office.toml --html r.html",
        3,
        &["r.html", "directory"],
    );
}

#[test]
fn names_that_are_code_stay_names_everywhere() {
    let place = Place::new();
    let name = "=HYPERLINK(0)<script>alert(1)</script>\u{1b}[31m";
    let log = LOG.replace("C2,", &format!("\"{name}\","));
    place.write("log.csv", log);
    place.write("office.toml", PACK);
    place.succeed("check log.csv --pack office.toml --html r.html --findings f.csv");
    assert!(!place.read("r.html").contains("<script>alert"));
    assert!(place.read("f.csv").contains("\"'=HYPERLINK(0)"));
    let mut command = crate::support::command(place.path());
    command.args(["explain", "log.csv", "--pack", "office.toml", "--object"]);
    let story = crate::support::answer(command.arg(format!("case:{name}")));
    assert_eq!(story.status, 0, "{story:?}");
    assert!(!story.out.contains('\u{1b}'));
}
