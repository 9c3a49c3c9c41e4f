//! Bodies of requests: read while there is memory for them, unpacked so far and no further.
//!
//! All bodies together have a budget, whoever sends them; what does not fit is turned away at once. A part of it is for
//! small bodies alone, so that large ones that come slowly keep nobody else out. A packed body costs what it unpacks to,
//! and ends where a plain one would.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::events::refuse;
use crate::server::BODY_BYTES_MAX;

/// Bytes that one permit of the budget stands for.
const PERMIT_BYTES: usize = 1_024;
/// Bytes of a body that is small: the first so many bytes of every body may be taken from the whole budget.
const SMALL_BYTES: usize = 256 << 10;
/// The part of the budget that is for small bodies alone: one in so many.
const SMALL_PART: usize = 4;
/// Within which the next piece of a body must come.
const PIECE_WITHIN: Duration = Duration::from_secs(10);
/// Bytes that are unpacked at once.
const PIECE_BYTES: usize = 64 << 10;
/// Two to this power is the largest window of a zstd body: 8 MiB, what RFC 8878 asks of every reader.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// Memory for bodies.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    permits: Arc<Semaphore>,
    /// Permits that are for small bodies alone.
    for_small: usize,
}

/// A body, and its part of the budget until it is dropped.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    _held: Option<OwnedSemaphorePermit>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Coding {
    Plain,
    Gzip,
    Zstd,
}

impl Budget {
    /// A budget of so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let permits = bytes.div_ceil(PERMIT_BYTES);
        Self {
            permits: Arc::new(Semaphore::new(permits)),
            for_small: permits / SMALL_PART,
        }
    }

    /// Bytes that are free.
    pub(crate) fn free(&self) -> usize {
        self.permits.available_permits() * PERMIT_BYTES
    }

    /// Reads a body to its end, and unpacks it.
    ///
    /// # Errors
    ///
    /// The answer for a body that is too large, broken, packed in an unknown way, or for which there is no memory now.
    pub(crate) async fn receive(
        &self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Received, Box<Response>> {
        let coding = coding(headers)?;
        let mut held = Held::of(self.clone());
        let mut whole = Vec::new();
        let mut stream = body.into_data_stream();
        loop {
            let Ok(next) = tokio::time::timeout(PIECE_WITHIN, stream.next()).await else {
                return Err(refuse(
                    StatusCode::REQUEST_TIMEOUT,
                    "the body stopped coming",
                ));
            };
            let Some(piece) = next else {
                break;
            };
            let Ok(piece) = piece else {
                return Err(refuse(StatusCode::BAD_REQUEST, "the body broke off"));
            };
            held.grow(whole.len() + piece.len())?;
            extend(&mut whole, &piece);
        }
        if coding == Coding::Plain {
            return Ok(held.with(whole.into()));
        }
        let unpacked = tokio::task::spawn_blocking(move || unpacked(coding, &whole, held));
        unpacked.await.unwrap_or_else(|_| {
            Err(refuse(
                StatusCode::BAD_REQUEST,
                "the body cannot be unpacked",
            ))
        })
    }
}

/// A growing part of the budget.
#[derive(Debug)]
struct Held {
    budget: Budget,
    permits: Option<OwnedSemaphorePermit>,
}

impl Held {
    fn of(budget: Budget) -> Self {
        Self {
            budget,
            permits: None,
        }
    }

    /// Holds at least so many bytes.
    fn grow(&mut self, bytes: usize) -> Result<(), Box<Response>> {
        if bytes > BODY_BYTES_MAX {
            let reason = format!("a request has at most {BODY_BYTES_MAX} bytes, unpacked");
            return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, &reason));
        }
        let has = self
            .permits
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let lacks = bytes.div_ceil(PERMIT_BYTES).saturating_sub(has);
        if lacks == 0 {
            return Ok(());
        }
        let Budget { permits, for_small } = &self.budget;
        let is_left =
            bytes <= SMALL_BYTES || permits.available_permits() >= lacks.saturating_add(*for_small);
        let more = is_left.then(|| Arc::clone(permits).try_acquire_many_owned(lacks as u32));
        let Some(Ok(more)) = more else {
            let reason = "so much is being received that there is no memory for this body now";
            let mut response = refuse(StatusCode::TOO_MANY_REQUESTS, reason);
            let after = HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, after);
            return Err(response);
        };
        match &mut self.permits {
            Some(permits) => permits.merge(more),
            None => self.permits = Some(more),
        }
        Ok(())
    }

    fn with(self, bytes: Bytes) -> Received {
        Received {
            bytes,
            _held: self.permits,
        }
    }
}

fn coding(headers: &HeaderMap) -> Result<Coding, Box<Response>> {
    let Some(coding) = headers.get(header::CONTENT_ENCODING) else {
        return Ok(Coding::Plain);
    };
    match coding
        .to_str()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "" | "identity" => Ok(Coding::Plain),
        "gzip" | "x-gzip" => Ok(Coding::Gzip),
        "zstd" => Ok(Coding::Zstd),
        other => {
            let reason =
                format!("content coding {other:?} is not unpacked here; send gzip, zstd or none");
            let mut response = refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, &reason);
            let accepted = HeaderValue::from_static("gzip, zstd");
            response
                .headers_mut()
                .insert(header::ACCEPT_ENCODING, accepted);
            Err(response)
        }
    }
}

fn unpacked(coding: Coding, packed: &[u8], mut held: Held) -> Result<Received, Box<Response>> {
    let broken = |error: std::io::Error| {
        refuse(
            StatusCode::BAD_REQUEST,
            &format!("the body cannot be unpacked: {error}"),
        )
    };
    let mut reader: Box<dyn Read> = match coding {
        Coding::Plain => Box::new(packed),
        Coding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
        Coding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(packed).map_err(broken)?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG_MAX)
                .map_err(broken)?;
            Box::new(decoder)
        }
    };
    let mut whole = Vec::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = reader.read(&mut piece).map_err(broken)?;
        if read == 0 {
            return Ok(held.with(whole.into()));
        }
        held.grow(packed.len().max(whole.len() + read))?;
        extend(&mut whole, &piece[..read]);
    }
}

/// Puts bytes behind others. Room grows by half at a time, as bodies are counted by what they hold.
fn extend(whole: &mut Vec<u8>, piece: &[u8]) {
    if whole.capacity() - whole.len() < piece.len() {
        let half = (whole.len() / 2).min(BODY_BYTES_MAX.saturating_sub(whole.len()));
        whole.reserve_exact(piece.len().max(half));
    }
    whole.extend_from_slice(piece);
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn headers(coding: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_ENCODING, HeaderValue::from_static(coding))])
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    async fn status(budget: &Budget, coding: &'static str, body: Vec<u8>) -> StatusCode {
        match budget.receive(&headers(coding), Body::from(body)).await {
            Ok(_) => StatusCode::OK,
            Err(response) => response.status(),
        }
    }

    #[tokio::test]
    async fn a_body_comes_out_as_it_was_packed() {
        let budget = Budget::new(1 << 20);
        let text = b"an event ".repeat(1_000);
        let zstd = zstd::stream::encode_all(&text[..], 3).unwrap();
        for (coding, packed) in [
            ("identity", text.clone()),
            ("gzip", gzip(&text)),
            ("zstd", zstd),
        ] {
            let received = budget
                .receive(&headers(coding), Body::from(packed))
                .await
                .unwrap();
            assert_eq!(received.bytes, text, "{coding}");
            assert!(budget.free() <= (1 << 20) - text.len());
        }
        assert_eq!(budget.free(), 1 << 20, "everything was given back");
    }

    #[tokio::test]
    async fn large_bodies_leave_memory_for_small_ones() {
        let budget = Budget::new(8 << 20);
        let mut large = Held::of(budget.clone());
        large.grow(6 << 20).unwrap();
        assert!(
            large.grow((6 << 20) + 1_025).is_err(),
            "what is left is for small ones"
        );
        assert_eq!(
            status(&budget, "", vec![b' '; SMALL_BYTES + 1]).await,
            StatusCode::TOO_MANY_REQUESTS
        );
        assert_eq!(
            status(&budget, "", vec![b' '; SMALL_BYTES]).await,
            StatusCode::OK
        );
    }

    #[tokio::test]
    async fn a_bomb_is_refused_where_a_plain_body_would_be() {
        let budget = Budget::new(256 << 20);
        let zeros = vec![0; BODY_BYTES_MAX + 1];
        let zstd = zstd::stream::encode_all(&zeros[..], 1).unwrap();
        for (coding, bomb) in [("gzip", gzip(&zeros)), ("zstd", zstd)] {
            assert!(bomb.len() < 200_000);
            assert_eq!(
                status(&budget, coding, bomb).await,
                StatusCode::PAYLOAD_TOO_LARGE
            );
        }
        assert_eq!(budget.free(), 256 << 20);
    }

    #[tokio::test]
    async fn what_cannot_be_unpacked_or_has_no_memory_is_turned_away() {
        let budget = Budget::new(100 << 10);
        assert_eq!(
            status(&budget, "br", vec![1]).await,
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        );
        assert_eq!(
            status(&budget, "gzip, gzip", vec![1]).await,
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        );
        assert_eq!(
            status(&budget, "gzip", b"no gzip".to_vec()).await,
            StatusCode::BAD_REQUEST
        );
        let mut cut = gzip(&b"x".repeat(5_000));
        cut.truncate(cut.len() - 4);
        assert_eq!(status(&budget, "gzip", cut).await, StatusCode::BAD_REQUEST);
        let large = vec![b' '; 101 << 10];
        assert_eq!(
            status(&budget, "", large).await,
            StatusCode::TOO_MANY_REQUESTS
        );
        assert_eq!(
            status(&budget, "", vec![b' '; 99 << 10]).await,
            StatusCode::OK
        );
    }
}
