//! Where the shared logs and models lie, and how to read what the tests need of them.

use std::path::PathBuf;
use std::sync::Arc;

use cage_flow::{Label, Net, read_model};

/// A file of the shared data, or `None` with a message when it is not there.
pub(crate) fn bytes(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var_os("CAGE_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let file = root.join(path);
    let found = std::fs::read(&file).ok();
    if found.is_none() {
        println!(
            "skipped: {} is not there (set CAGE_SHARED_DATA)",
            file.display()
        );
    }
    found
}

/// The net of a shared model file.
pub(crate) fn net(path: &str) -> Option<Arc<Net>> {
    let bytes = bytes(path)?;
    Some(Arc::new(read_model(path, &bytes).unwrap().net))
}

/// A trace of activity names as labels of a net.
pub(crate) fn trace<'a>(net: &Net, names: impl IntoIterator<Item = &'a str>) -> Vec<Label> {
    let label = |name: &str| {
        let found = net.labels.iter().position(|label| label == name);
        found.map_or(Label::FOREIGN, |index| Label(index as u32))
    };
    names.into_iter().map(label).collect()
}
