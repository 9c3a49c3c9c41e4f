//! The write-ahead log against kills, torn writes, damage, a full disk and a synchronisation that fails.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use super::*;

const NODE: [u8; 16] = [7; 16];
/// Small segments, so that tests see many of them.
const SEGMENT_BYTES: u64 = 4_096;

fn options(folder: &Path) -> WriterOptions {
    WriterOptions {
        segment_bytes: SEGMENT_BYTES,
        ..WriterOptions::new(folder.to_owned(), NODE)
    }
}

/// The payloads of a group's frames.
type Payloads = Vec<Vec<u8>>;

/// Every payload in the log, group by group, and what the recovery says.
fn read(folder: &Path) -> Result<(Vec<Payloads>, Recovered), WalError> {
    let mut all = All::default();
    let recovered = recover(folder, NODE, &mut all)?;
    Ok((all.groups, recovered))
}

/// Takes every group; passes over segments whose end is known.
#[derive(Default)]
struct All {
    groups: Vec<Payloads>,
    known: Vec<SegmentEnd>,
    ends: Vec<SegmentEnd>,
    passed: Vec<u64>,
}

impl TakeUp for All {
    type Error = WalError;

    fn known(&mut self, header: &SegmentHeader) -> Option<SegmentEnd> {
        let known = self.known.iter();
        known.copied().find(|end| end.segment == header.number)
    }

    fn pass(&mut self, end: &SegmentEnd) -> Result<(), WalError> {
        self.passed.push(end.segment);
        Ok(())
    }

    fn group(&mut self, _: &SegmentHeader, group: Group<'_>) -> Result<(), WalError> {
        if self.passed.is_empty() {
            let number = self.groups.len() as u64;
            assert_eq!(group.number, number, "groups come in order");
        }
        let frames = group.frames.iter();
        self.groups
            .push(frames.map(|frame| frame.payload.to_vec()).collect());
        Ok(())
    }

    fn ended(&mut self, end: &SegmentEnd) -> Result<(), WalError> {
        self.ends.push(*end);
        Ok(())
    }
}

fn write(folder: &Path, groups: &[Vec<Vec<u8>>]) -> Vec<GroupPlace> {
    let (_, recovered) = read(folder).unwrap();
    let mut writer = Writer::new(options(folder), recovered).unwrap();
    groups
        .iter()
        .map(|group| append(&mut writer, group).unwrap())
        .collect()
}

fn append(writer: &mut Writer, group: &[Vec<u8>]) -> Result<GroupPlace, WalError> {
    let frames: Vec<_> = group
        .iter()
        .map(|payload| (FrameKind::Leaf, 5, payload.as_slice()))
        .collect();
    writer.append(&frames, 0)
}

/// Groups of one to three frames of many lengths.
fn some_groups(count: usize) -> Vec<Vec<Vec<u8>>> {
    (0..count)
        .map(|number| {
            (0..=number % 3)
                .map(|frame| vec![number as u8; 1 + (number * 37 + frame * 11) % 200])
                .collect()
        })
        .collect()
}

/// The example of the specification: leaf `a`, index 0, log 5, group 12, segment 3, offset 64.
#[test]
fn a_frame_has_the_published_bytes() {
    let frame = Frame {
        kind: FrameKind::Leaf,
        log: 5,
        group: 12,
        payload: &[0, 0, 0, 0, 0, 0, 0, 0, b'a'],
    };
    let mut bytes = Vec::new();
    frame.write(3, 64, &mut bytes);
    let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hexadecimal,
        "09000000f317d559010005000c00000000000000000000006100000000000000"
    );
    let whole = [vec![0; 64], bytes].concat();
    assert_eq!(Frame::read(3, &whole, 64), Ok((frame, 96)));
    for (segment, offset) in [(4, 64), (3, 56)] {
        let moved = Frame::read(segment, &whole[64 - offset..], offset as u64);
        assert!(moved.is_err(), "segment {segment}, offset {offset}");
    }
}

#[test]
fn groups_come_back_in_order_over_many_segments_and_starts() {
    let folder = tempfile::tempdir().unwrap();
    let groups = some_groups(120);
    for part in groups.chunks(17) {
        write(folder.path(), part);
    }
    let (found, recovered) = read(folder.path()).unwrap();
    assert_eq!(found, groups);
    assert_eq!(recovered.dropped, 0);
    assert!(fs::read_dir(folder.path()).unwrap().count() > 3);
}

/// What is known of closed segments need not be read, unless it is not what the segment's end says.
#[test]
fn known_segments_are_passed_over_and_wrongly_known_ones_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let groups = some_groups(120);
    write(folder.path(), &groups);
    let mut all = All::default();
    recover(folder.path(), NODE, &mut all).unwrap();
    assert!(all.ends.len() > 3);
    let ends = all.ends;
    let mut known = All {
        known: ends.clone(),
        ..All::default()
    };
    let recovered = recover(folder.path(), NODE, &mut known).unwrap();
    assert_eq!(known.passed.len(), ends.len());
    let (_, _, _, scanned) = recovered.last.unwrap();
    assert_eq!(scanned.group, 120);
    assert!(groups.ends_with(&known.groups) && !known.groups.is_empty());
    let wrongs: [fn(&mut SegmentEnd); 3] = [
        |end| end.offset -= 8,
        |end| end.next_group += 1,
        |end| end.chain.0[0] ^= 1,
    ];
    for wrong in wrongs {
        let mut ends = ends.clone();
        wrong(&mut ends[1]);
        let mut all = All {
            known: ends,
            ..All::default()
        };
        recover(folder.path(), NODE, &mut all).unwrap();
        assert!(
            !all.passed.contains(&1) && all.ends[0].segment == 1,
            "{:?}",
            all.passed
        );
    }
    let path = segment::path_of(folder.path(), 1);
    let whole = fs::read(&path).unwrap();
    for cut in [40, 64, whole.len() - 8] {
        fs::write(&path, &whole[..cut]).unwrap();
        let mut all = All {
            known: ends.clone(),
            ..All::default()
        };
        let error = recover(folder.path(), NODE, &mut all)
            .unwrap_err()
            .to_string();
        assert!(error.contains("000000000001.wal: "), "{error}");
    }
}

/// Larger segments are prepared while the one before is filled; what is left of that is no segment.
#[test]
fn a_prepared_segment_is_used_and_a_left_one_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let groups: Vec<Payloads> = (0..30_u8)
        .map(|group| vec![vec![group + 1; 100 << 10]])
        .collect();
    let (_, recovered) = read(folder.path()).unwrap();
    let options = || WriterOptions {
        segment_bytes: 1 << 20,
        ..WriterOptions::new(folder.path().to_owned(), NODE)
    };
    let mut writer = Writer::new(options(), recovered).unwrap();
    let prepared = folder.path().join(segment::PREPARED);
    for (number, group) in groups.iter().enumerate() {
        append(&mut writer, group).unwrap();
        if number == 7 {
            let began = std::time::Instant::now();
            while fs::metadata(&prepared).map_or(0, |file| file.len()) < 1 << 20 {
                assert!(
                    began.elapsed().as_secs() < 20,
                    "the next segment is prepared"
                );
                std::thread::yield_now();
            }
        }
    }
    drop(writer);
    assert!(!prepared.exists());
    assert_eq!(read(folder.path()).unwrap().0, groups);
    assert_eq!(segment::numbers_in(folder.path()).unwrap(), [0, 1, 2]);
    let whole = fs::read(segment::path_of(folder.path(), 2)).unwrap();
    let mut begun = vec![0; 1 << 20];
    begun[..64].copy_from_slice(&whole[..64]);
    let mut flipped = begun.clone();
    flipped[500] = 1;
    for (name, bytes, right) in [
        ("next.new", vec![], true),
        ("next.new", vec![0; 1 << 20], true),
        ("next.new", begun.clone(), true),
        ("next.new", flipped, false),
        ("next.new", whole, false),
        ("other.new", vec![], false),
    ] {
        assert_eq!(
            is_being_made(name, &bytes),
            right,
            "{name}, {} bytes",
            bytes.len()
        );
    }
}

/// Section 2.4: cut anywhere within the last group, it is dropped and all before it is kept; the log goes on.
#[test]
fn a_torn_last_group_is_dropped_and_nothing_else() {
    let groups = some_groups(9);
    let folder = tempfile::tempdir().unwrap();
    let places = write(folder.path(), &groups);
    let last = places[8];
    let path = segment::path_of(folder.path(), last.segment);
    let whole = fs::read(&path).unwrap();
    let end = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    for cut in last.offset as usize..end {
        let mut torn = whole.clone();
        torn[cut..].fill(0);
        fs::write(&path, &torn).unwrap();
        let (found, recovered) = read(folder.path()).unwrap();
        assert_eq!(found, groups[..8], "cut at {cut}");
        assert_eq!(recovered.dropped > 0, cut > last.offset as usize);
        let mut writer = Writer::new(options(folder.path()), recovered).unwrap();
        append(&mut writer, &groups[8]).unwrap();
        assert_eq!(
            read(folder.path()).unwrap().0,
            groups,
            "after the cut at {cut}"
        );
        fs::write(&path, &whole).unwrap();
    }
}

/// Every bit of what was acknowledged counts: a change is damage where later groups exist, and never read
/// as something else.
#[test]
fn every_changed_bit_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let groups = some_groups(12);
    let places = write(folder.path(), &groups);
    let path = segment::path_of(folder.path(), 0);
    let whole = fs::read(&path).unwrap();
    let last_in_file = places.iter().rfind(|place| place.segment == 0).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        fs::write(&path, &changed).unwrap();
        // Only the very last group, or the zeros behind it, can look like a torn write.
        if let Ok((found, recovered)) = read(folder.path()) {
            assert!(
                at as u64 >= last_in_file.offset,
                "byte {at} was changed unseen"
            );
            assert!(recovered.dropped > 0, "byte {at}");
            assert_eq!(found, groups[..found.len()], "byte {at}");
            assert!(found.len() + 1 >= groups.len(), "byte {at}");
        }
    }
}

#[test]
fn a_zeroed_page_before_later_groups_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let groups = some_groups(10);
    let places = write(folder.path(), &groups);
    let path = segment::path_of(folder.path(), 0);
    let file = File::options().write(true).open(&path).unwrap();
    let from = places[4].offset;
    file.write_all_at(&vec![0; (places[6].offset - from) as usize], from)
        .unwrap();
    let error = read(folder.path()).unwrap_err();
    assert!(
        matches!(error, WalError::Damaged { group: 4, .. }),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("it was acknowledged and is damaged"),
        "{error}"
    );
}

#[test]
fn a_missing_foreign_swapped_or_renamed_segment_is_named() {
    let groups = some_groups(80);
    let name = |number: u64| format!("{number:012}.wal");
    type Change = fn(&Path, &dyn Fn(u64) -> String);
    let changes: [(Change, &str); 4] = [
        (
            |folder, name| fs::remove_file(folder.join(name(1))).unwrap(),
            "segment 1 is missing",
        ),
        (
            |folder, name| {
                fs::copy(folder.join(name(1)), folder.join(name(2))).unwrap();
            },
            "says it is segment 1",
        ),
        (
            |folder, name| fs::write(folder.join(name(1)), b"short").unwrap(),
            "000000000001.wal: ",
        ),
        (
            |folder, name| {
                let mut bytes = fs::read(folder.join(name(0))).unwrap();
                let header = SegmentHeader::decode(&bytes).unwrap();
                let foreign = SegmentHeader {
                    node: [8; 16],
                    ..header
                };
                bytes[..64].copy_from_slice(&foreign.encode());
                fs::write(folder.join(name(0)), bytes).unwrap();
            },
            "belongs to another node",
        ),
    ];
    for (change, reason) in changes {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &groups);
        change(folder.path(), &name);
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

/// Section 3: killed while the next segment is being made, at each of its steps.
#[test]
fn a_segment_that_was_never_used_is_made_again() {
    let groups = some_groups(60);
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &groups);
    let next = segment::numbers_in(folder.path()).unwrap().len() as u64;
    let path = segment::path_of(folder.path(), next);
    let (_, recovered) = read(folder.path()).unwrap();
    let first_group = recovered.last.unwrap().3.group;
    let header = SegmentHeader {
        node: NODE,
        number: next,
        first_group,
        created: 1,
        bytes: SEGMENT_BYTES,
    };
    let mut ready = vec![0; SEGMENT_BYTES as usize];
    let states = [Vec::new(), vec![0; 100], ready.clone(), {
        ready[..64].copy_from_slice(&header.encode());
        ready
    }];
    for state in states {
        fs::write(&path, &state).unwrap();
        assert_eq!(
            read(folder.path()).unwrap().0,
            groups,
            "{} bytes",
            state.len()
        );
        assert!(!path.exists());
    }
    write(folder.path(), &groups[..1]);
    assert_eq!(read(folder.path()).unwrap().0.len(), 61);
}

#[test]
fn a_group_that_no_segment_holds_is_refused_and_the_log_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (_, recovered) = read(folder.path()).unwrap();
    let mut writer = Writer::new(options(folder.path()), recovered).unwrap();
    let error = append(&mut writer, &[vec![1; 5_000]])
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "a group of 5072 bytes does not fit a segment of 4096"
    );
    append(&mut writer, &[vec![1; 500]]).unwrap();
    assert_eq!(read(folder.path()).unwrap().0, [[vec![1; 500]]]);
}

/// A medium whose next write or synchronisation can be made to fail.
struct Failing {
    file: File,
    write_fails: Arc<AtomicBool>,
    sync_fails: Arc<AtomicBool>,
}

impl Medium for Failing {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self.write_fails.swap(false, Ordering::SeqCst) {
            let half = bytes.len() / 2;
            self.file.write_all_at(&bytes[..half], offset)?;
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        self.file.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        if self.sync_fails.swap(false, Ordering::SeqCst) {
            return Err(io::Error::other("the disk is gone"));
        }
        self.file.sync_data()
    }
}

/// A failed synchronisation is never tried again: the writer stays closed until the medium is read.
#[test]
fn after_a_failed_write_or_synchronisation_nothing_is_acknowledged_until_a_new_start() {
    for write_fails in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let flags: [Arc<AtomicBool>; 2] = Default::default();
        let [on_write, on_sync] = flags.clone();
        let mut options = options(folder.path());
        options.open = Box::new(move |file| {
            Box::new(Failing {
                file,
                write_fails: Arc::clone(&on_write),
                sync_fails: Arc::clone(&on_sync),
            })
        });
        let groups = some_groups(3);
        let (_, recovered) = read(folder.path()).unwrap();
        let mut writer = Writer::new(options, recovered).unwrap();
        append(&mut writer, &groups[0]).unwrap();
        flags[usize::from(!write_fails)].store(true, Ordering::SeqCst);
        assert!(matches!(
            append(&mut writer, &groups[1]),
            Err(WalError::Io { .. })
        ));
        for _ in 0..2 {
            assert!(matches!(
                append(&mut writer, &groups[1]),
                Err(WalError::Closed)
            ));
        }
        drop(writer);
        let (found, recovered) = read(folder.path()).unwrap();
        assert_eq!(found, groups[..found.len()]);
        assert_eq!(found.len(), if write_fails { 1 } else { 2 });
        let mut writer = Writer::new(self::options(folder.path()), recovered).unwrap();
        append(&mut writer, &groups[2]).unwrap();
        assert_eq!(read(folder.path()).unwrap().0.last(), Some(&groups[2]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is written over the end after a cut, what is read is a beginning of what was written.
    #[test]
    fn recovery_never_invents_a_group(
        count in 1_usize..30,
        cut in 0.0_f64..1.0,
        garbage in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let groups = some_groups(count);
        let places = write(folder.path(), &groups);
        let last = places[count - 1];
        let path = segment::path_of(folder.path(), last.segment);
        let mut bytes = fs::read(&path).unwrap();
        let written = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        let from = last.offset as usize + ((written - last.offset as usize) as f64 * cut) as usize;
        bytes[from..].fill(0);
        let end = (from + garbage.len()).min(bytes.len());
        bytes[from..end].copy_from_slice(&garbage[..end - from]);
        fs::write(&path, &bytes).unwrap();
        let (found, _) = read(folder.path()).unwrap();
        prop_assert!(found.len() + 1 >= count);
        prop_assert_eq!(&found[..], &groups[..found.len()]);
        let (again, recovered) = read(folder.path()).unwrap();
        prop_assert_eq!((again, recovered.dropped), (found, 0));
    }
}
