//! What the PNML reader accepts, notes and refuses.

use crate::model::ElementKind;
use crate::net::{Consume, Place};
use crate::read_model;
use crate::{Model, ModelError};

const SEQUENCE: &str = "
<place id='p1'><initialMarking><text>1</text></initialMarking></place>
<place id='p2'/>
<place id='p3'><name><text>end</text></name></place>
<transition id='t1'><name><text>apply</text></name></transition>
<transition id='t2'><name><text>decide</text></name></transition>
<arc id='a1' source='p1' target='t1'/><arc id='a2' source='t1' target='p2'/>
<arc id='a3' source='p2' target='t2'/><arc id='a4' source='t2' target='p3'/>";

fn read(inside: &str) -> Result<Model, ModelError> {
    let text = format!("<pnml><net id='n' type='ptnet'>{inside}</net></pnml>");
    read_model("m.pnml", text.as_bytes())
}

#[test]
fn a_plain_net_ends_where_no_arc_leads_on() {
    let model = read(SEQUENCE).unwrap();
    assert_eq!(model.net.labels, ["apply", "decide"]);
    assert_eq!(model.net.initial, [Place(0)]);
    assert_eq!(model.net.finals, [vec![Place(2)]]);
    assert_eq!(model.net.place_name(Place(2)), "place \"end\" (p3)");
    assert_eq!(model.links.len(), 4);
    assert_eq!(model.notes.len(), 1, "{:?}", model.notes);
    assert!(
        model.notes[0].contains("no final marking"),
        "{:?}",
        model.notes
    );
}

#[test]
fn silent_steps_are_those_that_a_tool_marks() {
    let model = read(
        "<place id='p'><initialMarking><text>1</text></initialMarking></place><place id='q'/>
        <transition id='prom'><name><text>tau</text></name>
          <toolspecific tool='ProM' version='6.4' activity='$invisible$'/></transition>
        <transition id='gspn'><name><text>tau</text></name><toolspecific tool='StochasticPetriNet'>
          <property key='priority'>1</property><property key='invisible'>true</property>
          </toolspecific></transition>
        <transition id='plain'><name><text>tau 3</text></name>
          <toolspecific tool='ProM' version='6.4' localNodeID='x'/></transition>
        <transition id='taurus'><name><text>taurus</text></name></transition>
        <transition id='nameless'/>
        <arc source='p' target='prom'/><arc source='prom' target='q'/>",
    )
    .unwrap();
    let names: Vec<String> = (0..5)
        .map(|number| model.net.transition_name(crate::TransitionId(number)))
        .collect();
    assert_eq!(
        names,
        [
            "silent step 1",
            "silent step 2",
            "tau 3",
            "taurus",
            "nameless"
        ]
    );
    assert_eq!(model.elements[2].kind, ElementKind::Silent);
    let notes = model.notes.join("\n");
    assert!(notes.contains("1 transitions have no name"), "{notes}");
    assert!(notes.contains("(first: \"tau 3\")"), "{notes}");
}

#[test]
fn pages_references_weights_and_kinds_of_arcs() {
    let model = read(
        "<page id='one'><place id='p'><initialMarking><text> 2 </text></initialMarking></place>
           <transition id='t'><name><value>a</value></name></transition>
           <arc source='p' target='t'><inscription><text>2</text></inscription></arc></page>
         <page id='two'><page id='three'>
           <referencePlace id='r2' ref='r1'/><referencePlace id='r1' ref='q'/>
           <referenceTransition id='rt' ref='t'/><place id='q'/><place id='room'/>
           <arc source='rt' target='r2'><inscription><value>Default,3</value></inscription></arc>
           <arc source='room' target='t'><arctype><text>reset</text></arctype></arc>
           <arc source='q' target='t'><type value='read'/></arc>
         </page></page>
         <finalmarkings><marking><place idref='r2'><text>3</text></place>
           <place idref='p'><text>0</text></place></marking></finalmarkings>",
    )
    .unwrap();
    let transition = &model.net.transitions[0];
    let [p, q, room] = [Place(0), Place(1), Place(2)];
    assert_eq!(transition.consume, Consume::All(vec![p, p, q]));
    assert_eq!(transition.produce, [q, q, q, q]);
    assert_eq!(transition.reset, [room]);
    assert_eq!(model.net.initial, [p, p]);
    assert_eq!(model.net.finals, [vec![q, q, q]]);
    assert!(model.notes.is_empty(), "{:?}", model.notes);
}

#[test]
fn without_markings_the_shape_decides_and_the_notes_say_so() {
    let two_ends = SEQUENCE
        .replace("<initialMarking><text>1</text></initialMarking>", "")
        .replace(
            "<arc id='a2'",
            "<place id='p4'/><arc source='t1' target='p4'/><arc id='a2'",
        );
    let model = read(&two_ends).unwrap();
    assert_eq!(model.net.initial, [Place(0)]);
    let [end, other] = [Place(2), Place(3)];
    assert_eq!(model.net.finals, [vec![end], vec![other], vec![end, other]]);
    assert_eq!(model.notes.len(), 2, "{:?}", model.notes);
}

#[test]
fn layouts_are_kept_where_they_are_drawn() {
    let drawn = SEQUENCE.replace(
        "<place id='p2'/>",
        "<place id='p2'><graphics><position x='6.25' y='104.0'/><dimension x='12.5' y='-3'/>
         </graphics></place>",
    );
    let model = read(&drawn).unwrap();
    let bounds = model.elements[1].bounds.unwrap();
    assert_eq!((bounds.centre.x, bounds.centre.y), (6.25, 104.0));
    assert_eq!((bounds.width, bounds.height), (12.5, 3.0));
    assert!(model.elements[0].bounds.is_none());
}

#[test]
fn what_cannot_be_followed_is_refused_with_its_place() {
    let arc = "<arc id='a4' source='t2' target='p3'/>";
    for (from, to, message) in [
        (
            arc,
            "<arc source='t2' target='p9'/>",
            "target=\"p9\" names no place",
        ),
        (arc, "<arc source='t2'/>", "<arc> has no target"),
        (
            arc,
            "<arc source='t2' target='t1'/>",
            "from transition to transition",
        ),
        (arc, "<arc source='p1' target='p2'/>", "from place to place"),
        (
            arc,
            "<arc source='p3' target='t2'><arctype><text>inhibitor</text></arctype></arc>",
            "type \"inhibitor\"",
        ),
        (
            arc,
            "<arc source='t2' target='p3'><inscription><text>x+y</text></inscription></arc>",
            "\"x+y\" is not a number",
        ),
        (
            arc,
            "<arc source='t2' target='p3'><inscription><text>256</text></inscription></arc>",
            "at most 255",
        ),
        (
            arc,
            "<arc source='t2' target='p3'><hlinscription/></arc>",
            "high-level",
        ),
        (
            "<place id='p2'/>",
            "<place id='p1'/>",
            "\"p1\" is used twice",
        ),
        ("<place id='p2'/>", "<place/>", "<place> has no id"),
        (
            "<place id='p2'/>",
            "<referencePlace id='x' ref='y'/><referencePlace id='y' ref='x'/>",
            "without end",
        ),
        (
            "<place id='p2'/>",
            "<place id='p2'><hlinitialMarking/></place>",
            "high-level",
        ),
        (">1<", ">many<", "\"many\" is not a number"),
        (
            arc,
            "<arc source='t2' target='p3'/><arc source='p3' target='t2'/>",
            "every place has an outgoing arc",
        ),
        (
            arc,
            "<finalmarkings><marking><place idref='t1'><text>1</text></place></marking>\
             </finalmarkings>",
            "\"t1\" is a transition",
        ),
        (SEQUENCE, "", "no transition"),
        (SEQUENCE, "</net><net id='m'>", "a second <net>"),
    ] {
        assert!(SEQUENCE.contains(from));
        let error = read(&SEQUENCE.replace(from, to)).expect_err(message);
        assert!(error.message.contains(message), "{error}");
        assert!(error.line > 0 && error.column > 0, "{error}");
    }
}

#[test]
fn a_slip_of_the_pen_gets_a_suggestion() {
    let near = read(&SEQUENCE.replace("target='p3'", "target='p33'")).unwrap_err();
    assert_eq!(near.suggestion.as_deref(), Some("p3"));
    assert_eq!((near.line, near.column), (8, 72));
}
