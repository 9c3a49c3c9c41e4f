//! Laws of a check: what must not change the outcome, and stories of single objects.

mod described;
mod laws;
mod live;
mod long;
mod memory;
mod packs;
mod saved;
mod stories;
