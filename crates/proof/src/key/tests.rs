//! Keys as the specification of the ledger prints them.

use super::*;
use crate::note::tests::{LOG_KEY, WITNESS_KEY, log, witness};

#[test]
fn keys_from_the_published_seeds_have_the_published_text() {
    assert_eq!(log().verifier().to_string(), LOG_KEY);
    assert_eq!(witness().verifier().to_string(), WITNESS_KEY);
    assert_eq!(log().verifier().id(), 0xfe42_aa08);
    for text in [LOG_KEY, WITNESS_KEY] {
        assert_eq!(VerifierKey::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn a_private_key_comes_back_and_is_never_shown() {
    for signer in [log(), witness()] {
        let secret = signer.to_secret_text();
        let read = NoteSigner::parse(&secret).unwrap();
        assert_eq!(read.verifier(), signer.verifier());
        assert_eq!(read.sign("text\n"), signer.sign("text\n"));
        let material = secret.rsplit('+').next().unwrap();
        assert!(!format!("{signer:?}").contains(material));
        let cut = &secret[..secret.len() - 6];
        let error = NoteSigner::parse(cut).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains(&material[..8]),
            "{error:?}"
        );
    }
}

#[test]
fn what_is_no_key_is_refused_with_the_reason() {
    let changed_name = LOG_KEY.replace("/0151/", "/0152/");
    let other_kind = format!("w+00000000+{}", base64::encode(&[7; 33]));
    let short_ml_dsa = format!("w+00000000+{}", base64::encode(&[6; 33]));
    let short = format!("w+00000000+{}", base64::encode(&[1; 20]));
    for (text, reason) in [
        ("", "is no key"),
        ("name+0011223+AQ==", "is no key"),
        ("name+0011223g+AQ==", "is no key"),
        ("name+00112233+AQ", "is no key"),
        ("two words+00112233+AQ==", "cannot name a key"),
        ("+00112233+AQ==", "cannot name a key"),
        (&changed_name, "one of them was changed"),
        (&other_kind, "type 0x07"),
        (&short_ml_dsa, "holds 32 bytes"),
        (&short, "holds 19 bytes"),
    ] {
        let error = VerifierKey::parse(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}
