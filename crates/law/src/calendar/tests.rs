//! Working days against walking, and what notices do to each other.

use proptest::prelude::*;

use super::*;

proptest! {
    /// Counting day by day gives the same.
    #[test]
    fn counts_agree_with_walking(
        start in 20_000i32..20_400,
        days in 0u32..60,
        exceptions in proptest::collection::btree_map(20_000i32..20_500, any::<bool>(), 0..40),
    ) {
        let mut calendar = Calendar::weekends();
        for (date, off) in exceptions {
            let kind = if off { DayKind::Off } else { DayKind::Worked };
            calendar.except(Date(date), kind).unwrap();
        }
        let (mut date, mut left) = (Date(start), days);
        while left > 0 {
            date = date.plus(1);
            left -= u32::from(calendar.is_worked(date));
        }
        prop_assert_eq!(calendar.after(Date(start), days), date);
        prop_assert_eq!(calendar.worked_between(Date(start), date), i64::from(days));
    }
}

#[test]
fn counts_hold_at_the_end_of_time() {
    let calendar = Calendar::weekends();
    assert_eq!(calendar.after(Date(i32::MAX - 3), u32::MAX), Date(i32::MAX));
    assert_eq!(calendar.worked_between(Date(5), Date(5)), 0);
    assert_eq!(calendar.worked_between(Date(5), Date(4)), 0);
}

/// Requirement vectors of working days in 2026 (domain.md 5.8), with that year's notice.
#[test]
fn working_days_skip_holidays_and_count_make_up_days() {
    let day = |text: &str| Date::parse(text).unwrap();
    let mut calendar = Calendar::weekends();
    for offset in 0..9 {
        calendar
            .except(day("2026-02-15").plus(offset), DayKind::Off)
            .unwrap();
    }
    calendar.except(day("2026-02-14"), DayKind::Worked).unwrap();
    for (start, days, due) in [
        ("2026-02-13", 5, "2026-02-27"), // Saturday 02-14 is worked, 15 to 23 are off.
        ("2026-02-10", 5, "2026-02-24"),
        ("2026-02-10", 0, "2026-02-10"),
        ("2026-06-19", 1, "2026-06-22"), // An ordinary weekend.
    ] {
        assert_eq!(
            calendar.after(day(start), days),
            day(due),
            "{start} + {days}"
        );
    }
    let date = day("2026-02-14");
    assert_eq!(
        calendar.except(date, DayKind::Off),
        Err(CalendarError::BothWays(date))
    );
}
