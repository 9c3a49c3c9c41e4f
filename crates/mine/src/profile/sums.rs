//! Exact sums of times and their squares, and a table of them by pairs of activities.

use cage_model::Keyed;

/// Times of one activity within a case, in microseconds from the case's first event.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Seen {
    count: u64,
    sum: i128,
    squares: Option<i128>,
}

/// Spans of one pair of activities.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Sums {
    observed: u64,
    total: i128,
    squares: i128,
    /// Whether the sums left 128 bits.
    lost: bool,
}

/// Spans below this (35 years) in a case of fewer events than [`EVENTS`] cannot leave 128 bits.
const NEAR: i128 = 1 << 50;
const EVENTS: u64 = 1 << 20;

impl Seen {
    pub(super) fn add(&mut self, at: i128) {
        let before = if self.count == 0 {
            Some(0)
        } else {
            self.squares
        };
        self.squares = before.and_then(|before| before.checked_add(at.checked_mul(at)?));
        self.sum += at;
        self.count += 1;
    }
}

impl Sums {
    /// Adds the spans from some times to a later one.
    pub(super) fn add(&mut self, times: &Seen, at: i128) {
        let spans = if at < NEAR && times.count < EVENTS {
            near(times, at)
        } else {
            far(times, at)
        };
        self.observed += times.count;
        let added = spans.and_then(|(total, squares)| {
            Some((
                self.total.checked_add(total)?,
                self.squares.checked_add(squares)?,
            ))
        });
        match added {
            Some((total, squares)) => (self.total, self.squares) = (total, squares),
            None => self.lost = true,
        }
    }

    pub(super) fn observed(&self) -> u64 {
        self.observed
    }

    /// Mean and population deviation; `None` where nothing was observed, or too much to say. The
    /// root is of the integer variance.
    pub(super) fn moments(&self) -> Option<(i64, i64)> {
        if self.observed == 0 || self.lost {
            return None;
        }
        let count = i128::from(self.observed);
        // The variance is the mean of squares less the square of the mean. Both are parted into
        // whole and rest, so that nothing is multiplied beyond 128 bits.
        let (mean, rest) = (self.total.div_euclid(count), self.total.rem_euclid(count));
        let (whole, part) = (
            self.squares.div_euclid(count),
            self.squares.rem_euclid(count),
        );
        let cross = mean.checked_mul(2)?.checked_mul(rest)?;
        let wholes = whole
            .checked_sub(mean.checked_mul(mean)?)?
            .checked_sub(cross.div_euclid(count))?;
        let parts = (part - cross.rem_euclid(count)).checked_mul(count)?;
        let parts = parts.checked_sub(rest.checked_mul(rest)?)?;
        let variance = wholes.checked_add(parts.div_euclid(count.checked_mul(count)?))?;
        let deviation = i64::try_from(variance.max(0).unsigned_abs().isqrt()).ok()?;
        Some((i64::try_from(mean).ok()?, deviation))
    }
}

/// Sum and sum of squares of the spans: `at - t` over all times `t`.
fn near(times: &Seen, at: i128) -> Option<(i128, i128)> {
    let count = i128::from(times.count);
    let total = count * at - times.sum;
    let squares = count * at * at - 2 * at * times.sum + times.squares?;
    Some((total, squares))
}

fn far(times: &Seen, at: i128) -> Option<(i128, i128)> {
    let count = i128::from(times.count);
    let total = count.checked_mul(at)?.checked_sub(times.sum)?;
    let own = count.checked_mul(at.checked_mul(at)?)?;
    let cross = times.sum.checked_mul(at)?.checked_mul(2)?;
    let squares = own.checked_sub(cross)?.checked_add(times.squares?)?;
    Some((total, squares))
}

/// Something for each pair of activities: in a square where there are few, else by look-up.
#[derive(Debug)]
pub(super) struct Table<T> {
    width: usize,
    square: Vec<T>,
    index: Keyed<(u32, u32), u32>,
    listed: Vec<((u32, u32), T)>,
}

/// Wider than this a square would mostly be empty.
const SQUARE_MAX: usize = 512;

impl<T: Clone + Default> Table<T> {
    pub(super) fn new(activities: usize) -> Self {
        let width = if activities <= SQUARE_MAX {
            activities
        } else {
            0
        };
        Self {
            width,
            square: vec![T::default(); width * width],
            index: Keyed::new(),
            listed: Vec::new(),
        }
    }

    fn place(&self, (from, to): (u32, u32)) -> usize {
        from as usize * self.width + to as usize
    }

    pub(super) fn entry(&mut self, pair: (u32, u32)) -> &mut T {
        if self.width > 0 {
            let place = self.place(pair);
            return &mut self.square[place];
        }
        let next = self.listed.len() as u32;
        let place = *self.index.entry_or_insert_with(pair, || next);
        if place == next {
            self.listed.push((pair, T::default()));
        }
        &mut self.listed[place as usize].1
    }

    pub(super) fn get(&self, pair: (u32, u32)) -> Option<&T> {
        if self.width > 0 {
            return self.square.get(self.place(pair));
        }
        let place = *self.index.get(&pair)?;
        self.listed.get(place as usize).map(|(_, entry)| entry)
    }

    /// Everything in it, in any order.
    pub(super) fn into_iter(self) -> impl Iterator<Item = ((u32, u32), T)> {
        let width = self.width.max(1);
        let square = self.square.into_iter().enumerate();
        let square = square
            .map(move |(place, entry)| (((place / width) as u32, (place % width) as u32), entry));
        square.chain(self.listed)
    }
}
