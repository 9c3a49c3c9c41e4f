//! Tasks, gateways, events.

use super::{check, process, read};

#[test]
fn tasks_in_sequence_with_and_without_start_and_end() {
    check(
        &process("start s;task a;task b;end e", "s>a a>b b>e"),
        9,
        &["a b"],
    );
    check(&process("task a;task b", "a>b"), 9, &["a b"]);
    check(&process("task a;task b", ""), 9, &["a b", "b a"]);
    check(&process("start s;end e", "s>e"), 9, &[""]);
}

#[test]
fn every_kind_of_task_is_visible_under_its_name_or_id() {
    let elements = "start s;<b:userTask id='u' name='SignBREAK here'/>;serviceTask v;\
                    <b:callActivity id='c' name='Pay' calledElement='other'/>;receiveTask r;\
                    <b:manualTask id='m' name='办理' cage:activity='case.handled'/>;end e";
    check(
        &process(elements, "s>u u>v v>c c>r r>m m>e").replace("BREAK", "&#10;"),
        9,
        &["Sign here v Pay r case.handled"],
    );
}

#[test]
fn exclusive_gateways_choose_one() {
    check(
        &process(
            "start s;xor x;task a;task b;xor y;end e",
            "s>x x>a x>b x>y a>y b>y y>e",
        ),
        9,
        &["", "a", "b"],
    );
    // A loop.
    check(
        &process("start s;xor x;task a;xor y;end e", "s>x x>a a>y y>x y>e"),
        3,
        &["a", "a a", "a a a"],
    );
}

#[test]
fn parallel_gateways_take_all_in_any_order() {
    check(
        &process(
            "start s;and x;task a;task b;and y;task c;end e",
            "s>x x>a x>b a>y b>y y>c c>e",
        ),
        9,
        &["a b c", "b a c"],
    );
}

#[test]
fn branches_that_end_apart_complete_together() {
    check(
        &process(
            "start s;and x;task a;task b;end e;end f",
            "s>x x>a x>b a>e b>f",
        ),
        9,
        &["a b", "b a"],
    );
}

#[test]
fn terminating_ends_stop_everything() {
    let terminate = "<b:endEvent id='f'><b:terminateEventDefinition/></b:endEvent>";
    check(
        &process(
            &format!("start s;and x;task a;task b;end e;{terminate}"),
            "s>x x>a x>b a>e b>f",
        ),
        9,
        &["b", "a b", "b"],
    );
}

#[test]
fn inclusive_gateways_take_any_of_their_flows() {
    let both = "start s;or x;task a;task b;task c;or y;task d;end e";
    let flows = "s>x x>a x>b x>c a>y b>y c>y y>d d>e";
    let text = process(both, flows);
    let mut expected = vec!["a d", "b d", "c d"];
    expected.extend(["a b d", "b a d", "a c d", "c a d", "b c d", "c b d"]);
    expected.extend([
        "a b c d", "a c b d", "b a c d", "b c a d", "c a b d", "c b a d",
    ]);
    check(&text, 9, &expected);
    // The default flow is taken when no other is.
    let with_default = text.replace("id=\"x\"", "id=\"x\" default=\"x-c\"");
    check(&with_default, 9, &["a d", "b d", "a b d", "b a d", "c d"]);
}

#[test]
fn a_long_free_choice_is_made_flow_by_flow() {
    let tasks: Vec<String> = (0..8).map(|n| format!("t{n}")).collect();
    let elements: String = tasks.iter().map(|task| format!("task {task};")).collect();
    let flows: String = tasks
        .iter()
        .map(|task| format!("x>{task} {task}>y "))
        .collect();
    let text = process(
        &format!("start s;or x;{elements}or y;end e"),
        &format!("s>x {flows} y>e"),
    );
    let runs = super::runs(&text, 2);
    assert_eq!(runs.len(), 8 + 8 * 7);
    let with_default = text.replace("id=\"x\"", "id=\"x\" default=\"x-t7\"");
    let runs = super::runs(&with_default, 2);
    assert_eq!(runs.len(), 8 + 7 * 6);
    assert!(runs.contains("t7"));
}

#[test]
fn an_inclusive_join_waits_only_for_tokens_that_can_come() {
    // After the exclusive choice, a token on the way to c cannot reach the join any more.
    let elements = "start s;and x;task a;xor g;task b;task c;or j;task d;end e;end f";
    let flows = "s>x x>a x>g g>b g>c a>j b>j c>f j>d d>e";
    let runs = super::runs(&process(elements, flows), 9);
    assert!(runs.contains("a b d") && runs.contains("b a d"));
    assert!(!runs.contains("a d b") && !runs.contains("b d a"));
    assert!(runs.contains("a d c") && runs.contains("c a d") && runs.contains("a c d"));
}

#[test]
fn an_inclusive_join_in_a_loop_does_not_wait_for_itself() {
    let elements = "start s;or j;task a;xor x;end e";
    check(
        &process(elements, "s>j j>a a>x x>j x>e"),
        3,
        &["a", "a a", "a a a"],
    );
}

#[test]
fn several_flows_into_a_task_are_several_triggers_and_several_out_are_parallel() {
    check(
        &process("start s;task a;task b;task c;end e", "s>a a>b a>c b>e c>e"),
        9,
        &["a b c", "a c b"],
    );
    check(
        &process(
            "start s;task a;task b;task c;task d;end e",
            "s>a a>b a>c b>d c>d d>e",
        ),
        9,
        &["a b c d d", "a c b d d", "a b d c d", "a c d b d"],
    );
}

#[test]
fn conditional_flows_of_a_task_are_a_free_choice() {
    let condition = |to: &str| {
        format!(
            "<b:sequenceFlow id='f{to}' sourceRef='a' targetRef='{to}'>\
             <b:conditionExpression>x</b:conditionExpression></b:sequenceFlow>"
        )
    };
    let text = format!(
        "start s;<b:task id='a' default='a-d'/>;task b;task c;task d;{};{}",
        condition("b"),
        condition("c")
    );
    check(
        &process(&text, "s>a a>d"),
        9,
        &["a b", "a c", "a b c", "a c b", "a d"],
    );
    let always = text
        .replace(" default='a-d'", "")
        .replace(&format!(";{}", condition("c")), "");
    let always = always.replace("task c;", "");
    check(&process(&always, "s>a a>d"), 9, &["a d", "a b d", "a d b"]);
}

#[test]
fn event_gateways_wait_for_the_first_event() {
    let elements = "start s;events g;\
        <b:intermediateCatchEvent id='m' cage:activity='paid'><b:messageEventDefinition/></b:intermediateCatchEvent>;\
        <b:intermediateCatchEvent id='t'><b:timerEventDefinition/></b:intermediateCatchEvent>;\
        task a;task b;end e";
    check(
        &process(elements, "s>g g>m g>t m>a t>b a>e b>e"),
        9,
        &["paid a", "b"],
    );
}

#[test]
fn several_starts_are_alternatives() {
    let message = "<b:startEvent id='m'><b:messageEventDefinition/></b:startEvent>";
    check(
        &process(
            &format!("start s;{message};task a;task b;end e"),
            "s>a m>b a>e b>e",
        ),
        9,
        &["a", "b"],
    );
    let instantiate = "<b:receiveTask id='r' instantiate='true'/>;task a;<b:receiveTask id='q' instantiate='true'/>";
    check(&process(instantiate, "r>a q>a"), 9, &["r a", "q a"]);
}

#[test]
fn links_jump() {
    let throw = |id: &str| {
        format!(
            "<b:intermediateThrowEvent id='{id}'><b:linkEventDefinition name='L'/></b:intermediateThrowEvent>"
        )
    };
    let catch = "<b:intermediateCatchEvent id='c'><b:linkEventDefinition name='L'/></b:intermediateCatchEvent>";
    let elements = format!(
        "start s;xor x;task a;{};{};{catch};task b;end e",
        throw("t"),
        throw("u")
    );
    check(
        &process(&elements, "s>x x>a x>u a>t c>b b>e"),
        9,
        &["a b", "b"],
    );
}

#[test]
fn loops_and_instances_of_a_task() {
    let task = |inner: &str| {
        process(
            &format!("start s;<b:task id='a'>{inner}</b:task>;end e"),
            "s>a a>e",
        )
    };
    check(
        &task("<b:standardLoopCharacteristics/>"),
        3,
        &["a", "a a", "a a a"],
    );
    check(
        &task("<b:standardLoopCharacteristics testBefore='true' loopMaximum='2'/>"),
        9,
        &["", "a", "a a"],
    );
    let many = |inside: &str| {
        task(&format!(
            "<b:multiInstanceLoopCharacteristics>{inside}</b:multiInstanceLoopCharacteristics>"
        ))
    };
    check(&many(""), 3, &["a", "a a", "a a a"]);
    check(
        &many("<b:loopCardinality>3</b:loopCardinality>"),
        9,
        &["a a a"],
    );
    check(&many("<b:loopCardinality>0</b:loopCardinality>"), 9, &[""]);
    let early =
        "<b:loopCardinality>3</b:loopCardinality><b:completionCondition>x</b:completionCondition>";
    check(&many(early), 9, &["a", "a a", "a a a"]);
    let model = read(&many("<b:loopCardinality>17</b:loopCardinality>")).unwrap();
    assert!(
        model
            .notes
            .iter()
            .any(|note| note.contains("more than 16 times")),
        "{:?}",
        model.notes
    );
}

#[test]
fn boundary_events_on_a_task() {
    let on = |cancel: &str, definition: &str| {
        let event = format!(
            "<b:boundaryEvent id='t' attachedToRef='a'{cancel}>{definition}</b:boundaryEvent>"
        );
        process(
            &format!("start s;task a;{event};task b;task c;end e;end f"),
            "s>a a>b t>c b>e c>f",
        )
    };
    check(&on("", "<b:timerEventDefinition/>"), 9, &["a b", "c"]);
    let beside = " cancelActivity='false'";
    check(
        &on(beside, "<b:timerEventDefinition/>"),
        9,
        &["a b", "a b c", "a c b", "c a b"],
    );
    let runs = super::runs(&on(beside, "<b:messageEventDefinition/>"), 9);
    assert!(runs.contains("c c c a b") && !runs.contains("c c c c a b"));
}

#[test]
fn visible_boundary_events() {
    let event = "<b:boundaryEvent id='t' attachedToRef='a' cage:activity='timed out'><b:timerEventDefinition/></b:boundaryEvent>";
    check(
        &process(
            &format!("start s;task a;{event};end e;end f"),
            "s>a a>e t>f",
        ),
        9,
        &["a", "timed out"],
    );
}

#[test]
fn a_default_prefix_and_ignored_elements_change_nothing() {
    let text = "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:x='urn:x'>\
        <message id='m'/><process id='p' name='Permit'><documentation>why</documentation>\
        <extensionElements><x:anything/></extensionElements><x:task id='no'/>\
        <dataObject id='d'/><dataObjectReference id='dr' dataObjectRef='d'/>\
        <textAnnotation id='t'><text>note</text></textAnnotation>\
        <association id='as' sourceRef='a' targetRef='t'/><group id='g'/>\
        <task id='a'><incoming>f</incoming><dataInputAssociation id='i'/></task>\
        <startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='a'/></process></definitions>";
    check(text, 9, &["a"]);
    let model = read(text).unwrap();
    assert_eq!((model.id.as_str(), model.name.as_str()), ("p", "Permit"));
    assert_eq!(model.elements.len(), 2);
    assert!(model.notes.is_empty(), "{:?}", model.notes);
}
