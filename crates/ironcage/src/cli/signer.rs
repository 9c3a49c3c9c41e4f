//! `ironcage signer`: signs the checkpoints of one ledger in a process of its own, with its own keys and memory.

use std::io::Write as _;
use std::path::PathBuf;

use cage_ledger::{SignerFolder, SignerServer};
use clap::Args;

use super::failure::{Failure, Status};
use super::interrupt;
use super::output::Voice;

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Example:
  ironcage signer --data signer --socket signer.sock --name ledger.example/0151
  ironcage serve --data ledger --open --name ledger.example --agency 0151 --signer signer.sock";

/// `ironcage signer`.
#[derive(Debug, Args)]
pub(crate) struct SignerOptions {
    /// The folder of the signer: its secret and what it signed last; begun when absent.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// Where to listen: a socket that owner and group of this process may use.
    #[arg(long, value_name = "SOCKET")]
    socket: PathBuf,
    /// Whose logs it signs, when the folder is begun: name and agency of the ledger, as NAME/AGENCY.
    #[arg(long, value_name = "NAME/AGENCY")]
    name: Option<String>,
}

pub(crate) fn run(options: &SignerOptions, voice: &Voice) -> Result<Status, Failure> {
    let opened = SignerFolder::open(&options.data, options.name.as_deref());
    let folder = opened.map_err(Failure::unreadable)?;
    let name = folder.name().to_owned();
    let server = SignerServer::bind(&options.socket, folder).map_err(Failure::unreadable)?;
    // That it listens is the result that scripts wait for, so it goes to standard output at once.
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", options.socket.display()).and_then(|()| out.flush());
    drop(out);
    voice.say(
        &format!("为 {name} 的日志签名；按 Ctrl-C 停止"),
        &format!("signs the logs of {name}; stop with Ctrl-C"),
    );
    let socket = options.socket.clone();
    // Nothing is lost at any instant: what is signed was kept before.
    interrupt::instead(move || {
        let _ = std::fs::remove_file(&socket);
        std::process::exit(0);
    });
    server.run().map_err(Failure::unreadable)?;
    Ok(Status::Clean)
}
