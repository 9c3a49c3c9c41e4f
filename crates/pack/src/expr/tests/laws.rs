//! Laws: Kleene's logic, agreement with an independent interpreter, no panic on any text.
