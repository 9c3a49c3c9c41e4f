//! Policies of logs and witnesses, and checkpoints that meet them or do not.

use super::*;
use crate::cosignature::cosign;
use crate::hash::Hash;
use crate::key::NoteSigner;
use crate::note::tests::{LOG_KEY, WITNESS_KEY, log};

fn witnesses() -> Vec<NoteSigner> {
    ["city", "discipline", "university"]
        .iter()
        .enumerate()
        .map(|(place, name)| {
            NoteSigner::from_seed(name, KeyKind::Cosignature, &[place as u8 + 1; 32]).unwrap()
        })
        .collect()
}

fn two_of_three() -> Policy {
    let mut text = format!("# the ledger's policy\n\nlog {LOG_KEY}\n");
    for witness in witnesses() {
        let key = witness.verifier();
        text += &format!("witness {} {key} https://witness.example/\n", key.name());
    }
    text += "group q 2 city discipline university\nquorum q\n";
    Policy::parse(&text).unwrap()
}

fn signed_by(signers: &[&NoteSigner]) -> Note {
    let checkpoint = Checkpoint::new("ledger.example/0151/2026/case", 0, Hash::of_nothing());
    let text = checkpoint.to_string();
    let mut signatures = vec![log().sign(&text)];
    signatures.extend(signers.iter().map(|signer| cosign(signer, &text, 1)));
    Note { text, signatures }
}

#[test]
fn two_of_three_witnesses_are_enough_and_one_is_not() {
    let policy = two_of_three();
    let all = witnesses();
    let (_, names) = policy.check(&signed_by(&[&all[0], &all[2]])).unwrap();
    assert_eq!(names, ["city", "university"]);
    policy
        .check(&signed_by(&[&all[0], &all[1], &all[2]]))
        .unwrap();
    let once = policy
        .check(&signed_by(&[&all[1]]))
        .unwrap_err()
        .to_string();
    assert_eq!(
        once,
        "too few witnesses: discipline cosigned, \"q\" is not met"
    );
    let twice = policy
        .check(&signed_by(&[&all[1], &all[1]]))
        .unwrap_err()
        .to_string();
    assert_eq!(twice, once, "one witness counts once");
    let never = policy.check(&signed_by(&[])).unwrap_err().to_string();
    assert_eq!(never, "too few witnesses: none cosigned, \"q\" is not met");
}

#[test]
fn a_checkpoint_of_another_log_is_refused_though_a_known_key_signed_it() {
    let checkpoint = Checkpoint::new("ledger.example/other", 0, Hash::of_nothing());
    let text = checkpoint.to_string();
    let note = Note {
        signatures: vec![log().sign(&text)],
        text,
    };
    let policy = Policy::of_log(log().verifier().clone());
    assert!(matches!(
        policy.check(&note),
        Err(PolicyError::Origin { .. })
    ));
    policy.check(&signed_by(&[])).unwrap();
}

#[test]
fn groups_nest() {
    let mut text = format!("log {LOG_KEY}\n");
    for witness in witnesses() {
        text += &format!(
            "witness {} {}\n",
            witness.verifier().name(),
            witness.verifier()
        );
    }
    text += "group inside any city discipline\ngroup both all inside university\nquorum both\n";
    let policy = Policy::parse(&text).unwrap();
    let all = witnesses();
    policy.check(&signed_by(&[&all[1], &all[2]])).unwrap();
    policy.check(&signed_by(&[&all[0], &all[1]])).unwrap_err();
}

#[test]
fn what_is_no_policy_names_its_line() {
    let witness = format!("witness w {WITNESS_KEY}\n");
    for (text, error) in [
        (format!("log {LOG_KEY}\n"), "has no line `quorum"),
        ("quorum none\n".to_owned(), "names no log"),
        (
            "log x\nquorum none\n".to_owned(),
            "line 1 of the policy: \"x\" is no key",
        ),
        (
            format!("log {WITNESS_KEY}\n"),
            "line 1 of the policy: key \"witness.example/university\" is of the other kind",
        ),
        (format!("witness w {LOG_KEY}\n"), "is of the other kind"),
        (
            format!("{witness}{witness}"),
            "line 2 of the policy: the key of witness \"w\" stands above",
        ),
        (
            format!("{witness}group g 2 w\n"),
            "line 2 of the policy: \"2\" must be any, all or a number from 1 to 1",
        ),
        (format!("{witness}group g 0 w\n"), "must be any, all"),
        (format!("{witness}group g any\n"), "has no members"),
        (
            format!("{witness}group g any v\n"),
            "\"v\" is no witness or group above",
        ),
        (
            format!("{witness}group g any w w\n"),
            "\"w\" is a member already",
        ),
        (
            format!("{witness}group g any w\ngroup h any w\n"),
            "line 3 of the policy: \"w\" is a member already",
        ),
        (
            format!("{witness}group w any w\n"),
            "the name \"w\" is taken",
        ),
        ("quorum q\n".to_owned(), "\"q\" is no witness"),
        (
            "quorum none\nquorum none\n".to_owned(),
            "line 2 of the policy: a second quorum",
        ),
        ("quorums none\n".to_owned(), "\"quorums\" cannot stand here"),
    ] {
        let found = Policy::parse(&text).unwrap_err().to_string();
        assert!(found.contains(error), "{text}: {found}");
    }
}
