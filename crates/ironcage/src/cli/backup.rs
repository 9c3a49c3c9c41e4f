//! `ironcage backup` and `ironcage restore`: copies of a ledger, and a ledger from one.

use std::path::PathBuf;

use cage_ledger::{Backup, BackupError, restore};
use clap::Args;

use super::failure::{Failure, Status};
use super::output::{Voice, print};
use super::progress::Progress;

/// Shown below the help of `backup`.
pub(crate) const BACKUP_EXAMPLES: &str = "\
Example:
  ironcage backup --data ledger --to /backup/ledger --keys-to /safe/ledger-keys";

/// Shown below the help of `restore`.
pub(crate) const RESTORE_EXAMPLES: &str = "\
Example:
  ironcage restore --from /backup/ledger --keys-from /safe/ledger-keys --data ledger";

/// `ironcage backup`.
#[derive(Debug, Args)]
pub(crate) struct BackupOptions {
    /// The ledger's folder; a service may be running on it.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// Where to copy it; a backup that is there already is brought up to date.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Where to copy the keys, without which nothing is restored. Keep them apart, and for 30 days at most.
    #[arg(long, value_name = "FOLDER")]
    keys_to: Option<PathBuf>,
}

/// `ironcage restore`.
#[derive(Debug, Args)]
pub(crate) struct RestoreOptions {
    /// The backup.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// The backup of the keys.
    #[arg(long, value_name = "FOLDER")]
    keys_from: PathBuf,
    /// The folder of the new ledger; absent or empty.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
}

pub(crate) fn run(options: &BackupOptions, voice: &Voice) -> Result<Status, Failure> {
    let backup = Backup::of(&options.data).map_err(failed)?;
    let progress = Progress::of(backup.bytes(), (voice.choose("备份", "copying"), voice));
    let done = backup.write(&options.to, &progress.counter());
    let done = done.map_err(failed)?;
    drop(progress);
    match &options.keys_to {
        Some(keys) => drop(backup.write_keys(keys).map_err(failed)?),
        None => voice.say(
            "未备份密钥：没有密钥无法恢复（见 --keys-to）",
            "keys are not copied: without them nothing is restored (see --keys-to)",
        ),
    }
    let (files, kept, mebibytes) = (done.files, done.kept, done.bytes >> 20);
    let zh = format!("已备份 {files} 个文件，其中 {kept} 个此前已有，写入 {mebibytes} MiB\n");
    let en = format!(
        "{files} files are copied, {kept} were there before, {mebibytes} MiB were written\n"
    );
    print(voice.choose(&zh, &en))?;
    Ok(Status::Clean)
}

pub(crate) fn run_restore(options: &RestoreOptions, voice: &Voice) -> Result<Status, Failure> {
    let wal = options.from.join("wal");
    let segments = std::fs::read_dir(wal).into_iter().flatten().flatten();
    let bytes = segments
        .map(|entry| entry.metadata().map_or(0, |about| about.len()))
        .sum();
    let progress = Progress::of(bytes, (voice.choose("恢复", "restoring"), voice));
    let RestoreOptions {
        from,
        keys_from,
        data,
    } = options;
    let restored = restore(from, keys_from, data, &progress.counter()).map_err(failed)?;
    drop(progress);
    let (files, records) = (restored.files, restored.verified.records);
    let erased = restored.verified.erased;
    let zh = format!("已恢复并核验：{files} 个文件，{records} 条记录，依令销毁 {erased} 份\n");
    let en = format!(
        "restored and verified: {files} files, {records} records, {erased} erased by order\n"
    );
    print(voice.choose(&zh, &en))?;
    Ok(Status::Clean)
}

fn failed(error: BackupError) -> Failure {
    match error {
        BackupError::Folder { .. } => Failure::usage(error),
        _ => Failure::unreadable(error),
    }
}
