//! `ironcage verify`: every byte of a ledger explained, or named as a fault.

use std::fmt::Write as _;
use std::path::PathBuf;

use cage_ledger::{
    Against, BrokenPromise, LogChecked, Verified, against, log_against, verify, verify_log,
};
use cage_proof::{Policy, VerifierKey};
use clap::Args;
use serde_json::{Value, json};

use super::bundle;
use super::failure::{Failure, Status};
use super::output::{Voice, print};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage verify ledger
  ironcage verify ledger/log/ledger.example/0151/2026/case --key 'ledger.example/0151/2026/case+…'
  ironcage verify copy-of-a-log --policy policy.txt --json
  ironcage verify ledger --against kept-last-year.checkpoint --against my.receipt
  ironcage verify case-C1.zip --policy policy.txt";

/// `ironcage verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyOptions {
    /// A data folder; or, with --key or --policy, the folder of one published log; or a bundle of one case.
    folder: PathBuf,
    /// The log's public key.
    #[arg(long, value_name = "KEY", conflicts_with = "policy")]
    key: Option<String>,
    /// A policy: keys of logs and witnesses, and how many must have signed (C2SP tlog-policy).
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A checkpoint, .tlog-proof file or receipt from before: does the log still keep what it promised? May be repeated.
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// The public key of receipts, where only the published files of a log are given.
    #[arg(long, value_name = "KEY", requires = "against")]
    receipt_key: Option<String>,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &VerifyOptions, voice: &Voice) -> Result<Status, Failure> {
    if options.folder.is_file() {
        let trusted = policy(options)?;
        return bundle::verify(&options.folder, trusted.as_ref(), options.json, voice);
    }
    if !options.folder.is_dir() {
        let shown = options.folder.display();
        let zh = format!("{shown} 不是文件夹");
        let en = format!("{shown} is no folder");
        return Err(Failure::unreadable(voice.choose(&zh, &en)));
    }
    let policy = policy(options)?;
    let verified = match &policy {
        Some(policy) => verify_log(&options.folder, policy),
        None => verify(&options.folder),
    };
    let promises = promises(options, policy.as_ref())?;
    print(&if options.json {
        as_json(&verified, &promises)
    } else {
        promises_as_text(&promises, voice) + &as_text(&verified, voice)
    })?;
    let broken = |(_, against): &(PathBuf, Against)| matches!(against, Against::Broken(_));
    Ok(if verified.is_whole() && !promises.iter().any(broken) {
        Status::Clean
    } else {
        Status::Findings
    })
}

/// What was kept from before, each with how the log stands to it.
fn promises(
    options: &VerifyOptions,
    policy: Option<&Policy>,
) -> Result<Vec<(PathBuf, Against)>, Failure> {
    let receipts = options
        .receipt_key
        .iter()
        .map(|key| VerifierKey::parse(key));
    let receipts = receipts.collect::<Result<Vec<_>, _>>();
    let receipts = receipts.map_err(Failure::usage)?;
    let judge = |path: &PathBuf| {
        let shown = path.display();
        let kept = std::fs::read(path);
        let kept =
            kept.map_err(|error| Failure::unreadable(format!("cannot read {shown}: {error}")))?;
        let said = match policy.and_then(|policy| policy.logs().first()) {
            Some(key) => log_against(&options.folder, key, &receipts, &kept),
            None => against(&options.folder, &kept),
        };
        let said = said.map_err(|error| Failure::unreadable(format!("{shown}: {error}")))?;
        Ok((path.clone(), said))
    };
    options.against.iter().map(judge).collect()
}

fn promises_as_text(promises: &[(PathBuf, Against)], voice: &Voice) -> String {
    let mut text = String::new();
    for (path, said) in promises {
        let shown = path.display();
        match said {
            Against::Kept { size, .. } => {
                let zh = format!("V5 {shown}：现有 {size} 条与之相符");
                let en = format!("V5 {shown}: the present log of {size} entries keeps it");
                let _ = writeln!(text, "{}", voice.choose(&zh, &en));
            }
            Against::Broken(broken) => {
                let BrokenPromise {
                    origin,
                    why,
                    kept,
                    present,
                } = broken;
                let (zh, en) = (
                    format!(
                        "V5 {shown}：{origin} 违背了所签的承诺：{why}\n保存的：\n{kept}\n现在的：\n{present}"
                    ),
                    format!(
                        "V5 {shown}: {origin} breaks what it signed: {why}\nkept:\n{kept}\npresent:\n{present}"
                    ),
                );
                let _ = writeln!(text, "{}", voice.choose(&zh, &en));
            }
        }
    }
    text
}

fn promises_as_json(promises: &[(PathBuf, Against)]) -> Vec<Value> {
    let one = |(path, said): &(PathBuf, Against)| match said {
        Against::Kept { size, .. } => {
            json!({ "path": path.display().to_string(), "keeps": true, "size": size })
        }
        Against::Broken(broken) => json!({
            "path": path.display().to_string(), "keeps": false, "origin": broken.origin,
            "why": broken.why, "kept": broken.kept, "present": broken.present,
        }),
    };
    promises.iter().map(one).collect()
}

fn policy(options: &VerifyOptions) -> Result<Option<Policy>, Failure> {
    if let Some(key) = &options.key {
        let key = VerifierKey::parse(key).map_err(Failure::usage)?;
        return Ok(Some(Policy::of_log(key)));
    }
    let Some(path) = &options.policy else {
        return Ok(None);
    };
    let shown = path.display();
    let text = std::fs::read_to_string(path);
    let text =
        text.map_err(|error| Failure::unreadable(format!("cannot read {shown}: {error}")))?;
    let policy =
        Policy::parse(&text).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    Ok(Some(policy))
}

fn as_text(verified: &Verified, voice: &Voice) -> String {
    let mut text = String::new();
    for fault in &verified.faults {
        let _ = writeln!(text, "{fault}");
    }
    for log in &verified.logs {
        let root = log.root.to_base64();
        let (zh, en) = (
            format!(
                "{}：{} 条，已公布 {} 条，根 {root}",
                log.origin, log.entries, log.published
            ),
            format!(
                "{}: {} entries, {} published, root {root}",
                log.origin, log.entries, log.published
            ),
        );
        let _ = writeln!(text, "{}{}", voice.choose(&zh, &en), witnessed(log, voice));
    }
    for order in &verified.orders {
        let (record, bodies) = (order.record, order.bodies);
        let place = format!("{} {}", order.origin, order.index);
        let zh = format!("依第 {record} 号令（{place}）销毁正文 {bodies} 份");
        let en = format!("erased by order {record} ({place}): {bodies} bodies");
        let _ = writeln!(text, "{}", voice.choose(&zh, &en));
    }
    let Verified {
        records,
        bodies,
        erased,
        closed_segments: closed,
        named_segments: named,
        files,
        faults,
        ..
    } = verified;
    if *closed > 0 {
        let zh = format!("预写日志已关闭 {closed} 段，其中 {named} 段的哈希已记入 admin\n");
        let en = format!("{closed} closed segments, the hashes of {named} are in the admin log\n");
        text += voice.choose(&zh, &en);
    }
    let (zh, en) = if faults.is_empty() {
        (
            format!(
                "完好：{files} 个文件，{records} 条记录，{bodies} 份正文，依令销毁 {erased} 份"
            ),
            format!(
                "whole: {files} files, {records} records, {bodies} bodies, {erased} erased by order"
            ),
        )
    } else {
        let count = faults.len();
        (
            format!("有 {count} 处不符，第一处见首行"),
            format!("{count} faults, the first on the first line"),
        )
    };
    let _ = writeln!(text, "{}", voice.choose(&zh, &en));
    text
}

/// What is to be said of a log's witnesses; nothing where there are none.
fn witnessed(log: &LogChecked, voice: &Voice) -> String {
    let mut said = String::new();
    if !log.witnesses.is_empty() {
        let names = log.witnesses.join(", ");
        said += &format!("{}{names}", voice.choose("，见证人 ", ", cosigned by "));
    }
    if !log.is_witnessed {
        said += voice.choose("，见证不足", ", not yet witnessed");
    }
    if !log.strangers.is_empty() {
        let names = log.strangers.join(", ");
        let zh = format!("，另有公钥不明的签名：{names}");
        let en = format!(", not checked are the signatures of {names}, whose keys are not known");
        said += voice.choose(&zh, &en);
    }
    said
}

fn as_json(verified: &Verified, promises: &[(PathBuf, Against)]) -> String {
    let logs = verified.logs.iter().map(|log| {
        json!({
            "origin": log.origin, "entries": log.entries, "published": log.published,
            "root": log.root.to_base64(), "witnesses": log.witnesses, "witnessed": log.is_witnessed,
            "unknown_signers": log.strangers,
        })
    });
    let orders = verified.orders.iter().map(|order| {
        json!({ "record": order.record, "log": order.origin, "index": order.index, "bodies": order.bodies })
    });
    let faults = verified.faults.iter().map(|fault| {
        json!({ "check": fault.check.to_string(), "path": fault.path.display().to_string(), "what": fault.what })
    });
    let whole = json!({
        "whole": verified.is_whole(), "files": verified.files, "records": verified.records,
        "bodies": verified.bodies, "erased": verified.erased, "orders": orders.collect::<Vec<_>>(),
        "closed_segments": verified.closed_segments, "named_segments": verified.named_segments,
        "logs": logs.collect::<Vec<_>>(), "faults": faults.collect::<Vec<_>>(),
        "against": promises_as_json(promises),
    });
    format!("{whole:#}\n")
}
