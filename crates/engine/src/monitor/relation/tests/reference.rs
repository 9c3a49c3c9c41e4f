//! The templates once more, written from their definitions over whole traces: for each activation
//! the trace is searched. Slow, and made in another way than the automaton that it checks.

use cage_pack::Template;

/// One event: minutes from the start of the story, in order; equal ones in the order given.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) minute: i64,
    pub(crate) activity: char,
    pub(crate) x: Option<i64>,
    pub(crate) y: Option<i64>,
    /// A number, or where it is negative a text.
    pub(crate) k: Option<i64>,
    pub(crate) until: Option<i64>,
}

/// The time limit of a story's rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Limit {
    None,
    Hours(i64),
    Days(i64),
    /// By the day of the trigger: none on day 0, one day on days 1 and 2, then two days.
    Dated,
    /// The instant that the `when` event brings.
    Until,
}

/// What a story's rules state besides their template.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) when: Vec<char>,
    pub(crate) then: Vec<char>,
    /// `when.x > 1`.
    pub(crate) guard_when: bool,
    /// `then.y < 3`.
    pub(crate) guard_then: bool,
    /// `then.k == when.k`.
    pub(crate) matched: bool,
    pub(crate) limit: Limit,
    pub(crate) not_before_hours: Option<i64>,
}

pub(crate) const DAY: i64 = 1_440;

/// Total, satisfied, violated, pending, undecided.
pub(crate) type Numbers = [u64; 5];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Satisfied,
    Violated,
    Pending,
    Undecided,
}

type Truth = Option<bool>;

fn and(all: impl IntoIterator<Item = Truth>) -> Truth {
    let mut answer = Some(true);
    for truth in all {
        match truth {
            Some(false) => return Some(false),
            None => answer = None,
            Some(true) => {}
        }
    }
    answer
}

fn or(all: impl IntoIterator<Item = Truth>) -> Truth {
    and(all.into_iter().map(not)).map(|all| !all)
}

fn not(truth: Truth) -> Truth {
    truth.map(|truth| !truth)
}

/// One object's trace, judged at a moment.
pub(crate) struct Trace<'t> {
    pub(crate) events: &'t [Event],
    pub(crate) terms: &'t Terms,
    pub(crate) now: i64,
    pub(crate) finite: bool,
}

/// How a template's activations look for their other end.
struct Search {
    back: bool,
    ahead: bool,
    alternate: bool,
    chain: bool,
}

impl Trace<'_> {
    /// Activations, and the object's flags: activated, satisfied, violated, pending, undecided.
    pub(crate) fn judge(&self, template: Template) -> (Numbers, Numbers) {
        let (forbidden, whens, thens) = searches(template);
        let mut fates = Vec::new();
        let mut doubtful_triggers = 0;
        for at in 0..self.events.len() {
            if self.in_force(at) {
                match self.is_when(at) {
                    Some(true) => fates.push(self.fate(at, &whens, forbidden, true)),
                    Some(false) => {}
                    None => doubtful_triggers += 1,
                }
            }
            if let Some(search) = &thens {
                match self.is_then(at) {
                    Some(true) => fates.push(self.fate(at, search, forbidden, false)),
                    Some(false) => {}
                    None => doubtful_triggers += 1,
                }
            }
        }
        let count = |wanted| fates.iter().filter(|fate| **fate == wanted).count() as u64;
        let [satisfied, violated, pending, undecided] = [
            Fate::Satisfied,
            Fate::Violated,
            Fate::Pending,
            Fate::Undecided,
        ]
        .map(count);
        let undecided = undecided + doubtful_triggers;
        let total = satisfied + violated + pending + undecided;
        let some = |number: u64| u64::from(number > 0);
        let activated = some(fates.len() as u64);
        let sound = activated == 1 && violated == 0 && undecided == 0;
        (
            [total, satisfied, violated, pending, undecided],
            [
                activated,
                u64::from(sound),
                some(violated),
                some(pending),
                some(undecided),
            ],
        )
    }

    fn is_when(&self, at: usize) -> Truth {
        let event = &self.events[at];
        let guard = if self.terms.guard_when {
            event.x.map(|x| x > 1)
        } else {
            Some(true)
        };
        and([Some(self.terms.when.contains(&event.activity)), guard])
    }

    fn is_then(&self, at: usize) -> Truth {
        let event = &self.events[at];
        let guard = if self.terms.guard_then {
            event.y.map(|y| y < 3)
        } else {
            Some(true)
        };
        and([Some(self.terms.then.contains(&event.activity)), guard])
    }

    fn day(&self, at: usize) -> i64 {
        self.events[at].minute / DAY
    }

    /// Whether a limit applies to a `when` event.
    fn in_force(&self, when: usize) -> bool {
        self.terms.limit != Limit::Dated || self.dated(when).is_some()
    }

    fn dated(&self, when: usize) -> Option<i64> {
        match self.day(when) {
            0 => None,
            1 | 2 => Some(1),
            _ => Some(2),
        }
    }

    /// Whether a `when` and a `then` event are a pair.
    fn pair(&self, when: usize, then: usize) -> Truth {
        let (a, b) = (&self.events[when], &self.events[then]);
        let fits = if !self.terms.matched {
            Some(true)
        } else if let (Some(a), Some(b)) = (a.k, b.k)
            && (a < 0) == (b < 0)
        {
            Some(a == b)
        } else {
            None
        };
        and([
            self.is_when(when),
            self.is_then(then),
            self.in_window(when, then),
            fits,
        ])
    }

    fn in_window(&self, when: usize, then: usize) -> Truth {
        if !self.in_force(when) {
            // The other end of it waits no longer than the longest line.
            return Some(then > when || self.day(when) - self.day(then) <= 2);
        }
        let (a, b) = (&self.events[when], &self.events[then]);
        let minutes = (a.minute - b.minute).abs();
        let days = (self.day(when) - self.day(then)).abs();
        let early = self
            .terms
            .not_before_hours
            .is_some_and(|hours| minutes < hours * 60);
        let inside = match self.terms.limit {
            Limit::None => Some(true),
            Limit::Hours(hours) => Some(minutes <= hours * 60),
            Limit::Days(limit) => Some(days <= limit),
            Limit::Dated => self.dated(when).map(|limit| days <= limit),
            Limit::Until => a.until.map(|until| b.minute <= until),
        };
        and([Some(!early), inside])
    }

    /// Whether the time of an activation is up now.
    fn is_over(&self, at: usize, is_when: bool) -> bool {
        let event = &self.events[at];
        let days = self.now / DAY - self.day(at);
        match self.terms.limit {
            Limit::None => false,
            Limit::Hours(hours) => self.now - event.minute > hours * 60,
            Limit::Days(limit) => days > limit,
            Limit::Dated if is_when => self.dated(at).is_some_and(|limit| days > limit),
            Limit::Dated => days > 2,
            Limit::Until => is_when && event.until.is_some_and(|until| self.now > until),
        }
    }

    fn fate(&self, at: usize, search: &Search, forbidden: bool, is_when: bool) -> Fate {
        if is_when && self.terms.limit == Limit::Until && self.events[at].until.is_none() {
            return Fate::Undecided;
        }
        let is_same = |other| {
            if is_when {
                self.is_when(other)
            } else {
                self.is_then(other)
            }
        };
        let candidate = |other: usize| {
            let pair = if is_when {
                self.pair(at, other)
            } else {
                self.pair(other, at)
            };
            let between = at.min(other) + 1..at.max(other);
            if search.chain && !between.is_empty() {
                return Some(false);
            }
            let undisturbed = !search.alternate;
            let free = between.map(|event| or([Some(undisturbed), not(is_same(event))]));
            and([pair, and(free)])
        };
        let before = (0..at).filter(|_| search.back);
        let after = (at + 1..self.events.len()).filter(|_| search.ahead);
        let found = or(before.chain(after).map(candidate));
        let later = at + 1..self.events.len();
        let interrupted = or(later.map(|event| and([Some(search.alternate), is_same(event)])));
        let followed = search.chain && at + 1 < self.events.len();
        let closed = !search.ahead || followed || self.is_over(at, is_when) || self.finite;
        match (forbidden, found) {
            (false, Some(true)) | (true, Some(false)) => Fate::Satisfied,
            (true, Some(true)) => Fate::Violated,
            (_, None) => Fate::Undecided,
            (false, Some(false)) if closed || interrupted == Some(true) => Fate::Violated,
            (false, Some(false)) if interrupted.is_none() => Fate::Undecided,
            (false, Some(false)) => Fate::Pending,
        }
    }
}

/// Whether the other end is forbidden, and how `when` and `then` events search for it.
fn searches(template: Template) -> (bool, Search, Option<Search>) {
    use Template as T;
    let search = |back, ahead| Search {
        back,
        ahead,
        alternate: matches!(
            template,
            T::AlternateResponse | T::AlternatePrecedence | T::AlternateSuccession
        ),
        chain: matches!(
            template,
            T::ChainResponse
                | T::ChainPrecedence
                | T::ChainSuccession
                | T::NotChainResponse
                | T::NotChainPrecedence
                | T::NotChainSuccession
        ),
    };
    let (whens, thens) = match template {
        T::RespondedExistence | T::NotRespondedExistence => (search(true, true), None),
        T::CoExistence | T::NotCoExistence => (search(true, true), Some(search(true, true))),
        T::Response
        | T::AlternateResponse
        | T::ChainResponse
        | T::NotResponse
        | T::NotChainResponse => (search(false, true), None),
        T::Precedence
        | T::AlternatePrecedence
        | T::ChainPrecedence
        | T::NotPrecedence
        | T::NotChainPrecedence => (search(true, false), None),
        T::Succession
        | T::AlternateSuccession
        | T::ChainSuccession
        | T::NotSuccession
        | T::NotChainSuccession => (search(false, true), Some(search(true, false))),
    };
    let forbidden = matches!(
        template,
        T::NotRespondedExistence
            | T::NotCoExistence
            | T::NotResponse
            | T::NotChainResponse
            | T::NotPrecedence
            | T::NotChainPrecedence
            | T::NotSuccession
            | T::NotChainSuccession
    );
    (forbidden, whens, thens)
}
