//! Threads change no byte: the whole outcome of a real log, compared as text.

use cage_runtime::CheckOptions;

use crate::data::{checked, decl, shared};

#[test]
fn sepsis_is_the_same_with_any_number_of_threads() {
    let Some(path) = shared("logs/sepsis.xes.gz") else {
        return;
    };
    let rules = "\
activity ER Registration
activity ER Triage
activity Leucocytes
activity CRP
activity Release A
activity Return ER
bind Leucocytes: Leucocytes
Leucocytes: float between 0 and 10000
Response[ER Registration, ER Triage] | | |0,1,h
Response[Leucocytes, CRP] |A.Leucocytes > 10 | |0,6,h
Alternate Response[Leucocytes, CRP] | | |
Chain Precedence[ER Triage, ER Registration] | | |
Not Response[Release A, Return ER] | | |
";
    let told = |threads| {
        let options = CheckOptions {
            threads,
            worst: 3,
            ..CheckOptions::default()
        };
        let outcome = checked(decl(rules), &path, &options);
        assert_eq!(outcome.log.events, 15_214);
        format!(
            "{:?} {:?} {:?} {:?} {:?}",
            outcome.rules, outcome.findings, outcome.notices, outcome.log, outcome.worst
        )
    };
    let one = told(1);
    assert!(one == told(2), "one thread and two");
    assert!(one == told(5), "one thread and five");
}
