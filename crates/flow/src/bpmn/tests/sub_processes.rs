//! Sub-processes, their borders and what is thrown through them; pools.

use super::{check, content, process, read, runs};

/// A sub-process as one element of [`process`].
fn sub(attributes: &str, elements: &str, flows: &str) -> String {
    let inner = content(elements, flows).replace(['\n', ';'], "");
    format!("<b:subProcess id='q'{attributes}>{inner}</b:subProcess>")
}

#[test]
fn a_sub_process_is_over_when_its_tokens_are() {
    let one = sub("", "start i;task a;task b;end o", "i>a a>b b>o");
    check(
        &process(&format!("start s;{one};task c;end e"), "s>q q>c c>e"),
        9,
        &["a b c"],
    );
    let apart = sub(
        "",
        "start i;and x;task a;task b;end o;end u",
        "i>x x>a x>b a>o b>u",
    );
    check(
        &process(&format!("start s;{apart};task c;end e"), "s>q q>c c>e"),
        9,
        &["a b c", "b a c"],
    );
    let implicit = sub("", "task a;task b", "");
    check(
        &process(&format!("{implicit};task c"), "q>c"),
        9,
        &["a b c", "b a c"],
    );
    check(
        &process("start s;subProcess q;task c", "s>q q>c"),
        9,
        &["c"],
    );
}

#[test]
fn sub_processes_nest() {
    let inner = sub("", "task a;task b", "a>b").replace("'q'", "'r'");
    let outer = sub("", &format!("start i;{inner};end o"), "i>r r>o");
    check(
        &process(&format!("start s;{outer};task c"), "s>q q>c"),
        9,
        &["a b c"],
    );
}

#[test]
fn terminating_inside_ends_the_sub_process_only() {
    let terminate = "<b:endEvent id='u'><b:terminateEventDefinition/></b:endEvent>";
    let inner = sub(
        "",
        &format!("start i;and x;task a;task b;end o;{terminate}"),
        "i>x x>a x>b a>o b>u",
    );
    check(
        &process(&format!("start s;{inner};task c;end e"), "s>q q>c c>e"),
        9,
        &["a b c", "b c"],
    );
}

#[test]
fn a_timer_on_the_border_interrupts_the_inside() {
    let inner = sub("", "start i;task a;task b;end o", "i>a a>b b>o");
    let timer =
        "<b:boundaryEvent id='t' attachedToRef='q'><b:timerEventDefinition/></b:boundaryEvent>";
    let text = process(
        &format!("start s;{inner};{timer};task c;task d;end e;end f"),
        "s>q q>c t>d c>e d>f",
    );
    check(&text, 9, &["a b c", "d", "a d", "a b d"]);
    let beside = text.replace(
        "attachedToRef='q'",
        "attachedToRef='q' cancelActivity='false'",
    );
    check(
        &beside,
        9,
        &["a b c", "d a b c", "a d b c", "a b d c", "a b c d"],
    );
}

#[test]
fn an_error_leaves_by_the_border_that_catches_it() {
    let error = |code: &str| format!("<b:errorEventDefinition errorRef='{code}'/>");
    let inner = sub(
        "",
        &format!(
            "start i;task a;xor x;task b;end o;<b:endEvent id='u'>{}</b:endEvent>",
            error("E1")
        ),
        "i>a a>x x>b x>u b>o",
    );
    let caught = |id: &str, code: &str| {
        format!(
            "<b:boundaryEvent id='{id}' attachedToRef='q'>{}</b:boundaryEvent>",
            error(code)
        )
    };
    let text = process(
        &format!(
            "start s;{inner};{};task c;task d;end e;end f",
            caught("t", "E1")
        ),
        "s>q q>c t>d c>e d>f",
    );
    let text = text.replace(
        "<b:process",
        "<b:error id='E1' errorCode='9'/><b:error id='E2'/><b:process",
    );
    check(&text, 9, &["a b c", "a d"]);
    // Nobody catches it: the process is over. The other border may fire at any time.
    let other = text.replace(&caught("t", "E1"), &caught("t", "E2"));
    check(&other, 9, &["a", "a b c", "a b d", "a d", "d"]);
}

#[test]
fn an_escalation_beside_the_flow() {
    let throw = "<b:intermediateThrowEvent id='x'><b:escalationEventDefinition/></b:intermediateThrowEvent>";
    let inner = sub(
        "",
        &format!("start i;task a;{throw};task b;end o"),
        "i>a a>x x>b b>o",
    );
    let caught = "<b:boundaryEvent id='t' attachedToRef='q' cancelActivity='false'><b:escalationEventDefinition/></b:boundaryEvent>";
    check(
        &process(
            &format!("start s;{inner};{caught};task d;end e;end f"),
            "s>q q>e t>d d>f",
        ),
        9,
        &["a b d", "a d b"],
    );
}

#[test]
fn rounds_of_a_sub_process() {
    let looped = |marker: &str| {
        let inner = sub(
            "",
            &format!("{marker};start i;task a;task b;end o"),
            "i>a a>b b>o",
        );
        process(&format!("start s;{inner};end e"), "s>q q>e")
    };
    check(
        &looped("<b:standardLoopCharacteristics/>"),
        4,
        &["a b", "a b a b"],
    );
    let sequential = "<b:multiInstanceLoopCharacteristics isSequential='true'><b:loopCardinality>2</b:loopCardinality></b:multiInstanceLoopCharacteristics>";
    check(&looped(sequential), 9, &["a b a b"]);
    let parallel = sequential.replace(" isSequential='true'", "");
    check(&looped(&parallel), 9, &["a b a b", "a a b b"]);
    let any = "<b:multiInstanceLoopCharacteristics/>";
    check(&looped(any), 4, &["a b", "a b a b", "a a b b"]);
    let most = runs(&looped(any), 9);
    assert!(most.contains("a a a a b b b b"));
}

#[test]
fn event_sub_processes() {
    let handler = |interrupting: &str| {
        format!(
            "<b:subProcess id='h' triggeredByEvent='true'><b:startEvent id='hs' isInterrupting='{interrupting}'>\
             <b:timerEventDefinition/></b:startEvent><b:task id='c'/><b:sequenceFlow id='hf' sourceRef='hs' targetRef='c'/></b:subProcess>"
        )
    };
    let whole = |interrupting: &str| {
        process(
            &format!("start s;task a;task b;end e;{}", handler(interrupting)),
            "s>a a>b b>e",
        )
    };
    check(&whole("true"), 9, &["a b", "c", "a c", "a b c"]);
    check(&whole("false"), 9, &["a b", "c a b", "a c b", "a b c"]);
    let inner = sub(
        "",
        &format!("start i;task a;end o;{}", handler("true")),
        "i>a a>o",
    );
    check(
        &process(&format!("start s;{inner};task d;end e"), "s>q q>d d>e"),
        9,
        &["a d", "c d", "a c d"],
    );
}

#[test]
fn pools_and_lanes() {
    let text = "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>\
        <collaboration id='c'><participant id='x' name='Office' processRef='p'/>\
        <participant id='y' name='Citizen' processRef='r'/><participant id='z' name='Court'/>\
        <messageFlow id='m' sourceRef='a' targetRef='b'/></collaboration>\
        <process id='p'><laneSet id='ls'><lane id='l' name='Desk'><flowNodeRef>a</flowNodeRef></lane></laneSet>\
        <task id='a'/><task id='d'/></process><process id='r'><task id='b'/></process></definitions>";
    check(
        text,
        9,
        &["a b d", "a d b", "b a d", "b d a", "d a b", "d b a"],
    );
    let model = read(text).unwrap();
    let lanes: Vec<_> = model
        .elements
        .iter()
        .map(|element| element.lane.as_deref())
        .collect();
    assert_eq!(lanes, [Some("Desk"), Some("Office"), Some("Citizen")]);
    assert!(model.notes[0].contains("side by side"), "{:?}", model.notes);
    let chosen = text.replace("<process id='p'", "<process id='p' isExecutable='true'");
    check(&chosen, 9, &["a d", "d a"]);
    let model = read(&chosen).unwrap();
    assert_eq!(
        model.notes,
        ["the file holds 2 processes; \"Office\" is followed; \"Citizen\" not"]
    );
    let calling = text.replace("<task id='d'/>", "<callActivity id='d' calledElement='r'/>");
    check(&calling, 9, &["a d", "d a"]);
}
