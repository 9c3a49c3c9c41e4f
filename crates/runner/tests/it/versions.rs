//! G-09 and L14: a new version of a pack, a running case, an officer who passes on, and a replay of it all.

use cage_pack::Loaded;
use cage_store::Project as _;

use crate::office::{Office, pack, told_in};

/// Cases go from acceptance over review to decision, an officer reports within so many minutes after going out.
pub(crate) fn office_pack(version: &str, tasks: &[&str], minutes: u32) -> Loaded {
    let mut flow =
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>\n  <process id='p'>\n"
            .to_owned();
    for (place, task) in tasks.iter().enumerate() {
        flow.push_str(&format!("    <task id='t{place}' name='{task}'/>\n"));
        if place > 0 {
            let before = place - 1;
            flow.push_str(&format!(
                "    <sequenceFlow id='f{place}' sourceRef='t{before}' targetRef='t{place}'/>\n"
            ));
        }
    }
    flow.push_str("  </process>\n</definitions>\n");
    let rules = format!(
        "[pack]\nid = \"office\"\nversion = \"{version}\"\n\
         [[rule]]\nid = \"FLOW\"\nkind = \"flow\"\nper = \"case\"\nflow = \"permit\"\ninternal = true\n\
         [[rule]]\nid = \"REPORT\"\nkind = \"response\"\nper = \"officer\"\nwhen = \"out\"\nthen = \"report\"\n\
         within = \"{minutes} min\"\ninternal = true\n"
    );
    let event = |kind: &str, object: &str| {
        format!("[[event]]\ntype = \"{kind}\"\nobjects = [\"{object}\"]\n")
    };
    let mut events: String = ["accept", "review", "decide"]
        .iter()
        .map(|kind| event(kind, "case"))
        .collect();
    events.push_str(&event("out", "officer"));
    events.push_str(&event("report", "officer"));
    pack(&[
        ("pack.toml", &rules),
        ("events.toml", &events),
        ("flows/permit.bpmn", &flow),
    ])
}

pub(crate) const LONG: &[&str] = &["accept", "review", "decide"];
pub(crate) const SHORT: &[&str] = &["accept", "decide"];

#[test]
fn a_running_case_stays_on_its_flow_and_a_new_one_takes_the_new_one() {
    let mut office = Office::new();
    office.put_into_force(&office_pack("1", LONG, 30));
    office.now("accept", &["case:old"]);
    office.follow();
    office.put_into_force(&office_pack("2", SHORT, 30));
    office.now("accept", &["case:new"]);
    office.now("decide", &["case:old"]);
    office.now("decide", &["case:new"]);
    assert_eq!(office.told(), ["opened 1 FLOW old"]);
    let in_force = office.runner.as_ref().unwrap().in_force();
    assert_eq!((in_force.len(), in_force[0].version.as_str()), (1, "2"));
}

#[test]
fn an_officer_passes_on_and_each_version_answers_for_what_arose_under_it() {
    let mut office = Office::new();
    office.put_into_force(&office_pack("1", LONG, 30));
    office.now("out", &["officer:late"]);
    office.now("out", &["officer:owing"]);
    office.minute = 35;
    // Thirty minutes are over under version 1 for both.
    office.now("report", &["officer:late"]);
    office.put_into_force(&office_pack("2", LONG, 50));
    office.now("out", &["officer:fresh"]);
    office.minute = 95;
    office.now("out", &["officer:other"]);
    assert_eq!(
        office.told(),
        [
            "opened 1 REPORT late",
            "opened 1 REPORT owing",
            // Version 2 answers for who went out under it; who still owed stays with version 1.
            "opened 2 REPORT fresh",
        ]
    );
    // A report that was made in time and came late takes back what version 1 said.
    office.event("report", &["officer:owing"], 20);
    let told = office.told();
    assert_eq!(told[3..], ["withdrawn 1 REPORT owing"]);
}

#[test]
fn a_first_version_judges_what_was_there_before_it() {
    let mut office = Office::new();
    office.now("decide", &["case:before"]);
    office.follow();
    assert_eq!(office.told(), [""; 0]);
    office.put_into_force(&office_pack("1", LONG, 30));
    assert_eq!(office.told(), ["opened 1 FLOW before"]);
}

/// One round of a busy office: steps of cases, officers in and out, some late, and a new version in between.
pub(crate) fn busy(office: &mut Office, round: usize) {
    let case = format!("case:C{}", round % 7);
    let officer = format!("officer:P{}", round % 3);
    let kind = ["accept", "review", "decide"][round % 3];
    office.now(kind, &[&case, &officer]);
    office.now(["out", "report"][round % 2], &[&officer]);
    if round.is_multiple_of(5) {
        let minute = office.minute.saturating_sub(9);
        office.event("report", &[&officer], minute);
    }
    if round == 20 {
        office.put_into_force(&office_pack("2", SHORT, 2));
    }
}

#[test]
fn a_replay_tells_the_same_and_has_the_same_roots() {
    let mut office = Office::new();
    office.put_into_force(&office_pack("1", LONG, 30));
    for round in 0..40 {
        busy(&mut office, round);
        office.follow();
    }
    let told = office.told();
    assert!(told.len() > 10, "{told:?}");
    let mut again = office.runner_in("again.sqlite");
    again.catch_up(&office.ledger).unwrap();
    drop(again);
    assert_eq!(
        told_in(&office.folder.path().join("again.sqlite"), &office.owner()),
        told
    );
    let roots = |name| office.views(name).query().roots().unwrap();
    assert_eq!(roots("again.sqlite"), roots("views.sqlite"));
}
