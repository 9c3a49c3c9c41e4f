//! `bench ingest`: events over HTTP into a ledger on this disk, judged by rules, with clients in the same process.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cage_ledger::{Committer, Ledger, LedgerError, LedgerOptions};
use cage_pack::Loaded;
use cage_runner::RunnerError;
use cage_web::{IntakeOptions, Server};
use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::Measuring;
use super::finding::latencies;
use super::measure::{Job, Sample, Stopwatch};
use super::office::act;
use crate::cli::failure::Failure;
use crate::cli::output::Voice;
use crate::cli::rules::load_pack;
use crate::cli::station::Station;

/// `ironcage bench ingest`.
#[derive(Debug, Args)]
pub(crate) struct IngestBench {
    /// A rule pack that the events are held against.
    #[arg(long, value_name = "FOLDER")]
    pack: Option<PathBuf>,
    /// A folder on the disk to measure; a temporary one when not given.
    #[arg(long, value_name = "FOLDER")]
    on: Option<PathBuf>,
    /// Events of the job with one event a request.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    single: u64,
    /// Events of the job with 1,000 events a request.
    #[arg(long, value_name = "N", default_value_t = 400_000)]
    batched: u64,
    /// Events a second of the job that measures how soon findings are heard of.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    rate: u64,
    #[command(flatten)]
    pub(super) measuring: Measuring,
}

/// How long the job with a steady rate sends, in seconds.
const STEADY_SECONDS: u64 = 10;
/// Connections of the job with one event a request.
const SINGLE_CONNECTIONS: u64 = 64;
/// Connections and size of a batch of the other.
const BATCH_CONNECTIONS: u64 = 4;
const BATCH: u64 = 1_000;
/// How long synchronisations are counted.
const SYNCING: Duration = Duration::from_secs(1);

impl IngestBench {
    pub(super) fn jobs(&self, voice: &Voice) -> Vec<Job<'_>> {
        let voice = *voice;
        vec![
            Job::new(
                "sync",
                "the disk alone: 4 KiB and a synchronisation",
                || self.sync(),
            ),
            Job::new("single", "one event a request, 64 connections", move || {
                self.run(self.single, SINGLE_CONNECTIONS, 1, &voice)
            }),
            Job::new(
                "batched",
                "1,000 events a request, 4 connections",
                move || self.run(self.batched, BATCH_CONNECTIONS, BATCH, &voice),
            ),
            Job::new(
                "finding",
                "a steady rate, from sending to hearing of the finding",
                move || self.finding(&voice),
            ),
        ]
    }

    fn folder(&self) -> Result<tempfile::TempDir, Failure> {
        let made = match &self.on {
            Some(folder) => tempfile::tempdir_in(folder),
            None => tempfile::tempdir(),
        };
        made.map_err(Failure::unreadable)
    }

    fn finding(&self, voice: &Voice) -> Result<Sample, Failure> {
        let folder = self.folder()?;
        let Some(pack) = &self.pack else {
            return Err(Failure::usage(
                "name rules with --pack, so that there is something to find",
            ));
        };
        let packs = [load_pack(pack, voice)?];
        let (sample, found) = runtime()?.block_on(async {
            let running = Running::start(folder.path(), &packs)?;
            let watch = Stopwatch::start();
            let found = latencies(running.address, self.rate, STEADY_SECONDS).await;
            let found = found.map_err(Failure::unreadable)?;
            Ok::<_, Failure>((running.stop(&watch).await?, found))
        })?;
        let of = |percent: usize| {
            let place = found.times.len() * percent / 100;
            found.times.get(place).map_or(0.0, Duration::as_secs_f64) * 1e3
        };
        Ok(sample
            .with("events_per_second", self.rate)
            .with("findings_heard", found.times.len())
            .with("findings_not_heard", found.unheard)
            .with("milliseconds_p50", of(50))
            .with("milliseconds_p99", of(99)))
    }

    /// What one synchronisation of this disk takes: the limit of one event a group.
    fn sync(&self) -> Result<Sample, Failure> {
        use std::os::unix::fs::FileExt as _;
        let folder = self.folder()?;
        let file =
            std::fs::File::create(folder.path().join("sync")).map_err(Failure::unreadable)?;
        file.write_all_at(&vec![0; 64 << 20], 0)
            .map_err(Failure::unreadable)?;
        file.sync_all().map_err(Failure::unreadable)?;
        let watch = Stopwatch::start();
        let began = Instant::now();
        let mut count = 0_u64;
        while began.elapsed() < SYNCING {
            let at = count % 16_000 * 4_096;
            file.write_all_at(&[1; 4_096], at)
                .map_err(Failure::unreadable)?;
            file.sync_data().map_err(Failure::unreadable)?;
            count += 1;
        }
        Ok(watch.stop().with("synchronisations", count))
    }

    fn run(
        &self,
        events: u64,
        connections: u64,
        batch: u64,
        voice: &Voice,
    ) -> Result<Sample, Failure> {
        let folder = self.folder()?;
        let packs = match &self.pack {
            Some(pack) => vec![load_pack(pack, voice)?],
            None => Vec::new(),
        };
        let runtime = runtime()?;
        let each = events / connections / batch;
        let (sample, slowest) =
            runtime.block_on(measured(folder.path(), packs, connections, each, batch))?;
        let kept = connections * each * batch;
        Ok(sample
            .with("events", kept)
            .with("milliseconds_p99", slowest))
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(Failure::unreadable)
}

/// A service that answers, within this process.
struct Running {
    address: std::net::SocketAddr,
    committer: Committer,
    writer: std::thread::JoinHandle<Result<(), LedgerError>>,
    following: tokio::task::JoinHandle<Result<(), RunnerError>>,
    stop: Arc<Notify>,
}

impl Running {
    fn start(folder: &std::path::Path, packs: &[Loaded]) -> Result<Self, Failure> {
        let options = LedgerOptions::new(folder.to_owned(), "bench.invalid", "bench");
        let ledger = Ledger::open(options).map_err(Failure::unreadable)?;
        let Station {
            committer,
            writer,
            following,
            service,
        } = Station::start(ledger, packs, &IntakeOptions::default())?;
        let any = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(any, service).map_err(Failure::unreadable)?;
        let address = server.address().map_err(Failure::unreadable)?;
        let stop = Arc::new(Notify::new());
        let stopping = Arc::clone(&stop);
        drop(tokio::spawn(async move {
            server.run(stopping.notified()).await;
        }));
        Ok(Self {
            address,
            committer,
            writer,
            following,
            stop,
        })
    }

    /// Waits until everything is durable and judged; the watch is read then.
    async fn stop(self, watch: &Stopwatch) -> Result<Sample, Failure> {
        self.committer.stop();
        let writer = self.writer;
        let ended = tokio::task::spawn_blocking(move || writer.join()).await;
        let judged = self.following.await.map_err(Failure::unreadable)?;
        let sample = watch.stop();
        judged.map_err(Failure::unreadable)?;
        if !matches!(ended, Ok(Ok(Ok(())))) {
            return Err(Failure::unreadable("the ledger's writer failed"));
        }
        self.stop.notify_one();
        Ok(sample)
    }
}

/// Starts a service, lets clients send, waits until everything is judged; and the 99th percentile of the
/// requests' times in milliseconds.
async fn measured(
    folder: &std::path::Path,
    packs: Vec<Loaded>,
    connections: u64,
    each: u64,
    batch: u64,
) -> Result<(Sample, f64), Failure> {
    let running = Running::start(folder, &packs)?;
    let address = running.address;
    let watch = Stopwatch::start();
    let clients = (0..connections).map(|client| tokio::spawn(send(address, client, each, batch)));
    let clients: Vec<_> = clients.collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(
            client
                .await
                .map_err(Failure::unreadable)?
                .map_err(Failure::unreadable)?,
        );
    }
    let sample = running.stop(&watch).await?;
    times.sort_unstable();
    let late = times
        .get(times.len() * 99 / 100)
        .copied()
        .unwrap_or_default();
    Ok((sample, late.as_secs_f64() * 1e3))
}

/// Sends requests one after the other over one connection, and how long each took.
async fn send(
    address: std::net::SocketAddr,
    client: u64,
    requests: u64,
    batch: u64,
) -> std::io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::with_capacity(requests as usize);
    let mut answer = Vec::new();
    for request in 0..requests {
        let body = body(client, request, batch);
        let kind = if batch == 1 {
            "application/cloudevents+json"
        } else {
            "application/cloudevents-batch+json"
        };
        let length = body.len();
        let head = format!(
            "POST /v1/events HTTP/1.1\r\nHost: bench\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        let began = Instant::now();
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        read_answer(&mut stream, &mut answer).await?;
        times.push(began.elapsed());
    }
    Ok(times)
}

pub(super) async fn read_answer(
    stream: &mut TcpStream,
    answer: &mut Vec<u8>,
) -> std::io::Result<()> {
    answer.clear();
    let mut piece = vec![0; 64 << 10];
    loop {
        let read = stream.read(&mut piece).await?;
        answer.extend(&piece[..read]);
        let head_end = answer.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = head_end {
            let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if !head.starts_with("http/1.1 200") {
                return Err(std::io::Error::other(head));
            }
            if answer.len() >= end + 4 + length.unwrap_or(0) {
                return Ok(());
            }
        }
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Acts of an office, one or an array of them.
fn body(client: u64, request: u64, batch: u64) -> String {
    let mut body = String::new();
    if batch == 1 {
        act(&mut body, client, request, None);
        return body;
    }
    for place in 0..batch {
        body.push(if place == 0 { '[' } else { ',' });
        act(&mut body, client, request * batch + place, None);
    }
    body.push(']');
    body
}
