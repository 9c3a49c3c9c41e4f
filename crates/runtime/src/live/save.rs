//! Everything that live rules remember, as bytes and back, and the hash that tells two states apart.
//!
//! What is written follows from the state alone: rules that saw the same records write the same bytes,
//! whether they saw them live, in a replay, or went on from bytes that were saved on the way. The bytes
//! are no archive: other software or another pack refuses them, and the log is folded instead.

use std::io;
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
const FORMAT: u32 = 2;
/// Length of the hash at their end.
const ROOT_BYTES: usize = 32;

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
    /// # Errors
    ///
    /// When `into` cannot be written to.
    pub fn save(&self, into: &mut impl io::Write) -> io::Result<[u8; 32]> {
        let mut hash = Sha256::new();
        let mut written = Ok(());
        self.write(&mut |piece| {
            hash.update(piece);
            if written.is_ok() {
                written = into.write_all(piece);
            }
        });
        written?;
        let root: [u8; 32] = hash.finalize().into();
        into.write_all(&root)?;
        Ok(root)
    }

    /// SHA-256 over everything that is remembered: equal for the same records, however they were seen.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        self.write(&mut |piece| hash.update(piece));
        hash.finalize().into()
    }

    /// Goes on from what [`Live::save`] wrote. Any bytes may be given; what is taken in memory is bounded by
    /// a multiple of theirs.
    ///
    /// # Errors
    ///
    /// When they are not a state of this program by this software: it is to be folded from the log.
    pub fn load(program: &Arc<Program>, bytes: &[u8]) -> Result<Self, LoadError> {
        let body = bytes.strip_prefix(MAGIC).ok_or(LoadError::Foreign)?;
        let mut from = Reader::new(body);
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
        let (body, root) = bytes
            .split_last_chunk::<ROOT_BYTES>()
            .ok_or(LoadError::Changed)?;
        let known: [u8; 32] = Sha256::digest(body).into();
        if known != *root {
            return Err(LoadError::Changed);
        }
        let read = bytes.len() - from.left();
        Self::read_state(program, &mut Reader::new(body.get(read..).unwrap_or(&[])))
    }

    fn write(&self, into: &mut dyn FnMut(&[u8])) {
        into(MAGIC);
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
                demand(
                    given == u32::try_from(number).ok(),
                    "an id that is told twice",
                )?;
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
        demand(from.left() == 0, "more than a state")?;
        Ok(live)
    }
}
