//! Frames: the smallest unit of the write-ahead log, each with a checksum that covers its place.

/// Frames begin at multiples of this.
pub(super) const ALIGNMENT: u64 = 8;
/// Length, checksum, type, zero, log number and group.
pub(super) const HEAD_BYTES: usize = 16;

/// What a frame holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FrameKind {
    /// An entry: its index in its log (u64), then the leaf record.
    Leaf,
    /// The end of a group: number of its frames before this (u32), then the chain value.
    GroupEnd,
    /// The end of a segment: the chain value so far.
    SegmentEnd,
    /// A sealed body of the leaf before it.
    Body,
    /// The engine's time moved without an entry: milliseconds since 1970 (u64).
    Tick,
}

impl FrameKind {
    const ALL: [Self; 5] = [
        Self::Leaf,
        Self::GroupEnd,
        Self::SegmentEnd,
        Self::Body,
        Self::Tick,
    ];

    fn code(self) -> u8 {
        match self {
            Self::Leaf => 1,
            Self::GroupEnd => 2,
            Self::SegmentEnd => 3,
            Self::Body => 4,
            Self::Tick => 5,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'b> {
    /// What it holds.
    pub kind: FrameKind,
    /// Number of the log it belongs to; 0 where it belongs to none.
    pub log: u16,
    /// Its group, counted from the segment's first.
    pub group: u32,
    /// The content.
    pub payload: &'b [u8],
}

/// Why bytes are no frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FrameFault {
    /// Zeros: nothing was written here.
    #[error("nothing is written here")]
    Nothing,
    /// The frame would reach past the segment.
    #[error("a frame of {length} bytes does not fit the rest of the segment")]
    Length {
        /// What its length field says.
        length: u32,
    },
    /// The checksum belongs to other bytes, or to another place.
    #[error("the checksum is {given:08x}, the bytes at this place have {computed:08x}")]
    Checksum {
        /// What stands there.
        given: u32,
        /// What would be right.
        computed: u32,
    },
    /// A type that is not known.
    #[error("frame type {code} is not known")]
    Kind {
        /// The code.
        code: u8,
    },
    /// Something other than zeros fills the frame up.
    #[error("the frame is not filled up with zeros")]
    Padding,
}

impl<'b> Frame<'b> {
    /// Bytes of a frame with a payload of this length, with its padding.
    #[must_use]
    pub const fn bytes(payload: usize) -> u64 {
        ((HEAD_BYTES + payload) as u64).next_multiple_of(ALIGNMENT)
    }

    /// Writes the frame for this place.
    pub(super) fn write(&self, segment: u64, offset: u64, out: &mut Vec<u8>) {
        let start = out.len();
        let length = (self.payload.len() as u32).to_le_bytes();
        out.extend(length);
        out.extend([0; 4]);
        out.extend([self.kind.code(), 0]);
        out.extend(self.log.to_le_bytes());
        out.extend(self.group.to_le_bytes());
        out.extend(self.payload);
        let checksum = checksum(segment, offset, length, &out[start + 8..]);
        out[start + 4..start + 8].copy_from_slice(&checksum.to_le_bytes());
        out.resize(start + Self::bytes(self.payload.len()) as usize, 0);
    }

    /// Reads the frame that begins at `offset` of this segment, and where the next one begins.
    ///
    /// # Errors
    ///
    /// See [`FrameFault`].
    pub fn read(segment: u64, bytes: &'b [u8], offset: u64) -> Result<(Self, u64), FrameFault> {
        let rest = bytes.get(offset as usize..).unwrap_or_default();
        Self::read_alone(segment, rest, offset)
    }

    /// As [`Frame::read`], from bytes that begin with the frame which stands at `offset`.
    ///
    /// # Errors
    ///
    /// See [`FrameFault`].
    pub fn read_alone(
        segment: u64,
        rest: &'b [u8],
        offset: u64,
    ) -> Result<(Self, u64), FrameFault> {
        let Some((head, content)) = rest.split_first_chunk::<HEAD_BYTES>() else {
            return Err(FrameFault::Nothing);
        };
        if *head == [0; HEAD_BYTES] {
            return Err(FrameFault::Nothing);
        }
        let [
            l0,
            l1,
            l2,
            l3,
            c0,
            c1,
            c2,
            c3,
            code,
            zero,
            n0,
            n1,
            g0,
            g1,
            g2,
            g3,
        ] = *head;
        let length = [l0, l1, l2, l3];
        let payload_bytes = u32::from_le_bytes(length);
        let padded = Self::bytes(payload_bytes as usize) as usize;
        if padded > rest.len() {
            return Err(FrameFault::Length {
                length: payload_bytes,
            });
        }
        let (payload, padding) = content[..padded - HEAD_BYTES].split_at(payload_bytes as usize);
        let given = u32::from_le_bytes([c0, c1, c2, c3]);
        let covered = &rest[8..HEAD_BYTES + payload.len()];
        let computed = checksum(segment, offset, length, covered);
        if given != computed {
            return Err(FrameFault::Checksum { given, computed });
        }
        if zero != 0 || padding.iter().any(|byte| *byte != 0) {
            return Err(FrameFault::Padding);
        }
        let frame = Self {
            kind: FrameKind::from_code(code).ok_or(FrameFault::Kind { code })?,
            log: u16::from_le_bytes([n0, n1]),
            group: u32::from_le_bytes([g0, g1, g2, g3]),
            payload,
        };
        Ok((frame, offset + padded as u64))
    }
}

/// CRC-32C over the place, the length and all that follows the checksum: a frame that was moved fails.
fn checksum(segment: u64, offset: u64, length: [u8; 4], covered: &[u8]) -> u32 {
    let place = crc32c::crc32c(&segment.to_le_bytes());
    let place = crc32c::crc32c_append(place, &offset.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(place, &length), covered)
}
