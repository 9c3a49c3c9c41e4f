//! The name that was probably meant.

/// The candidate closest to a word, when it is close enough to be a slip; of equally close ones
/// the first.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let lower = word.to_lowercase();
    let far = word.chars().count() / 3 + 1;
    candidates
        .map(|name| (strsim::osa_distance(&lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}
