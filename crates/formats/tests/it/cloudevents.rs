//! CloudEvents, a line each: what is read, what comes back, what is refused.

use cage_formats::{ReadOptions, write};

use crate::shared::{load, shared};
use crate::show::{events, load_bytes, objects, refusal};

fn options() -> ReadOptions {
    ReadOptions::default()
}

const DRAWN: &str = r#"{"specversion":"1.0","id":"1","source":"police/7","type":"blood.drawn","time":"2026-02-10T23:10:00+08:00","received":"2026-02-11T08:00:00+08:00","datacontenttype":"application/json","data":{"objects":[{"type":"case","id":"C1"},{"type":"officer","id":"P7","qualifier":"actor"}],"attributes":{"bac":81.50,"urgent":true,"tubes":[1,2],"place":{"lane":"2"}}}}"#;

#[test]
fn events_are_read_with_objects_and_typed_attributes() {
    let text = format!(
        "{DRAWN}\n\n  {{\"type\":\"seen\",\"source\":\"s\",\"id\":\"2\",\"specversion\":\"1.0\"}}  \r\n"
    );
    let expected = [
        "blood.drawn @ 2026-02-10T23:10:00+08:00 arrived 2026-02-11T08:00:00+08:00 id=1 from=police/7 \
         [case:C1, officer:P7 as actor] {bac=decimal 81.50, place=missing(lane=\"2\"), \
         tubes=list(=1, =2), urgent=true}",
        "seen @ never id=2 from=s [] {}",
    ];
    let (log, report) = load_bytes("log.ndjson", text.as_bytes(), &options()).unwrap();
    assert_eq!(events(&log), expected);
    assert_eq!(report.notes, [""; 0]);
    let array = format!("[{}]", text.trim().replace("\n\n", ","));
    let (log, _) = load_bytes("log.json", array.as_bytes(), &options()).unwrap();
    assert_eq!(events(&log), expected);
}

#[test]
fn members_that_are_not_read_are_told() {
    let text = DRAWN.replace("\"time\"", "\"subject\":\"x\",\"time\"");
    let (_, report) = load_bytes("log.ndjson", text.as_bytes(), &options()).unwrap();
    assert_eq!(
        report.notes,
        ["members such as \"subject\" (line 1) are not read"]
    );
    let text = DRAWN.replace("\"objects\"", "\"object\":{\"id\":5},\"objects\"");
    let (log, report) = load_bytes("log.ndjson", text.as_bytes(), &options()).unwrap();
    assert_eq!((log.events.len(), report.notes.len()), (1, 1));
}

#[test]
fn faults_name_line_column_and_pointer() {
    for (from, to, place, part) in [
        (
            "\"1.0\"",
            "\"0.3\"",
            ":2:16:",
            "/specversion: only CloudEvents \"1.0\"",
        ),
        (
            "\"id\":\"1\"",
            "\"id\":\"\"",
            ":2:27:",
            "/id: a text that is not empty",
        ),
        (
            "\"2026-02-10T23:10:00+08:00\"",
            "\"soon\"",
            ":2:79:",
            "/time: \"soon\" is no time",
        ),
        (
            "\"id\":\"P7\"",
            "\"id\":7",
            ":2:251:",
            "/data/objects/1/id: a text in quotes",
        ),
        (
            "\"type\":\"case\",",
            "",
            ":2:202:",
            "/data/objects/0: \"type\" is missing",
        ),
        (
            "\"source\":\"police/7\",",
            "",
            ":2:1:",
            "\"source\" is missing",
        ),
        (
            "\"attributes\":{",
            "\"attributes\":[{",
            ":2:291:",
            "/data/attributes: an object of names",
        ),
        ("}}}}", "}}}", ":2:", "the text ends"),
    ] {
        assert!(DRAWN.contains(from), "{from}");
        let broken = DRAWN.replacen(from, to, 1);
        let text = format!("{DRAWN}\n{broken}\n{}", DRAWN.replace("\"1\"", "\"3\""));
        let message = refusal("log.ndjson", text.as_bytes(), &options());
        assert!(
            message.contains(place) && message.contains(part),
            "{place} {part}\n{message}"
        );
        let lenient = ReadOptions {
            lenient: true,
            ..options()
        };
        let (log, report) = load_bytes("log.ndjson", text.as_bytes(), &lenient).unwrap();
        assert_eq!((log.events.len(), report.skipped), (2, 1), "{part}");
    }
    let bytes = [DRAWN.as_bytes(), b"\n{\"a\":\"\xFF\"}\n"].concat();
    let message = refusal("log.ndjson", &bytes, &options());
    assert!(
        message.contains(":2:7: these bytes are no UTF-8"),
        "{message}"
    );
}

#[test]
fn logs_come_back() {
    for name in [
        "logs/receipt.xes.gz",
        "logs/running-example.xes",
        "logs/ocel20_example.json",
    ] {
        let Some(path) = shared(name) else { return };
        let (log, _) = load(path, &options()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.ndjson.gz");
        write(&log, &path, None).unwrap();
        let (again, _) = load(path, &options()).unwrap();
        for (one, other) in events(&log).iter().zip(events(&again)) {
            assert_eq!(*one, other, "{name}");
        }
        assert_eq!(objects(&log), objects(&again), "{name}");
        assert_eq!(log.events.len(), again.events.len());
    }
}
