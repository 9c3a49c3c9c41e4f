//! Our reader against one written from the standard alone, on a general XML library's tree and
//! another library's times.

use cage_formats::ReadOptions;
use cage_model::{Attribute, Log, Value};
use roxmltree::{Document, Node};

use crate::shared::{load, shared};

/// `depth key = value`, for each attribute in an element, nested ones after their parent.
fn expected(element: Node<'_, '_>, depth: usize, out: &mut Vec<String>) {
    for node in element.children().filter(Node::is_element) {
        let kind = node.tag_name().name();
        let value = node.attribute("value").unwrap_or("");
        let shown = match kind {
            "event" | "trace" => continue,
            "values" => {
                expected(node, depth, out);
                continue;
            }
            "string" | "id" => format!("{value:?}"),
            "date" => value
                .parse::<jiff::Timestamp>()
                .unwrap()
                .as_microsecond()
                .to_string(),
            "int" => value.parse::<i64>().unwrap().to_string(),
            "float" => format!("{:?}", value.parse::<f64>().unwrap()),
            "boolean" => value.parse::<bool>().unwrap().to_string(),
            "list" | "container" => String::new(),
            other => panic!("{other}"),
        };
        out.push(format!(
            "{depth} {} = {kind} {shown}",
            node.attribute("key").unwrap()
        ));
        expected(node, depth + 1, out);
    }
}

fn found(log: &Log, rows: impl Iterator<Item = Attribute>) -> Vec<String> {
    rows.map(|row| {
        let value = match row.value {
            Value::Text(text) => format!("string {:?}", log.names.text(text)),
            Value::Id(text) => format!("id {:?}", log.names.text(text)),
            Value::Integer(value) => format!("int {value}"),
            Value::Float(value) => format!("float {value:?}"),
            Value::Boolean(value) => format!("boolean {value}"),
            Value::Time { micros, .. } => format!("date {micros}"),
            other => format!("{other:?}"),
        };
        format!("{} {} = {value}", row.depth, log.names.text(row.key))
    })
    .collect()
}

fn text(path: &std::path::Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(bytes.as_slice());
    match std::io::Read::read_to_string(&mut decoder, &mut text) {
        Ok(_) => text,
        Err(_) => String::from_utf8(bytes).unwrap(),
    }
}

#[test]
fn real_logs_read_as_their_trees_say() {
    for name in [
        "logs/running-example.xes",
        "logs/roadtraffic100traces.xes",
        "logs/receipt.xes.gz",
        "logs/sepsis.xes.gz",
    ] {
        let Some(path) = shared(name) else {
            continue;
        };
        let text = text(&path);
        let document = Document::parse(&text).unwrap();
        let (log, _) = load(path, &ReadOptions::default()).unwrap();
        let case = log.names.get("case").unwrap();
        let mut cases = log.objects.iter().filter(|object| object.kind == case);
        let mut events = log.events.iter();
        let traces = document
            .root_element()
            .children()
            .filter(|node| node.has_tag_name_local("trace"));
        for trace in traces {
            let case = cases.next().unwrap();
            let mut attributes = Vec::new();
            expected(trace, 0, &mut attributes);
            assert_eq!(
                found(&log, case.attributes.iter().map(|(row, _)| *row)),
                attributes,
                "{name}"
            );
            for node in trace
                .children()
                .filter(|node| node.has_tag_name_local("event"))
            {
                let event = events.next().unwrap();
                let mut attributes = Vec::new();
                expected(node, 0, &mut attributes);
                assert_eq!(
                    found(&log, log.attributes(event).iter().copied()),
                    attributes,
                    "{name}"
                );
                let of = log.objects[log.references(event)[0].object as usize].id;
                assert_eq!(of, case.id, "{name}");
            }
        }
        assert!(cases.next().is_none() && events.next().is_none(), "{name}");
    }
}

/// Some files state a namespace and some do not.
trait LocalName {
    fn has_tag_name_local(&self, name: &str) -> bool;
}

impl LocalName for Node<'_, '_> {
    fn has_tag_name_local(&self, name: &str) -> bool {
        self.tag_name().name() == name
    }
}
