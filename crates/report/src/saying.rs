//! What one finding says, for whoever has the finding and its pack but no whole outcome: the live service.

use cage_model::{Bilingual, Finding, Interner};
use cage_pack::Pack;
use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::explain;
use crate::titles::Titles;

/// Says findings as reports do.
#[derive(Clone, Debug)]
pub struct Saying {
    clock: Clock,
}

impl Saying {
    /// Shows times in a zone, or at an offset in minutes where there is none.
    #[must_use]
    pub const fn new(zone: Option<TimeZone>, offset_minutes: i16) -> Self {
        Self {
            clock: Clock::new(zone, offset_minutes),
        }
    }

    /// The reason of a finding, one sentence in each language; activities by the titles that the pack gives them.
    #[must_use]
    pub fn reason(&self, finding: &Finding, names: &Interner, pack: &Pack) -> Bilingual {
        explain::explanation(finding, names, &self.clock, &Titles::of(Some(pack)))
    }
}
