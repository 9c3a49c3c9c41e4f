//! A small office's log and pack, on which every number can be told by hand.

use crate::support::Place;

/// Five cases. C1 is in order; C2 is answered two days late; C3 was never answered; C4 was reviewed
/// and decided by one person; C5 has just begun.
pub(crate) const LOG: &str = "\
case,activity,time,officer
C1,apply,2026-03-02T09:00:00+08:00,P1
C1,review,2026-03-03T09:00:00+08:00,P1
C1,decide,2026-03-04T09:00:00+08:00,P2
C2,apply,2026-03-02T10:00:00+08:00,P1
C2,review,2026-03-05T10:00:00+08:00,P1
C2,decide,2026-03-09T10:00:00+08:00,P2
C3,apply,2026-03-03T10:00:00+08:00,P1
C4,apply,2026-03-04T10:00:00+08:00,P3
C4,review,2026-03-05T11:00:00+08:00,P3
C4,decide,2026-03-06T11:00:00+08:00,P3
C5,apply,2026-03-10T10:00:00+08:00,P1
";

/// Three rules: a term, an order, and four eyes.
pub(crate) const PACK: &str = r#"
[pack]
id = "office"
version = "1"
title = { zh = "小窗口", en = "Small office" }
zone = "Asia/Shanghai"

[[law]]
id = "licensing"
title = { zh = "行政许可法", en = "Licensing Act" }
from = 2019-04-23

[[rule]]
id = "O-1"
title = { zh = "五日内未决定", en = "Not decided within five days" }
per = "case"
kind = "response"
when = "apply"
then = "decide"
within = "5 days"
severity = "red"
basis = ["licensing#42"]
purpose = { zh = "防拖延", en = "No delay" }
data = { zh = "收件与决定", en = "Applications and decisions" }
limits = { zh = "无", en = "None" }
owner = "A"
reviewed = 2026-01-01

[[rule]]
id = "O-2"
title = { zh = "未审核即决定", en = "Decided without review" }
per = "case"
kind = "precedence"
when = "decide"
before = "review"
severity = "red"
internal = true

[[rule]]
id = "O-3"
title = { zh = "审核与决定同一人", en = "Reviewed and decided by one person" }
per = "case"
kind = "separation"
a = "review"
b = "decide"
by = 'event.officer'
severity = "yellow"
internal = true

[[test]]
name = "in time"
events = """
2026-03-02T09:00:00+08:00 apply case=A officer=P1
2026-03-04T09:00:00+08:00 review case=A officer=P1
2026-03-04T10:00:00+08:00 decide case=A officer=P2
"""
expect = []
"#;

/// A folder with both, as `log.csv` and `office.toml`.
pub(crate) fn office() -> Place {
    let place = Place::new();
    place.write("log.csv", LOG);
    place.write("office.toml", PACK);
    place
}
