//! Everything that live rules remember, as bytes and back, and the hash that tells two states apart.
//!
//! What is written follows from the state alone: rules that saw the same records write the same bytes,
//! whether they saw them live, in a replay, or went on from bytes that were saved on the way. The bytes
//! are no archive: other software or another pack refuses them, and the log is folded instead.

use std::io::{self, Read as _};
use std::sync::Arc;

use cage_engine::Unsupported;
use cage_engine::state::{Damaged, Reader, Writer, demand};
use cage_model::Time;
use cage_pack::Program;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Live;
use super::watched::Watched;

/// What the bytes begin with.
const MAGIC: &[u8; 16] = b"ironcage/state\n\0";
/// How they are written. To be raised with every change of what is written.
const FORMAT: u32 = 5;
/// Bytes of a piece at most; a piece ends with the first value that makes it long.
const PIECE_BYTES_MAX: u32 = 1 << 30;

/// Why bytes are not taken for a state. The log can be folded instead.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LoadError {
    /// They are something else.
    #[error("this is no saved state: it does not begin as one")]
    Foreign,
    /// They are of software that writes them otherwise.
    #[error("the state was saved by ironcage {software} in format {format}; this is {ours} in format {FORMAT}", ours = env!("CARGO_PKG_VERSION"))]
    OtherSoftware {
        /// Its version.
        software: String,
        /// Its format.
        format: u32,
    },
    /// They are of other rules.
    #[error("the state is that of another pack, or of another version of the pack")]
    OtherPack,
    /// They are not as they were written.
    #[error("the state was changed or cut short after it was saved: its hash does not match")]
    Changed,
    /// They cannot be read.
    #[error("the state cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// They cannot have been written by this software.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// A rule is of a kind that cannot be judged.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}

/// Whose state it is.
#[derive(Serialize, Deserialize)]
struct Head<'h> {
    format: u32,
    software: &'h str,
    pack: [u8; 32],
}

impl Live {
    /// Writes everything that is remembered, and gives back [`Live::root`]. [`Live::load`] goes on from it
    /// exactly as this goes on.
    ///
    /// What the bytes begin with, pieces with their lengths (32 bits, little-endian), a piece of no length, the root.
    ///
    /// # Errors
    ///
    /// When `into` cannot be written to.
    pub fn save(&self, into: &mut impl io::Write) -> io::Result<[u8; 32]> {
        let mut hash = Sha256::new_with_prefix(MAGIC);
        let mut written = into.write_all(MAGIC);
        self.write(&mut |piece| {
            hash.update(piece);
            if written.is_ok() {
                written = write_piece(into, piece);
            }
        });
        written?;
        let root: [u8; 32] = hash.finalize().into();
        into.write_all(&0_u32.to_le_bytes())?;
        into.write_all(&root)?;
        Ok(root)
    }

    /// SHA-256 over everything that is remembered: equal for the same records, however they were seen.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(MAGIC);
        self.write(&mut |piece| hash.update(piece));
        hash.finalize().into()
    }

    /// Goes on from what [`Live::save`] wrote, of which one piece is held in memory at a time. Any bytes may be given;
    /// what is taken in memory is bounded by a multiple of theirs.
    ///
    /// # Errors
    ///
    /// When they are not a state of this program by this software: it is to be folded from the log.
    pub fn load(program: &Arc<Program>, mut bytes: impl io::Read) -> Result<Self, LoadError> {
        let mut magic = [0; MAGIC.len()];
        let begins = bytes.read_exact(&mut magic);
        if begins.is_err() || magic != *MAGIC {
            return Err(LoadError::Foreign);
        }
        let mut hash = Sha256::new_with_prefix(MAGIC);
        let mut end = Ok(());
        let mut more = |piece: &mut Vec<u8>| match read_piece(&mut bytes, piece) {
            Ok(()) => {
                hash.update(&piece);
                !piece.is_empty()
            }
            Err(error) => {
                end = Err(error.kind());
                false
            }
        };
        let mut from = Reader::new(&mut more);
        let read = head(&mut from, program).and_then(|()| Self::read_state(program, &mut from));
        if let Err(
            error @ (LoadError::Foreign | LoadError::OtherSoftware { .. } | LoadError::OtherPack),
        ) = read
        {
            return Err(error);
        }
        // Whether it was changed is known at its end alone.
        let mut rest = Vec::new();
        while read.is_err() && more(&mut rest) {
            rest.clear();
        }
        let mut root = [0; 32];
        let root = end.and_then(|()| {
            bytes
                .read_exact(&mut root)
                .map(|()| root)
                .map_err(|error| error.kind())
        });
        let known: [u8; 32] = hash.finalize().into();
        match root {
            Ok(root) if root == known => read,
            Ok(_) | Err(io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) => {
                Err(LoadError::Changed)
            }
            Err(error) => Err(LoadError::Unreadable(error)),
        }
    }

    fn write(&self, into: &mut dyn FnMut(&[u8])) {
        let mut into = Writer::new(into);
        into.put(&Head {
            format: FORMAT,
            software: env!("CARGO_PKG_VERSION"),
            pack: self.engine.program().hash,
        });
        self.write_state(&mut into);
        into.flush();
    }

    /// Writes what the head stands before.
    pub(crate) fn write_state(&self, into: &mut Writer<'_>) {
        into.put(&self.now);
        let known = self.engine.names().len();
        into.put(&((self.names.len() - known) as u64));
        for (_, text) in self.names.iter().skip(known) {
            into.put(text);
        }
        for (object_type, watched) in (0..).zip(&self.objects) {
            into.put(&u64::from(self.projector.count(object_type)));
            self.projector.ids(object_type).for_each(|id| into.put(id));
            into.put(&(watched.len() as u64));
            watched.iter().for_each(|one| into.put(one));
        }
        self.engine.save(into);
    }

    /// Reads what [`Live::write_state`] wrote.
    pub(crate) fn read_state(
        program: &Arc<Program>,
        from: &mut Reader<'_>,
    ) -> Result<Self, LoadError> {
        let mut live = Self::new(program)?;
        live.now = from.take::<Time>()?;
        for _ in 0..from.count()? {
            let before = live.names.len();
            live.names.intern(from.take()?);
            demand(live.names.len() > before, "a name that is told twice")?;
        }
        for (object_type, watched) in (0..).zip(&mut live.objects) {
            for number in 0..from.count()? {
                let id = from.take()?;
                let given = live.projector.register(object_type, id);
                demand(given == Some(number), "an id that is told twice")?;
            }
            for _ in 0..from.count()? {
                let one: Watched = from.take()?;
                demand(one.is_sound(), "a journal that does not fit its marks")?;
                watched.push(one);
            }
            let objects = live.projector.count(object_type) as usize;
            demand(watched.len() <= objects, "objects without a number")?;
        }
        live.engine.load(from)?;
        for (object_type, watched) in (0..).zip(&live.objects) {
            demand(
                live.engine.count(object_type) <= watched.len(),
                "objects without a journal",
            )?;
            for (object, one) in (0..).zip(watched) {
                let last = live.engine.last(object_type, object);
                let fits = last.is_some_and(|last| last <= one.until);
                demand(fits, "an object that was judged later than it is said")?;
            }
        }
        demand(from.is_at_end(), "more than a state")?;
        Ok(live)
    }
}

/// Whose state it is: of this format, software and program.
fn head(from: &mut Reader<'_>, program: &Program) -> Result<(), LoadError> {
    let head: Head<'_> = from.take().map_err(|_| LoadError::Foreign)?;
    if head.format != FORMAT || head.software != env!("CARGO_PKG_VERSION") {
        return Err(LoadError::OtherSoftware {
            software: head.software.to_owned(),
            format: head.format,
        });
    }
    if head.pack != program.hash {
        return Err(LoadError::OtherPack);
    }
    Ok(())
}

fn write_piece(into: &mut impl io::Write, piece: &[u8]) -> io::Result<()> {
    if piece.is_empty() {
        return Ok(());
    }
    let length = u32::try_from(piece.len()).ok();
    let length = length.filter(|length| *length <= PIECE_BYTES_MAX);
    let length = length.ok_or(io::ErrorKind::InvalidInput)?;
    into.write_all(&length.to_le_bytes())?;
    into.write_all(piece)
}

/// Reads a piece, an empty one at the end.
fn read_piece(from: &mut impl io::Read, piece: &mut Vec<u8>) -> io::Result<()> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > PIECE_BYTES_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // Room grows with what is there, whatever the length says.
    let read = from.take(u64::from(length)).read_to_end(piece)?;
    if read < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}
