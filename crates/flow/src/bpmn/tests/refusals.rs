//! What is refused: with the line, the column, the offending text, and what would be right.

use super::{process, read};

/// Elements and flows (the elements begin in line 3), the line of the fault, a part of the
/// message, and the suggestion (`-` for none).
const FAULTS: &[(&str, &str, u32, &str, &str)] = &[
    (
        "start s;complexGateway g;end e",
        "s>g g>e",
        4,
        "<complexGateway id=\"g\">: when it",
        "-",
    ),
    ("transaction t", "", 3, "<transaction id=\"t\">", "-"),
    ("adHocSubProcess t", "", 3, "precedence and response", "-"),
    (
        "userTsk t",
        "",
        3,
        "no element <userTsk id=\"t\">",
        "userTask",
    ),
    (
        "start s;task check",
        "s>chek",
        5,
        "targetRef is \"chek\"",
        "check",
    ),
    (
        "start s;<b:sequenceFlow id='f' sourceRef='s'/>",
        "",
        4,
        "has no targetRef",
        "-",
    ),
    (
        "task a;task a",
        "",
        4,
        "\"a\" is already that of the task in line 3",
        "-",
    ),
    ("<b:task name='a'/>", "", 3, "<task> has no id", "-"),
    (
        "start s;task a",
        "s>a a>s",
        6,
        "nothing can lead to \"s\"",
        "-",
    ),
    ("end e;task a", "e>a", 5, "nothing can follow \"e\"", "-"),
    (
        "start s;task a;task b",
        "s>a a>b b>a",
        3,
        "the flow has no end",
        "-",
    ),
    (
        "task a;task b",
        "a>b b>a",
        3,
        "the flow has no beginning",
        "-",
    ),
    ("", "", 2, "the process is empty", "-"),
    (
        "<b:boundaryEvent id='t' attachedToRef='g'/>;xor g",
        "",
        3,
        "no activity of the same",
        "-",
    ),
    (
        "<b:boundaryEvent id='t'/>",
        "",
        3,
        "has no attachedToRef",
        "-",
    ),
    (
        "<b:task id='a' default='a-b'/>;task b",
        "b>a",
        3,
        "none of the flows that leave",
        "-",
    ),
    (
        "<b:task id='a' isForCompensation='true'/>",
        "",
        3,
        "compensation undoes",
        "-",
    ),
    (
        "<b:task id='a' startQuantity='2'/>",
        "",
        3,
        "startQuantity is \"2\"",
        "-",
    ),
    (
        "<b:endEvent id='e'><b:cancelEventDefinition/></b:endEvent>",
        "",
        3,
        "is not read",
        "-",
    ),
    (
        "<b:endEvent id='e'><b:errorEventDefinition errorRef='E'/></b:endEvent>",
        "",
        3,
        "has the id \"E\"",
        "-",
    ),
    (
        "<b:intermediateThrowEvent id='t'><b:linkEventDefinition name='L'/>\
         </b:intermediateThrowEvent>",
        "",
        3,
        "nothing catches the link \"L\"",
        "-",
    ),
    (
        "<b:laneSet id='l'><b:lane id='m'><b:flowNodeRef>aaa</b:flowNodeRef></b:lane></b:laneSet>;\
         task aab",
        "",
        3,
        "names \"aaa\"",
        "aab",
    ),
    (
        "<b:exclusiveGateway id='g' cage:activity='x'/>",
        "",
        3,
        "only tasks and events",
        "-",
    ),
    ("<b:task id='a' cage:activity=''/>", "", 3, "is empty", "-"),
    (
        "<b:task id='a'><b:standardLoopCharacteristics loopMaximum='few'/></b:task>",
        "",
        3,
        "loopMaximum is \"few\"",
        "-",
    ),
];

#[test]
fn faults_have_their_place() {
    for (elements, flows, line, message, suggestion) in FAULTS {
        let text = process(elements, flows);
        let error = read(&text).expect_err(&text);
        assert!(error.message.contains(message), "{error}\n{text}");
        assert_eq!(error.line, *line, "{error}\n{text}");
        let meant = error.suggestion.as_deref().unwrap_or("-");
        assert_eq!(meant, *suggestion, "{error}");
    }
}

#[test]
fn files_that_hold_no_process() {
    for (text, message) in [
        (
            "<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'/>",
            "that of BPMN 2.0 is",
        ),
        ("<definitions/>", "holds no <process>"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn flows_across_a_border() {
    let text = process(
        "start s;<b:subProcess id='q'><b:task id='a'/></b:subProcess>",
        "s>a",
    );
    let error = read(&text).unwrap_err();
    assert_eq!((error.line, error.column), (5, 51), "{error}");
    assert!(error.message.contains("across the border"), "{error}");
}

#[test]
fn ten_thousand_deep() {
    let text = process(
        &("<b:subProcess id='q'>".repeat(10_000) + &"</b:subProcess>".repeat(10_000)),
        "",
    );
    assert!(read(&text).unwrap_err().message.contains("256 deep"));
}

#[test]
fn what_can_never_happen_is_noted() {
    let model = read(&process("start s;task a;task b", "s>a")).unwrap();
    assert_eq!(
        model.notes,
        ["nothing leads to \"b\", so it can never happen"]
    );
}
