//! Accepts HTTP connections: bounded in number, in memory, in the time their headers take, in the time nobody reads an
//! answer, and in the time a stop waits for them.
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
/// Bytes that are read ahead of a connection, and bytes of an answer that wait to be written to it. Headers that are longer
/// are refused.
const BUFFER_BYTES: usize = 32 << 10;
/// Files that the process needs for everything but connections.
const OTHER_FILES: u64 = 128;
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
    /// After which a connection ends whose other side takes nothing of what is written.
    pub stalled: Duration,
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
    /// Listens on an address. To be called within a runtime. There are fewer connections where the system permits fewer
    /// open files, so that the process never lacks one for its own work.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub fn bind(address: SocketAddr, connections: Connections) -> Result<Self, ServeError> {
        let listener = listen(address, connections.waiting)
            .map_err(|error| ServeError::Listen { address, error })?;
        let open = connections.open.min(room(open_files()));
        Ok(Self {
            listener,
            connections: Connections {
                open,
                ..connections
            },
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
            give_up_after(&stream, self.connections.stalled);
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

/// Files that the process may have open, after it asked for as many as it may have.
#[cfg(unix)]
fn open_files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: maximum,
        maximum,
    };
    match setrlimit(Resource::Nofile, most) {
        Ok(()) => maximum,
        Err(_) => current,
    }
}

#[cfg(not(unix))]
fn open_files() -> Option<u64> {
    None
}

/// Connections for which there are files: all but what the rest of the process needs, and some of them in any case.
fn room(files: Option<u64>) -> usize {
    files.map_or(usize::MAX, |files| {
        let room = files.saturating_sub(OTHER_FILES).max(files / 4).max(1);
        usize::try_from(room).unwrap_or(usize::MAX)
    })
}

/// Lets the system end a connection whose other side takes nothing, be it gone or unwilling.
#[cfg(target_os = "linux")]
fn give_up_after(stream: &TcpStream, stalled: Duration) {
    let milliseconds = u32::try_from(stalled.as_millis()).unwrap_or(u32::MAX);
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds);
}

#[cfg(not(target_os = "linux"))]
fn give_up_after(_: &TcpStream, _: Duration) {}

async fn serve(
    stream: TcpStream,
    routes: Router,
    mut ended: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_buf_size(BUFFER_BYTES);
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

#[cfg(test)]
mod tests;
