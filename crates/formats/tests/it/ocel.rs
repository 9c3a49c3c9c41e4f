//! OCEL 2.0 in its three forms: what the standard's own examples say, what tools make of it, and
//! what is refused.

use cage_formats::{Format, ReadOptions, write};
use cage_model::{Log, Type};

use crate::shared::{load, shared};
use crate::show::{events, load_bytes, objects, refusal};

const FORMS: [&str; 3] = ["log.jsonocel", "log.xmlocel", "log.sqlite"];

fn options() -> ReadOptions {
    ReadOptions::default()
}

fn lenient() -> ReadOptions {
    ReadOptions {
        lenient: true,
        ..ReadOptions::default()
    }
}

/// Every feature of the standard once, the events before the objects as in its own example.
const ORDERS: &str = r#"{
 "eventTypes": [{"name": "place order", "attributes": [{"name": "total", "type": "float"}, {"name": "items", "type": "integer"},
   {"name": "express", "type": "boolean"}, {"name": "due", "type": "time"}, {"name": "note", "type": "string"}]},
  {"name": "pay", "attributes": []}],
 "objectTypes": [{"name": "order", "attributes": [{"name": "price", "type": "float"}]}, {"name": "item", "attributes": []}],
 "events": [
  {"id": "e1", "type": "place order", "time": "2026-02-10T09:00:00+08:00",
   "attributes": [{"name": "total", "value": 12.5}, {"name": "items", "value": 2}, {"name": "express", "value": true},
     {"name": "due", "value": "2026-03-01T00:00:00Z"}, {"name": "note", "value": "a \"b\"\n<c>"}],
   "relationships": [{"objectId": "o1", "qualifier": "order"}, {"objectId": "i1", "qualifier": "part"}]},
  {"attributes": [{"name": "total", "value": null}], "id": "e2", "time": "2026-02-11T09:00:00Z", "type": "place order"},
  {"id": "e3", "type": "pay", "time": "2026-02-12T09:00:00.123456789Z", "relationships": [{"objectId": "o1"}]}],
 "objects": [
  {"id": "o1", "type": "order", "attributes": [{"name": "price", "time": "1970-01-01T00:00:00Z", "value": 10},
     {"name": "price", "time": "2026-02-11T00:00:00Z", "value": 12.5}],
   "relationships": [{"objectId": "i1", "qualifier": "holds"}, {"objectId": "o1", "qualifier": "self"}]},
  {"id": "i1", "type": "item", "attributes": []}]
}"#;

const ORDERS_EVENTS: [&str; 3] = [
    "place order @ 2026-02-10T09:00:00+08:00 id=e1 [item:i1 as part, order:o1 as order] \
     {due=2026-03-01T00:00:00Z, express=true, items=2, note=\"a \\\"b\\\"\\n<c>\", total=float 12.5}",
    "place order @ 2026-02-11T09:00:00Z id=e2 [] {total=missing}",
    "pay @ 2026-02-12T09:00:00.123456789Z id=e3 [order:o1] {}",
];
const ORDERS_OBJECTS: [&str; 1] = [
    "order:o1 {price=float 10.0, price=float 12.5 since 2026-02-11T00:00:00Z} \
     -> item:i1 as holds -> order:o1 as self",
];

fn orders() -> Log {
    load_bytes("orders.json", ORDERS.as_bytes(), &options())
        .unwrap()
        .0
}

#[test]
fn every_feature_is_read_whatever_the_order_of_members() {
    let log = orders();
    assert_eq!(events(&log), ORDERS_EVENTS);
    assert_eq!(objects(&log), ORDERS_OBJECTS);
    let declared: Vec<_> = log.header.event_types[0]
        .attributes
        .iter()
        .map(|(name, kind)| (log.names.text(*name), *kind))
        .collect();
    assert_eq!(
        declared[..2],
        [("total", Type::Float), ("items", Type::Integer)]
    );
    // The same document with its types at the end.
    let (begin, rest) = ORDERS.split_at(2);
    let types_end = rest.find(" \"events\"").unwrap();
    let (types, data) = rest.split_at(types_end);
    let turned = format!(
        "{begin}{},\n{}}}",
        data.trim_end().trim_end_matches('}').trim_end(),
        types.trim_end().trim_end_matches(',')
    );
    let (log, _) = load_bytes("orders.json", turned.as_bytes(), &options()).unwrap();
    assert_eq!(events(&log), ORDERS_EVENTS);
    assert_eq!(objects(&log), ORDERS_OBJECTS);
}

#[test]
fn the_forms_hold_the_same_log() {
    let folder = tempfile::tempdir().unwrap();
    for form in FORMS {
        let path = folder.path().join(form);
        let written = write(&orders(), &path, None).unwrap();
        let (log, report) = load(path, &options()).unwrap();
        if form != "log.jsonocel" {
            assert_eq!(
                written.notes,
                ["1 values that are stated to be missing are left out"]
            );
            assert_eq!(
                events(&log),
                ORDERS_EVENTS.map(|line| line.replace("total=missing", ""))
            );
        } else {
            assert_eq!(written.notes, [""; 0], "{form}");
            assert_eq!(events(&log), ORDERS_EVENTS, "{form}");
        }
        assert_eq!(objects(&log), ORDERS_OBJECTS, "{form}");
        assert_eq!(report.notes, [""; 0], "{form}");
        assert_eq!(log.header.event_types.len(), 2, "{form}");
    }
}

#[test]
fn the_shared_example_reads() {
    let Some(path) = shared("logs/ocel20_example.json") else {
        return;
    };
    let (log, report) = load(path, &options()).unwrap();
    assert_eq!(log.events.len(), 13);
    assert_eq!(log.objects.len(), 9);
    assert_eq!(report.notes, [""; 0]);
    assert_eq!(
        events(&log)[0],
        "Create Purchase Requisition @ 2022-01-09T14:00:00Z id=e1 \
         [Purchase Requisition:PR1 as Regular placement of PR] {pr_creator=\"Mike\"}"
    );
    let folder = tempfile::tempdir().unwrap();
    for form in FORMS {
        let copy = folder.path().join(form);
        write(&log, &copy, None).unwrap();
        let (again, _) = load(copy, &options()).unwrap();
        assert_eq!(events(&again), events(&log), "{form}");
        assert_eq!(objects(&again), objects(&log), "{form}");
    }
}

/// The orders with a piece of text replaced.
fn changed(from: &str, to: &str) -> String {
    assert!(ORDERS.contains(from), "{from}");
    ORDERS.replacen(from, to, 1)
}

#[test]
fn faults_name_line_column_and_pointer() {
    for (from, to, place, part) in [
        (
            "\"type\": \"pay\"",
            "\"type\": \"paid\"",
            ":12:24:",
            "/events/2/type: the event type \"paid\" is not declared",
        ),
        (
            "\"type\": \"item\"",
            "\"type\": \"thing\"",
            ":17:24:",
            "/objects/1/type: the object type \"thing\" is not declared",
        ),
        (
            "\"value\": 2}",
            "\"value\": \"two\"}",
            ":8:80:",
            "/events/0/attributes/1/value: \"two\" is no integer, as the attribute \"items\" is declared",
        ),
        (
            "\"objectId\": \"i1\", \"qualifier\": \"part\"",
            "\"objectId\": \"gone\"",
            ":10:77:",
            "/events/0/relationships/1/objectId: the event names \"gone\", which is no object",
        ),
        (
            "\"time\": \"2026-02-11T09:00:00Z\"",
            "\"time\": \"soon\"",
            ":11:74:",
            "/events/1/time: \"soon\" is no time",
        ),
        (
            "\"id\": \"e3\"",
            "\"id\": \"e1\"",
            ":12:10:",
            "/events/2/id: the identifier \"e1\" is used by an earlier event",
        ),
        (
            "\"id\": \"e3\", ",
            "",
            ":12:3:",
            "/events/2: \"id\" is missing",
        ),
        (
            "\"value\": true",
            "\"value\": {\"a\": 1}",
            ":8:113:",
            "/events/0/attributes/2/value: a single value is expected here",
        ),
    ] {
        let text = changed(from, to);
        let message = refusal("log.json", text.as_bytes(), &options());
        assert!(
            message.contains(&format!("log.json{place}")) && message.contains(part),
            "{place} {part}\n{message}"
        );
        let (_, report) = load_bytes("log.json", text.as_bytes(), &lenient()).unwrap();
        assert!(report.first_skipped[0].reason.contains(part), "{part}");
    }
}

#[test]
fn a_relation_that_leads_nowhere_is_refused() {
    let dangling = changed(
        "\"objectId\": \"i1\", \"qualifier\": \"holds\"",
        "\"objectId\": \"gone\"",
    );
    let message = refusal("log.json", dangling.as_bytes(), &options());
    assert!(
        message.contains(
            "log.json:14:3: the object \"o1\" is related to \"gone\", which is no object"
        ),
        "{message}"
    );
    let (log, report) = load_bytes("log.json", dangling.as_bytes(), &lenient()).unwrap();
    assert_eq!((log.events.len(), report.skipped), (3, 1));
}

#[test]
fn what_is_no_ocel_document_is_refused() {
    for (text, part) in [
        ("{\"ocel:global-log\": {}}", "OCEL 1.0"),
        ("{\"a\": 1}", "none of the members"),
        ("[{\"objectTypes\": 1}]", "not an array"),
        ("{\"eventTypes\": [], \"objects\": []}", "without any event"),
        (
            "{\"eventTypes\": [{\"name\": \"a\", \"attributes\": [{\"name\": \"b\", \"type\": \"money\"}]}]}",
            "/eventTypes/0/attributes/0/type: the attribute \"b\" has the type \"money\"; the types are",
        ),
        ("{\"events\": [", "ends"),
        (
            "{\"eventTypes\": [{\"name\": \"a\"}], \"events\": [{\"id\": \"e\", \"type\": \"a\", \"time\": \"2026-01-01\", \"attributes\": 5}]}",
            "an array is expected",
        ),
    ] {
        let message = refusal("log.json", text.as_bytes(), &options());
        assert!(message.contains(part), "{text}: {message}");
    }
    let deep = format!("{{\"events\": [{}", "[".repeat(10_000));
    assert!(refusal("log.json", deep.as_bytes(), &options()).contains("nested more than"));
}

#[test]
fn what_tools_vary_is_read() {
    let text = changed("\"type\": \"time\"", "\"type\": \"date\"").replace(
        "\"value\": 2}",
        "\"value\": \"2\"}, {\"name\": \"extra\", \"value\": 7}",
    );
    let (log, report) = load_bytes("log.json", text.as_bytes(), &options()).unwrap();
    assert!(events(&log)[0].contains("due=2026-03-01T00:00:00Z, express=true, extra=7, items=2"));
    assert_eq!(
        report.notes,
        [
            "1 attributes are used without being declared for their type (\"extra\" of \"place order\" first); they are typed as they are written"
        ]
    );
}

#[test]
fn a_log_of_cases_becomes_ocel_and_says_what_it_loses() {
    let table = "case,activity,time,received,object:officer:actor,amount\n\
                 1,a,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,1,5\n\
                 1,b,2026-01-03T00:00:00Z,,2,2.5\n";
    let (log, _) = load_bytes("log.csv", table.as_bytes(), &options()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for form in FORMS {
        let path = folder.path().join(form);
        let report = write(&log, &path, None).unwrap();
        assert_eq!(report.notes.len(), 2, "{form}: {:?}", report.notes);
        let (again, _) = load(path, &options()).unwrap();
        assert_eq!(
            events(&again),
            [
                "a @ 2026-01-01T00:00:00Z arrived 2026-01-02T00:00:00Z id=e1 [case:1, officer:officer:1 as actor] {amount=float 5.0}",
                "b @ 2026-01-03T00:00:00Z id=e2 [case:1, officer:2 as actor] {amount=float 2.5}",
            ],
            "{form}"
        );
    }
    let (log, _) = load_bytes(
        "log.csv",
        b"case,activity,time\n1,a,2026-01-01\n1,b,\n",
        &options(),
    )
    .unwrap();
    let error = write(&log, &folder.path().join("x"), Some(Format::OcelJson)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "OCEL 2.0 JSON cannot hold an event without a time (event 2, \"b\")"
    );
}

const ORDERS_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<log>
 <events>
  <event id="e1" type="pay" time="2026-02-12T09:00:00Z">
   <attributes><attribute name="note">a &amp; b &lt;c&gt; <![CDATA[<d>]]>&#x4e2d;</attribute><attribute name="n">5</attribute></attributes>
   <objects><relationship object-id="o1" qualifier="order"/></objects>
  </event>
  <event id="e2" type="pay" time="2026-02-13T09:00:00Z"/>
 </events>
 <object-types><object-type name="order"><attributes><attribute name="price" type="float"/></attributes></object-type></object-types>
 <event-types><event-type name="pay"><attributes><attribute name="note" type="string"/><attribute name="n" type="integer"/></attributes></event-type></event-types>
 <objects>
  <object id="o1" type="order">
   <attributes><attribute name="price" time="2026-02-11T00:00:00Z">12.5</attribute></attributes>
   <objects><relationship object-id="o1" qualifier="self"/></objects>
  </object>
 </objects>
</log>
"#;

#[test]
fn xml_is_read_whatever_the_order_of_its_parts() {
    let (log, _) = load_bytes("log.xml", ORDERS_XML.as_bytes(), &options()).unwrap();
    assert_eq!(
        events(&log),
        [
            "pay @ 2026-02-12T09:00:00Z id=e1 [order:o1 as order] {n=5, note=\"a & b <c> <d>中\"}",
            "pay @ 2026-02-13T09:00:00Z id=e2 [] {}",
        ]
    );
    assert_eq!(
        objects(&log),
        ["order:o1 {price=float 12.5 since 2026-02-11T00:00:00Z} -> order:o1 as self"]
    );
    let declared = ORDERS_XML.replace("UTF-8", "GB18030");
    let (bytes, ..) = encoding_rs::GB18030.encode(&declared);
    let (log, report) = load_bytes("log.xml", &bytes, &options()).unwrap();
    assert_eq!(log.events.len(), 2, "{:?}", report.notes);
}

#[test]
fn faults_of_xml_name_line_and_column() {
    for (from, to, place, part) in [
        (
            "type=\"pay\" time=\"2026-02-13",
            "type=\"paid\" time=\"2026-02-13",
            "8:3",
            "the event type \"paid\" is not declared",
        ),
        (
            "<attribute name=\"n\">5<",
            "<attribute name=\"n\">five<",
            "5:94",
            "\"five\" is no integer",
        ),
        (
            "object-id=\"o1\" qualifier=\"order\"",
            "object-id=\"gone\"",
            "6:13",
            "names \"gone\", which is no object",
        ),
        ("id=\"e2\"", "id=\"e1\"", "8:3", "used by an earlier event"),
        (
            "time=\"2026-02-13T09:00:00Z\"",
            "",
            "8:3",
            "<event> has no \"time\"",
        ),
    ] {
        assert!(ORDERS_XML.contains(from), "{from}");
        let text = ORDERS_XML.replacen(from, to, 1);
        let message = refusal("log.xml", text.as_bytes(), &options());
        assert!(
            message.contains(&format!("log.xml:{place}: ")) && message.contains(part),
            "{place} {part}\n{message}"
        );
        let (log, report) = load_bytes("log.xml", text.as_bytes(), &lenient()).unwrap();
        assert_eq!((log.events.len(), report.skipped), (1, 1), "{part}");
    }
    for (from, to, part) in [
        ("&amp; b", "&nbsp; b", "5:41: &nbsp; stands for nothing"),
        ("</events>", "</event>", "9:2: no sound XML"),
        ("</log>\n", "", "ends too early"),
        (
            "<log>",
            "<!DOCTYPE log [<!ENTITY a \"b\">]><log>",
            "document type declarations are refused",
        ),
        (
            "<object id=\"o1\" type=\"order\">",
            "<object id=\"o1\" type=\"order\"><x>",
            "no sound XML",
        ),
    ] {
        let message = refusal(
            "log.xml",
            ORDERS_XML.replacen(from, to, 1).as_bytes(),
            &options(),
        );
        assert!(message.contains(part), "{part}\n{message}");
    }
    let deep = format!("<log><objects>{}", "<a>".repeat(10_000));
    assert!(refusal("log.xml", deep.as_bytes(), &options()).contains("nested more than"));
}

/// Changes a database in ways that its keys forbid.
fn alter(path: &std::path::Path, change: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF")
        .unwrap();
    connection.execute_batch(change).unwrap();
}

#[test]
fn faults_of_sqlite_name_table_and_row() {
    let folder = tempfile::tempdir().unwrap();
    for (change, part) in [
        (
            "UPDATE event SET ocel_type = 'paid' WHERE ocel_id = 'e3'",
            "table \"event\", row 3: the type \"paid\" is not in event_map_type",
        ),
        (
            "UPDATE event_placeorder SET items = 'two' WHERE ocel_id = 'e1'",
            "table \"event\", row 1: \"two\" is no integer, as the attribute \"items\" is declared",
        ),
        (
            "UPDATE event_object SET ocel_object_id = 'gone' WHERE ocel_object_id = 'i1'",
            "table \"event\", row 1: the event names \"gone\"",
        ),
        (
            "UPDATE event_pay SET ocel_time = 'soon'",
            "table \"event\", row 3: \"soon\" is no time",
        ),
        (
            "DELETE FROM event_pay",
            "table \"event\", row 3: \"event_pay\" has no row for \"e3\"",
        ),
        (
            "UPDATE object_object SET ocel_target_id = 'gone' WHERE ocel_target_id = 'i1'",
            "the object \"o1\" is related to \"gone\"",
        ),
        (
            "INSERT INTO event_object VALUES ('e9', 'o1', '')",
            "table \"event_object\", row 4: \"e9\" is no event of this log",
        ),
        (
            "UPDATE object SET ocel_type = 'thing' WHERE ocel_id = 'i1'",
            "table \"object\", row 2: the type \"thing\" is not in object_map_type",
        ),
    ] {
        let path = folder.path().join("log.sqlite");
        write(&orders(), &path, None).unwrap();
        alter(&path, change);
        let error = load(path.clone(), &options()).unwrap_err().to_string();
        assert!(error.contains(part), "{change}\n{error}");
        let (_, report) = load(path, &lenient()).unwrap();
        assert!(
            report
                .first_skipped
                .iter()
                .any(|skipped| skipped.reason.contains(part)),
            "{change}"
        );
    }
}

#[test]
fn a_database_without_its_tables_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (change, part) in [
        (
            "DROP TABLE event_object",
            "the table \"event_object\" is missing",
        ),
        (
            "DROP TABLE event_pay",
            "the type \"pay\" has no table \"event_pay\"",
        ),
        (
            "DROP TABLE event; CREATE VIEW event AS SELECT 'e1' AS ocel_id, 'pay' AS ocel_type",
            "the table \"event\" is missing",
        ),
    ] {
        let path = folder.path().join("log.sqlite");
        write(&orders(), &path, None).unwrap();
        alter(&path, change);
        let error = load(path, &options()).unwrap_err().to_string();
        assert!(error.contains(part), "{change}\n{error}");
    }
    let mut bytes = b"SQLite format 3\0".to_vec();
    bytes.resize(5_000, 7);
    assert!(refusal("log.sqlite", &bytes, &options()).contains("SQLite says"));
}

#[test]
fn names_that_sqlite_cannot_tell_apart_are_kept_apart() {
    let text = changed("\"name\": \"pay\", \"attributes\": []", "\"name\": \"pay\", \"attributes\": [{\"name\": \"a\", \"type\": \"integer\"}, {\"name\": \"A\", \"type\": \"integer\"}]}, {\"name\": \"object\", \"attributes\": []}, {\"name\": \"p-a-y\", \"attributes\": []")
        .replace("\"relationships\": [{\"objectId\": \"o1\"}]}]", "\"attributes\": [{\"name\": \"a\", \"value\": 1}, {\"name\": \"A\", \"value\": 2}]}, {\"id\": \"e4\", \"type\": \"object\", \"time\": \"2026-01-01T00:00:00Z\"}, {\"id\": \"e5\", \"type\": \"p-a-y\", \"time\": \"2026-01-01T00:00:00Z\"}]");
    let (log, _) = load_bytes("log.json", text.as_bytes(), &options()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.sqlite");
    let report = write(&log, &path, None).unwrap();
    assert!(
        report.notes[0].starts_with("1 attributes have another name"),
        "{:?}",
        report.notes
    );
    let (again, _) = load(path, &options()).unwrap();
    assert_eq!(
        events(&again)[2..],
        [
            "pay @ 2026-02-12T09:00:00.123456789Z id=e3 [] {A_2=2, a=1}",
            "object @ 2026-01-01T00:00:00Z id=e4 [] {}",
            "p-a-y @ 2026-01-01T00:00:00Z id=e5 [] {}",
        ]
    );
}
