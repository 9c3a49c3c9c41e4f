//! Whole lists from a reader that gives pages: each asks for the next page when the one before is used up.

use std::collections::VecDeque;

use crate::error::StoreError;
use crate::rows::FindingRow;
use crate::views::{Direction, EventFilter, FindingFilter, FindingPlace, Query};

/// Rows that are asked for at once.
const PAGE: usize = 1_000;

/// The records of all events that a filter lets through, the oldest first. Ends after an error.
pub fn every_event<'q>(
    query: &'q dyn Query,
    filter: &'q EventFilter,
) -> impl Iterator<Item = Result<u64, StoreError>> + 'q {
    every(move |last: Option<&u64>| query.events(filter, last.copied(), Direction::Up, PAGE))
}

/// All findings that a filter lets through, the oldest first. Ends after an error.
pub fn every_finding<'q>(
    query: &'q dyn Query,
    filter: &'q FindingFilter,
) -> impl Iterator<Item = Result<FindingRow, StoreError>> + 'q {
    every(move |last: Option<&FindingRow>| {
        let after = last.map(|row| FindingPlace(row.opened));
        query.findings(filter, after, Direction::Up, PAGE)
    })
}

/// The rows of page after page; `next` is given the last row of the page before.
fn every<T: Clone>(
    mut next: impl FnMut(Option<&T>) -> Result<Vec<T>, StoreError>,
) -> impl Iterator<Item = Result<T, StoreError>> {
    let mut page = VecDeque::new();
    let mut last = None;
    let mut is_over = false;
    std::iter::from_fn(move || {
        if page.is_empty() && !is_over {
            match next(last.as_ref()) {
                Ok(rows) => {
                    last = rows.last().cloned();
                    is_over = rows.is_empty();
                    page.extend(rows);
                }
                Err(error) => {
                    is_over = true;
                    return Some(Err(error));
                }
            }
        }
        page.pop_front().map(Ok)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_page_after_page_until_there_are_none() {
        let mut asked = Vec::new();
        let rows = every(|last: Option<&u64>| {
            asked.push(last.copied());
            let from = last.map_or(0, |last| last + 1);
            Ok((from..7).take(3).collect())
        });
        assert_eq!(
            rows.map(Result::unwrap).collect::<Vec<_>>(),
            Vec::from_iter(0..7)
        );
        assert_eq!(asked, [None, Some(2), Some(5), Some(6)]);
    }

    #[test]
    fn an_error_is_told_once_and_ends_the_list() {
        let rows = every(|last: Option<&u64>| match last {
            None => Ok(vec![1]),
            Some(_) => Err(StoreError::TooLong { seconds: 1 }),
        });
        let rows: Vec<_> = rows.take(5).map(|row| row.is_ok()).collect();
        assert_eq!(rows, [true, false]);
    }
}
