//! Memory for answers: so many are made at once, and so many bytes wait for clients that read slowly.
//!
//! What a client does not take stays in memory until its connection ends; so large answers have a budget, a part of which
//! is for small ones alone, and whoever finds no room is told to come again.

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::events::problem;

/// Questions for much that are answered at once, and others.
const LARGE_AT_ONCE_MAX: usize = 16;
const SMALL_AT_ONCE_MAX: usize = 64;
/// Rows from which on a question is one for much.
const LARGE_ROWS: u64 = 100;
/// Bytes of all answers that are being sent.
const BYTES_MAX: usize = 128 << 20;
/// Bytes of them that are for small answers alone.
const BYTES_FOR_SMALL: usize = 32 << 20;
/// Bytes of an answer that is small.
const SMALL_BYTES: usize = 256 << 10;
/// Bytes of an answer that is not counted; a connection needs as much anyway.
const UNCOUNTED_BYTES: usize = 4 << 10;

/// Memory for answers.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    large: Arc<Semaphore>,
    small: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            large: Arc::new(Semaphore::new(LARGE_AT_ONCE_MAX)),
            small: Arc::new(Semaphore::new(SMALL_AT_ONCE_MAX)),
            bytes: Arc::new(Semaphore::new(BYTES_MAX)),
        }
    }
}

impl Answers {
    /// The answer to a request, in its turn and within the budget.
    pub(crate) async fn to(&self, request: Request, next: Next) -> Response {
        // Whether it lives is always told.
        let path = request.uri().path();
        let is_question = path.starts_with("/v1/") || path.starts_with("/log/");
        let turns = if is_for_much(request.uri()) {
            &self.large
        } else {
            &self.small
        };
        let turn = if request.method() == Method::GET && is_question {
            Some(Arc::clone(turns).acquire_owned().await)
        } else {
            None
        };
        let response = next.run(request).await;
        drop(turn);
        self.counted(response).await
    }

    /// An answer that holds its part of the budget until it is sent. Streams have bounds of their own.
    async fn counted(&self, response: Response) -> Response {
        let length = response.body().size_hint().exact().unwrap_or(0);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length <= UNCOUNTED_BYTES {
            return response;
        }
        let is_left = length <= SMALL_BYTES
            || self.bytes.available_permits() >= length.saturating_add(BYTES_FOR_SMALL);
        let held = u32::try_from(length).ok().filter(|_| is_left);
        let held =
            held.and_then(|length| Arc::clone(&self.bytes).try_acquire_many_owned(length).ok());
        let Some(held) = held else {
            let reason = "so many answers wait for clients that read slowly that there is no memory for this one now";
            let mut response = problem(StatusCode::SERVICE_UNAVAILABLE, reason);
            let after = HeaderValue::from_static("5");
            response.headers_mut().insert(header::RETRY_AFTER, after);
            return response;
        };
        let (head, body) = response.into_parts();
        match to_bytes(body, length).await {
            Ok(bytes) => {
                let counted = Bytes::from_owner(Counted { bytes, _held: held });
                Response::from_parts(head, Body::from(counted))
            }
            Err(_) => problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the answer could not be made",
            ),
        }
    }
}

/// Whether a question is for many rows, or for events with their bodies: the others do not wait behind these.
fn is_for_much(uri: &Uri) -> bool {
    let limits = uri.query().unwrap_or_default().split('&');
    let mut limits = limits.filter_map(|pair| pair.strip_prefix("limit=")?.parse().ok());
    uri.path().ends_with("/events") || limits.any(|limit: u64| limit >= LARGE_ROWS)
}

/// Bytes, and their part of the budget until they are sent.
struct Counted {
    bytes: Bytes,
    _held: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_questions_do_not_wait_behind_large_ones() {
        for (uri, is_large) in [
            ("/v1/findings", false),
            ("/v1/findings?limit=20&rule=R1", false),
            ("/v1/findings?rule=R1&limit=1000", true),
            ("/v1/cases/C1/events", true),
            ("/v1/events/7", false),
            ("/v1/findings?limit=x", false),
        ] {
            assert_eq!(is_for_much(&uri.parse().unwrap()), is_large, "{uri}");
        }
    }

    fn answer(bytes: usize) -> Response {
        Response::new(Body::from(vec![b'x'; bytes]))
    }

    #[tokio::test]
    async fn answers_that_nobody_reads_are_bounded_and_leave_room_for_small_ones() {
        let answers = Answers::default();
        let mut unread = Vec::new();
        loop {
            let answer = answers.counted(answer(4 << 20)).await;
            if answer.status() != StatusCode::OK {
                assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
                assert!(answer.headers().contains_key(header::RETRY_AFTER));
                break;
            }
            unread.push(answer);
        }
        assert_eq!(unread.len(), (BYTES_MAX - BYTES_FOR_SMALL) / (4 << 20));
        assert_eq!(
            answers.counted(answer(SMALL_BYTES)).await.status(),
            StatusCode::OK
        );
        unread.pop();
        let again = answers.counted(answer(4 << 20)).await;
        assert_eq!(
            again.status(),
            StatusCode::OK,
            "what was sent is given back"
        );
        let bytes = to_bytes(again.into_body(), usize::MAX).await.unwrap();
        assert_eq!(bytes.len(), 4 << 20);
    }
}
