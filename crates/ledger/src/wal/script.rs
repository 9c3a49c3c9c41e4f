//! Segments by a script, for the fuzz targets: frames in any order and with any content, whose checksums hold, so that what
//! reads them is reached behind the checksums. No part of the interface; no service uses it.

use cage_proof::Hash;

use super::frame::{Frame, FrameKind};
use super::scan::chained;
use super::segment::{HEADER_BYTES, SegmentHeader};

/// Bytes of a segment that a script makes.
pub const SCRIPTED_BYTES: u64 = 16 << 10;

/// The only segment of a node. The script begins with the number of its first group (8 bytes); each frame has a kind, a
/// log, a distance to the group in hand, and a length (a byte each), then its payload. Kinds 6 and 7 end group and segment
/// as they must be ended.
#[must_use]
pub fn scripted_segment(node: [u8; 16], script: &[u8]) -> Vec<u8> {
    let (first_group, mut script) = script.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    let header = SegmentHeader {
        node,
        number: 0,
        first_group: u64::from_le_bytes(*first_group),
        created: 0,
        bytes: SCRIPTED_BYTES,
    };
    let mut bytes = header.encode().to_vec();
    let (mut chain, mut group, mut begins, mut frames) = (Hash([0; 32]), 0_u32, bytes.len(), 0_u32);
    while let Some(([kind, log, distance, length], rest)) = script.split_first_chunk::<4>() {
        let (payload, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        script = rest;
        let mut end = Vec::new();
        let (kind, payload) = match kind % 8 {
            0 | 1 => (FrameKind::Leaf, payload),
            2 => (FrameKind::GroupEnd, payload),
            3 => (FrameKind::SegmentEnd, payload),
            4 => (FrameKind::Body, payload),
            5 => (FrameKind::Tick, payload),
            6 => {
                chain = chained(chain, &bytes[begins..]);
                end.extend(frames.to_le_bytes());
                end.extend(chain.0);
                (FrameKind::GroupEnd, end.as_slice())
            }
            _ => (FrameKind::SegmentEnd, chain.0.as_slice()),
        };
        if bytes.len() as u64 + Frame::bytes(payload.len()) > SCRIPTED_BYTES {
            break;
        }
        let frame = Frame {
            kind,
            log: u16::from(*log),
            group: group.wrapping_add_signed(i32::from(distance.cast_signed())),
            payload,
        };
        let offset = bytes.len() as u64;
        frame.write(header.number, offset, &mut bytes);
        frames += 1;
        if kind == FrameKind::GroupEnd {
            (group, begins, frames) = (group.wrapping_add(1), bytes.len(), 0);
        }
    }
    debug_assert!(bytes.len() as u64 >= HEADER_BYTES);
    bytes.resize(SCRIPTED_BYTES as usize, 0);
    bytes
}
