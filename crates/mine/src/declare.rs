//! Frequent Declare constraints with their support and confidence, without those that a stronger
//! one already says (Maggi, Mooij, van der Aalst 2011; Di Ciccio, Mecella 2015).

use std::collections::BTreeMap;

use crate::traces::Variant;

/// Which constraint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ConstraintKind {
    /// The first event.
    Init,
    /// The last event.
    End,
    /// Happens at least once.
    Existence,
    /// Happens at most once.
    AtMostOnce,
    /// Chain succession.
    ChainSuccession,
    /// Alternate succession.
    AlternateSuccession,
    /// Succession.
    Succession,
    /// Chain response.
    ChainResponse,
    /// Alternate response.
    AlternateResponse,
    /// Response.
    Response,
    /// Chain precedence.
    ChainPrecedence,
    /// Alternate precedence.
    AlternatePrecedence,
    /// Precedence.
    Precedence,
    /// Responded existence.
    RespondedExistence,
    /// Both occur often, never in one case.
    NotCoExistence,
    /// The first is never followed by the second, though both occur together.
    NotSuccession,
}

/// What history says for a constraint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// Cases in which it was triggered.
    pub cases: u64,
    /// All cases.
    pub all_cases: u64,
    /// Activations.
    pub activations: u64,
    /// Activations that were fulfilled.
    pub fulfilled: u64,
}

impl Evidence {
    /// Share of the cases in which it was triggered, in hundredths of a percent.
    #[must_use]
    pub fn support(&self) -> u64 {
        self.cases * 10_000 / self.all_cases.max(1)
    }

    /// Share of the activations that were fulfilled, in hundredths of a percent.
    #[must_use]
    pub fn confidence(&self) -> u64 {
        self.fulfilled * 10_000 / self.activations.max(1)
    }
}

/// A constraint with its evidence. For the precedence family `a` must come before `b`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Constraint {
    /// Which.
    pub kind: ConstraintKind,
    /// The first activity.
    pub a: u32,
    /// The second activity; equal to `a` for constraints on one.
    pub b: u32,
    /// What history says.
    pub evidence: Evidence,
}

/// Per pair (a, b): how often a's are followed and b's preceded, in three strengths.
#[derive(Clone, Copy, Default)]
struct Pair {
    responded: u64,
    response: u64,
    alternate_response: u64,
    chain_response: u64,
    precedence: u64,
    alternate_precedence: u64,
    chain_precedence: u64,
    together: u64,
    followed_somewhere: u64,
}

/// Per activity.
#[derive(Clone, Copy, Default)]
struct Single {
    cases: u64,
    events: u64,
    once: u64,
    first: u64,
    last: u64,
}

struct Statistics {
    all_cases: u64,
    singles: Vec<Single>,
    pairs: BTreeMap<(u32, u32), Pair>,
}

/// All constraints that were triggered in at least `support` of the cases and fulfilled in at
/// least `confidence` of their activations, both in hundredths of a percent. Sorted by pair.
#[must_use]
pub fn constraints(
    variants: &[Variant],
    activities: usize,
    support: u64,
    confidence: u64,
) -> Vec<Constraint> {
    let statistics = Statistics::count(variants, activities);
    let strong =
        |evidence: &Evidence| evidence.support() >= support && evidence.confidence() >= confidence;
    let mut found = statistics.unary(&strong);
    for a in 0..activities as u32 {
        for b in (0..activities as u32).filter(|b| *b != a) {
            found.extend(statistics.binary(a, b, &strong));
            found.extend(statistics.negative(a, b, support));
        }
    }
    without_implied(found)
}

impl Statistics {
    fn count(variants: &[Variant], activities: usize) -> Self {
        let mut statistics = Self {
            all_cases: variants.iter().map(|variant| variant.cases).sum(),
            singles: vec![Single::default(); activities],
            pairs: BTreeMap::new(),
        };
        for variant in variants {
            statistics.add(variant);
        }
        statistics
    }

    fn add(&mut self, variant: &Variant) {
        let mut places: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, activity) in variant.sequence.iter().enumerate() {
            places.entry(*activity).or_default().push(index);
        }
        for (activity, at) in &places {
            let single = &mut self.singles[*activity as usize];
            single.cases += variant.cases;
            single.events += at.len() as u64 * variant.cases;
            single.once += u64::from(at.len() == 1) * variant.cases;
            single.first += u64::from(at[0] == 0) * variant.cases;
            single.last +=
                u64::from(at[at.len() - 1] + 1 == variant.sequence.len()) * variant.cases;
        }
        for (a, firsts) in &places {
            for (b, seconds) in places.iter().filter(|(b, _)| *b != a) {
                let pair = self.pairs.entry((*a, *b)).or_default();
                pair.add(firsts, seconds, variant.cases);
            }
        }
    }

    fn unary(&self, strong: &dyn Fn(&Evidence) -> bool) -> Vec<Constraint> {
        let mut found = Vec::new();
        for (index, single) in self.singles.iter().enumerate() {
            let a = index as u32;
            let mut add = |kind, cases, fulfilled| {
                let evidence = Evidence {
                    cases,
                    all_cases: self.all_cases,
                    activations: cases,
                    fulfilled,
                };
                if strong(&evidence) {
                    found.push(Constraint {
                        kind,
                        a,
                        b: a,
                        evidence,
                    });
                }
            };
            add(ConstraintKind::Init, self.all_cases, single.first);
            add(ConstraintKind::End, self.all_cases, single.last);
            add(ConstraintKind::Existence, self.all_cases, single.cases);
            add(ConstraintKind::AtMostOnce, single.cases, single.once);
        }
        found
    }

    /// The strongest positive constraints of a pair.
    fn binary(&self, a: u32, b: u32, strong: &dyn Fn(&Evidence) -> bool) -> Vec<Constraint> {
        use ConstraintKind as K;
        let Some(pair) = self.pairs.get(&(a, b)) else {
            return Vec::new();
        };
        let (first, second) = (&self.singles[a as usize], &self.singles[b as usize]);
        let evidence = |single: &Single, fulfilled| Evidence {
            cases: single.cases,
            all_cases: self.all_cases,
            activations: single.events,
            fulfilled,
        };
        let pick = |single: &Single, ladder: [(K, u64); 3]| {
            let rungs = ladder
                .into_iter()
                .map(|(kind, fulfilled)| (kind, evidence(single, fulfilled)));
            rungs.into_iter().find(|(_, evidence)| strong(evidence))
        };
        let after = pick(
            first,
            [
                (K::ChainResponse, pair.chain_response),
                (K::AlternateResponse, pair.alternate_response),
                (K::Response, pair.response),
            ],
        );
        let before = pick(
            second,
            [
                (K::ChainPrecedence, pair.chain_precedence),
                (K::AlternatePrecedence, pair.alternate_precedence),
                (K::Precedence, pair.precedence),
            ],
        );
        let make = |(kind, evidence)| Constraint {
            kind,
            a,
            b,
            evidence,
        };
        match (after, before) {
            (Some(after), Some(before)) => match joined(after.0, before.0) {
                Some(kind) => vec![make((kind, both(&after.1, &before.1)))],
                None => vec![make(after), make(before)],
            },
            (Some(one), None) | (None, Some(one)) => vec![make(one)],
            (None, None) => {
                let companion = (K::RespondedExistence, evidence(first, pair.responded));
                if strong(&companion.1) {
                    vec![make(companion)]
                } else {
                    Vec::new()
                }
            }
        }
    }

    /// What never happens although both activities are frequent.
    fn negative(&self, a: u32, b: u32, support: u64) -> Option<Constraint> {
        let (first, second) = (&self.singles[a as usize], &self.singles[b as usize]);
        let frequent = |single: &Single| single.cases * 10_000 >= self.all_cases * support.max(500);
        if !frequent(first) || !frequent(second) {
            return None;
        }
        let pair = self.pairs.get(&(a, b)).copied().unwrap_or_default();
        let evidence = Evidence {
            cases: first.cases,
            all_cases: self.all_cases,
            activations: first.events,
            fulfilled: first.events,
        };
        let kind = match (pair.together, pair.followed_somewhere) {
            (0, _) if a < b => ConstraintKind::NotCoExistence,
            (together, 0) if together > 0 => ConstraintKind::NotSuccession,
            _ => return None,
        };
        Some(Constraint {
            kind,
            a,
            b,
            evidence,
        })
    }
}

impl Pair {
    /// Adds one sequence: the places of a's and of b's in it.
    fn add(&mut self, firsts: &[usize], seconds: &[usize], cases: u64) {
        self.together += cases;
        self.responded += firsts.len() as u64 * cases;
        for (index, at) in firsts.iter().enumerate() {
            let next = seconds[seconds.partition_point(|place| place < at)..].first();
            let again = firsts.get(index + 1);
            if let Some(next) = next {
                self.response += cases;
                self.alternate_response += u64::from(again.is_none_or(|a| next < a)) * cases;
                self.chain_response += u64::from(*next == at + 1) * cases;
            }
        }
        for (index, at) in seconds.iter().enumerate() {
            let before = firsts[..firsts.partition_point(|place| place < at)].last();
            let earlier = index.checked_sub(1).map(|index| seconds[index]);
            if let Some(before) = before {
                self.precedence += cases;
                self.alternate_precedence += u64::from(earlier.is_none_or(|b| b < *before)) * cases;
                self.chain_precedence += u64::from(before + 1 == *at) * cases;
            }
        }
        if firsts[0] < seconds[seconds.len() - 1] {
            self.followed_somewhere += cases;
        }
    }
}

fn joined(after: ConstraintKind, before: ConstraintKind) -> Option<ConstraintKind> {
    use ConstraintKind as K;
    match (after, before) {
        (K::ChainResponse, K::ChainPrecedence) => Some(K::ChainSuccession),
        (K::AlternateResponse, K::AlternatePrecedence) => Some(K::AlternateSuccession),
        (K::Response, K::Precedence) => Some(K::Succession),
        _ => None,
    }
}

fn both(after: &Evidence, before: &Evidence) -> Evidence {
    Evidence {
        cases: after.cases.max(before.cases),
        all_cases: after.all_cases,
        activations: after.activations + before.activations,
        fulfilled: after.fulfilled + before.fulfilled,
    }
}

/// Leaves out what follows from the rest: a response or precedence between two activities that a
/// chain of others of the same family already gives.
fn without_implied(found: Vec<Constraint>) -> Vec<Constraint> {
    let family = |kind: ConstraintKind| {
        use ConstraintKind as K;
        match kind {
            K::Response | K::AlternateResponse | K::ChainResponse => (true, false),
            K::Precedence | K::AlternatePrecedence | K::ChainPrecedence => (false, true),
            K::Succession | K::AlternateSuccession | K::ChainSuccession => (true, true),
            _ => (false, false),
        }
    };
    let chain = |constraint: &Constraint| {
        use ConstraintKind as K;
        matches!(
            constraint.kind,
            K::ChainResponse | K::ChainPrecedence | K::ChainSuccession
        )
    };
    let implied = |constraint: &Constraint| {
        let (after, before) = family(constraint.kind);
        let covers = |other: &Constraint| {
            let (other_after, other_before) = family(other.kind);
            (!after || other_after) && (!before || other_before)
        };
        let exact = |other: &Constraint| other.evidence.confidence() == 10_000;
        (after || before)
            && !chain(constraint)
            && found.iter().any(|one| {
                one.a == constraint.a
                    && one.b != constraint.b
                    && covers(one)
                    && exact(one)
                    && found.iter().any(|two| {
                        two.a == one.b && two.b == constraint.b && covers(two) && exact(two)
                    })
            })
    };
    let kept: Vec<bool> = found
        .iter()
        .map(|constraint| !implied(constraint))
        .collect();
    let mut kept = kept.into_iter();
    let mut found = found;
    found.retain(|_| kept.next().unwrap_or(true));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traces::Traces;

    fn found(sequences: &[&[&str]]) -> Vec<(ConstraintKind, String)> {
        let traces = Traces::from_sequences(sequences);
        constraints(&traces.variants(), traces.activities.len(), 1_000, 10_000)
            .into_iter()
            .map(|c| {
                (
                    c.kind,
                    format!("{},{}", traces.activity(c.a), traces.activity(c.b)),
                )
            })
            .collect()
    }

    #[test]
    fn the_strongest_constraint_of_a_pair_is_kept() {
        use ConstraintKind as K;
        let result = found(&[&["a", "b", "c"], &["a", "b", "x", "c"]]);
        assert!(
            result.contains(&(K::ChainSuccession, "a,b".into())),
            "{result:?}"
        );
        assert!(
            result.contains(&(K::AlternateSuccession, "b,c".into())),
            "{result:?}"
        );
        assert!(
            !result
                .iter()
                .any(|(kind, pair)| *kind == K::Succession && pair == "a,b")
        );
        // a,c follows from a,b and b,c.
        assert!(
            !result
                .iter()
                .any(|(kind, pair)| pair == "a,c" && *kind != K::NotSuccession)
        );
        assert!(
            result.contains(&(K::Init, "a,a".into())) && result.contains(&(K::End, "c,c".into()))
        );
    }

    #[test]
    fn what_never_meets_or_never_follows_is_said() {
        use ConstraintKind as K;
        let result = found(&[&["s", "a", "e"], &["s", "b", "e"]]);
        assert!(
            result.contains(&(K::NotCoExistence, "a,b".into())),
            "{result:?}"
        );
        assert!(
            result.contains(&(K::NotSuccession, "e,s".into())),
            "{result:?}"
        );
    }
}
