//! `ironcage deadline`: what a jurist types, the certificate, and the certificate forged.

use serde_json::Value;

use crate::support::{Answer, Place, answer, command};

fn ask(place: &Place, words: &[&str]) -> Answer {
    answer(command(place.path()).args(words))
}

fn certificate(place: &Place, words: &[&str]) -> Value {
    let told = ask(place, &[words, &["--json"]].concat());
    assert_eq!(told.status, 0, "{words:?} {told:?}");
    serde_json::from_str(&told.out).unwrap()
}

#[test]
fn a_deadline_is_told_and_certified_by_itself_alone() {
    let place = Place::new();
    let told = ask(
        &place,
        &["deadline", "2026-02-10", "5 working days", "--json"],
    );
    assert!(
        told.out.starts_with("{\n  \"due\": \"2026-02-24\","),
        "{}",
        told.out
    );
    let read: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(read["facts"]["calendar"]["id"], "cn-calendar");
    assert_eq!(
        read["facts"]["calendar"]["notices"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(read["account"].as_array().unwrap().len(), 15);
    place.write("sound.json", &told.out);
    let sound = ask(&place, &["deadline", "verify", "sound.json"]);
    assert_eq!(
        (sound.status, sound.out.as_str()),
        (0, "sound.json: sound, due 2026-02-24\n")
    );
    // The second day of the festival, made a workday.
    let forged = told.out.replacen(
        "\"2026-02-16\",\n      \"because\": \"holiday\"",
        "\"2026-02-16\",\n      \"because\": \"workday\"",
        1,
    );
    assert_ne!(forged, told.out);
    place.write("forged.json", forged);
    let told = ask(&place, &["deadline", "verify", "forged.json"]);
    assert_eq!(told.status, 1, "{told:?}");
    assert!(
        told.out.contains("account[6] says 2026-02-16 Workday"),
        "{}",
        told.out
    );
}

#[test]
fn a_notice_that_the_calendar_states_otherwise_is_named() {
    let place = Place::new();
    let mut read = certificate(&place, &["deadline", "2026-02-10", "5 working days"]);
    read["facts"]["calendar"]["notices"][0]["number"] = "国办发明电〔2025〕99号".into();
    place.write("renamed.json", read.to_string());
    // The words cite the number, so that it cannot be changed in one place only.
    let told = ask(&place, &["deadline", "verify", "renamed.json"]);
    assert_eq!(told.status, 1, "{told:?}");
    let mut read = certificate(&place, &["deadline", "2026-02-10", "5 working days"]);
    read["facts"]["calendar"]["notices"][0]["source"] = "https://example.org/other".into();
    place.write("other.json", read.to_string());
    let told = ask(&place, &["deadline", "verify", "other.json"]);
    assert_eq!(told.status, 1, "{told:?}");
    assert!(
        told.out.contains("cn-2026 is not as the calendar has it"),
        "{}",
        told.out
    );
}

#[test]
fn laws_pauses_and_extensions_are_counted() {
    let place = Place::new();
    for (words, due) in [
        (&["2026-02-10", "20个工作日"][..], "2026-03-16"),
        (
            &["2026-02-10", "20日", "--law", "licensing-law#42"],
            "2026-03-16",
        ),
        (
            &["2026-02-10", "7 days", "--law", "penalty-law"],
            "2026-02-26",
        ),
        (
            &["2026-02-10", "90 days", "--law", "penalty-law"],
            "2026-05-11",
        ),
        (&["2026-02-10", "90 days"], "2026-05-11"),
        (
            &["2026-02-06", "10 days", "--law", "police-case-procedure"],
            "2026-02-24",
        ),
        (
            &[
                "2026-02-10",
                "20个工作日",
                "--pause",
                "2026-03-03..2026-03-10=评审通知",
            ],
            "2026-03-23",
        ),
        (
            &[
                "2026-02-10",
                "20日",
                "--law",
                "licensing-law#42",
                "--extend",
                "2026-03-10+10日=延期审批表",
                "--most",
                "10日",
            ],
            "2026-03-30",
        ),
        (
            &["2026-02-13T18:00:00+08:00", "24 h"],
            "2026-02-14T18:00:00+08:00",
        ),
        (&["2020-01-20", "5 working days"], "2020-02-04"),
        (
            &["2020-01-20", "5 working days", "--known-on", "2020-01-25"],
            "2020-02-01",
        ),
    ] {
        let read = certificate(&place, &[&["deadline"], words].concat());
        assert_eq!(read["due"], due, "{words:?}");
    }
}

#[test]
fn other_lines_silence_and_unpublished_days_are_told() {
    let place = Place::new();
    let read = certificate(
        &place,
        &[
            "deadline",
            "2026-02-10",
            "1 day",
            "--also",
            "5 working days",
            "--deemed",
            "5 working days",
        ],
    );
    assert_eq!(read["due"], "2026-02-11");
    assert_eq!(read["other_due"][0], "2026-02-24");
    assert_eq!(read["deemed_accepted"], "2026-02-24");
    let read = certificate(&place, &["deadline", "2026-12-20", "20 working days"]);
    assert_eq!(read["provisional"]["from"], "2026-12-26");
}

#[test]
fn the_account_reads_in_chinese() {
    let place = Place::new();
    let told = ask(
        &place,
        &["deadline", "2026-02-10", "5个工作日", "--lang", "zh"],
    );
    assert!(
        told.out
            .contains("2026-02-14（周六）：春节调休上班（国办发明电〔2025〕7号），第4日。"),
        "{}",
        told.out
    );
    assert!(
        told.out
            .ends_with("届满日：2026-02-24，当日终了前均为按期。\n"),
        "{}",
        told.out
    );
}

#[test]
fn what_cannot_be_counted_is_refused_with_what_would_be_right() {
    let place = Place::new();
    place.write("torn.json", "{\"due\":");
    for (words, status, said) in [
        (&["2026-02-30", "5 days"][..], 2, "such as 2026-02-10"),
        (&["2026-02-10", "five days"], 2, "5 working days"),
        (&["2026-02-10", "24 h"], 2, "give 2026-02-10 with its time"),
        (
            &["2026-02-10", "5 days", "--law", "penalti-law"],
            2,
            "did you mean penalty-law",
        ),
        (
            &["2019-02-10", "5 days", "--law", "penalty-law"],
            2,
            "in force from 2021-07-15",
        ),
        (
            &["2026-02-10", "5 days", "--pause", "2026-02-11"],
            2,
            "FROM..TO=DOCUMENT",
        ),
        (
            &[
                "2026-02-10",
                "5 days",
                "--pause",
                "2026-02-01..2026-02-03=x",
            ],
            2,
            "before the start",
        ),
        (
            &["2026-02-10", "5 days", "--extend", "2026-06-01+5 days=x"],
            2,
            "comes too late",
        ),
        (
            &["2026-02-10", "5 days", "--extend", "2026-02-11+5 h=x"],
            2,
            "one unit",
        ),
        (&["2026-02-10", "9000 days"], 2, "more than 4000 days"),
        (&["verify", "torn.json"], 3, "no deadline certificate"),
        (&["verify", "absent.json"], 3, "absent.json"),
    ] {
        let told = ask(&place, &[&["deadline"], words].concat());
        assert_eq!(told.status, status, "{words:?} {told:?}");
        assert!(
            told.err.contains(said),
            "{words:?} lacks {said}: {}",
            told.err
        );
    }
}
