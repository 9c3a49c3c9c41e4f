//! Destroying keys, which is what erases.

use std::os::unix::fs::FileExt as _;

use super::record::{ALIVE, DESTROYED, write_record};
use super::{UnitError, UnitRef, UnitStore, io};

impl UnitStore {
    /// Number of units whose key was destroyed.
    #[must_use]
    pub fn destroyed(&self) -> usize {
        self.places.len() - self.alive
    }

    /// Destroys the key of a unit for good: its bytes are overwritten and that is made durable. Doing it
    /// again changes nothing.
    ///
    /// # Errors
    ///
    /// When the system refuses; it must be done again then.
    pub fn destroy(&mut self, unit: UnitRef) -> Result<(), UnitError> {
        self.sync()?;
        let Some(record) = self.by_reference(unit)? else {
            return Err(UnitError::Gone);
        };
        let mut content = vec![0; record.content.len()];
        content[..16].copy_from_slice(&unit.0);
        let mut destroyed = Vec::new();
        write_record(DESTROYED, &content, &mut destroyed);
        self.alive -= usize::from(record.state == ALIVE);
        let mut recent = self.recent();
        recent.by_label.clear();
        recent.by_unit.clear();
        drop(recent);
        let written = self
            .file
            .write_all_at(&destroyed, record.at)
            .and_then(|()| self.file.sync_data());
        written.map_err(|error| io("overwrite", &self.path, error))
    }
}
