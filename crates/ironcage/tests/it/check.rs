//! `ironcage check`: table, JSON, findings files, report, exit status.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::office::office;
use crate::support::{Place, answer, command};

fn json(place: &Place, line: &str) -> Value {
    serde_json::from_str(&place.succeed(line)).unwrap()
}

#[test]
fn the_table_tells_each_rule_in_both_languages() {
    let place = office();
    insta::assert_snapshot!(
        "table_en",
        place.succeed("check log.csv --pack office.toml")
    );
    insta::assert_snapshot!(
        "table_zh",
        place.succeed("check log.csv --pack office.toml --lang zh")
    );
}

#[test]
fn the_json_has_the_five_numbers_of_objects_and_activations() {
    let place = office();
    let value = json(&place, "check log.csv --pack office.toml --json -");
    assert_eq!(value["log"]["events"], 11);
    assert_eq!(value["log"]["objects"]["case"], 5);
    let rules = value["rules"].as_array().unwrap();
    let numbers = |rule: &Value| -> Vec<u64> {
        ["activated", "satisfied", "violated", "pending", "undecided"]
            .iter()
            .map(|name| rule[*name].as_u64().unwrap())
            .collect()
    };
    for (rule, id, kind, objects, total) in [
        (&rules[0], "O-1", "response", [5, 3, 2, 1, 0], 5),
        (&rules[1], "O-2", "precedence", [3, 3, 0, 0, 0], 3),
        (&rules[2], "O-3", "separation", [3, 2, 1, 0, 0], 3),
    ] {
        assert_eq!(
            (rule["id"].as_str(), rule["kind"].as_str()),
            (Some(id), Some(kind))
        );
        assert_eq!(rule["per"], "case");
        assert_eq!(numbers(rule), objects, "{id}");
        let activations = &rule["activations"];
        assert_eq!(activations["total"], total, "{id}");
        let parts = ["satisfied", "violated", "pending", "undecided"];
        let sum: u64 = parts
            .iter()
            .map(|part| activations[*part].as_u64().unwrap())
            .sum();
        assert_eq!(sum, total, "{id}");
    }
    assert_eq!(value["flows"].as_array().unwrap().len(), 0);
}

#[test]
fn the_moment_of_judgement_and_finite_traces_change_what_is_owed() {
    let place = office();
    let violated = |line: &str| -> Vec<u64> {
        let value = json(
            &place,
            &format!("check log.csv --pack office.toml --json - {line}"),
        );
        let rule = &value["rules"][0];
        ["violated", "pending"]
            .iter()
            .map(|name| rule[*name].as_u64().unwrap())
            .collect()
    };
    assert_eq!(violated(""), [2, 1]);
    // On the fifth day C2 and C3 are still in time.
    assert_eq!(violated("--as-of 2026-03-07T12:00:00+08:00"), [0, 2]);
    assert_eq!(violated("--as-of 2026-03-20"), [3, 0]);
    assert_eq!(violated("--finite"), [3, 0]);
}

#[test]
fn findings_fail_a_check_only_when_asked_to() {
    let place = office();
    let status = |line: &str| {
        place
            .run(&format!("check log.csv --pack office.toml {line}"))
            .status
    };
    assert_eq!(status(""), 0);
    assert_eq!(status("--fail-on red"), 1);
    assert_eq!(status("--fail-on any"), 1);
    assert_eq!(status("--fail-on"), 1);
    assert_eq!(status("--fail-on red --as-of 2026-03-05T12:00:00+08:00"), 0);
    assert_eq!(status("--fail-on green"), 2);
}

#[test]
fn findings_are_written_in_four_formats_and_the_report_as_html() {
    let place = office();
    let line = "check log.csv --pack office.toml --findings f.csv --findings f.jsonl --findings f.xlsx \
                --findings f.parquet --html report.html --json counts.json";
    place.succeed(line);
    let lines = place.read("f.jsonl");
    let found: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let objects: Vec<&str> = found
        .iter()
        .map(|one| one["object"].as_str().unwrap())
        .collect();
    assert_eq!(objects, ["C2", "C3", "C4"]);
    assert_eq!(found[0]["rule"], "O-1");
    assert_eq!(found[0]["basis"], "licensing#42");
    assert!(found[0]["due"].as_str().unwrap().ends_with("+08:00"));
    assert_eq!(place.read("f.csv").lines().count(), 4);
    let bytes = |name: &str| std::fs::read(place.path().join(name)).unwrap();
    assert!(bytes("f.xlsx").starts_with(b"PK"));
    assert!(bytes("f.parquet").starts_with(b"PAR1"));
    let report = place.read("report.html");
    for text in [
        "五日内未决定",
        "Licensing Act",
        "case-0",
        "ironcage check log.csv --pack office.toml<",
    ] {
        assert!(report.contains(text), "{text}");
    }
    assert_eq!(
        place.names(),
        [
            "counts.json",
            "f.csv",
            "f.jsonl",
            "f.parquet",
            "f.xlsx",
            "log.csv",
            "office.toml",
            "report.html"
        ]
    );
}

#[test]
fn threads_and_cuts_change_no_byte() {
    let place = office();
    let lines: Vec<&str> = crate::office::LOG.lines().collect();
    let part = |rows: &[&str]| format!("{}\n{}\n", lines[0], rows.join("\n"));
    place.write("a.csv", part(&lines[1..5]));
    place.write("b.csv", part(&lines[5..]));
    let rules = |line: &str| json(&place, line)["rules"].clone();
    let whole = rules("check log.csv --pack office.toml --json - --threads 1");
    for line in [
        "check log.csv --pack office.toml --json - --threads 3",
        "check a.csv b.csv --pack office.toml --json -",
        "check b.csv a.csv --pack office.toml --json - --threads 2",
    ] {
        assert_eq!(rules(line), whole, "{line}");
    }
    let report = |threads: usize| {
        let line =
            format!("check log.csv --pack office.toml --html {threads}.html --threads {threads}");
        place.succeed(&line);
        place.read(&format!("{threads}.html"))
    };
    assert_eq!(report(1), report(3), "the report, byte for byte");
}

#[test]
fn standard_input_is_a_log_too() {
    let place = office();
    let mut command = command(place.path());
    command.args("check - --format csv --pack office.toml --json -".split(' '));
    command.stdin(std::fs::File::open(place.path().join("log.csv")).unwrap());
    let answer = answer(&mut command);
    assert_eq!(answer.status, 0, "{answer:?}");
    let value: Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!(value["log"]["events"], 11);
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let place = office();
    let mut checker = command(place.path());
    checker.args("check log.csv --pack office.toml --json -".split(' '));
    let mut child = checker
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The reader is gone before anything is written.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_declare_model_and_a_flow_need_no_pack() {
    let place = office();
    place.write(
        "model.decl",
        "activity apply\nactivity decide\nResponse[apply, decide] | | |\n",
    );
    let value = json(&place, "check log.csv --decl model.decl --finite --json -");
    assert_eq!(value["rules"][0]["id"], "Response[apply, decide] | | |");
    assert_eq!(value["rules"][0]["violated"], 2);
    place.write("net.pnml", PNML);
    let value = json(&place, "check log.csv --flow net.pnml --finite --json -");
    let flow = &value["flows"][0];
    let numbers: Vec<&Value> = ["cases", "fitting", "cost"]
        .iter()
        .map(|name| &flow[*name])
        .collect();
    // C3 and C5 lack review and decision.
    assert_eq!(numbers, [5, 3, 4]);
}

/// apply, then review, then decide.
const PNML: &str = r#"<pnml><net id="n" type="http://www.pnml.org/version-2009/grammar/pnmlcoremodel"><page id="p">
<place id="p0"><initialMarking><text>1</text></initialMarking></place><place id="p1"/><place id="p2"/><place id="p3"/>
<transition id="t0"><name><text>apply</text></name></transition>
<transition id="t1"><name><text>review</text></name></transition>
<transition id="t2"><name><text>decide</text></name></transition>
<arc id="a0" source="p0" target="t0"/><arc id="a1" source="t0" target="p1"/>
<arc id="a2" source="p1" target="t1"/><arc id="a3" source="t1" target="p2"/>
<arc id="a4" source="p2" target="t2"/><arc id="a5" source="t2" target="p3"/>
</page><finalmarkings><marking><place idref="p3"><text>1</text></place></marking></finalmarkings></net></pnml>
"#;

#[test]
fn a_closed_standard_error_is_no_error_either() {
    let place = office();
    let status = Command::new("sh")
        .current_dir(place.path())
        .arg("-c")
        .arg(format!(
            "{} check log.csv --pack office.toml 2>&- >/dev/null",
            env!("CARGO_BIN_EXE_ironcage")
        ))
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}
