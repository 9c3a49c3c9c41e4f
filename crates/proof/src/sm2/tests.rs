//! SM2 lines of notes, held against OpenSSL where it is there.

use std::process::Command;

use super::*;
use crate::{Checkpoint, Hash};

const ORIGIN: &str = "ledger.example/0151/2026/case/sm3";

fn signer() -> Sm2Signer {
    Sm2Signer::from_seed(ORIGIN, &[7; 32]).unwrap().unwrap()
}

fn note() -> Note {
    let checkpoint = Checkpoint::new(ORIGIN, 3, Hash::leaf(b"x"));
    let line = signer().sign(&checkpoint.to_string());
    checkpoint.into_note(vec![line])
}

#[test]
fn a_key_is_read_as_it_is_published_and_every_change_of_it_is_noticed() {
    let text = signer().key().to_string();
    assert_eq!(Sm2Key::parse(&text).unwrap(), *signer().key());
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        if changed != text {
            assert!(Sm2Key::parse(&changed).is_err(), "{changed}");
        }
    }
    let plain = crate::NoteSigner::from_seed(ORIGIN, crate::KeyKind::Note, &[7; 32]).unwrap();
    assert!(Sm2Key::parse(&plain.verifier().to_string()).is_err());
    assert!(crate::VerifierKey::parse(&text).is_err());
    assert!(Sm2Signer::from_seed(ORIGIN, &[0xff; 32]).unwrap().is_none());
    assert!(Sm2Signer::from_seed("a b", &[7; 32]).is_err());
}

#[test]
fn a_signature_holds_for_its_text_and_key_alone() {
    let whole = note();
    let read = Note::parse(whole.to_string().as_bytes()).unwrap();
    signer().key().check(&read).unwrap();
    for change in [
        |note: &mut Note| note.text = note.text.replace("\n3\n", "\n4\n"),
        |note: &mut Note| note.signatures[0].bytes[63] ^= 1,
        |note: &mut Note| note.signatures[0].bytes.truncate(63),
        |note: &mut Note| note.signatures.clear(),
        |note: &mut Note| note.signatures[0].name.push('x'),
    ] {
        let mut changed = whole.clone();
        change(&mut changed);
        assert!(signer().key().check(&changed).is_err(), "{changed}");
    }
    let other = Sm2Signer::from_seed(ORIGIN, &[8; 32]).unwrap().unwrap();
    assert!(other.key().check(&whole).is_err());
}

/// One part of DER: its tag, its length and what is in it.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut part = vec![tag, u8::try_from(content.len()).unwrap()];
    part.extend(content);
    part
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap();
    let mut content = bytes[first..].to_vec();
    if content[0] >= 0x80 {
        content.insert(0, 0);
    }
    der(2, &content)
}

/// OpenSSL, which shares nothing with what signs here, verifies the signature by the published key, and no other.
#[test]
fn openssl_verifies_what_is_signed_here() {
    let place = std::env::temp_dir().join(format!("cage-sm2-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    // 1.2.840.10045.2.1 (a key of a curve) and 1.2.156.10197.1.301 (SM2).
    let curve = [
        der(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]),
        der(6, &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d]),
    ];
    let point = [&[0][..], signer().key().point()].concat();
    let key = der(0x30, &[der(0x30, &curve.concat()), der(3, &point)].concat());
    let whole = note();
    let (r, s) = whole.signatures[0].bytes.split_at(32);
    let signature = der(0x30, &[integer(r), integer(s)].concat());
    let other = whole.text.replace("\n3\n", "\n4\n");
    for (name, bytes) in [
        ("key", &key[..]),
        ("signature", &signature),
        ("text", whole.text.as_bytes()),
        ("other", other.as_bytes()),
    ] {
        std::fs::write(place.join(name), bytes).unwrap();
    }
    for (text, holds) in [("text", true), ("other", false)] {
        let verified = Command::new("openssl")
            .current_dir(&place)
            .args([
                "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key",
            ])
            .args([
                "-rawin",
                "-digest",
                "sm3",
                "-pkeyopt",
                "distid:1234567812345678",
            ])
            .args(["-sigfile", "signature", "-in", text])
            .output();
        match verified {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                let why = String::from_utf8_lossy(&output.stderr).into_owned();
                assert_eq!(output.status.success(), holds, "{said} {why}");
            }
            Err(error) => eprintln!("passed over: OpenSSL is not there ({error})"),
        }
    }
    std::fs::remove_dir_all(place).unwrap();
}
