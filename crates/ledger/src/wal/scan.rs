//! Reading the groups of one segment, in order and completely verified.

use cage_proof::Hash;
use sha2::{Digest, Sha256};

use super::frame::{Frame, FrameFault, FrameKind};
use super::recover::SegmentEnd;
use super::segment::{HEADER_BYTES, SegmentHeader};

/// Why a group does not verify.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ScanFault {
    /// One of its frames.
    #[error("frame at byte {offset}: {fault}")]
    Frame {
        /// Where the frame begins.
        offset: u64,
        /// What is wrong.
        fault: FrameFault,
    },
    /// A frame of another group.
    #[error("frame at byte {offset} is of group {found}")]
    Group {
        /// Where the frame begins.
        offset: u64,
        /// The group it names.
        found: u64,
    },
    /// The end of the group counts other frames.
    #[error("the group ends at byte {offset} with another number of frames than it has")]
    Count {
        /// Where the end begins.
        offset: u64,
    },
    /// The chain over all groups is broken.
    #[error("the chain value at byte {offset} does not follow from the groups before")]
    Chain {
        /// Where the frame with the value begins.
        offset: u64,
    },
    /// A segment end within a group.
    #[error("the segment ends at byte {offset} within a group")]
    Ends {
        /// Where the frame begins.
        offset: u64,
    },
}

/// A group that verified.
#[derive(Clone, Debug)]
pub struct Group<'b> {
    /// Its number over all segments.
    pub number: u64,
    /// Where its first frame begins.
    pub offset: u64,
    /// Its frames without the end.
    pub frames: Vec<Frame<'b>>,
}

/// What a segment holds up to where it stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scanned {
    /// Where the next group would begin.
    pub offset: u64,
    /// Its number over all segments.
    pub group: u64,
    /// Chain value over all groups so far; `None` when nothing said where the chain stands.
    pub chain: Option<Hash>,
    /// Whether the segment was ended in order: the next group is in the next segment.
    pub ended: bool,
    /// Why it stops there, if something is written behind.
    pub fault: Option<ScanFault>,
}

impl Scanned {
    /// Where a segment stops that is known to end here.
    pub(super) fn at_end(end: &SegmentEnd) -> Self {
        Self {
            offset: end.offset + Frame::bytes(Hash::BYTES),
            group: end.next_group,
            chain: Some(end.chain),
            ended: true,
            fault: None,
        }
    }

    /// Where the segment was ended, if it was.
    pub(crate) fn end(&self, segment: u64) -> Option<SegmentEnd> {
        let chain = self.chain.filter(|_| self.ended)?;
        Some(SegmentEnd {
            segment,
            offset: self.offset - Frame::bytes(Hash::BYTES),
            next_group: self.group,
            chain,
        })
    }
}

/// Reads the groups of a segment and hands each that verifies to `take`. `chain` is the value at the
/// segment's start; where it is not known (the segments before are gone), the first value that
/// the segment itself gives is believed.
pub fn scan<'b, E>(
    header: &SegmentHeader,
    bytes: &'b [u8],
    chain: Option<Hash>,
    take: impl FnMut(Group<'b>) -> Result<(), E>,
) -> Result<Scanned, E> {
    scan_on(header, bytes, beginning(header, chain), take)
}

/// Where a segment begins, before anything of it was read.
pub(super) fn beginning(header: &SegmentHeader, chain: Option<Hash>) -> Scanned {
    Scanned {
        offset: HEADER_BYTES,
        group: header.first_group,
        chain,
        ended: false,
        fault: None,
    }
}

/// As [`scan`], from where an earlier reading of the same segment stopped.
pub(super) fn scan_on<'b, E>(
    header: &SegmentHeader,
    bytes: &'b [u8],
    from: Scanned,
    mut take: impl FnMut(Group<'b>) -> Result<(), E>,
) -> Result<Scanned, E> {
    let mut at = from;
    loop {
        match next(header, bytes, &at) {
            Ok(Next::Group(group, after)) => {
                at = after;
                take(group)?;
            }
            Ok(Next::SegmentEnd(after)) => at = after,
            Err(fault) => {
                let rest = bytes.get(at.offset as usize..).unwrap_or_default();
                let written = rest.iter().any(|byte| *byte != 0);
                at.fault = written.then_some(fault);
                return Ok(at);
            }
        }
    }
}

enum Next<'b> {
    Group(Group<'b>, Scanned),
    SegmentEnd(Scanned),
}

fn next<'b>(header: &SegmentHeader, bytes: &'b [u8], at: &Scanned) -> Result<Next<'b>, ScanFault> {
    let mut frames = Vec::new();
    let mut offset = at.offset;
    loop {
        let read = Frame::read(header.number, bytes, offset);
        let (frame, after) = read.map_err(|fault| ScanFault::Frame { offset, fault })?;
        let group = header.first_group + u64::from(frame.group);
        if group != at.group || at.ended {
            return Err(ScanFault::Group {
                offset,
                found: group,
            });
        }
        match frame.kind {
            FrameKind::GroupEnd => {
                let body = &bytes[at.offset as usize..offset as usize];
                let chain = ended_by(&frame, frames.len(), at.chain, body, offset)?;
                let group = Group {
                    number: at.group,
                    offset: at.offset,
                    frames,
                };
                let after = Scanned {
                    offset: after,
                    group: at.group + 1,
                    chain: Some(chain),
                    ..*at
                };
                return Ok(Next::Group(group, after));
            }
            FrameKind::SegmentEnd => {
                let said = Hash::from_slice(frame.payload);
                if !frames.is_empty() {
                    return Err(ScanFault::Ends { offset });
                }
                if said.is_none() || at.chain.is_some_and(|chain| Some(chain) != said) {
                    return Err(ScanFault::Chain { offset });
                }
                let after = Scanned {
                    offset: after,
                    chain: said,
                    ended: true,
                    ..*at
                };
                return Ok(Next::SegmentEnd(after));
            }
            FrameKind::Leaf | FrameKind::Body | FrameKind::Tick => frames.push(frame),
        }
        offset = after;
    }
}

/// The chain value that this end of a group says, if it belongs to the group.
fn ended_by(
    end: &Frame<'_>,
    frames: usize,
    chain: Option<Hash>,
    body: &[u8],
    offset: u64,
) -> Result<Hash, ScanFault> {
    let broken = ScanFault::Chain { offset };
    let (count, said) = end.payload.split_first_chunk::<4>().ok_or(broken)?;
    if u64::from(u32::from_le_bytes(*count)) != frames as u64 || frames == 0 {
        return Err(ScanFault::Count { offset });
    }
    let said = Hash::from_slice(said).ok_or(broken)?;
    match chain {
        Some(chain) if chained(chain, body) != said => Err(broken),
        _ => Ok(said),
    }
}

/// The chain value after a group: SHA-256 of the value before and the group's frames.
pub(super) fn chained(chain: Hash, frames: &[u8]) -> Hash {
    Hash(
        Sha256::new()
            .chain_update(chain.0)
            .chain_update(frames)
            .finalize()
            .into(),
    )
}
