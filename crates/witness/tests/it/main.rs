//! A witness over HTTP, reached by our own client and by hand-made requests.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod publishing;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use cage_ledger::WitnessLink as _;
use cage_proof::{
    AddCheckpoint, Checkpoint, Frontier, Hash, KeyKind, Note, NoteSigner, cosigned_at,
};
use cage_witness::{HttpLink, Watched, Witness, WitnessServer};
use tokio::sync::oneshot;

const ORIGIN: &str = "ledger.example/0151/2026/case";

struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    key: cage_proof::VerifierKey,
}

impl Running {
    fn start(folder: &std::path::Path) -> Self {
        let logs = Watched::of_keys([signer().verifier().clone()]);
        let witness = Witness::open(folder, Some("witness.example"), logs).unwrap();
        let key = witness.key().clone();
        let (told, heard) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let server = WitnessServer::bind(([127, 0, 0, 1], 0).into(), witness).unwrap();
                told.send(server.address().unwrap()).unwrap();
                server.run(async { drop(stopped.await) }).await;
            });
        });
        Self {
            address: heard.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
            key,
        }
    }

    fn link(&self) -> HttpLink {
        HttpLink::new(&format!("http://{}/", self.address)).unwrap()
    }

    /// Status line, headers and body of a request as it stands.
    fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

fn signer() -> NoteSigner {
    NoteSigner::from_seed(ORIGIN, KeyKind::Note, &[1; 32]).unwrap()
}

/// A request to cosign a log of so many entries, from nothing.
fn request(old: u64, size: u64) -> AddCheckpoint {
    let mut tree = Frontier::new();
    (0..size).for_each(|index| tree.push(Hash::leaf(&index.to_be_bytes())));
    let checkpoint = Checkpoint::new(ORIGIN, size, tree.root());
    let signature = signer().sign(&checkpoint.to_string());
    let note = checkpoint.into_note(vec![signature]);
    AddCheckpoint {
        old,
        proof: Vec::new(),
        note,
    }
}

#[test]
fn our_client_has_a_checkpoint_cosigned_and_reads_it_back() {
    let place = tempfile::tempdir().unwrap();
    let running = Running::start(place.path());
    let link = running.link();
    assert_eq!(link.last_checkpoint(ORIGIN).unwrap().status, 404);
    let asked = request(0, 5);
    let reply = link.add_checkpoint(&asked.to_string()).unwrap();
    assert_eq!(reply.status, 200);
    let signed = [asked.note.to_string().as_bytes(), &reply.body].concat();
    let keys = [running.key.clone()];
    let note = Note::parse(&signed).unwrap();
    assert_eq!(cosigned_at(&note, &keys).unwrap().len(), 1);
    let last = link.last_checkpoint(ORIGIN).unwrap();
    assert_eq!((last.status, last.body), (200, signed));
    let conflict = link.add_checkpoint(&request(0, 7).to_string()).unwrap();
    assert_eq!((conflict.status, conflict.body), (409, b"5\n".to_vec()));
}

#[test]
fn answers_have_the_statuses_and_types_of_the_protocol() {
    let place = tempfile::tempdir().unwrap();
    let running = Running::start(place.path());
    let post = |body: &str| {
        let length = body.len();
        running.raw(&format!(
            "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    };
    assert!(post(&request(0, 5).to_string()).starts_with("HTTP/1.1 200 "));
    let conflict = post(&request(0, 9).to_string()).to_lowercase();
    assert!(conflict.starts_with("http/1.1 409 "));
    assert!(conflict.contains("\r\ncontent-type: text/x.tlog.size\r\n"));
    assert!(conflict.ends_with("\r\n\r\n5\n"));
    let mut forged = request(5, 5);
    forged.note.signatures[0].bytes[0] ^= 1;
    let other = request(0, 5).to_string().replace("0151", "0152");
    for (body, status) in [
        ("nonsense", 400),
        (&request(9, 5).to_string(), 400),
        (&forged.to_string(), 403),
        (&other, 404),
        (&request(5, 9).to_string(), 422),
    ] {
        let answer = post(body);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    let get = |path: &str| {
        running.raw(&format!(
            "GET {path} HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n"
        ))
    };
    let digest = Hash::sha256(ORIGIN.as_bytes());
    assert!(get(&format!("/{digest}/checkpoint")).starts_with("HTTP/1.1 200 "));
    for path in [
        "/",
        "/add-checkpoint/x",
        "/%2e%2e/checkpoint",
        "/00/checkpoint",
    ] {
        assert!(get(path).starts_with("HTTP/1.1 404 "), "{path}");
    }
    let long = "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 9000000\r\n\r\n";
    let answer = running.raw(&format!("{long}{}", "x".repeat(2 << 20)));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn a_witness_that_is_silent_or_absent_is_given_up_in_time() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let began = Instant::now();
    let link = HttpLink::new(&format!("http://{address}")).unwrap();
    assert!(link.add_checkpoint("old 0\n").is_err());
    assert!(began.elapsed() < Duration::from_secs(8));
    drop(silent);
    assert!(link.add_checkpoint("old 0\n").is_err());
    for wrong in ["", "witness.example", "ftp://w", "http://", "http://w/?a=b"] {
        assert!(HttpLink::new(wrong).is_err(), "{wrong}");
    }
    HttpLink::new("https://witness.example/prefix").unwrap();
}
