//! The report of a whole outcome, from the outside.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod browser;
mod fixture;
mod html;
