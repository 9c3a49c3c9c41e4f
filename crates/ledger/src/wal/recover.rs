//! Opening the write-ahead log after whatever happened: the torn-tail rule.
//!
//! At a start, the first group that does not verify is dropped, and zeroed, only if no valid frame of a
//! later group exists behind it. Otherwise something that was acknowledged is damaged, and the log
//! stays closed. What is kept is synchronised again, because after a mere kill it may still be in the
//! page cache alone.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use cage_proof::Hash;

use super::WalError;
use super::frame::{ALIGNMENT, Frame, FrameFault, FrameKind, HEAD_BYTES};
use super::scan::{Group, ScanFault, Scanned, scan};
use super::segment::{
    HEADER_BYTES, SegmentFault, SegmentHeader, io_error, numbers_in, path_of, remove,
};

/// A log that is ready to go on.
#[derive(Debug)]
pub struct Recovered {
    /// The last segment and where to go on in it; `None` in an empty folder.
    pub last: Option<(SegmentHeader, PathBuf, File, Scanned)>,
    /// Bytes of a torn group that were dropped; none of it was acknowledged.
    pub dropped: u64,
}

/// Where a segment was ended, and what the next one follows on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SegmentEnd {
    /// Number of the segment.
    pub segment: u64,
    /// Byte of the frame that ends it.
    pub offset: u64,
    /// Number of the next group over all segments.
    pub next_group: u64,
    /// Chain value over all groups so far.
    pub chain: Hash,
}

/// Whoever takes up a log.
pub trait TakeUp {
    /// Why it goes no further.
    type Error: From<WalError>;

    /// Where an ended segment ends, if all that it holds is known without reading it. It is not asked for the last.
    fn known(&mut self, header: &SegmentHeader) -> Option<SegmentEnd>;

    /// What [`TakeUp::known`] said agrees with the segment: it is passed over.
    ///
    /// # Errors
    ///
    /// Ends the recovery.
    fn pass(&mut self, end: &SegmentEnd) -> Result<(), Self::Error>;

    /// A group of a segment that is read.
    ///
    /// # Errors
    ///
    /// Ends the recovery.
    fn group(&mut self, header: &SegmentHeader, group: Group<'_>) -> Result<(), Self::Error>;

    /// A segment was read to its end.
    ///
    /// # Errors
    ///
    /// Ends the recovery.
    fn ended(&mut self, end: &SegmentEnd) -> Result<(), Self::Error>;
}

/// Takes up the segments of a folder in order, then makes the log ready for writing: a torn tail is zeroed, a
/// segment that was made and never used is removed, the last one is synchronised.
///
/// Of a segment that is known only the header, the length and the end are compared; the others are read and
/// verified whole, the last one always.
///
/// # Errors
///
/// When a file cannot be read, when segments are missing, or when something that was acknowledged is
/// damaged; nothing that was written is changed then.
pub fn recover<T: TakeUp>(
    folder: &Path,
    node: [u8; 16],
    taking: &mut T,
) -> Result<Recovered, T::Error> {
    let numbers = used_segments(folder)?;
    let mut chain = first_chain(&numbers);
    let mut next_group = None;
    let mut last = None;
    for (place, number) in numbers.iter().enumerate() {
        let is_last = place + 1 == numbers.len();
        let path = path_of(folder, *number);
        if !is_last && let Some((_, end)) = known(&path, node, (*number, next_group), taking)? {
            taking.pass(&end)?;
            (chain, next_group) = (Some(end.chain), Some(end.next_group));
            continue;
        }
        let bytes = std::fs::read(&path).map_err(|error| io_error("read", &path, error))?;
        let header = header_of(&bytes, node, *number, next_group).map_err(|fault| {
            let path = path.clone();
            WalError::Segment { path, fault }
        })?;
        let scanned = scan(&header, &bytes, chain, |group| taking.group(&header, group))?;
        judge(&path, &header, &bytes, &scanned, is_last)?;
        if let Some(end) = scanned.end(*number) {
            taking.ended(&end)?;
        }
        chain = scanned.chain;
        next_group = Some(scanned.group);
        let torn = written_bytes(&bytes[scanned.offset as usize..]);
        last = Some((header, path, scanned, torn));
    }
    let Some((header, path, mut scanned, dropped)) = last else {
        return Ok(Recovered {
            last: None,
            dropped: 0,
        });
    };
    let file = mend(&path, scanned.offset, dropped)?;
    scanned.fault = None;
    Ok(Recovered {
        last: Some((header, path, file, scanned)),
        dropped,
    })
}

/// The header of a segment and where it ends, if that is known and the segment says the same.
pub(super) fn known<T: TakeUp>(
    path: &Path,
    node: [u8; 16],
    (number, next_group): (u64, Option<u64>),
    taking: &mut T,
) -> Result<Option<(SegmentHeader, SegmentEnd)>, WalError> {
    let failed = |error| io_error("read", path, error);
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut head = [0; HEADER_BYTES as usize];
    let read = file.read_at(&mut head, 0).map_err(failed)?;
    let decoded = SegmentHeader::decode_head(&head[..read], length);
    let Ok(header) = decoded.and_then(|header| continues(header, node, number, next_group)) else {
        // Reading it whole says what is wrong.
        return Ok(None);
    };
    let Some(end) = taking.known(&header) else {
        return Ok(None);
    };
    let mut frame = [0; Frame::bytes(Hash::BYTES) as usize];
    let read = file.read_at(&mut frame, end.offset).map_err(failed)?;
    let said = Frame::read_alone(number, &frame[..read], end.offset);
    let agrees = said.is_ok_and(|(frame, _)| {
        frame.kind == FrameKind::SegmentEnd
            && header.first_group + u64::from(frame.group) == end.next_group
            && frame.payload == end.chain.0
    });
    Ok(agrees.then_some((header, end)))
}

/// The segments from first to last without a hole. One at the end in which nothing was ever written is
/// removed: it was made for a group that did not come.
fn used_segments(folder: &Path) -> Result<Vec<u64>, WalError> {
    let mut numbers = numbers_in(folder)?;
    while let Some(number) = numbers.last() {
        let path = path_of(folder, *number);
        let failed = |error| io_error("read", &path, error);
        if begins_with_a_frame(&path).map_err(failed)? {
            break;
        }
        let bytes = std::fs::read(&path).map_err(failed)?;
        let content = bytes.get(HEADER_BYTES as usize..).unwrap_or_default();
        let whole = SegmentHeader::decode(&bytes).is_ok();
        let headless = bytes
            .iter()
            .take(HEADER_BYTES as usize)
            .all(|byte| *byte == 0);
        if !(whole || headless) || written_bytes(content) > 0 {
            break;
        }
        remove(folder, *number)?;
        numbers.pop();
    }
    for pair in numbers.windows(2) {
        if pair[1] != pair[0] + 1 {
            return Err(WalError::Gap {
                folder: folder.to_owned(),
                wanted: pair[0] + 1,
                found: pair[1],
            });
        }
    }
    Ok(numbers)
}

/// Whether something stands where the first frame begins: then the segment was used, and the rest of it need
/// not be looked at to know that.
fn begins_with_a_frame(path: &Path) -> std::io::Result<bool> {
    has_a_frame_at(path, HEADER_BYTES)
}

/// Whether something is written at this place of a segment.
pub(super) fn has_a_frame_at(path: &Path, offset: u64) -> std::io::Result<bool> {
    let mut head = [0; HEAD_BYTES];
    let read = File::open(path)?.read_at(&mut head, offset)?;
    Ok(head[..read].iter().any(|byte| *byte != 0))
}

/// Whether a segment may stop where it stops: a torn group at the end of the last one, where nothing later
/// was written, or in order.
fn judge(
    path: &Path,
    header: &SegmentHeader,
    bytes: &[u8],
    scanned: &Scanned,
    is_last: bool,
) -> Result<(), WalError> {
    let torn_tail = is_last && !scanned.ended && !later_frame(header, bytes, scanned);
    match scanned.fault {
        None if is_last || scanned.ended => Ok(()),
        Some(_) if torn_tail => Ok(()),
        Some(_) | None => Err(damaged(path.to_owned(), scanned)),
    }
}

/// What is damaged where a scan stopped.
pub(super) fn damaged(path: PathBuf, scanned: &Scanned) -> WalError {
    let cut = ScanFault::Frame {
        offset: scanned.offset,
        fault: FrameFault::Nothing,
    };
    WalError::Damaged {
        path,
        offset: scanned.offset,
        group: scanned.group,
        fault: scanned.fault.unwrap_or(cut),
    }
}

/// Zeroes what a torn group left, and makes all that is kept durable.
fn mend(path: &Path, offset: u64, dropped: u64) -> Result<File, WalError> {
    let opened = OpenOptions::new().read(true).write(true).open(path);
    let file = opened.map_err(|error| io_error("open", path, error))?;
    if dropped > 0 {
        file.write_all_at(&vec![0; dropped as usize], offset)
            .map_err(|error| io_error("clear the torn end of", path, error))?;
    }
    file.sync_all()
        .map_err(|error| io_error("synchronise", path, error))?;
    Ok(file)
}

/// The chain begins with zeros; where the first segment is gone, its value is not known.
pub(super) fn first_chain(numbers: &[u64]) -> Option<Hash> {
    matches!(numbers.first(), None | Some(0)).then_some(Hash([0; 32]))
}

pub(super) fn header_of(
    bytes: &[u8],
    node: [u8; 16],
    number: u64,
    next_group: Option<u64>,
) -> Result<SegmentHeader, SegmentFault> {
    continues(SegmentHeader::decode(bytes)?, node, number, next_group)
}

fn continues(
    header: SegmentHeader,
    node: [u8; 16],
    number: u64,
    next_group: Option<u64>,
) -> Result<SegmentHeader, SegmentFault> {
    if header.node != node {
        return Err(SegmentFault::Node);
    }
    if header.number != number {
        return Err(SegmentFault::Number {
            number: header.number,
        });
    }
    match next_group {
        Some(wanted) if header.first_group != wanted => Err(SegmentFault::FirstGroup {
            found: header.first_group,
            wanted,
        }),
        _ => Ok(header),
    }
}

/// Whether a valid frame of a later group stands behind where the scan stopped.
pub(super) fn later_frame(header: &SegmentHeader, bytes: &[u8], scanned: &Scanned) -> bool {
    let mut offset = scanned.offset;
    while offset < bytes.len() as u64 {
        if let Ok((frame, _)) = Frame::read(header.number, bytes, offset)
            && header.first_group + u64::from(frame.group) > scanned.group
        {
            return true;
        }
        offset += ALIGNMENT;
    }
    false
}

/// Bytes up to the last that is not zero.
fn written_bytes(rest: &[u8]) -> u64 {
    let last = rest.iter().rposition(|byte| *byte != 0);
    last.map_or(0, |last| last as u64 + 1)
}
