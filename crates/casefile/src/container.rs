//! The container: a zip archive (APPNOTE 6.3.10) in which members are stored, not compressed, in one fixed form.
//!
//! Any unpacker reads it. Reading here is strict: what is not exactly what [`Members::write`] makes of the members is
//! refused, so no byte of the file is without meaning, and the same members make the same bytes.

use std::collections::BTreeMap;

use crate::gather::BundleError;

/// Bytes of a bundle at most; offsets are 32 bits wide. Checking one takes about twice as much memory.
pub const BYTES_MAX: usize = 256 << 20;
/// Bytes of a member's name at most.
const NAME_BYTES_MAX: usize = 1_000;
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
    /// Whether all of them together have at most so many bytes.
    pub(crate) fn within(&self, bytes_max: usize) -> Result<(), BundleError> {
        let bytes: usize = self.0.values().map(Vec::len).sum();
        if bytes > bytes_max {
            return Err(BundleError::TooLarge(bytes_max));
        }
        Ok(())
    }

    /// The bytes of the archive.
    ///
    /// # Errors
    ///
    /// When there is too much for one, or a name could lead out of the folder where somebody unpacks it.
    pub fn write(&self) -> Result<Vec<u8>, ContainerError> {
        let mut bytes = Vec::new();
        for (name, content) in &self.0 {
            if let Some(wrong) = wrong_name(name) {
                return Err(form(bytes.len(), name, wrong.to_owned()));
            }
            if bytes.len() + content.len() > BYTES_MAX {
                return Err(ContainerError::Size);
            }
            put(&mut bytes, &LOCAL.to_le_bytes());
            put(&mut bytes, &head(name, content));
            put(&mut bytes, name.as_bytes());
            put(&mut bytes, content);
        }
        let directory = self.directory();
        if self.0.len() > MEMBERS_MAX || bytes.len() + directory.len() > BYTES_MAX {
            return Err(ContainerError::Size);
        }
        put(&mut bytes, &directory);
        Ok(bytes)
    }

    /// What stands behind the members: the directory and the end, which follow from the members alone.
    fn directory(&self) -> Vec<u8> {
        let (mut central, mut at) = (Vec::new(), 0);
        for (name, content) in &self.0 {
            put(&mut central, &CENTRAL.to_le_bytes());
            put(&mut central, &VERSION.to_le_bytes());
            put(&mut central, &head(name, content));
            // No comment, first disk, no attributes.
            put(&mut central, &[0; 10]);
            put(&mut central, &(at as u32).to_le_bytes());
            put(&mut central, name.as_bytes());
            at += LOCAL_BYTES + name.len() + content.len();
        }
        let (count, length) = (self.0.len() as u16, central.len() as u32);
        put(&mut central, &END.to_le_bytes());
        put(&mut central, &[0; 4]);
        put(&mut central, &count.to_le_bytes());
        put(&mut central, &count.to_le_bytes());
        put(&mut central, &length.to_le_bytes());
        put(&mut central, &(at as u32).to_le_bytes());
        put(&mut central, &[0; 2]);
        central
    }

    /// Reads an archive in the one form. Nothing is unpacked: members are stored as they are, so no archive makes more of
    /// itself than it has bytes.
    ///
    /// # Errors
    ///
    /// Names the member, or the part of the archive, that is not as it was written.
    pub fn read(bytes: &[u8]) -> Result<Self, ContainerError> {
        if bytes.len() > BYTES_MAX {
            return Err(ContainerError::Size);
        }
        let mut members = Self::default();
        let mut at = 0;
        while bytes.get(at..at + 4) == Some(&LOCAL.to_le_bytes()) {
            let (name, content) = member(bytes, at)?;
            let last = members.0.last_key_value().map(|(last, _)| last.as_str());
            if last == Some(&name) {
                return Err(form(at, &name, "stands there twice".to_owned()));
            }
            if last.is_some_and(|last| last > name.as_str()) {
                let wrong = "members must be in the order of their names, each once".to_owned();
                return Err(form(at, &name, wrong));
            }
            if members.0.len() >= MEMBERS_MAX {
                return Err(ContainerError::Size);
            }
            at += LOCAL_BYTES + name.len() + content.len();
            members.0.insert(name, content.to_vec());
        }
        if members.0.is_empty() {
            return Err(form(0, "the beginning", "this is no bundle".to_owned()));
        }
        let (found, right) = (bytes.get(at..).unwrap_or_default(), members.directory());
        let differs = found
            .iter()
            .zip(&right)
            .position(|(one, other)| one != other);
        match differs {
            Some(place) => {
                let wrong = "is not what its members make".to_owned();
                Err(form(at + place, "the directory", wrong))
            }
            None if found.len() != right.len() => {
                let (there, right_bytes) = (bytes.len(), at + right.len());
                let wrong = format!("{there} bytes are there, {right_bytes} are right");
                Err(form(there.min(right_bytes), "the end", wrong))
            }
            None => Ok(members),
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
    if u16::from_le_bytes([head[8], head[9]]) != 0 {
        let wrong = "is packed; the members of a bundle are stored as they are".to_owned();
        return Err(form(at, "a member", wrong));
    }
    let (said, length) = (number(14), number(18) as usize);
    let name_bytes = usize::from(u16::from_le_bytes([head[26], head[27]]));
    let name_at = at + LOCAL_BYTES;
    let name = bytes.get(name_at..name_at + name_bytes).ok_or_else(short)?;
    let name = std::str::from_utf8(name);
    let name = name.map_err(|_| form(name_at, "a member", "its name is no text".to_owned()))?;
    if let Some(wrong) = wrong_name(name) {
        return Err(form(name_at, &format!("{name:?}"), wrong.to_owned()));
    }
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
    if head[4..] != self::head(name, content) {
        let wrong = "is not what the member makes".to_owned();
        return Err(form(at, &format!("head of {name}"), wrong));
    }
    Ok((name.to_owned(), content))
}

/// What is wrong with a member's name: one that leads out of a folder, or that an unpacker may take for another.
fn wrong_name(name: &str) -> Option<&'static str> {
    if name.len() > NAME_BYTES_MAX {
        return Some("its name is too long");
    }
    let is_odd = |one: char| one.is_control() || one == '\\' || one == ':';
    let leads_out = |part: &str| matches!(part, "" | "." | "..");
    if name.chars().any(is_odd) || name.split('/').any(leads_out) {
        return Some("its name leads out of the folder where it is unpacked");
    }
    None
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

    /// What somebody makes to harm whoever checks it: each is refused by what is wrong with it.
    #[test]
    fn hostile_archives_are_refused_by_what_is_wrong_with_them() {
        let raw = |name: &str, content: &[u8]| {
            let mut bytes = LOCAL.to_le_bytes().to_vec();
            put(&mut bytes, &head(name, content));
            put(&mut bytes, name.as_bytes());
            put(&mut bytes, content);
            bytes
        };
        let mut packed = raw("a", b"x");
        packed[8] = 8;
        let mut huge = raw("a", b"x");
        huge[18..26].fill(0xff);
        let mut long = raw("a", b"x");
        long[26..28].fill(0xff);
        let twice = [raw("a", b"x"), raw("a", b"y")].concat();
        let many: Vec<u8> = (0..=MEMBERS_MAX)
            .flat_map(|number| raw(&format!("{number:06}"), b""))
            .collect();
        for (bytes, said) in [
            (packed, "is packed"),
            (huge, "its length is more than there is"),
            (long, "the file ends within it"),
            (twice, "stands there twice"),
            (
                [raw("b", b""), raw("a", b"")].concat(),
                "in the order of their names",
            ),
            (raw("../../etc/passwd", b"x"), "leads out of the folder"),
            (raw("/etc/passwd", b"x"), "leads out of the folder"),
            (raw("a/../../b", b"x"), "leads out of the folder"),
            (raw("a\\..\\b", b"x"), "leads out of the folder"),
            (raw("c:b", b"x"), "leads out of the folder"),
            (raw("a\nb", b"x"), "leads out of the folder"),
            (raw("", b"x"), "leads out of the folder"),
            (raw(&"n".repeat(NAME_BYTES_MAX + 1), b"x"), "too long"),
            (many, "at most"),
            (Vec::new(), "this is no bundle"),
            (b"GIF89a".to_vec(), "this is no bundle"),
            (vec![0; BYTES_MAX + 1], "at most"),
        ] {
            let error = Members::read(&bytes).unwrap_err().to_string();
            assert!(error.contains(said), "{said}: {error}");
        }
        let out = Members([("../a".to_owned(), Vec::new())].into());
        assert!(out.write().is_err());
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
