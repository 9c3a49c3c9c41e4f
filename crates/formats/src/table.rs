//! Tables: how columns become events.

pub(crate) mod mapping;
