//! A witness on HTTP (C2SP tlog-witness): connections bounded in number, requests in size and time.

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
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::witness::{Answer, Witness};

/// Connections at once: every installation that is watched keeps one open.
const CONNECTIONS_MAX: usize = 4_096;
/// Connections that wait to be accepted.
const WAITING_MAX: u32 = 1_024;
/// Requests that are decided at once; each waits for the disk on a thread of its own.
const DECIDING_MAX: usize = 64;
/// How long nothing is accepted after the system refused.
const AFTER_REFUSAL: Duration = Duration::from_millis(20);
/// Bytes of a request's body: a checkpoint with a hundred signatures and a proof has less.
const BODY_BYTES_MAX: usize = 1 << 20;
/// Within which a request's headers must come.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// Within which a request must be answered, its body included.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How long a stop waits for answers that are under way.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// The content type of the size that a conflict tells.
const TLOG_SIZE: &str = "text/x.tlog.size";
const TEXT: &str = "text/plain; charset=utf-8";

/// Why a witness cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
}

/// A witness that listens.
#[derive(Debug)]
pub struct WitnessServer {
    listener: TcpListener,
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
        let listener = listen(address).map_err(|error| ServeError::Listen { address, error })?;
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
        self.listener.local_addr()
    }

    /// Answers until `stop` is done; answers that are under way are finished.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let routes = routes(self.shared);
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let (ending, ended) = watch::channel(false);
        tokio::pin!(stop);
        loop {
            let permit = Arc::clone(&places).acquire_owned();
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = async { (permit.await, self.listener.accept().await) } => accepted,
            };
            let (Ok(permit), Ok((stream, _))) = accepted else {
                tokio::time::sleep(AFTER_REFUSAL).await;
                continue;
            };
            tokio::spawn(serve(stream, routes.clone(), ended.clone(), permit));
        }
        drop(ended);
        let _ = ending.send(true);
        let _ = tokio::time::timeout(STOP_WITHIN, ending.closed()).await;
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A start after a stop must not wait for the old connections' ends.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING_MAX)
}

async fn serve(
    stream: TcpStream,
    routes: Router,
    mut ended: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN);
    let service = TowerToHyperService::new(routes);
    let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = &mut serving => {}
        _ = ended.changed() => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
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
