//! Connections: bounded in number, in the size of what they send and in the time they take.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::events::problem;
use crate::state::{Service, count};
use crate::{
    acts, events, figures, findings, health, intake, logs, objects, openapi, rejects, sources,
    stream, uploads,
};

/// Connections at once.
const CONNECTIONS_MAX: usize = 20_000;
/// Connections that wait to be accepted; more than these must try again after a second.
const WAITING_MAX: u32 = 4_096;
/// How long nothing is accepted after the system refused.
const AFTER_REFUSAL: Duration = Duration::from_millis(20);
/// Bytes of a request's body.
pub(crate) const BODY_BYTES_MAX: usize = 64 << 20;
/// Within which a request's headers must come.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// Within which a request must be answered, its body included.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Within which a whole file must come.
const FILE_WITHIN: Duration = Duration::from_secs(6 * 3_600);
/// How long a stop waits for answers that are under way.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Why the service cannot listen.
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

/// A service that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    service: Arc<Service>,
}

impl Server {
    /// Listens on an address. To be called within a runtime.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub fn bind(address: SocketAddr, service: Arc<Service>) -> Result<Self, ServeError> {
        let listener = listen(address).map_err(|error| ServeError::Listen { address, error })?;
        Ok(Self { listener, service })
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
        let routes = routes(Arc::clone(&self.service));
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let (ending, ended) = watch::channel(false);
        let housekeeping = tokio::spawn(intake::keep_house(Arc::clone(&self.service)));
        tokio::pin!(stop);
        loop {
            let permit = Arc::clone(&places).acquire_owned();
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = async { (permit.await, self.listener.accept().await) } => accepted,
            };
            let (Ok(permit), Ok((stream, _))) = accepted else {
                // Too many open files, mostly: those that time out make room.
                tokio::time::sleep(AFTER_REFUSAL).await;
                continue;
            };
            let connection = Connection {
                routes: routes.clone(),
                service: Arc::clone(&self.service),
                ended: ended.clone(),
                _permit: permit,
            };
            tokio::spawn(connection.run(stream));
        }
        drop(ended);
        self.service.ending.send_replace(true);
        let _ = ending.send(true);
        let _ = tokio::time::timeout(STOP_WITHIN, ending.closed()).await;
        let _ = tokio::time::timeout(STOP_WITHIN, housekeeping).await;
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

struct Connection {
    routes: Router,
    service: Arc<Service>,
    ended: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(mut self, stream: TcpStream) {
        count(&self.service.counters.connections, 1);
        let _ = stream.set_nodelay(true);
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADERS_WITHIN);
        let service = TowerToHyperService::new(self.routes.clone());
        let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            _ = &mut serving => {}
            _ = self.ended.changed() => {
                serving.as_mut().graceful_shutdown();
                let _ = serving.await;
            }
        }
        self.service
            .counters
            .connections
            .fetch_sub(1, Ordering::Relaxed);
    }
}

pub(crate) fn routes(service: Arc<Service>) -> Router {
    Router::from(api())
        .fallback(|| async { problem(StatusCode::NOT_FOUND, "there is nothing at this path") })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(axum::middleware::from_fn(guarded))
        .with_state(service)
}

/// Every route with its description.
pub(crate) fn api() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::with_openapi(openapi::Head::openapi())
        .routes(routes!(events::post, acts::list))
        .routes(routes!(acts::one))
        .routes(routes!(findings::list))
        .routes(routes!(findings::one))
        .routes(routes!(findings::changes))
        .routes(routes!(stream::stream))
        .routes(routes!(objects::list))
        .routes(routes!(objects::one))
        .routes(routes!(objects::timeline))
        .routes(routes!(objects::cases))
        .routes(routes!(objects::one_case))
        .routes(routes!(objects::case_timeline))
        .routes(routes!(figures::due))
        .routes(routes!(figures::counters))
        .routes(routes!(figures::packs))
        .routes(routes!(logs::list))
        .routes(routes!(logs::proof))
        .route("/log/{*path}", get(logs::file))
        .route("/v1/rejects", get(rejects::list))
        .route("/v1/rejects/{number}", get(rejects::one))
        .route("/v1/rejects/{number}/replay", post(rejects::replay))
        .route("/v1/rejects/{number}/dismiss", post(rejects::dismiss))
        .route("/v1/uploads", get(uploads::list).post(uploads::post))
        .route("/v1/uploads/{id}", get(uploads::one))
        .route("/v1/uploads/{id}/stream", get(uploads::stream))
        .route("/v1/sources", get(sources::list))
        .route("/v1/sources/{*source}", get(sources::one))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
        .routes(routes!(openapi::get))
        .routes(routes!(openapi::schema))
}

/// Every answer comes in time, and says to browsers what they may do with it.
async fn guarded(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    // The pattern of the path alone: what stands in its place is somebody's.
    let path = request.extensions().get::<MatchedPath>().cloned();
    // A file has limits of its own.
    let is_file = request.uri().path() == "/v1/uploads";
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let answer = async {
        // What is announced as too long is not waited for.
        if !is_file && announced.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
            let reason = format!("a request has at most {BODY_BYTES_MAX} bytes");
            return problem(StatusCode::PAYLOAD_TOO_LARGE, &reason);
        }
        next.run(request).await
    };
    let within = if is_file { FILE_WITHIN } else { ANSWER_WITHIN };
    let answered = tokio::time::timeout(within, answer).await;
    let mut response = answered
        .unwrap_or_else(|_| problem(StatusCode::REQUEST_TIMEOUT, "the request took too long"));
    let status = response.status().as_u16();
    let path = path.as_ref().map_or("none", MatchedPath::as_str);
    let milliseconds = began.elapsed().as_millis() as u64;
    if response.status().is_server_error() {
        tracing::warn!(%method, path, status, milliseconds, "answered");
    } else {
        tracing::debug!(%method, path, status, milliseconds, "answered");
    }
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(policy);
    response
}
