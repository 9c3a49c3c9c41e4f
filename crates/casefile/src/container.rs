//! The container: a zip archive (APPNOTE 6.3.10) in which members are stored, not compressed, in one fixed form.
//!
//! Any unpacker reads it. Reading here is strict: what is not exactly what [`Members::write`] makes of the members is
//! refused, so no byte of the file is without meaning, and the same members make the same bytes.

use std::collections::BTreeMap;

/// Bytes of a bundle at most; offsets are 32 bits wide.
const BYTES_MAX: usize = 1 << 30;
/// Members at most.
const MEMBERS_MAX: usize = 50_000;
/// 1980-01-01 00:00, the first time that a zip archive can say; times are in the manifest.
const DATE: u16 = 0x21;
/// Names are UTF-8.
const FLAGS: u16 = 0x800;
const VERSION: u16 = 20;
const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const LOCAL_BYTES: usize = 30;

/// The members of a bundle by their paths.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Members(pub BTreeMap<String, Vec<u8>>);

/// Why bytes are no bundle.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ContainerError {
    /// Too much for one bundle.
    #[error("a bundle has at most {MEMBERS_MAX} members and {BYTES_MAX} bytes")]
    Size,
    /// No archive of this form.
    #[error("byte {at} of the archive, {place}: {wrong}")]
    Form {
        /// Where.
        at: usize,
        /// In which part.
        place: String,
        /// What is wrong.
        wrong: String,
    },
    /// A member whose content is not the one that was written.
    #[error("{member}: its checksum is {found:08x}, the archive says {said:08x}")]
    Checksum {
        /// Which.
        member: String,
        /// The checksum of what is there.
        found: u32,
        /// The one that was written.
        said: u32,
    },
}

impl Members {
    /// The bytes of the archive.
    ///
    /// # Errors
    ///
    /// When there is too much for one.
    pub fn write(&self) -> Result<Vec<u8>, ContainerError> {
        if self.0.len() > MEMBERS_MAX {
            return Err(ContainerError::Size);
        }
        let (mut bytes, mut central) = (Vec::new(), Vec::new());
        for (name, content) in &self.0 {
            let at = bytes.len();
            if at + content.len() + central.len() > BYTES_MAX || name.len() > 1_000 {
                return Err(ContainerError::Size);
            }
            let head = head(name, content);
            put(&mut bytes, &LOCAL.to_le_bytes());
            put(&mut bytes, &head);
            put(&mut bytes, name.as_bytes());
            put(&mut bytes, content);
            put(&mut central, &CENTRAL.to_le_bytes());
            put(&mut central, &VERSION.to_le_bytes());
            put(&mut central, &head);
            // No comment, first disk, no attributes.
            put(&mut central, &[0; 10]);
            put(&mut central, &(at as u32).to_le_bytes());
            put(&mut central, name.as_bytes());
        }
        let (count, at) = (self.0.len() as u16, bytes.len() as u32);
        put(&mut bytes, &central);
        put(&mut bytes, &END.to_le_bytes());
        put(&mut bytes, &[0; 4]);
        put(&mut bytes, &count.to_le_bytes());
        put(&mut bytes, &count.to_le_bytes());
        put(&mut bytes, &(central.len() as u32).to_le_bytes());
        put(&mut bytes, &at.to_le_bytes());
        put(&mut bytes, &[0; 2]);
        Ok(bytes)
    }

    /// Reads an archive in the one form.
    ///
    /// # Errors
    ///
    /// Names the member, or the part of the archive, that is not as it was written.
    pub fn read(bytes: &[u8]) -> Result<Self, ContainerError> {
        if bytes.len() > BYTES_MAX + (BYTES_MAX >> 2) {
            return Err(ContainerError::Size);
        }
        let mut members = Self::default();
        let mut at = 0;
        while bytes.get(at..at + 4) == Some(&LOCAL.to_le_bytes()) {
            let (name, content) = member(bytes, at)?;
            at += LOCAL_BYTES + name.len() + content.len();
            let is_next = members
                .0
                .last_key_value()
                .is_none_or(|(last, _)| *last < name);
            if !is_next || members.0.len() >= MEMBERS_MAX {
                let wrong = "members must be in the order of their names, each once".to_owned();
                return Err(form(at, &name, wrong));
            }
            members.0.insert(name, content.to_vec());
        }
        // The directory and the end follow from the members alone.
        let right = members.write()?;
        let differs = bytes
            .iter()
            .zip(&right)
            .position(|(found, right)| found != right);
        match differs {
            Some(place) => {
                let wrong = "is not what its members make".to_owned();
                Err(form(place, &members.part(place, at), wrong))
            }
            None if bytes.len() != right.len() => {
                let wrong = format!("{} bytes are there, {} are right", bytes.len(), right.len());
                Err(form(bytes.len().min(right.len()), "the end", wrong))
            }
            None => Ok(members),
        }
    }

    /// In which part a byte lies; the directory begins at `directory`.
    fn part(&self, place: usize, directory: usize) -> String {
        let mut end = 0;
        for (name, content) in &self.0 {
            end += LOCAL_BYTES + name.len() + content.len();
            if place < end {
                return format!("head of {name}");
            }
        }
        if place < directory {
            "between the members".to_owned()
        } else {
            "the directory".to_owned()
        }
    }
}

/// The 26 bytes that stand before a member and in the directory alike.
fn head(name: &str, content: &[u8]) -> Vec<u8> {
    let mut head = Vec::with_capacity(26);
    put(&mut head, &VERSION.to_le_bytes());
    put(&mut head, &FLAGS.to_le_bytes());
    put(&mut head, &[0; 4]);
    put(&mut head, &DATE.to_le_bytes());
    put(&mut head, &crc32fast::hash(content).to_le_bytes());
    put(&mut head, &(content.len() as u32).to_le_bytes());
    put(&mut head, &(content.len() as u32).to_le_bytes());
    put(&mut head, &(name.len() as u16).to_le_bytes());
    put(&mut head, &[0; 2]);
    head
}

/// Name and content of the member at a place, its checksum compared.
fn member(bytes: &[u8], at: usize) -> Result<(String, &[u8]), ContainerError> {
    let short = || form(at, "a member", "the file ends within it".to_owned());
    let head = bytes.get(at..at + LOCAL_BYTES).ok_or_else(short)?;
    let number = |from: usize| {
        let four = head
            .get(from..from + 4)
            .and_then(|four| four.try_into().ok());
        four.map_or(0, u32::from_le_bytes)
    };
    let (said, length) = (number(14), number(18) as usize);
    let name_bytes = usize::from(u16::from_le_bytes([head[26], head[27]]));
    let name_at = at + LOCAL_BYTES;
    let name = bytes.get(name_at..name_at + name_bytes).ok_or_else(short)?;
    let name = std::str::from_utf8(name);
    let name = name.map_err(|_| form(name_at, "a member", "its name is no text".to_owned()))?;
    let from = name_at + name_bytes;
    let content = from
        .checked_add(length)
        .and_then(|end| bytes.get(from..end));
    let content = content.ok_or_else(|| {
        form(
            at,
            &format!("head of {name}"),
            "its length is more than there is".to_owned(),
        )
    })?;
    let found = crc32fast::hash(content);
    if found != said {
        let member = name.to_owned();
        return Err(ContainerError::Checksum {
            member,
            found,
            said,
        });
    }
    Ok((name.to_owned(), content))
}

fn put(bytes: &mut Vec<u8>, more: &[u8]) {
    bytes.extend_from_slice(more);
}

fn form(at: usize, place: &str, wrong: String) -> ContainerError {
    let place = place.to_owned();
    ContainerError::Form { at, place, wrong }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Members {
        let members = [
            ("a/b.txt", &b"content"[..]),
            ("c", b""),
            ("index.html", "页".as_bytes()),
        ];
        let members = members.map(|(name, content)| (name.to_owned(), content.to_vec()));
        Members(members.into())
    }

    #[test]
    fn members_come_back_and_every_changed_cut_or_added_byte_is_refused() {
        let bytes = example().write().unwrap();
        assert_eq!(Members::read(&bytes).unwrap(), example());
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert!(Members::read(&changed).is_err(), "byte {at}, bit {bit}");
            }
            assert!(Members::read(&bytes[..at]).is_err(), "length {at}");
        }
        assert!(Members::read(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn a_changed_member_is_named() {
        let bytes = example().write().unwrap();
        let at = bytes
            .windows(7)
            .position(|part| part == b"content")
            .unwrap();
        let mut changed = bytes;
        changed[at] ^= 1;
        let said = Members::read(&changed).unwrap_err().to_string();
        assert!(said.starts_with("a/b.txt: its checksum"), "{said}");
    }
}
