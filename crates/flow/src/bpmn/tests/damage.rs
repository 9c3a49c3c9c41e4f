//! Files that were damaged on the way: read or refused, never a panic, and drawn when read.

use proptest::prelude::*;

use crate::{PictureCounts, picture, read_model};

const WHOLE: &str = "<?xml version='1.0' encoding='UTF-8'?>
<b:definitions xmlns:b='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:cage='urn:ironcage:bpmn'
  xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'>
<b:error id='E' errorCode='1'/>
<b:collaboration id='c'><b:participant id='pp' name='警队' processRef='p'/></b:collaboration>
<b:process id='p'>
<b:laneSet id='ls'><b:lane id='l' name='Desk'><b:flowNodeRef>a</b:flowNodeRef></b:lane></b:laneSet>
<b:startEvent id='s'/><b:task id='a'/><b:inclusiveGateway id='o' default='f4'/>
<b:subProcess id='q'><b:multiInstanceLoopCharacteristics><b:loopCardinality>2</b:loopCardinality></b:multiInstanceLoopCharacteristics>
<b:startEvent id='i'/><b:task id='x'/><b:endEvent id='u'><b:errorEventDefinition errorRef='E'/></b:endEvent>
<b:sequenceFlow id='g1' sourceRef='i' targetRef='x'/><b:sequenceFlow id='g2' sourceRef='x' targetRef='u'/></b:subProcess>
<b:boundaryEvent id='t' attachedToRef='q'><b:errorEventDefinition errorRef='E'/></b:boundaryEvent>
<b:boundaryEvent id='w' attachedToRef='q' cancelActivity='false'><b:timerEventDefinition/></b:boundaryEvent>
<b:task id='y' cage:activity='done'><b:standardLoopCharacteristics loopMaximum='3'/></b:task>
<b:inclusiveGateway id='j'/><b:endEvent id='e'><b:terminateEventDefinition/></b:endEvent>
<b:sequenceFlow id='f1' sourceRef='s' targetRef='a'/><b:sequenceFlow id='f2' sourceRef='a' targetRef='o'/>
<b:sequenceFlow id='f3' sourceRef='o' targetRef='q'/><b:sequenceFlow id='f4' sourceRef='o' targetRef='y'/>
<b:sequenceFlow id='f5' sourceRef='q' targetRef='j'/><b:sequenceFlow id='f6' sourceRef='y' targetRef='j'/>
<b:sequenceFlow id='f7' sourceRef='j' targetRef='e'/><b:sequenceFlow id='f8' sourceRef='t' targetRef='a'/>
<b:sequenceFlow id='f9' sourceRef='w' targetRef='y'/>
</b:process>
<di:BPMNDiagram><di:BPMNPlane><di:BPMNShape bpmnElement='a'><dc:Bounds x='1' y='1e9' width='-4' height='NaN'/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram>
</b:definitions>";

/// Pieces of the file put in the place of others, or taken out.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let at = || 0..WHOLE.len();
    let cut = (at(), 0..60_usize, at(), 0..60_usize);
    prop::collection::vec(cut, 1..4).prop_map(|cuts| {
        let mut bytes = WHOLE.as_bytes().to_vec();
        for (from, length, source, taken) in cuts {
            let from = from.min(bytes.len());
            let to = (from + length).min(bytes.len());
            let source = source..(source + taken).min(WHOLE.len());
            bytes.splice(from..to, WHOLE.as_bytes()[source].iter().copied());
        }
        bytes
    })
}

/// Quoted names exchanged: the file stays well-formed, its references do not.
fn confused() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&str> = WHOLE.split('\'').collect();
    let count = words.len() / 2;
    prop::collection::vec((0..count, 0..count), 1..4).prop_map(move |swaps| {
        let mut words: Vec<&str> = WHOLE.split('\'').collect();
        for (to, from) in swaps {
            words[2 * to + 1] = words[2 * from + 1];
        }
        words.join("'").into_bytes()
    })
}

fn survives(bytes: &[u8]) {
    if let Ok(model) = read_model("x.bpmn", bytes) {
        let svg = picture(&model, &PictureCounts::default());
        assert!(roxmltree::Document::parse(&svg).is_ok());
    }
}

#[test]
fn the_whole_file_is_read() {
    let model = read_model("x.bpmn", WHOLE.as_bytes()).unwrap();
    assert_eq!(model.net.labels, ["a", "x", "done"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn damage_is_survived(bytes in damaged()) {
        survives(&bytes);
    }

    #[test]
    fn confusion_is_survived(bytes in confused()) {
        survives(&bytes);
    }
}
