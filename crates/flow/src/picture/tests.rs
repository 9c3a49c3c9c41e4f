//! What a picture shows, and what no picture ever holds.

use super::{Inserted, PictureCounts, StepCount, picture};
use crate::{Model, read_model};

fn model(name: &str) -> Model {
    let text = format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'><process id='p' \
         name='许可 Permit'><startEvent id='s'/><task id='a' name='{name}'/><subProcess id='q' \
         name='Inside'><task id='b' name='check ticket'/></subProcess><boundaryEvent id='t' \
         attachedToRef='q'/><endEvent id='e'/><sequenceFlow id='f' name='always' sourceRef='s' \
         targetRef='a'/><sequenceFlow id='g' sourceRef='a' targetRef='q'/><sequenceFlow id='h' \
         sourceRef='q' targetRef='e'/><sequenceFlow id='i' sourceRef='t' targetRef='e'/></process>\
         </definitions>"
    );
    read_model("x.bpmn", text.as_bytes()).unwrap()
}

fn inserted(activity: &str, after: &str, count: u64) -> Inserted {
    Inserted {
        activity: activity.to_owned(),
        after: after.to_owned(),
        count,
    }
}

fn counts() -> PictureCounts {
    let steps = [("a", 12_345, 0), ("b", 90, 10)];
    let steps = steps.map(|(id, passed, skipped)| (id.to_owned(), StepCount { passed, skipped }));
    PictureCounts {
        steps: steps.into_iter().collect(),
        inserted: vec![
            inserted("Payment", "check ticket", 1_234),
            inserted("Call", "", 2),
        ],
    }
}

/// The attribute of each element of a class.
fn labels(svg: &str, class: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let of_class = document.descendants().filter(|node| {
        let classes = node.attribute("class").unwrap_or_default();
        classes.split(' ').any(|found| found == class)
    });
    let labels = of_class.map(|node| node.attribute("aria-label").unwrap_or_default().to_owned());
    labels.collect()
}

#[test]
fn every_node_is_there_with_its_counts() {
    let svg = picture(&model("办理"), &counts());
    assert_eq!(labels(&svg, "flow"), ["许可 Permit"]);
    assert_eq!(
        labels(&svg, "flow-step"),
        [
            "办理 · 通过 passed 12,345 · 跳过 skipped 0",
            "check ticket · 通过 passed 90 · 跳过 skipped 10"
        ]
    );
    assert_eq!(labels(&svg, "flow-frame"), ["Inside"]);
    assert_eq!(labels(&svg, "flow-boundary"), ["t"]);
    assert_eq!(
        labels(&svg, "flow-inserted"),
        ["多出 inserted: Call × 2", "多出 inserted: Payment × 1,234"]
    );
    assert_eq!(labels(&svg, "flow-skipped").len(), 1);
    assert_eq!(labels(&svg, "flow-link").len(), 4);
    assert!(svg.contains(">12,345</text>") && svg.contains(">always</text>"));
}

#[test]
fn without_counts_there_are_no_numbers() {
    let svg = picture(&model("a"), &PictureCounts::default());
    assert!(!svg.contains("flow-count") && !svg.contains("passed"));
    assert_eq!(labels(&svg, "flow-step"), ["a", "check ticket"]);
}

#[test]
fn texts_are_escaped_and_nothing_is_styled_or_fetched() {
    let hostile = "&lt;/text>&lt;script>alert(1)&lt;/script>&#34; onload=&#39;x&#39; &amp;amp;";
    let mut counts = counts();
    counts.inserted[0].activity = "</text><script>\u{0}\u{1b}[31m\u{ffff}\u{202e}".to_owned();
    let svg = picture(&model(hostile), &counts);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let known = ["svg", "g", "title", "text", "path", "rect", "circle"];
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        assert!(
            known.contains(&node.tag_name().name()),
            "{}",
            node.tag_name().name()
        );
        for attribute in node.attributes() {
            let name = attribute.name();
            assert!(
                !name.starts_with("on") && !["style", "href", "id"].contains(&name),
                "{name}"
            );
            assert!(!attribute.value().contains("url("), "{}", attribute.value());
        }
    }
    let shown = "</text><script>alert(1)</script>\" onload='x' &amp;";
    assert!(labels(&svg, "flow-step")[0].starts_with(shown));
    assert!(!svg.contains('\u{202e}'));
}

#[test]
fn many_insertions_are_added_up() {
    let mut counts = counts();
    for number in 0..9 {
        let activity = format!("again {number}");
        counts
            .inserted
            .push(inserted(&activity, "check ticket", 10));
    }
    let svg = picture(&model("a"), &counts);
    let chips = labels(&svg, "flow-inserted");
    assert_eq!(chips.len(), 4);
    assert!(svg.contains("+ … 8 × 80"));
    assert!(chips[3].contains("again 8 × 10"));
}

#[test]
fn an_empty_model_and_one_too_large_are_said() {
    assert!(roxmltree::Document::parse(&picture(&Model::default(), &counts())).is_ok());
    let mut large = model("a");
    let one = large.elements[0].clone();
    large.elements = vec![one; 2_000];
    let svg = picture(&large, &PictureCounts::default());
    assert!(svg.contains("too large to draw · 2,000"));
}

#[test]
fn names_are_broken_where_they_may_be() {
    let wrapped = |text: &str, most: usize| super::text::wrapped(text, 70.0, 10.0, most);
    assert_eq!(
        wrapped("application.received", 3),
        ["application.", "received"]
    );
    assert_eq!(
        wrapped("check confirmation of receipt", 2),
        ["check", "confirmati…"]
    );
    assert_eq!(
        wrapped("行政许可申请受理通知", 3),
        ["行政许可申请受", "理通知"]
    );
    assert_eq!(
        wrapped("Donaudampfschifffahrt", 3),
        ["Donaudampfsc", "hifffahrt"]
    );
    assert_eq!(wrapped("  ", 3), Vec::<String>::new());
}
