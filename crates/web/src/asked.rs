//! What is asked: parameters of path and query, each refused by its name when it is wrong.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cage_model::{Date, Instant, MICROS_PER_DAY, Time};
use cage_store::ObjectKey;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::rows::OFFSET_MINUTES;

/// Bytes of a query string at most.
const QUERY_BYTES_MAX: usize = 8 << 10;
/// Objects of one question at most.
const OBJECTS_MAX: usize = 8;
/// Rows of a page, where nothing else is asked.
const PAGE: usize = 50;
/// Rows of a page at most.
pub(crate) const PAGE_MAX: usize = 1_000;

/// The parameters of a query. Unknown ones are refused by `T` (`deny_unknown_fields`).
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        if query.len() > QUERY_BYTES_MAX {
            let detail = format!("a query has at most {QUERY_BYTES_MAX} bytes");
            return Err(Problem::wrong("", detail));
        }
        let pairs = form_urlencoded::parse(query.as_bytes());
        let deserializer = serde_html_form::Deserializer::new(pairs);
        serde_path_to_error::deserialize(deserializer)
            .map(Self)
            .map_err(|error| {
                let path = error.path().to_string();
                let field = if path == "." { "" } else { path.as_str() };
                let detail = match error.inner().to_string() {
                    // What the reader of forms says of a parameter that comes twice.
                    said if said == "unsupported value" => "may be given only once".to_owned(),
                    said => said,
                };
                Problem::wrong(field, detail)
            })
    }
}

/// The parameters of a path, percent-decoded.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(named)| Self(named))
            .map_err(|rejection: PathRejection| Problem::wrong("path", rejection.body_text()))
    }
}

/// In which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
}

impl From<Order> for cage_store::Direction {
    fn from(order: Order) -> Self {
        match order {
            Order::Newest => Self::Down,
            Order::Oldest => Self::Up,
        }
    }
}

/// How many rows a page has.
pub(crate) fn page(limit: Option<u64>) -> Result<usize, Problem> {
    match limit {
        None => Ok(PAGE),
        Some(limit) if (1..=PAGE_MAX as u64).contains(&limit) => Ok(limit as usize),
        Some(_) => Err(Problem::wrong("limit", format!("must be 1 to {PAGE_MAX}"))),
    }
}

/// A page of rows that were asked for with one more than it shows, and the cursor of the next page if there is one.
pub(crate) fn turned<R, C: Serialize>(
    list: &str,
    mut rows: Vec<R>,
    limit: usize,
    place: impl Fn(&R) -> C,
) -> (Vec<R>, Option<String>) {
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| is_more);
    let next = next.map(|last| cursor(list, &place(last)));
    (rows, next)
}

/// A place in a list as a text that nobody needs to read.
pub(crate) fn cursor(list: &str, place: &impl Serialize) -> String {
    let text = serde_json::to_vec(&(list, place)).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(text)
}

/// The place that a cursor of this list names.
pub(crate) fn place<C: DeserializeOwned>(
    list: &str,
    cursor: Option<&str>,
) -> Result<Option<C>, Problem> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    let read = || {
        let text = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (of, place): (String, C) = serde_json::from_slice(&text).ok()?;
        (of == list).then_some(place)
    };
    let place = read().ok_or_else(|| {
        Problem::wrong("cursor", "must be `next` of a page of this list, unchanged")
    })?;
    Ok(Some(place))
}

/// Objects as `type:id`.
pub(crate) fn objects(texts: &[String]) -> Result<Vec<ObjectKey>, Problem> {
    if texts.len() > OBJECTS_MAX {
        let detail = format!("at most {OBJECTS_MAX} objects can be named");
        return Err(Problem::wrong("object", detail));
    }
    let read = texts.iter().map(|text| match text.split_once(':') {
        Some((kind, id)) if !kind.is_empty() && !id.is_empty() => Ok(ObjectKey::new(kind, id)),
        _ => {
            let detail = format!("{text:?} must be a type and an id, such as plate:A123");
            Err(Problem::wrong("object", detail))
        }
    });
    read.collect()
}

/// A day on the agency's clock.
pub(crate) fn day(field: &str, text: Option<&str>) -> Result<Option<Date>, Problem> {
    let wrong = |_| Problem::wrong(field, "must be a day such as 2026-02-10");
    text.map(|text| Date::parse(text).map_err(wrong))
        .transpose()
}

/// The beginning of what a text names: an instant, or a day on the agency's clock.
pub(crate) fn from(field: &str, text: Option<&str>) -> Result<Option<Instant>, Problem> {
    Ok(span(field, text)?.map(|(from, _)| from))
}

/// The end of what a text names, itself not included: an instant, or the end of a day on the agency's clock.
pub(crate) fn until(field: &str, text: Option<&str>) -> Result<Option<Instant>, Problem> {
    Ok(span(field, text)?.map(|(_, until)| until))
}

fn span(field: &str, text: Option<&str>) -> Result<Option<(Instant, Instant)>, Problem> {
    let Some(text) = text else {
        return Ok(None);
    };
    if let Ok(day) = Date::parse(text) {
        let start = day.start(OFFSET_MINUTES);
        return Ok(Some((start, start.plus(MICROS_PER_DAY))));
    }
    let time = Time::parse(text).map_err(|_| {
        let detail = "must be a day or a time with its offset, such as 2026-02-10 or 2026-02-10T23:10:00%2B08:00";
        Problem::wrong(field, detail)
    })?;
    Ok(Some((time.instant(), time.instant())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever stands in a cursor, it is a place or refused by its name; what is taken is written as it was read.
        #[test]
        fn any_text_may_be_given_as_a_cursor(text in ".{0,40}", inside in proptest::collection::vec(any::<u8>(), 0..40)) {
            let packed = URL_SAFE_NO_PAD.encode(&inside);
            let json = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&("events", &inside)).unwrap());
            for cursor in [text.as_str(), &packed, &json] {
                let number = place::<u64>("events", Some(cursor));
                let pair = place::<(String, u64)>("events", Some(cursor));
                if let (Err(number), Err(pair)) = (number, pair) {
                    prop_assert_eq!(number.field.as_deref(), Some("cursor"));
                    prop_assert_eq!(pair.field.as_deref(), Some("cursor"));
                }
            }
        }

        #[test]
        fn what_a_cursor_says_is_read_as_it_was_written(id in ".{0,40}", number in any::<u64>()) {
            let text = cursor("events", &(&id, number));
            prop_assert_eq!(place("events", Some(&text)).unwrap(), Some((id, number)));
        }
    }

    #[test]
    fn a_cursor_names_its_place_in_its_own_list_alone() {
        let text = cursor("objects", &("贵A/1", 7));
        assert_eq!(
            place("objects", Some(&text)).unwrap(),
            Some(("贵A/1".to_owned(), 7))
        );
        assert_eq!(
            place::<(String, u64)>("clocks", Some(&text))
                .unwrap_err()
                .field
                .as_deref(),
            Some("cursor")
        );
        assert!(place::<u64>("objects", Some(&text)).is_err());
        assert!(place::<u64>("objects", Some("%%")).is_err());
        assert_eq!(place::<u64>("objects", None).unwrap(), None);
    }

    #[test]
    fn days_are_those_of_the_agency() {
        let day = |text| {
            (
                from("from", Some(text)).unwrap(),
                until("to", Some(text)).unwrap(),
            )
        };
        let start = Time::parse("2026-02-10T00:00:00+08:00").unwrap().instant();
        assert_eq!(
            day("2026-02-10"),
            (Some(start), Some(start.plus(MICROS_PER_DAY)))
        );
        assert_eq!(day("2026-02-10T00:00:00+08:00"), (Some(start), Some(start)));
        assert_eq!(
            from("from", Some("yesterday"))
                .unwrap_err()
                .field
                .as_deref(),
            Some("from")
        );
    }

    #[test]
    fn objects_are_split_at_their_first_colon() {
        let read = |texts: &[&str]| {
            objects(
                &texts
                    .iter()
                    .map(|text| (*text).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(
            read(&["plate:贵A:1"]).unwrap(),
            [ObjectKey::new("plate", "贵A:1")]
        );
        for wrong in ["plate", ":1", "plate:", ""] {
            assert_eq!(
                read(&[wrong]).unwrap_err().field.as_deref(),
                Some("object"),
                "{wrong}"
            );
        }
        assert!(read(&["a:b"; 9]).is_err());
    }
}
