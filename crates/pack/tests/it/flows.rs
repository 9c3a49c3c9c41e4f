//! Rules of the kind `flow`, and the files that they name.

use cage_pack::Judge;

use super::{listed, load_files};

const FLOW: &str = "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>
  <process id='p'>
    <task id='a' name='application.received'/>
    <task id='b' name='decision.made'/>
    <sequenceFlow id='f' sourceRef='a' targetRef='b'/>
  </process>
</definitions>
";
const EVENTS: &str = "[[event]]
type = \"application.received\"
objects = [\"case\"]
[[event]]
type = \"decision.made\"
objects = [\"case\"]
[[event]]
type = \"notice.issued\"
objects = [\"case\"]
";

fn rule(flow: &str, more: &str) -> String {
    format!(
        "[pack]\nid = \"office\"\nversion = \"1\"\n\n[[rule]]\nid = \"R1\"\nkind = \"flow\"\nper = \
         \"case\"\nflow = \"{flow}\"\ninternal = true\n{more}\n"
    )
}

/// What is wrong with a pack of this rule and flow, or its warnings.
fn told(rule: &str, flow: &str) -> String {
    let files = [
        ("pack.toml", rule),
        ("events.toml", EVENTS),
        ("flows/permit.bpmn", flow),
    ];
    match load_files(&files) {
        Ok(loaded) => listed(&loaded.warnings),
        Err(found) => listed(&found),
    }
}

#[test]
fn a_flow_rule_names_its_flow_and_what_it_tolerates() {
    let allow = "allow = { inserted = [\"notice.issued\"], skipped = [\"decision.made\"] }";
    let files = [
        ("pack.toml", rule("permit", allow)),
        ("events.toml", EVENTS.to_owned()),
        ("flows/permit.bpmn", FLOW.to_owned()),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let loaded = load_files(&files).map_err(|found| listed(&found)).unwrap();
    assert_eq!(listed(&loaded.warnings), "");
    let program = loaded.program;
    let Judge::Flow(flow) = &program.rules[0].judge else {
        panic!("{:?}", program.rules[0].judge);
    };
    assert_eq!(program.flows[usize::from(flow.flow)].id, "permit");
    let named = |symbols: &[cage_model::Symbol]| -> Vec<String> {
        let names = symbols
            .iter()
            .map(|symbol| program.names.text(*symbol).to_owned());
        names.collect()
    };
    assert_eq!(named(&flow.allow_inserted), ["notice.issued"]);
    assert_eq!(named(&flow.allow_skipped), ["decision.made"]);
}

#[test]
fn a_plain_list_tolerates_both() {
    let text = rule("permit", "allow = [\"decision.made\", \"notice.issued\"]");
    assert_eq!(told(&text, FLOW), "");
}

#[test]
fn faults_of_flow_rules() {
    for (flow_id, more, flow, expected) in [
        (
            "permti",
            "",
            FLOW,
            "flows/permit.bpmn:1:1+1 no rule follows the flow permit; a rule that does has kind = \
             \"flow\", flow = \"permit\"\npack.toml:9:8+8 there is no flow permti; flows/ has permit \
             -> permit",
        ),
        (
            "permit",
            "",
            &FLOW.replace("'decision.made'", "'decision.mde'"),
            "flows/permit.bpmn:4:24+12 no event decision.mde is declared in events.toml -> \
             decision.made",
        ),
        (
            "permit",
            "",
            &FLOW.replace("targetRef='b'", "targetRef='bbb'"),
            "flows/permit.bpmn:5:51+3 targetRef is \"bbb\", but nothing has that id",
        ),
        (
            "permit",
            "allow = { skipped = [\"notice.issued\"] }",
            FLOW,
            "pack.toml:11:22+15 notice.issued is no step of the flow, so it cannot be skipped",
        ),
        (
            "permit",
            "allow = { inserted = [\"notice.isued\"] }",
            FLOW,
            "pack.toml:11:23+14 no event notice.isued is declared in events.toml -> notice.issued",
        ),
        (
            "permit",
            "allow = { inserted = [\"*\"] }",
            FLOW,
            "pack.toml:11:23+3 name the activities one by one; \"*\" would allow everything",
        ),
    ] {
        assert_eq!(told(&rule(flow_id, more), flow), expected);
    }
}

#[test]
fn the_permit_office_follows_its_flow() {
    let loaded = cage_pack::load(&super::root().join("packs/permit-office"));
    let loaded = loaded.map_err(|found| listed(&found)).unwrap();
    assert_eq!(loaded.program.flows.len(), 1);
    assert_eq!(loaded.program.flows[0].model.net.labels.len(), 9);
    assert_eq!(listed(&loaded.warnings), "");
}
