//! How long it takes from sending an event to hearing of its finding on the stream, at a steady rate.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval};

use super::ingest::read_answer;

/// Connections that send; each sends one event after the other.
const CONNECTIONS: u64 = 64;
/// Every so many events one is a decision without anything before it, which is found at once.
const WRONG_EVERY: u64 = 10;
/// How long the last findings are waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// When each wrong event was sent, by its case; and how long it took to hear of those that were heard of.
#[derive(Default)]
struct Heard {
    sent: HashMap<String, Instant>,
    times: Vec<Duration>,
}

type Shared = Arc<Mutex<Heard>>;

/// What came out.
pub(super) struct Latencies {
    /// From sending to hearing, in order.
    pub(super) times: Vec<Duration>,
    /// Wrong events of which nothing was heard.
    pub(super) unheard: usize,
}

/// Sends so many events a second for a while and listens.
pub(super) async fn latencies(
    address: SocketAddr,
    rate: u64,
    seconds: u64,
) -> std::io::Result<Latencies> {
    let heard = Shared::default();
    let listening = tokio::spawn(listen(address, Arc::clone(&heard)));
    // The stream is up before the first event.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let each = rate * seconds / CONNECTIONS;
    let apart = Duration::from_secs_f64(CONNECTIONS as f64 / rate as f64);
    let sending: Vec<_> = (0..CONNECTIONS)
        .map(|client| tokio::spawn(send(address, (client, each), apart, Arc::clone(&heard))))
        .collect();
    for client in sending {
        client.await.map_err(std::io::Error::other)??;
    }
    let began = Instant::now();
    while !heard.lock().await.sent.is_empty() && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    listening.abort();
    let mut heard = heard.lock().await;
    heard.times.sort_unstable();
    Ok(Latencies {
        times: std::mem::take(&mut heard.times),
        unheard: heard.sent.len(),
    })
}

async fn listen(address: SocketAddr, heard: Shared) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(b"GET /v1/stream HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n")
        .await?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(line) = lines.next_line().await? {
        let Some((_, rest)) = line.split_once("\"object\":\"") else {
            continue;
        };
        let case = rest.split('"').next().unwrap_or_default();
        let mut heard = heard.lock().await;
        if let Some(began) = heard.sent.remove(case) {
            heard.times.push(began.elapsed());
        }
    }
    Ok(())
}

async fn send(
    address: SocketAddr,
    (client, events): (u64, u64),
    apart: Duration,
    heard: Shared,
) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::new();
    let mut pace = interval(apart);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for number in 0..events {
        pace.tick().await;
        let is_wrong = (number + client).is_multiple_of(WRONG_EVERY);
        let kind = if is_wrong { "decide" } else { "accept" };
        let case = format!("L{client}-{number}");
        let body = format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{number}\",\"source\":\"pace/{client}\",\"type\":\"{kind}\",\
             \"data\":{{\"objects\":[{{\"type\":\"case\",\"id\":\"{case}\"}},\
             {{\"type\":\"officer\",\"id\":\"P{}\"}}],\"attributes\":{{\"fee\":12.50}}}}}}",
            number % 997
        );
        let length = body.len();
        let request = format!(
            "POST /v1/events HTTP/1.1\r\nHost: bench\r\nContent-Type: application/cloudevents+json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        if is_wrong {
            heard.lock().await.sent.insert(case, Instant::now());
        }
        stream.write_all(request.as_bytes()).await?;
        read_answer(&mut stream, &mut answer).await?;
    }
    Ok(())
}
