//! Leaf records as the specification of the ledger prints them, and what is none.

use proptest::prelude::*;

use super::*;

fn counting<const N: usize>(from: u8) -> [u8; N] {
    std::array::from_fn(|place| from + place as u8)
}

fn example() -> Leaf {
    Leaf {
        kind: EntryKind::CaseStep,
        agency: "0151".to_owned(),
        accepted: 0x0000_019b_76da_a800,
        claimed: 0x0000_019b_76da_a418,
        case: counting(0),
        actor: counting(0x10),
        action: 0x136,
        source: 7,
        sequence: 0x29,
        idempotency: counting(0x20),
        commitment: commitment(&counting(0x40), br#"{"step":"accepted"}"#),
        bulk: None,
    }
}

#[test]
fn the_published_record_is_written_and_read() {
    let bytes = example().encode();
    let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = "8c010164303135311b0000019b76daa8001b0000019b76daa418\
        50000102030405060708090a0b0c0d0e0f481011121314151617190136071829\
        50202122232425262728292a2b2c2d2e2f\
        58203788608bc76ec4284bdf04b9e4cbfa12168935cfc12d782357778c0bc63a893f";
    assert_eq!(hexadecimal, expected);
    assert_eq!(bytes.len(), 109);
    assert_eq!(
        Hash::leaf(&bytes).to_string(),
        "4f94483a8c07b026b921657a12e011a04290ecac788ffd31edb7bfaaeff52238"
    );
    assert_eq!(Leaf::decode(&bytes), Ok(example()));
    assert_eq!(example().context(), bytes[1..109 - 34]);
}

#[test]
fn a_bulk_segment_says_how_many_points_it_has_and_nothing_else_does() {
    let bulk = Some(BulkSegment {
        points: 70_000,
        root: Hash::leaf(b"points"),
    });
    let segment = Leaf {
        kind: EntryKind::BulkSegment,
        bulk,
        ..example()
    };
    assert_eq!(Leaf::decode(&segment.encode()), Ok(segment.clone()));
    for wrong in [
        Leaf { bulk, ..example() },
        Leaf {
            bulk: None,
            ..segment
        },
    ] {
        let error = Leaf::decode(&wrong.encode()).unwrap_err().to_string();
        assert!(error.starts_with("field bulk"), "{error}");
    }
}

#[test]
fn every_prefix_is_refused_and_so_is_every_longer_form() {
    let bytes = example().encode();
    for end in 0..bytes.len() {
        assert!(Leaf::decode(&bytes[..end]).is_err(), "{end} bytes");
    }
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    assert_eq!(Leaf::decode(&longer), Err(LeafError::Rest { at: 109 }));
    let spread_out = [&[0x8c, 0x18, 0x01], &bytes[2..]].concat();
    let error = Leaf::decode(&spread_out).unwrap_err().to_string();
    assert_eq!(
        error,
        "field format of the leaf record, at byte 1, must be an unsigned number in its shortest form"
    );
    let huge = vec![0; Leaf::BYTES_MAX + 1];
    assert_eq!(Leaf::decode(&huge), Err(LeafError::Size { bytes: 4_097 }));
    for agency in ["", "0151/2", "贵阳", "0123456789abcdef0123456789abcdef0"] {
        let leaf = Leaf {
            agency: agency.to_owned(),
            ..example()
        };
        assert!(Leaf::decode(&leaf.encode()).is_err(), "{agency}");
    }
}

proptest! {
    /// One meaning, one form: what is read is written back byte for byte.
    #[test]
    fn what_is_read_is_written_alike(at in 0_usize..109, byte: u8, numbers in prop::array::uniform5(any::<u64>())) {
        let [accepted, claimed, action, source, sequence] = numbers;
        let leaf = Leaf { accepted, claimed, action, source, sequence, ..example() };
        let mut bytes = leaf.encode();
        prop_assert_eq!(Leaf::decode(&bytes), Ok(leaf));
        bytes[at] = byte;
        if let Ok(read) = Leaf::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
        }
    }
}
