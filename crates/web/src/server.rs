//! The service on HTTP: its routes, and bounds on the size and the time of a request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};
use cage_listen::{Connections, Happened, Listener, STOP_WITHIN, ServeError};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answers::Answers;
use crate::events::problem;
use crate::state::Service;
use crate::{
    acts, bundles, erasures, events, figures, findings, health, holds, intake, logs, objects,
    openapi, rejects, sources, stream, uploads,
};

/// Connections of a service.
const CONNECTIONS: Connections = Connections {
    open: 20_000,
    waiting: 4_096,
    stalled: Duration::from_secs(30),
};
/// Bytes of a request's body.
pub(crate) const BODY_BYTES_MAX: usize = 64 << 20;
/// Bytes of the bodies that no budget counts: a person's words.
const WORDS_BYTES_MAX: usize = 64 << 10;
/// Within which a request must be answered, its body included.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Within which a whole file must come.
const FILE_WITHIN: Duration = Duration::from_secs(6 * 3_600);

/// A service that listens.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    service: Arc<Service>,
}

impl Server {
    /// Listens on an address. To be called within a runtime.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub fn bind(address: SocketAddr, service: Arc<Service>) -> Result<Self, ServeError> {
        let listener = Listener::bind(address, CONNECTIONS)?;
        Ok(Self { listener, service })
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
        let Self { listener, service } = self;
        let housekeeping = tokio::spawn(intake::keep_house(Arc::clone(&service)));
        let stop = async {
            stop.await;
            service.ending.send_replace(true);
        };
        let counted = Arc::clone(&service);
        let told = move |happened| {
            let connections = &counted.counters.connections;
            match happened {
                Happened::Opened => connections.fetch_add(1, Ordering::Relaxed),
                Happened::Closed => connections.fetch_sub(1, Ordering::Relaxed),
            };
        };
        let routes = routes(Arc::clone(&service));
        listener.run(routes, told, stop).await;
        let _ = tokio::time::timeout(STOP_WITHIN, housekeeping).await;
    }
}

pub(crate) fn routes(service: Arc<Service>) -> Router {
    Router::from(api())
        .fallback(|| async { problem(StatusCode::NOT_FOUND, "there is nothing at this path") })
        .layer(DefaultBodyLimit::max(WORDS_BYTES_MAX))
        .layer(axum::middleware::from_fn_with_state(
            Answers::default(),
            guarded,
        ))
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
        .routes(routes!(bundles::of_object))
        .routes(routes!(bundles::of_case))
        .routes(routes!(erasures::list, erasures::post))
        .routes(routes!(erasures::one))
        .routes(routes!(holds::list, holds::post))
        .routes(routes!(holds::release))
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
async fn guarded(State(answers): State<Answers>, request: Request, next: Next) -> Response {
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
        answers.to(request, next).await
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
