//! scratch
use cage_ledger::*;
use cage_proof::EntryKind;
use std::time::Instant;
fn draft(n: u64, cases: u64) -> Draft {
    let mut idempotency = [0; 16];
    idempotency[..8].copy_from_slice(&(n.wrapping_mul(0x9E3779B97F4A7C15)).to_be_bytes());
    Draft { stream: Stream::Case, kind: EntryKind::CaseStep, claimed: 1_795_478_400_000, subject: format!("case:C{}", n % cases),
        erases: None, actor: format!("officer:P{}", n % 97), action: n % 3, source: n % 4, idempotency,
        body: format!("{{\"specversion\":\"1.0\",\"id\":\"{n}\",\"source\":\"bench/1\",\"type\":\"accept\",\"data\":{{\"objects\":[{{\"type\":\"case\",\"id\":\"C1-{n}\"}},{{\"type\":\"officer\",\"id\":\"P{}\",\"qualifier\":\"actor\"}}],\"attributes\":{{\"fee\":12.50}}}}}}", n%97).into_bytes() }
}
fn rss() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .unwrap()
        .lines()
        .find(|l| l.starts_with("VmRSS"))
        .unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let folder = std::path::PathBuf::from(&args[2]);
    let options = || LedgerOptions::new(folder.clone(), "b.example", "1");
    match args[1].as_str() {
        "fill" => {
            let (from, to, batch, cases): (u64, u64, u64, u64) = (
                args[3].parse().unwrap(),
                args[4].parse().unwrap(),
                args[5].parse().unwrap(),
                args[6].parse().unwrap(),
            );
            let mut ledger = Ledger::open(options()).unwrap();
            let began = Instant::now();
            let mut n = from;
            let mut published = Instant::now();
            let mut publishing = 0.0;
            while n < to {
                let drafts: Vec<Draft> =
                    (n..(n + batch).min(to)).map(|n| draft(n, cases)).collect();
                ledger.append(&drafts, 1_795_478_400_000 + n).unwrap();
                n += batch;
                if published.elapsed().as_secs_f64() > 1.0 {
                    let p = Instant::now();
                    ledger.publish().unwrap();
                    publishing += p.elapsed().as_secs_f64();
                    published = Instant::now();
                }
            }
            let s = began.elapsed().as_secs_f64();
            ledger.publish().unwrap();
            println!(
                "appended {} in {s:.2} s ({publishing:.2} s publishing): {:.0}/s; rss {} KB",
                to - from,
                (to - from) as f64 / (s - publishing),
                rss()
            );
        }
        _ => {
            let before = rss();
            let began = Instant::now();
            let ledger = Ledger::open(options()).unwrap();
            println!(
                "opened {} records in {:.3} s; rss {} -> {} KB",
                ledger.records(),
                began.elapsed().as_secs_f64(),
                before,
                rss()
            );
        }
    }
}
