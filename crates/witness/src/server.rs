//! A witness on HTTP (C2SP tlog-witness): requests bounded in size and time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use cage_ledger::milliseconds_now;
use cage_listen::{Connections, Listener, ServeError};
use tokio::sync::Semaphore;

use crate::witness::{Answer, Witness};

/// Every installation that is watched keeps one connection open.
const CONNECTIONS: Connections = Connections {
    open: 2_048,
    waiting: 1_024,
    stalled: ANSWER_WITHIN,
};
/// Requests that are decided at once; each waits for the disk on a thread of its own.
const DECIDING_MAX: usize = 64;
/// Bytes of a request's body: a checkpoint with a hundred signatures and a proof has less. As many connections as there may
/// be have 256 MiB.
const BODY_BYTES_MAX: usize = 128 << 10;
/// Within which a request must be answered, its body included.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The content type of the size that a conflict tells.
const TLOG_SIZE: &str = "text/x.tlog.size";
const TEXT: &str = "text/plain; charset=utf-8";

/// A witness that listens.
#[derive(Debug)]
pub struct WitnessServer {
    listener: Listener,
    shared: Shared,
}

#[derive(Clone, Debug)]
struct Shared {
    witness: Arc<Witness>,
    deciding: Arc<Semaphore>,
}

impl WitnessServer {
    /// Listens on an address. To be called within a runtime.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub fn bind(address: SocketAddr, witness: Witness) -> Result<Self, ServeError> {
        let listener = Listener::bind(address, CONNECTIONS)?;
        let shared = Shared {
            witness: Arc::new(witness),
            deciding: Arc::new(Semaphore::new(DECIDING_MAX)),
        };
        Ok(Self { listener, shared })
    }

    /// Where it listens; the port is the real one where 0 was asked for.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.address()
    }

    /// Answers until `stop` is done; answers that are under way are finished.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let routes = routes(self.shared);
        self.listener.run(routes, |_| {}, stop).await;
    }
}

fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{origin}/checkpoint", get(checkpoint))
        .route("/healthz", get(|| async { "ok\n" }))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(axum::middleware::from_fn(in_time))
        .with_state(shared)
}

async fn in_time(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| {
        plain(
            StatusCode::REQUEST_TIMEOUT,
            TEXT,
            "the request took too long\n".to_owned(),
        )
    });
    let nosniff = HeaderValue::from_static("nosniff");
    response
        .headers_mut()
        .insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

async fn add_checkpoint(
    State(shared): State<Shared>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return plain(rejection.status(), TEXT, rejection.body_text()),
    };
    let Ok(_turn) = shared.deciding.acquire().await else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, TEXT, String::new());
    };
    let witness = Arc::clone(&shared.witness);
    let decided = tokio::task::spawn_blocking(move || witness.add_checkpoint(&body, seconds()));
    match decided.await {
        Ok(answer) => response(answer),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, TEXT, String::new()),
    }
}

async fn checkpoint(State(shared): State<Shared>, Path(origin): Path<String>) -> Response {
    let last = tokio::task::spawn_blocking(move || shared.witness.last_checkpoint(&origin)).await;
    match last {
        Ok(Some(note)) => {
            let fresh = [(header::CACHE_CONTROL, "no-cache")];
            (fresh, plain(StatusCode::OK, TEXT, note)).into_response()
        }
        Ok(None) => {
            let why = "no checkpoint of such a log was cosigned\n";
            plain(StatusCode::NOT_FOUND, TEXT, why.to_owned())
        }
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, TEXT, String::new()),
    }
}

fn response(answer: Answer) -> Response {
    let (status, kind, body) = match answer {
        Answer::Cosigned(line) => (StatusCode::OK, TEXT, line),
        Answer::Malformed(why) => (StatusCode::BAD_REQUEST, TEXT, format!("{why}\n")),
        Answer::Untrusted(why) => (StatusCode::FORBIDDEN, TEXT, format!("{why}\n")),
        Answer::Unknown => {
            let why = "this log is not watched here\n";
            (StatusCode::NOT_FOUND, TEXT, why.to_owned())
        }
        Answer::Conflict(size) => (StatusCode::CONFLICT, TLOG_SIZE, format!("{size}\n")),
        Answer::Inconsistent(why) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            (status, TEXT, format!("{why}\n"))
        }
        // What the disk said is for the operator, who finds it in the folder; not for everybody.
        Answer::Failed(_) => {
            let why = "the answer could not be remembered\n";
            (StatusCode::INTERNAL_SERVER_ERROR, TEXT, why.to_owned())
        }
    };
    plain(status, kind, body)
}

fn plain(status: StatusCode, kind: &'static str, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

/// Seconds since 1970: a cosignature says when it was given.
fn seconds() -> u64 {
    milliseconds_now() / 1_000
}
