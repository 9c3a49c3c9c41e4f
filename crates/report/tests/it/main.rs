//! The report of a whole outcome, from the outside.
