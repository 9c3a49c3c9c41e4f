//! `ironcage doctor`: looks at settings, disk and ledger, says what is wrong and what to do. Changes nothing but a
//! file of its own that it removes.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cage_formats::{EventAttributes, EventReader};
use cage_ledger::{Reader, Record, milliseconds_now};
use cage_model::{Bilingual, EventBuffer, Interner};
use clap::Args;
use serde_json::json;

use super::failure::{Failure, Status, two};
use super::output::{Voice, print};
use crate::settings::{Settings, environment};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage doctor --data ledger
  ironcage doctor --config ironcage.toml --json";

/// `ironcage doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorOptions {
    /// Settings in TOML; every one can be overridden by a variable such as IRONCAGE_LISTEN, and by an option.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The ledger's folder.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

/// How one thing stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Health {
    Good,
    /// Somebody should look at it.
    Look,
    /// The service does not work, or will not for long.
    Bad,
}

struct Remark {
    health: Health,
    what: Bilingual,
    /// What to do.
    advice: Bilingual,
}

#[derive(Default)]
struct Remarks(Vec<Remark>);

impl Remarks {
    fn good(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        self.add(Health::Good, (zh, en), ("", ""));
    }

    fn add(
        &mut self,
        health: Health,
        what: (impl Into<String>, impl Into<String>),
        advice: (&str, &str),
    ) {
        self.0.push(Remark {
            health,
            what: two(what.0.into(), what.1.into()),
            advice: two(advice.0.to_owned(), advice.1.to_owned()),
        });
    }
}

pub(crate) fn run(options: &DoctorOptions, voice: &Voice) -> Result<Status, Failure> {
    let mut remarks = Remarks::default();
    let settings = settings(options, &mut remarks);
    let data = options
        .data
        .clone()
        .or_else(|| settings.as_ref().and_then(|settings| settings.data.clone()));
    if let Some(settings) = &settings {
        packs(settings, &mut remarks);
    }
    open_files(&mut remarks);
    match data {
        Some(data) => {
            disk(&data, &mut remarks);
            keys(&data, &mut remarks);
            ledger(&data, &mut remarks);
        }
        None => remarks.add(
            Health::Look,
            (
                "未指明数据文件夹，账本未检查",
                "no data folder is named, so no ledger was looked at",
            ),
            (
                "加上 --data，或在设置中写明 data",
                "give --data, or data in the settings",
            ),
        ),
    }
    print(&if options.json {
        as_json(&remarks)
    } else {
        as_text(&remarks, voice)
    })?;
    let worst = remarks.0.iter().map(|remark| remark.health).max();
    Ok(if worst == Some(Health::Bad) {
        Status::Findings
    } else {
        Status::Clean
    })
}

fn settings(options: &DoctorOptions, remarks: &mut Remarks) -> Option<Settings> {
    match Settings::read(options.config.as_deref(), &environment()) {
        Ok((settings, strangers)) => {
            for stranger in strangers {
                remarks.add(
                    Health::Look,
                    (
                        format!("环境变量 {stranger} 不是任何设置"),
                        format!("{stranger} in the environment is no setting"),
                    ),
                    ("改正名称或删除该变量", "mend its name, or take it away"),
                );
            }
            remarks.good("设置可读", "the settings can be read");
            Some(settings)
        }
        Err(error) => {
            remarks.add(
                Health::Bad,
                (
                    format!("设置有误：{error}"),
                    format!("the settings are wrong: {error}"),
                ),
                ("按所指位置改正设置", "mend the settings at that place"),
            );
            None
        }
    }
}

fn packs(settings: &Settings, remarks: &mut Remarks) {
    for pack in &settings.pack {
        let shown = pack.display();
        match cage_pack::load(pack) {
            Ok(loaded) => {
                let (id, version) = (&loaded.pack.id, &loaded.pack.version);
                remarks.good(
                    format!("规则包 {id} {version} 可启用"),
                    format!("pack {id} {version} can be put into force"),
                );
            }
            Err(found) => {
                let count = found.len();
                remarks.add(
                    Health::Bad,
                    (
                        format!("规则包 {shown} 有 {count} 处错误"),
                        format!("pack {shown} has {count} faults"),
                    ),
                    (
                        "运行 ironcage pack check 查看并改正",
                        "see ironcage pack check, and mend them",
                    ),
                );
            }
        }
    }
}

/// Connections and files of one process; a service wants a few thousand.
const OPEN_FILES_MIN: u64 = 4_096;

fn open_files(remarks: &mut Remarks) {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let most = limit.current.unwrap_or(u64::MAX);
    if most < OPEN_FILES_MIN {
        remarks.add(
            Health::Look,
            (
                format!("本进程最多可打开 {most} 个文件"),
                format!("a process may open {most} files here"),
            ),
            (
                "提高上限（systemd 的 LimitNOFILE，或 ulimit -n 65536）",
                "raise the limit (LimitNOFILE of systemd, or ulimit -n 65536)",
            ),
        );
    } else {
        remarks.good(
            format!("可打开文件数 {most}"),
            format!("{most} files may be open"),
        );
    }
}

/// Free space below which somebody should look, and below which writing will soon end.
const FREE_LOOK: u64 = 5 << 30;
const FREE_BAD: u64 = 256 << 20;
/// Synchronisations of the trial, and how many a second a disk should make.
const SYNCS: u32 = 20;
const SYNCS_A_SECOND_MIN: f64 = 50.0;

fn disk(data: &Path, remarks: &mut Remarks) {
    let shown = data.display();
    if !data.is_dir() {
        remarks.add(
            Health::Look,
            (
                format!("{shown} 尚不存在"),
                format!("{shown} does not exist yet"),
            ),
            ("首次 serve 时会新建", "the first serve begins it"),
        );
        return;
    }
    if let Ok(about) = rustix::fs::statvfs(data) {
        let free = about.f_bavail.saturating_mul(about.f_frsize);
        let mebibytes = free >> 20;
        let health = match free {
            _ if free < FREE_BAD => Health::Bad,
            _ if free < FREE_LOOK => Health::Look,
            _ => Health::Good,
        };
        let advice = if health == Health::Good {
            ("", "")
        } else {
            (
                "腾出空间或换用更大的磁盘；写满时停止受理，已确认的不会丢失",
                "make room or take a larger disk; a full one takes nothing more, what was acknowledged is kept",
            )
        };
        remarks.add(
            health,
            (
                format!("磁盘剩余 {mebibytes} MiB"),
                format!("{mebibytes} MiB are free on the disk"),
            ),
            advice,
        );
    }
    match trial(data) {
        Ok(took) => {
            let rate = f64::from(SYNCS) / took.as_secs_f64().max(1e-9);
            let what = (
                format!("磁盘每秒可落盘 {rate:.0} 次"),
                format!("the disk makes {rate:.0} synchronisations a second"),
            );
            if rate < SYNCS_A_SECOND_MIN {
                remarks.add(
                    Health::Look,
                    what,
                    (
                        "逐条提交会慢；成批提交，或换用更快的磁盘",
                        "events sent one by one will be slow: send batches, or take a faster disk",
                    ),
                );
            } else {
                remarks.good(what.0, what.1);
            }
        }
        Err(error) => remarks.add(
            Health::Bad,
            (
                format!("{shown} 不可写：{error}"),
                format!("{shown} cannot be written to: {error}"),
            ),
            (
                "检查属主和权限：服务的用户须可写",
                "look at owner and permissions: the service's user must be able to write",
            ),
        ),
    }
}

/// How long some synchronised writes take.
fn trial(data: &Path) -> std::io::Result<Duration> {
    let file = tempfile::tempfile_in(data)?;
    let began = Instant::now();
    for round in 0..SYNCS {
        file.write_all_at(&[round as u8; 4096], u64::from(round) * 4096)?;
        file.sync_data()?;
    }
    Ok(began.elapsed())
}

fn keys(data: &Path, remarks: &mut Remarks) {
    for entry in fs::read_dir(data.join("keys"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let path = entry.path();
        let mode = fs::metadata(&path).map_or(0, |about| about.permissions().mode() & 0o777);
        if mode & 0o077 != 0 {
            let shown = path.display();
            remarks.add(
                Health::Bad,
                (
                    format!("密钥 {shown} 可被他人读取（权限 {mode:o}）"),
                    format!("the key {shown} can be read by others (mode {mode:o})"),
                ),
                (
                    "chmod 600；若可能已泄露，封存日志并换钥",
                    "chmod 600; if somebody may have read it, seal the logs and change the keys",
                ),
            );
        }
    }
}

fn ledger(data: &Path, remarks: &mut Remarks) {
    if !data.join("ledger.json").exists() {
        return;
    }
    if is_in_use(data) {
        remarks.good("服务正在运行", "a service is running on it");
    } else {
        remarks.add(
            Health::Look,
            ("没有服务在运行", "no service is running on it"),
            ("用 ironcage serve 启动", "start one with ironcage serve"),
        );
    }
    let reader = match Reader::open(data) {
        Ok(reader) => reader,
        Err(error) => {
            remarks.add(
                Health::Bad,
                (
                    format!("账本打不开：{error}"),
                    format!("the ledger cannot be opened: {error}"),
                ),
                RESTORE,
            );
            return;
        }
    };
    let records = reader.records();
    remarks.good(
        format!("账本可读，{records} 条记录"),
        format!("the ledger can be read, {records} records"),
    );
    published(&reader, remarks);
    every_record(&reader, remarks);
    clock(&reader, remarks);
}

/// Whether every record opens and is an event that rules can read: the first that is not ends the rules, and the service.
fn every_record(reader: &Reader, remarks: &mut Remarks) {
    let mut events = EventReader::new(EventAttributes::All);
    let (mut names, mut event) = (Interner::new(), EventBuffer::default());
    for number in 0..reader.records() {
        let body = match reader.record(number).map(|stored| stored.record) {
            Ok(Record::Entry {
                body: Some(body), ..
            }) => body,
            Ok(_) => continue,
            Err(error) => {
                let what = (
                    format!("记录 {number} 读不出：{error}"),
                    format!("record {number} cannot be read: {error}"),
                );
                remarks.add(Health::Bad, what, RESTORE);
                return;
            }
        };
        if names.len() > NAMES_KEPT_MAX {
            names = Interner::new();
        }
        if let Err(error) = events.read(&body, &mut names, &mut event) {
            let what = (
                format!("记录 {number} 不是规则能读的事件：{error}"),
                format!("record {number} is no event that rules can read: {error}"),
            );
            remarks.add(Health::Bad, what, OTHER_VERSION);
            return;
        }
    }
    remarks.good("每条记录都能读出", "every record can be read");
}

/// Names that are remembered before a reader begins anew.
const NAMES_KEPT_MAX: usize = 10_000;
/// What to do with a record that is whole and yet no event.
const OTHER_VERSION: (&str, &str) = (
    "该记录已受理，不可删除；请用受理它时的软件版本启动，并报告此问题",
    "it was acknowledged and stays: start the version of the software that took it, and report this",
);

fn is_in_use(data: &Path) -> bool {
    let lock = File::open(data.join("lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
}

/// What to do with a ledger that is not whole.
const RESTORE: (&str, &str) = (
    "运行 ironcage verify 找出损坏处；用 ironcage restore 从备份恢复，勿手工修改文件",
    "ironcage verify names what is damaged; ironcage restore brings it back from a backup; change no file by hand",
);

fn published(reader: &Reader, remarks: &mut Remarks) {
    for log in reader.logs().unwrap_or_default() {
        if log.published > log.size {
            let (origin, signed, found) = (&log.origin, log.published, log.size);
            remarks.add(
                Health::Bad,
                (
                    format!("{origin} 已签署 {signed} 条，却只读到 {found} 条：有缺失或损坏"),
                    format!("{origin} was signed for {signed} entries, but {found} can be read: some are missing or damaged"),
                ),
                RESTORE,
            );
        }
        let waiting = log.size.saturating_sub(log.published);
        if waiting > 0 {
            let origin = &log.origin;
            remarks.add(
                Health::Look,
                (
                    format!("{origin} 有 {waiting} 条尚未公布"),
                    format!("{origin} has {waiting} entries that are not published yet"),
                ),
                (
                    "服务运行时每秒公布一次；若长时间不变，查看磁盘空间和日志输出",
                    "a running service publishes once a second; if it stays so, look at the disk's space and the service's log",
                ),
            );
        }
    }
}

/// How far the machine's clock may be behind the last record, in milliseconds.
const BEHIND_MAX: u64 = 2_000;

fn clock(reader: &Reader, remarks: &mut Remarks) {
    let Some(last) = reader.records().checked_sub(1) else {
        return;
    };
    let accepted = match reader.record(last).map(|stored| stored.record) {
        Ok(Record::Entry { leaf, .. }) => leaf.accepted,
        Ok(Record::Tick(at)) => at,
        Err(_) => return,
    };
    let now = milliseconds_now();
    if accepted > now + BEHIND_MAX {
        let seconds = (accepted - now) / 1_000;
        remarks.add(
            Health::Bad,
            (
                format!("本机时钟比最后一条记录慢 {seconds} 秒"),
                format!("this machine's clock is {seconds} s behind the last record"),
            ),
            (
                "校准时钟（NTP）；受理时间从不倒退，时钟追上之前停在原处",
                "set the clock right (NTP); accepted times never go back and stand still until it has caught up",
            ),
        );
    }
}

fn as_text(remarks: &Remarks, voice: &Voice) -> String {
    let mut text = String::new();
    for Remark {
        health,
        what,
        advice,
    } in &remarks.0
    {
        let mark = match health {
            Health::Good => voice.choose("正常", "good"),
            Health::Look => voice.choose("留意", "look"),
            Health::Bad => voice.choose("故障", "BAD "),
        };
        let said = voice.choose(what.chinese(), what.english());
        let _ = writeln!(text, "{mark}  {said}");
        if !advice.is_empty() {
            let said = voice.choose(advice.chinese(), advice.english());
            let _ = writeln!(text, "      → {said}");
        }
    }
    text
}

fn as_json(remarks: &Remarks) -> String {
    let listed = remarks.0.iter().map(|remark| {
        let health = match remark.health {
            Health::Good => "good",
            Health::Look => "look",
            Health::Bad => "bad",
        };
        json!({
            "health": health,
            "what": { "zh": remark.what.zh, "en": remark.what.en },
            "advice": { "zh": remark.advice.zh, "en": remark.advice.en },
        })
    });
    format!("{:#}\n", json!(listed.collect::<Vec<_>>()))
}
