//! Where an object's events lie: numbers near each other, in one to three bytes each.

use serde::{Deserialize, Serialize};

/// Positions in the order in which they were added.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Positions {
    /// Differences from each to the next, zigzag, seven bits a byte, the lowest first.
    #[serde(with = "bytes")]
    differences: Vec<u8>,
    end: End,
}

/// How far a list of positions reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct End {
    bytes: u32,
    /// How many there are.
    pub(super) events: u32,
    /// The last of them.
    last: u64,
}

impl Positions {
    /// Adds one.
    pub(super) fn push(&mut self, position: u64) {
        let difference = position.wrapping_sub(self.end.last) as i64;
        let mut rest = ((difference << 1) ^ (difference >> 63)) as u64;
        while rest >= 0x80 {
            self.differences.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.differences.push(rest as u8);
        self.end = End {
            bytes: self.differences.len() as u32,
            events: self.end.events + 1,
            last: position,
        };
    }

    /// How far they reach now.
    pub(super) const fn end(&self) -> End {
        self.end
    }

    /// Those behind an end that they had before.
    pub(super) fn after(&self, end: End) -> impl Iterator<Item = u64> {
        let mut bytes = self.differences.get(end.bytes as usize..).unwrap_or(&[]);
        let mut last = end.last;
        std::iter::from_fn(move || {
            let (difference, rest) = first(bytes)?;
            bytes = rest;
            last = last.wrapping_add(difference as u64);
            Some(last)
        })
    }

    /// Forgets those behind an end that they had before.
    pub(super) fn truncate(&mut self, end: End) {
        self.differences.truncate(end.bytes as usize);
        self.end = end;
    }

    /// Whether they reach as far as they say.
    pub(super) fn is_sound(&self) -> bool {
        let count = self.after(End::default()).count();
        let last = self.after(End::default()).last().unwrap_or(0);
        self.end.bytes as usize == self.differences.len()
            && count == self.end.events as usize
            && last == self.end.last
            && self.differences.last().is_none_or(|byte| *byte < 0x80)
    }

    /// Whether they once reached this far.
    pub(super) fn holds(&self, end: End) -> bool {
        let before = self.differences.get(..end.bytes as usize);
        before.is_some_and(|before| {
            let before = Self {
                differences: before.to_vec(),
                end,
            };
            before.is_sound()
        })
    }

    /// Bytes held beyond the list itself.
    pub(super) fn bytes(&self) -> usize {
        self.differences.capacity()
    }
}

impl End {
    /// Whether it is reached after another.
    pub(super) const fn follows(self, before: Self) -> bool {
        self.bytes >= before.bytes && self.events >= before.events
    }
}

/// The first number of some bytes, and the bytes behind it.
fn first(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let length = 1 + bytes.iter().position(|byte| *byte < 0x80)?;
    let (number, rest) = bytes.split_at(length);
    let mut zigzag = 0u64;
    for byte in number.iter().rev() {
        zigzag = zigzag << 7 | u64::from(byte & 0x7f);
    }
    Some(((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64), rest))
}

/// Bytes as one run instead of many numbers.
pub(super) mod bytes {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::live) fn serialize<S: Serializer>(
        bytes: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(in crate::live) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        <&[u8]>::deserialize(deserializer).map(<[u8]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn positions_come_back(
            positions in prop::collection::vec(prop_oneof![0u64..300, any::<u64>()], 0..40),
            cut in any::<prop::sample::Index>(),
        ) {
            let cut = cut.index(positions.len() + 1);
            let mut kept = Positions::default();
            positions[..cut].iter().for_each(|position| kept.push(*position));
            let (end, before) = (kept.end(), kept.clone());
            positions[cut..].iter().for_each(|position| kept.push(*position));
            prop_assert!(kept.is_sound() && kept.holds(end));
            let all: Vec<u64> = kept.after(End::default()).collect();
            let rest: Vec<u64> = kept.after(end).collect();
            prop_assert_eq!(&all[..], &positions[..]);
            prop_assert_eq!(&rest[..], &positions[cut..]);
            kept.truncate(end);
            prop_assert_eq!(kept, before);
        }
    }
}
