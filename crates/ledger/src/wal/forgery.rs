//! What somebody could do who has the folder and this program: change frames and make all checksums and chain values
//! anew. For tests of what still shows it.

use std::fs;
use std::path::Path;

use cage_proof::Hash;

use super::frame::{Frame, FrameKind};
use super::scan::chained;
use super::segment::{HEADER_BYTES, numbers_in, path_of};

/// Rewrites all segments of a folder with payloads changed, so that they verify.
pub(crate) fn forge(folder: &Path, mut change: impl FnMut(u64, FrameKind, &mut Vec<u8>)) {
    let mut chain = Hash([0; 32]);
    for number in numbers_in(folder).unwrap() {
        let path = path_of(folder, number);
        let whole = fs::read(&path).unwrap();
        let mut forged = whole[..HEADER_BYTES as usize].to_vec();
        let (mut offset, mut group_from) = (HEADER_BYTES, HEADER_BYTES as usize);
        while let Ok((frame, next)) = Frame::read(number, &whole, offset) {
            let mut payload = frame.payload.to_vec();
            match frame.kind {
                FrameKind::GroupEnd => {
                    chain = chained(chain, &forged[group_from..]);
                    payload[4..].copy_from_slice(&chain.0);
                }
                FrameKind::SegmentEnd => payload.copy_from_slice(&chain.0),
                kind => change(number, kind, &mut payload),
            }
            assert_eq!(payload.len(), frame.payload.len());
            let frame = Frame {
                payload: &payload,
                ..frame
            };
            frame.write(number, offset, &mut forged);
            if frame.kind == FrameKind::GroupEnd {
                group_from = forged.len();
            }
            offset = next;
        }
        forged.resize(whole.len(), 0);
        fs::write(&path, forged).unwrap();
    }
}
