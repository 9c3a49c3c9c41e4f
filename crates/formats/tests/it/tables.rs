//! Tables written and read back: what a log holds must come back equal, or be told as lost.

use cage_formats::{ReadOptions, write};
use cage_model::Log;

use crate::shared::{load, shared};
use crate::show::{events, load_bytes, objects};

/// Tables and their spellings.
const FORMS: [&str; 4] = ["log.csv", "log.tsv", "log.csv.zst", "log.parquet"];

fn options() -> ReadOptions {
    ReadOptions::default()
}

/// Writes a log as a table and reads it back; gives the notes of writing, without the last, which
/// tells where the columns are described.
fn there_and_back(log: &Log, form: &str) -> (Log, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(form);
    let mut notes = write(log, &path, None).unwrap().notes;
    if form.contains("sv") {
        assert!(notes.pop().unwrap().contains(".mapping.toml"));
    }
    let (again, _) = load(path, &options()).unwrap();
    (again, notes)
}

fn assert_same(log: &Log, again: &Log, form: &str) {
    for (number, (one, other)) in events(log).iter().zip(events(again)).enumerate() {
        assert_eq!(*one, other, "{form}, event {number}");
    }
    assert_eq!(log.events.len(), again.events.len(), "{form}");
    for (one, other) in objects(log).iter().zip(objects(again)) {
        assert_eq!(*one, other, "{form}");
    }
    assert_eq!(objects(log).len(), objects(again).len(), "{form}");
}

const EVERYTHING: &str = r#"<log xes.version="2.0">
<trace><string key="concept:name" value="c1"/><int key="amount" value="5"/><list key="l"><values><string key="a" value="x"/><int key="" value="2"/></values></list>
 <event><string key="concept:name" value="a &quot;b&quot;,&#10;c"/><date key="time:timestamp" value="2026-02-10T09:00:00.123456789+08:00"/>
  <string key="org:resource" value="Wang"/><id key="identity:id" value="e-1"/><float key="f" value="NaN"/><float key="g" value="1e300"/><boolean key="ok" value="true"/>
  <string key="empty" value=""/><string key=" odd name " value="  spaces  "/><string key="case:x" value="of the event"/><string key="object:y" value="no object"/>
  <string key="nested" value="v"><int key="n" value="1"/><date key="d" value="2026-01-01T00:00:00Z"/></string><id key="who" value="id-7"/></event>
 <event><string key="concept:name" value="a"/><date key="time:timestamp" value="2026-02-10T10:00:00"/><string key="f" value="a text now"/><int key="f" value="3"/><int key="f" value="4"/></event>
</trace>
<trace><string key="concept:name" value="c2"/><string key="amount" value="much"/>
 <event><string key="concept:name" value="b"/><date key="when" value="9999-12-31T23:59:59.999-12:00"/><string key="org:resource" value=""/></event>
 <event><date key="time:timestamp" value="0000-01-01T00:00:00Z"/><string key="中文" value="值"/></event>
</trace></log>"#;

#[test]
fn every_kind_of_value_comes_back() {
    let (log, _) = load_bytes("log.xes", EVERYTHING.as_bytes(), &options()).unwrap();
    for form in FORMS {
        let (again, notes) = there_and_back(&log, form);
        assert_same(&log, &again, form);
        assert_eq!(notes, [""; 0], "{form}");
    }
}

#[test]
fn a_table_that_was_written_is_written_the_same_again() {
    let (log, _) = load_bytes("log.xes", EVERYTHING.as_bytes(), &options()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["a.csv", "b.csv"].map(|name| folder.path().join(name));
    write(&log, &first, None).unwrap();
    write(&load(first.clone(), &options()).unwrap().0, &second, None).unwrap();
    assert_eq!(
        std::fs::read(&first).unwrap(),
        std::fs::read(&second).unwrap()
    );
}

#[test]
fn objects_and_changes_of_cases_come_back() {
    let table = "case,activity,time,received,event_id,event_source,case:district,object:item:part,object:order\n\
                 1,a,2026-01-01,2026-01-02,e1,court,north,\"[\"\"i1\"\",\"\"i2\"\"]\",o1\n\
                 1,b,2026-01-03,,e2,,south,,\n\
                 1,c,2026-01-04,,e2,,north,i1,\n";
    let (log, _) = load_bytes("log.csv", table.as_bytes(), &options()).unwrap();
    for form in FORMS {
        let (again, notes) = there_and_back(&log, form);
        assert_same(&log, &again, form);
        assert_eq!(
            notes,
            ["2 attributes of cases that change are written with the events from then on"],
            "{form}"
        );
    }
}

#[test]
fn what_a_table_cannot_hold_is_told() {
    let Some(path) = shared("logs/ocel20_example.json") else {
        return;
    };
    let (log, _) = load(path, &options()).unwrap();
    for form in FORMS {
        let (again, notes) = there_and_back(&log, form);
        assert_eq!(events(&again), events(&log), "{form}");
        assert_eq!(objects(&again).len(), 0, "{form}");
        assert_eq!(
            notes,
            [
                "6 objects that are no cases lose their attributes; OCEL keeps them",
                "7 relations between objects are left out; OCEL keeps them"
            ],
            "{form}"
        );
    }
}

#[test]
fn real_logs_come_back() {
    for name in [
        "logs/receipt.xes.gz",
        "logs/sepsis.xes.gz",
        "logs/running-example.xes",
    ] {
        let Some(path) = shared(name) else { return };
        let (log, _) = load(path, &options()).unwrap();
        for form in ["log.csv", "log.parquet"] {
            let (again, _) = there_and_back(&log, form);
            assert_same(&log, &again, name);
        }
    }
}
