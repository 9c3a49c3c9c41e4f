//! Accepts HTTP connections: bounded in number, in the time their headers take, and in the time a stop waits for them.
//!
//! Owns the word *listen*. What is answered, how large it may be and within which time belongs to whoever brings the
//! routes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// How long nothing is accepted after the system refused.
const AFTER_REFUSAL: Duration = Duration::from_millis(20);
/// Within which a request's headers must come.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// How long a stop waits for answers that are under way.
pub const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Why nobody can listen.
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

/// How many connections there may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Connections {
    /// At once.
    pub open: usize,
    /// That wait to be accepted; more than these must try again after a second.
    pub waiting: u32,
}

/// What happens to a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Happened {
    /// It begins.
    Opened,
    /// It ended.
    Closed,
}

/// An address that is listened on.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    connections: Connections,
}

impl Listener {
    /// Listens on an address. To be called within a runtime.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub fn bind(address: SocketAddr, connections: Connections) -> Result<Self, ServeError> {
        let listener = listen(address, connections.waiting)
            .map_err(|error| ServeError::Listen { address, error })?;
        Ok(Self {
            listener,
            connections,
        })
    }

    /// Where it listens; the port is the real one where 0 was asked for.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers by these routes until `stop` is done; answers that are under way are finished. `told` hears of every
    /// connection.
    pub async fn run(
        self,
        routes: Router,
        told: impl Fn(Happened) + Clone + Send + 'static,
        stop: impl Future<Output = ()>,
    ) {
        let places = Arc::new(Semaphore::new(self.connections.open));
        let (ending, ended) = watch::channel(false);
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
            let (routes, ended, told) = (routes.clone(), ended.clone(), told.clone());
            tokio::spawn(async move {
                told(Happened::Opened);
                serve(stream, routes, ended, permit).await;
                told(Happened::Closed);
            });
        }
        drop(ended);
        let _ = ending.send(true);
        let _ = tokio::time::timeout(STOP_WITHIN, ending.closed()).await;
    }
}

fn listen(address: SocketAddr, waiting: u32) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A start after a stop must not wait for the old connections' ends.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(waiting)
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
