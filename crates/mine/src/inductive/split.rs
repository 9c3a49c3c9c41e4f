//! Splitting the cases along a cut. Events that do not fit the cut (noise) are left out.

use std::collections::BTreeSet;

use super::cut::Part;
use crate::traces::Variant;

/// Each case goes to the part that holds most of its events.
pub(super) fn choice(variants: &[Variant], parts: &[Part]) -> Vec<Vec<Variant>> {
    let mut logs = vec![Vec::new(); parts.len()];
    for variant in variants {
        let events = |part: &Part| variant.sequence.iter().filter(|a| part.contains(a)).count();
        let Some(best) = (0..parts.len())
            .rev()
            .max_by_key(|index| events(&parts[*index]))
        else {
            continue;
        };
        logs[best].push(project(variant, &parts[best]));
    }
    logs
}

/// Each case is cut into one piece per part, at the places that misplace the fewest events.
pub(super) fn sequence(variants: &[Variant], parts: &[Part]) -> Vec<Vec<Variant>> {
    let mut logs = vec![Vec::new(); parts.len()];
    for variant in variants {
        let ends = best_ends(&variant.sequence, parts);
        let mut start = 0;
        for (index, (part, end)) in parts.iter().zip(ends).enumerate() {
            let piece = Variant {
                sequence: variant.sequence[start..end].to_vec(),
                ..*variant
            };
            logs[index].push(project(&piece, part));
            start = end;
        }
    }
    logs
}

/// Where each part's piece ends, so that the fewest events lie outside their part's piece.
fn best_ends(sequence: &[u32], parts: &[Part]) -> Vec<usize> {
    let width = sequence.len() + 1;
    // cost[k][i]: fewest misplaced among the first i events with the first k + 1 parts.
    let mut cost = vec![vec![0usize; width]; parts.len()];
    for (index, part) in parts.iter().enumerate() {
        for end in 0..width {
            let stay = end
                .checked_sub(1)
                .map(|before| cost[index][before] + usize::from(!part.contains(&sequence[before])));
            let begin = if index == 0 {
                (end == 0).then_some(0)
            } else {
                Some(cost[index - 1][end])
            };
            cost[index][end] = stay.into_iter().chain(begin).min().unwrap_or(usize::MAX);
        }
    }
    let mut ends = vec![sequence.len(); parts.len()];
    let mut end = sequence.len();
    for index in (1..parts.len()).rev() {
        while cost[index][end] != cost[index - 1][end] {
            end -= 1;
        }
        ends[index - 1] = end;
    }
    ends
}

/// Each part sees its own events of every case.
pub(super) fn parallel(variants: &[Variant], parts: &[Part]) -> Vec<Vec<Variant>> {
    parts
        .iter()
        .map(|part| {
            variants
                .iter()
                .map(|variant| project(variant, part))
                .collect()
        })
        .collect()
}

/// Each case is cut wherever it changes between the body (the first part) and another part.
pub(super) fn repeated(variants: &[Variant], parts: &[Part]) -> Vec<Vec<Variant>> {
    let mut logs = vec![Vec::new(); parts.len()];
    for variant in variants {
        let part_of = |activity: &u32| parts.iter().position(|part| part.contains(activity));
        let mut current = 0;
        let mut piece = Vec::new();
        for activity in &variant.sequence {
            let Some(part) = part_of(activity) else {
                continue;
            };
            if part != current {
                logs[current].push(Variant {
                    sequence: std::mem::take(&mut piece),
                    ..*variant
                });
                if current != 0 && part != 0 {
                    // Two redo parts in a row: the body between them was empty.
                    logs[0].push(Variant {
                        sequence: Vec::new(),
                        ..*variant
                    });
                }
                current = part;
            }
            piece.push(*activity);
        }
        logs[current].push(Variant {
            sequence: piece,
            ..*variant
        });
        if current != 0 {
            logs[0].push(Variant {
                sequence: Vec::new(),
                ..*variant
            });
        }
    }
    logs
}

/// Cases cut wherever an activity that ends cases is followed by one that starts them; `None` when
/// nothing is cut.
pub(super) fn where_cases_begin_again(variants: &[Variant]) -> Option<Vec<Variant>> {
    let starts: BTreeSet<u32> = variants
        .iter()
        .filter_map(|variant| variant.sequence.first().copied())
        .collect();
    let ends: BTreeSet<u32> = variants
        .iter()
        .filter_map(|variant| variant.sequence.last().copied())
        .collect();
    let mut pieces = Vec::new();
    let mut cut = false;
    for variant in variants {
        let mut piece: Vec<u32> = Vec::new();
        for activity in &variant.sequence {
            if piece.last().is_some_and(|last| ends.contains(last)) && starts.contains(activity) {
                pieces.push(Variant {
                    sequence: std::mem::take(&mut piece),
                    ..*variant
                });
                cut = true;
            }
            piece.push(*activity);
        }
        pieces.push(Variant {
            sequence: piece,
            ..*variant
        });
    }
    cut.then_some(pieces)
}

/// The cases without one activity.
pub(super) fn without(variants: &[Variant], activity: u32) -> Vec<Variant> {
    let keep = |variant: &Variant| Variant {
        sequence: variant
            .sequence
            .iter()
            .copied()
            .filter(|other| *other != activity)
            .collect(),
        ..*variant
    };
    variants.iter().map(keep).collect()
}

fn project(variant: &Variant, part: &Part) -> Variant {
    let sequence = variant
        .sequence
        .iter()
        .copied()
        .filter(|a| part.contains(a))
        .collect();
    Variant {
        sequence,
        cases: variant.cases,
    }
}
