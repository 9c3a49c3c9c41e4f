//! `ironcage serve`: the ledger over HTTP, in one process with one folder.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use cage_gateway::Undeclared;
use cage_ledger::{Ledger, LedgerError, LedgerOptions};
use cage_pack::Loaded;
use cage_web::{IntakeOptions, Quota, Server};
use clap::Args;
use tokio::sync::Notify;

use super::builtin;
use super::failure::{Failure, Status};
use super::interrupt;
use super::journal;
use super::output::Voice;
use super::rules::load_pack;
use super::station::{Station, rules_stopped};
use super::witnessing;
use crate::settings::{
    IngestSettings, LimitSettings, QuotaSettings, Settings, UndeclaredEvents, environment,
};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Example:
  ironcage serve --data ledger --open
  curl -H 'Content-Type: application/cloudevents+json' http://127.0.0.1:8480/v1/events -d \\
    '{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"window/3\",\"type\":\"accept\",
      \"data\":{\"objects\":[{\"type\":\"case\",\"id\":\"C1\"}]}}'";

/// `ironcage serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// Settings in TOML; every one can be overridden by a variable such as IRONCAGE_LISTEN, and by an option.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder that holds everything; begun when absent.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Where to listen; 127.0.0.1:8480 when not given.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// A rule pack to put into force: a folder, or one TOML file. May be repeated.
    #[arg(long, value_name = "FOLDER")]
    pack: Vec<PathBuf>,
    /// Without sign-in, for trying out; on this machine alone.
    #[arg(long)]
    open: bool,
    /// First part of every log's name, when the folder is begun: a name that you hold.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The agency, when the folder is begun: 1 to 32 of A-Z a-z 0-9 . _ -
    #[arg(long, value_name = "CODE")]
    agency: Option<String>,
    /// A witness that must cosign every checkpoint: its address and its public key. May be repeated.
    #[arg(long, value_name = "URL=KEY")]
    witness: Vec<String>,
    /// Which witnesses must cosign: a policy with their addresses (C2SP tlog-policy).
    #[arg(long, value_name = "FILE", conflicts_with = "witness")]
    policy: Option<PathBuf>,
    /// The socket of `ironcage signer`, which signs the logs then; decided when the folder is begun.
    #[arg(long, value_name = "SOCKET")]
    signer: Option<PathBuf>,
    /// What happens to events that no pack in force declares: refused (the default), or kept and counted.
    #[arg(long, value_name = "WHAT", value_enum)]
    undeclared: Option<UndeclaredEvents>,
}

/// Where to listen when nobody says.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8480);
/// First part of every log's name when nobody says: a name that nobody can hold.
const NAME: &str = "ledger.invalid";
/// The agency when nobody says.
const AGENCY: &str = "local";

impl ServeOptions {
    /// The settings of file, environment and command line, the later over the earlier.
    fn settings(&self, voice: &Voice) -> Result<Settings, Failure> {
        let (settings, strangers) =
            Settings::read(self.config.as_deref(), &environment()).map_err(Failure::usage)?;
        for stranger in strangers {
            voice.say(
                &format!("环境变量 {stranger} 不是任何设置"),
                &format!("{stranger} in the environment is no setting"),
            );
        }
        Ok(Settings {
            data: self.data.clone().or(settings.data),
            listen: self.listen.or(settings.listen),
            open: self.open || settings.open,
            pack: if self.pack.is_empty() {
                settings.pack
            } else {
                self.pack.clone()
            },
            name: self.name.clone().or(settings.name),
            agency: self.agency.clone().or(settings.agency),
            witness: if self.witness.is_empty() {
                settings.witness
            } else {
                self.witness.clone()
            },
            policy: self.policy.clone().or(settings.policy),
            signer: self.signer.clone().or(settings.signer),
            log: settings.log,
            limits: settings.limits,
            quota: settings.quota,
            ingest: IngestSettings {
                undeclared: self.undeclared.unwrap_or(settings.ingest.undeclared),
            },
        })
    }
}

pub(crate) fn run(options: &ServeOptions, voice: &Voice) -> Result<Status, Failure> {
    let settings = options.settings(voice)?;
    journal::begin(settings.log);
    let Some(data) = &settings.data else {
        return Err(Failure::usage(voice.choose(
            "请指明数据文件夹：--data、设置文件中的 data 或 IRONCAGE_DATA",
            "name the data folder: --data, data in the settings, or IRONCAGE_DATA",
        )));
    };
    let listen_on = settings.listen.unwrap_or(LISTEN);
    if !settings.open {
        return Err(Failure::usage(voice.choose(
            "登录尚未提供：请加 --open（仅限本机试用）",
            "signing in does not exist yet: give --open, for trying out on this machine",
        )));
    }
    if !listen_on.ip().is_loopback() {
        return Err(Failure::usage(voice.choose(
            "--open 只允许监听本机地址，例如 127.0.0.1:8480",
            "--open listens on this machine alone, for example on 127.0.0.1:8480",
        )));
    }
    let packs = settings.pack.iter().map(|pack| load_pack(pack, voice));
    let mut packs = packs.collect::<Result<Vec<_>, Failure>>()?;
    packs.extend(builtin::packs(voice)?);
    let name = settings.name.as_deref().unwrap_or(NAME);
    let agency = settings.agency.as_deref().unwrap_or(AGENCY);
    let ledger = LedgerOptions {
        signer: settings.signer.clone(),
        ..LedgerOptions::new(data.clone(), name, agency)
    };
    let mut ledger = Ledger::open(ledger).map_err(Failure::unreadable)?;
    witnessing::join(&mut ledger, &settings, voice)?;
    if ledger.dropped() > 0 {
        let bytes = ledger.dropped();
        voice.say(
            &format!("末尾 {bytes} 字节未写完，从未确认，已清除"),
            &format!(
                "{bytes} bytes at the end were never whole and never acknowledged; they are cleared"
            ),
        );
    }
    for made in ledger.indexes_made() {
        voice.say(
            &format!("第 {} 段的索引已由该段重建：{}", made.segment, made.why),
            &format!(
                "the index of segment {} was made again from the segment: {}",
                made.segment, made.why
            ),
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(Failure::unreadable)?;
    let intake = intake_options(&settings);
    runtime.block_on(listen(listen_on, ledger, (&packs, &intake), voice))
}

/// How much is taken in and how fast, as the settings say.
fn intake_options(settings: &Settings) -> IntakeOptions {
    let mut options = IntakeOptions {
        undeclared: match settings.ingest.undeclared {
            UndeclaredEvents::Refuse => Undeclared::Refuse,
            UndeclaredEvents::Count => Undeclared::Count,
        },
        ..IntakeOptions::default()
    };
    let LimitSettings {
        bodies_mib,
        upload_mib,
        rejects,
        rejects_per_source,
    } = &settings.limits;
    if let Some(most) = bodies_mib {
        options.body_bytes = (most.get() as usize) << 20;
    }
    if let Some(most) = upload_mib {
        options.uploads.file_bytes = u64::from(most.get()) << 20;
    }
    if let Some(most) = rejects {
        options.rejects.rows = most.get().into();
    }
    if let Some(most) = rejects_per_source {
        options.rejects.rows_per_source = most.get().into();
    }
    let quota = |per_second: NonZeroU32, burst: Option<NonZeroU32>| Quota {
        per_second: per_second.get(),
        burst: burst.unwrap_or(per_second).get(),
    };
    let QuotaSettings {
        per_second,
        burst,
        source,
    } = &settings.quota;
    options.quotas.default = per_second.map(|rate| quota(rate, *burst));
    options.quotas.sources = source
        .iter()
        .map(|(name, of)| (name.clone(), quota(of.per_second, of.burst)))
        .collect();
    options
}

async fn listen(
    listen_on: SocketAddr,
    ledger: Ledger,
    (packs, intake): (&[Loaded], &IntakeOptions),
    voice: &Voice,
) -> Result<Status, Failure> {
    let stop = Arc::new(Notify::new());
    let Station {
        committer,
        writer,
        following,
        service,
    } = Station::start(ledger, packs, intake)?;
    let server = Server::bind(listen_on, service).map_err(Failure::usage)?;
    let address = server.address().map_err(Failure::unreadable)?;
    // Whoever sees the address may stop it at once.
    let stopped = Arc::clone(&stop);
    interrupt::instead(move || stopped.notify_one());
    // The address is the result that scripts wait for, so it goes to standard output at once.
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "http://{address}").and_then(|()| out.flush());
    drop(out);
    voice.say("按 Ctrl-C 停止", "stop with Ctrl-C");
    // A writer that ends by itself could not make something durable: the process must not go on.
    let ended = tokio::task::spawn_blocking(move || writer.join());
    let (mut broken, mut fallen) = (None, None);
    tokio::pin!(ended, following);
    let until = async {
        tokio::select! {
            () = stop.notified() => {}
            result = &mut ended => broken = Some(result),
            result = &mut following => fallen = Some(result),
        }
    };
    server.run(until).await;
    let result = match broken {
        Some(result) => result,
        None => {
            committer.stop();
            ended.await
        }
    };
    if let Some(fallen) = fallen {
        return Err(match fallen {
            Ok(Err(error)) => rules_stopped(&error),
            Ok(Ok(())) | Err(_) => Failure::unreadable("the rules stopped; please report it"),
        });
    }
    match result {
        Ok(Ok(Ok(()))) => Ok(Status::Clean),
        Ok(Ok(Err(error))) => Err(Failure::unreadable(explained(&error, voice))),
        Ok(Err(_)) | Err(_) => Err(Failure::unreadable(
            "the ledger's writer failed; please report it",
        )),
    }
}

fn explained(error: &LedgerError, voice: &Voice) -> String {
    let what = voice.choose(
        "未能落盘，已停止写入；已确认的内容都在，重新启动会从磁盘核对",
        "something could not be made durable, so nothing more is taken; what was acknowledged is kept, and a new start reads it from the disk",
    );
    format!("{error}: {what}")
}
