//! `ironcage witness`: cosigns checkpoints of other installations, over HTTP or from files.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cage_ledger::milliseconds_now;
use cage_proof::VerifierKey;
use cage_witness::{Answer, Watched, Witness, WitnessServer};
use clap::{Args, Subcommand};
use tokio::sync::Notify;

use super::failure::{Failure, Status};
use super::interrupt;
use super::output::{Voice, print};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage witness --data witness --name witness.example/university --logs logs.txt
  ironcage witness --data witness --log 'ledger.example/0151/2026/case+…' --listen 127.0.0.1:8481
  ironcage witness key --data witness
  ironcage witness sign --data witness --logs logs.txt < request > answer";

/// Bytes of a request at most.
const REQUEST_BYTES_MAX: u64 = 1 << 20;

/// `ironcage witness ...`: cosigns over HTTP (C2SP tlog-witness) until stopped, unless something else is asked.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct WitnessCommand {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    witness: WitnessOptions,
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8481")]
    listen: SocketAddr,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Cosign one request from standard input; the answer goes to standard output. For a machine without network.
    Sign(WitnessOptions),
    /// Print the witness's public key; it is made if the folder has none.
    Key(KeyOptions),
}

/// What every witness needs.
#[derive(Debug, Args)]
struct WitnessOptions {
    /// The folder of the witness: its key and what it cosigned last; begun when absent.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The name of the witness, when the folder is begun: a name that its operator holds.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A log to cosign, by its public key. May be repeated.
    #[arg(long, value_name = "KEY")]
    log: Vec<String>,
    /// A file with a line `log KEY` for each log to cosign (as in C2SP tlog-policy).
    #[arg(long, value_name = "FILE")]
    logs: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct KeyOptions {
    /// The folder of the witness: its key and what it cosigned last; begun when absent.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// The name of the witness, when the folder is begun: a name that its operator holds.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

pub(crate) fn run(command: &WitnessCommand, voice: &Voice) -> Result<Status, Failure> {
    match &command.action {
        Some(Action::Sign(options)) => sign(&open(options, voice)?),
        Some(Action::Key(options)) => {
            let opened = Witness::open(&options.data, options.name.as_deref(), Vec::new());
            let witness = opened.map_err(Failure::unreadable)?;
            print(&format!("{}\n", witness.key()))?;
            Ok(Status::Clean)
        }
        None => {
            let witness = open(&command.witness, voice)?;
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build();
            let runtime = runtime.map_err(Failure::unreadable)?;
            runtime.block_on(listen(command.listen, witness, voice))
        }
    }
}

fn open(options: &WitnessOptions, voice: &Voice) -> Result<Witness, Failure> {
    let Some(data) = &options.data else {
        return Err(Failure::usage(voice.choose(
            "请用 --data 给出见证人的文件夹",
            "name the folder of the witness with --data",
        )));
    };
    let mut keys = Vec::new();
    for text in &options.log {
        keys.push(VerifierKey::parse(text).map_err(Failure::usage)?);
    }
    if let Some(path) = &options.logs {
        keys.extend(logs_of(path)?);
    }
    if keys.is_empty() {
        return Err(Failure::usage(voice.choose(
            "未指定任何日志：请用 --log 或 --logs 给出公钥",
            "there is no log to cosign: name keys with --log or --logs",
        )));
    }
    let logs = Watched::of_keys(keys);
    Witness::open(data, options.name.as_deref(), logs).map_err(Failure::unreadable)
}

/// The keys of a file's lines `log KEY [URL]`; its other lines may be those of a policy.
fn logs_of(path: &Path) -> Result<Vec<VerifierKey>, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::unreadable(format!("cannot read {shown}: {error}")))?;
    let mut keys = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let key = match words.as_slice() {
            ["log", key] | ["log", key, _] => key,
            [] | ["witness" | "group" | "quorum", ..] => continue,
            [word, ..] if word.starts_with('#') => continue,
            [word, ..] => {
                let wrong = format!("{shown}:{}: {word:?} cannot stand here", place + 1);
                return Err(Failure::usage(format!(
                    "{wrong}; a log is a line `log KEY`"
                )));
            }
        };
        let key = VerifierKey::parse(key);
        keys.push(key.map_err(|error| Failure::usage(format!("{shown}:{}: {error}", place + 1)))?);
    }
    Ok(keys)
}

async fn listen(address: SocketAddr, witness: Witness, voice: &Voice) -> Result<Status, Failure> {
    let key = witness.key().to_string();
    let server = WitnessServer::bind(address, witness).map_err(Failure::usage)?;
    let address = server.address().map_err(Failure::unreadable)?;
    // Address and key are the results that scripts wait for, so they go to standard output at once.
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    interrupt::instead(move || stopped.notify_one());
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "http://{address}\n{key}").and_then(|()| out.flush());
    drop(out);
    voice.say("按 Ctrl-C 停止", "stop with Ctrl-C");
    server.run(stop.notified()).await;
    Ok(Status::Clean)
}

fn sign(witness: &Witness) -> Result<Status, Failure> {
    let mut request = Vec::new();
    let read = std::io::stdin().lock().take(REQUEST_BYTES_MAX + 1);
    let read = { read }.read_to_end(&mut request);
    read.map_err(|error| Failure::unreadable(format!("cannot read the request: {error}")))?;
    match witness.add_checkpoint(&request, milliseconds_now() / 1_000) {
        Answer::Cosigned(line) => print(&line).map(|()| Status::Clean),
        refused => Err(refusal(refused)),
    }
}

/// Why a request was not cosigned, in both languages.
fn refusal(answer: Answer) -> Failure {
    match answer {
        Answer::Conflict(size) => Failure::wrong_use(
            format!("上次签署的是 {size} 条：请求须写 old {size} 并附由此开始的证明"),
            format!(
                "{size} entries were cosigned last: the request must begin with `old {size}` and prove from there"
            ),
        ),
        Answer::Unknown => Failure::wrong_use(
            "所请求的日志不在见证之列".to_owned(),
            "the request is for a log that is not watched here".to_owned(),
        ),
        Answer::Inconsistent(why) => Failure::wrong_use(
            format!("与上次签署的不一致，可能有人改写了日志：{why}"),
            format!(
                "not consistent with what was cosigned last, the log may have been rewritten: {why}"
            ),
        ),
        Answer::Malformed(why) | Answer::Untrusted(why) => Failure::usage(why),
        Answer::Failed(why) => Failure::unreadable(why),
        Answer::Cosigned(line) => Failure::usage(line),
    }
}
