//! The bands of a picture that the file does not draw: one for each lane, in order of first use.

use crate::model::Model;

/// The lanes of a model and, for each element, the band it stands in. No band where no lane is
/// named, or where all nodes share the one.
pub(super) fn bands(model: &Model) -> (Vec<String>, Vec<usize>) {
    let mut names: Vec<String> = Vec::new();
    let mut band = Vec::with_capacity(model.elements.len());
    for element in &model.elements {
        let name = element.lane.clone().unwrap_or_default();
        let known = names.iter().position(|known| *known == name);
        band.push(known.unwrap_or(names.len()));
        if known.is_none() {
            names.push(name);
        }
    }
    if names.iter().all(String::is_empty) {
        return (Vec::new(), vec![0; model.elements.len()]);
    }
    (names, band)
}
