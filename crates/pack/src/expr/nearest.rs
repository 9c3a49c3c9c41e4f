//! The name that was probably meant, or the few that may have been.

/// The candidate closest to a word, when it is close enough to be a slip; of equally close ones
/// the first.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    close(word, candidates)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}

/// The candidates that are close enough to a word to be meant by it, the closest first; at most so many.
#[must_use]
pub fn nearest_few<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let mut near: Vec<(usize, &str)> = close(word, candidates).collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().take(most).map(|(_, name)| name).collect()
}

/// Those that are close enough to be a slip, with how far they are.
fn close<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = (usize, &'a str)> {
    let lower = word.to_lowercase();
    let far = word.chars().count() / 3 + 1;
    candidates
        .map(move |name| (strsim::osa_distance(&lower, &name.to_lowercase()), name))
        .filter(move |(distance, _)| *distance <= far)
}
