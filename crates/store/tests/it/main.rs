//! The views against a model that keeps everything in plain lists.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod model;
mod opening;
mod paging;
mod views;
