//! Numbers as tlog-tiles writes them into paths: groups of three digits, all but the last with an `x`.

use std::fmt::Write as _;

/// The highest tile number that a path can name; more entries than a log can ever hold.
const NUMBER_MAX: u64 = u64::MAX >> 8;

/// `5` is `005`, `1234067` is `x001/x234/067`.
pub(crate) fn write_number(number: u64) -> String {
    let mut groups = vec![number % 1000];
    let mut rest = number / 1000;
    while rest > 0 {
        groups.push(rest % 1000);
        rest /= 1000;
    }
    let mut path = String::new();
    for (place, group) in groups.iter().enumerate().rev() {
        let _ = if place > 0 {
            write!(path, "x{group:03}/")
        } else {
            write!(path, "{group:03}")
        };
    }
    path
}

/// Reads `005`, `x001/x234/067`, each optionally followed by `.p/<1..255>`: the number and the
/// width (256 when nothing follows). `None` unless the text is what would be written.
pub(crate) fn read_number(text: &str) -> Option<(u64, u16)> {
    let (number_text, width) = match text.split_once(".p/") {
        None => (text, 256),
        Some((number, width)) => (
            number,
            canonical(width).filter(|width| (1..256).contains(width))?,
        ),
    };
    let mut number = 0_u64;
    let mut groups = number_text.split('/').peekable();
    while let Some(group) = groups.next() {
        let digits = match groups.peek() {
            Some(_) => group.strip_prefix('x')?,
            None => group,
        };
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        number = number
            .checked_mul(1000)?
            .checked_add(digits.parse().ok()?)?;
    }
    let exact = number <= NUMBER_MAX && write_number(number) == number_text;
    exact.then_some((number, width as u16))
}

/// A decimal number without sign and leading zeros.
pub(crate) fn canonical(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let short = text == "0" || !text.starts_with('0');
    (plain && short).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_groups_and_read_back() {
        for (number, path) in [
            (0, "000"),
            (5, "005"),
            (999, "999"),
            (1000, "x001/000"),
            (1_234_067, "x001/x234/067"),
        ] {
            assert_eq!(write_number(number), path);
            assert_eq!(read_number(path), Some((number, 256)));
            assert_eq!(read_number(&format!("{path}.p/7")), Some((number, 7)));
        }
    }

    #[test]
    fn anything_else_is_no_number() {
        for path in [
            "",
            "5",
            "05",
            "0005",
            "x000/005",
            "x001",
            "001/002",
            "x001/2",
            "00a",
            "-01",
            "005.p/0",
            "005.p/256",
            "005.p/07",
            "005.p/",
            "005.p",
            "005/",
            "/005",
            "x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(read_number(path), None, "{path}");
        }
    }
}
