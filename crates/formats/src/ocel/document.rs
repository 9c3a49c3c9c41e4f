//! The four parts of an OCEL document, and which of them can be read before which.
//!
//! Objects need their types declared, events that and the objects they name. The standard leaves
//! the order of the parts open, so a part that comes too early waits for another pass.

use cage_model::Place;

use super::session::Session;
use crate::error::ReadError;

/// A part of the document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DocumentPart {
    ObjectTypes,
    EventTypes,
    Objects,
    Events,
}

/// How far the reading of a part is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Progress {
    #[default]
    Unseen,
    /// Seen before what it needs.
    Waiting,
    AtHand,
    Read,
}

/// How far the reading of all parts is.
#[derive(Debug, Default)]
pub(super) struct DocumentParts([Progress; 4]);

impl DocumentParts {
    /// Each pass but the last reads at least one part that another one waits for.
    pub(super) const PASSES_MAX: usize = 4;

    /// Whether any part was seen. To be asked behind the first pass, when those that are absent are
    /// known to be; nothing waits for them any longer.
    pub(super) fn any(&mut self) -> bool {
        let any = self.0.iter().any(|progress| *progress != Progress::Unseen);
        for progress in &mut self.0 {
            if *progress == Progress::Unseen {
                *progress = Progress::Read;
            }
        }
        any
    }

    pub(super) fn are_waiting(&self) -> bool {
        self.0.contains(&Progress::Waiting)
    }

    fn is_read(&self, part: DocumentPart) -> bool {
        self.0[part as usize] == Progress::Read
    }

    /// Meets a part; whether its turn is now.
    pub(super) fn open(
        &mut self,
        part: DocumentPart,
        session: &mut Session<'_, '_>,
    ) -> Result<bool, ReadError> {
        if self.is_read(part) {
            return Ok(false);
        }
        let is_ready = match part {
            DocumentPart::ObjectTypes | DocumentPart::EventTypes => true,
            DocumentPart::Objects => self.is_read(DocumentPart::ObjectTypes),
            DocumentPart::Events => {
                self.is_read(DocumentPart::EventTypes) && self.is_read(DocumentPart::Objects)
            }
        };
        self.0[part as usize] = if is_ready {
            Progress::AtHand
        } else {
            Progress::Waiting
        };
        if is_ready && matches!(part, DocumentPart::Objects | DocumentPart::Events) {
            session.declared()?;
        }
        Ok(is_ready)
    }

    /// Comes to the end of the part that was at hand.
    pub(super) fn close(
        &mut self,
        part: Option<DocumentPart>,
        session: &mut Session<'_, '_>,
    ) -> Result<(), ReadError> {
        let Some(part) = part else {
            return Ok(());
        };
        self.0[part as usize] = Progress::Read;
        if part == DocumentPart::Objects {
            session.end_objects()?;
        }
        Ok(())
    }

    /// To be asked when every pass is done.
    ///
    /// # Errors
    /// When a part still waits, which only a file that changes can bring about.
    pub(super) fn check_all_read(&self, session: &mut Session<'_, '_>) -> Result<(), ReadError> {
        if self.are_waiting() {
            let message = "the file has changed while it was read";
            return Err(session.delivery.broken(Place::default(), message));
        }
        Ok(())
    }
}
