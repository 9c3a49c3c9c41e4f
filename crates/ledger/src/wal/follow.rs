//! Reading the write-ahead log while another process may be writing it: whole groups alone, nothing changed.
//!
//! What is being written looks unfinished, and that is no fault here: reading stops before it. Damage is
//! what does not verify although something later does, read again to be sure that it was not only late.

use std::path::Path;

use super::WalError;
use super::recover::{TakeUp, damaged, first_chain, has_a_frame_at, header_of, known, later_frame};
use super::scan::{Scanned, beginning, scan_on};
use super::segment::{HEADER_BYTES, SegmentHeader, io_error, numbers_in, path_of};

/// How often something that looks damaged is read before it is called so: a writer may have been between two pages.
const READINGS: usize = 3;

/// How far a log was read.
pub type ReadTo = Option<(SegmentHeader, Scanned)>;

/// Hands every whole group behind `read_to` to `taking` and moves it on. An ended segment of which nothing was read is
/// passed over where it is known, as in [`recover`](super::recover).
///
/// # Errors
///
/// When a file cannot be read, segments are missing, or something that was acknowledged is damaged.
pub fn read_on<T: TakeUp>(
    folder: &Path,
    node: [u8; 16],
    read_to: &mut ReadTo,
    taking: &mut T,
) -> Result<(), T::Error> {
    let mut readings = 0;
    loop {
        let numbers = numbers_in(folder)?;
        let Some(number) = next_segment(folder, &numbers, read_to)? else {
            return Ok(());
        };
        let path = path_of(folder, number);
        let failed = |error| io_error("read", &path, error);
        let follows = numbers.contains(&(number + 1))
            && has_a_frame_at(&path_of(folder, number + 1), HEADER_BYTES).map_err(failed)?;
        let offset = match read_to {
            Some((header, scanned)) if header.number == number => scanned.offset,
            _ => HEADER_BYTES,
        };
        if follows
            && offset == HEADER_BYTES
            && let Some((header, end)) = known(
                &path,
                node,
                (number, read_to.map(|(_, before)| before.group)),
                taking,
            )?
        {
            taking.pass(&end)?;
            *read_to = Some((header, Scanned::at_end(&end)));
            continue;
        }
        if !follows && !has_a_frame_at(&path, offset).map_err(failed)? {
            // It is being made, or nothing more was written to it yet.
            return Ok(());
        }
        let bytes = std::fs::read(&path).map_err(failed)?;
        let (header, from) = begun(&path, &bytes, node, number, (&numbers, read_to))?;
        let scanned = scan_on(&header, &bytes, from, |group| taking.group(&header, group))?;
        let fault = None;
        *read_to = Some((header, Scanned { fault, ..scanned }));
        if scanned.ended && scanned.fault.is_none() {
            if let Some(end) = scanned.end(number) {
                taking.ended(&end)?;
            }
            readings = 0;
            continue;
        }
        if !scanned.ended && !follows && !later_frame(&header, &bytes, &scanned) {
            return Ok(());
        }
        readings += 1;
        if readings == READINGS {
            return Err(damaged(path, &scanned).into());
        }
    }
}

/// The segment that comes next, if it is there.
fn next_segment(folder: &Path, numbers: &[u64], read_to: &ReadTo) -> Result<Option<u64>, WalError> {
    let wanted = match read_to {
        Some((header, scanned)) => header.number + u64::from(scanned.ended),
        None => numbers.first().copied().unwrap_or(0),
    };
    match numbers.iter().copied().find(|number| *number >= wanted) {
        Some(found) if found != wanted => Err(WalError::Gap {
            folder: folder.to_owned(),
            wanted,
            found,
        }),
        found => Ok(found),
    }
}

/// The header of a segment and where to read on in it.
fn begun(
    path: &Path,
    bytes: &[u8],
    node: [u8; 16],
    number: u64,
    (numbers, read_to): (&[u64], &ReadTo),
) -> Result<(SegmentHeader, Scanned), WalError> {
    if let Some((header, scanned)) = read_to
        && header.number == number
    {
        return Ok((*header, *scanned));
    }
    let (next_group, chain) = match read_to {
        Some((_, scanned)) => (Some(scanned.group), scanned.chain),
        None => (None, first_chain(numbers)),
    };
    let header = header_of(bytes, node, number, next_group);
    let header = header.map_err(|fault| WalError::Segment {
        path: path.to_owned(),
        fault,
    })?;
    Ok((header, beginning(&header, chain)))
}
