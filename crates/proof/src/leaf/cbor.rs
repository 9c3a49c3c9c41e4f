//! The few forms of CBOR (RFC 8949) that leaf records use, in the deterministic encoding of section 4.2:
//! shortest lengths, definite lengths, nothing else.

use super::LeafError;

const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;

pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(128))
    }

    pub(super) fn start_array(&mut self, fields: u64) {
        self.head(ARRAY, fields);
    }

    pub(super) fn number(&mut self, number: u64) {
        self.head(UNSIGNED, number);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.head(BYTES, bytes.len() as u64);
        self.0.extend(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.head(TEXT, text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn head(&mut self, major: u8, number: u64) {
        let major = major << 5;
        let bytes = number.to_be_bytes();
        match number {
            0..24 => self.0.push(major | bytes[7]),
            24..0x100 => self.0.extend([major | 24, bytes[7]]),
            0x100..0x1_0000 => self.0.extend([major | 25, bytes[6], bytes[7]]),
            0x1_0000..0x1_0000_0000 => {
                self.0.push(major | 26);
                self.0.extend(&bytes[4..]);
            }
            _ => {
                self.0.push(major | 27);
                self.0.extend(bytes);
            }
        }
    }
}

pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn array(
        &mut self,
        field: &'static str,
        wanted: &'static str,
    ) -> Result<u64, LeafError> {
        self.head(ARRAY, field, wanted)
    }

    pub(super) fn number(&mut self, field: &'static str) -> Result<u64, LeafError> {
        self.head(UNSIGNED, field, "an unsigned number in its shortest form")
    }

    pub(super) fn bytes<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], LeafError> {
        let at = self.at;
        let wanted = match N {
            8 => "8 bytes",
            16 => "16 bytes",
            _ => "32 bytes",
        };
        let length = self.head(BYTES, field, wanted)?;
        let wrong = LeafError::Field { field, at, wanted };
        let found = self.bytes[self.at..].first_chunk::<N>();
        let bytes = found.filter(|_| length == N as u64).ok_or(wrong)?;
        self.at += N;
        Ok(*bytes)
    }

    pub(super) fn text(&mut self, field: &'static str) -> Result<&'b str, LeafError> {
        let at = self.at;
        let wanted = "a text";
        let wrong = || LeafError::Field { field, at, wanted };
        let length = self.head(TEXT, field, wanted)?;
        let length = usize::try_from(length).map_err(|_| wrong())?;
        let end = self.at.checked_add(length).ok_or_else(wrong)?;
        let bytes = self.bytes.get(self.at..end).ok_or_else(wrong)?;
        self.at = end;
        std::str::from_utf8(bytes).map_err(|_| wrong())
    }

    pub(super) fn end(&self) -> Result<(), LeafError> {
        if self.at == self.bytes.len() {
            return Ok(());
        }
        Err(LeafError::Rest { at: self.at })
    }

    /// Major type and number; the number must be written in its shortest form.
    fn head(
        &mut self,
        major: u8,
        field: &'static str,
        wanted: &'static str,
    ) -> Result<u64, LeafError> {
        let at = self.at;
        let wrong = LeafError::Field { field, at, wanted };
        let (first, rest) = self.bytes[at..].split_first().ok_or(wrong.clone())?;
        let (number, length) = match (first & 0x1f, rest) {
            (short @ 0..24, _) => (u64::from(short), 0),
            (24, [one, ..]) if *one >= 24 => (u64::from(*one), 1),
            (25, [a, b, ..]) => (u64::from(u16::from_be_bytes([*a, *b])), 2),
            (26, [a, b, c, d, ..]) => (u64::from(u32::from_be_bytes([*a, *b, *c, *d])), 4),
            (27, [a, b, c, d, e, f, g, h, ..]) => {
                (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), 8)
            }
            _ => return Err(wrong),
        };
        let shortest = match length {
            2 => number > u64::from(u8::MAX),
            4 => number > u64::from(u16::MAX),
            8 => number > u64::from(u32::MAX),
            _ => true,
        };
        if first >> 5 != major || !shortest {
            return Err(wrong);
        }
        self.at += 1 + length;
        Ok(number)
    }
}
