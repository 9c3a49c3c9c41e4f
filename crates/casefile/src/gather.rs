//! Gathering a bundle from a ledger and its views.

use std::collections::{BTreeMap, BTreeSet};

use cage_ledger::{ContentStore, LedgerError, LogState, Reader, Record, UnitRef, witness_policy};
use cage_model::{Instant, Time};
use cage_pack::{PackFiles, load_files};
use cage_proof::{Hash, Leaf};
use cage_store::{
    Direction, EventFilter, FindingFilter, FindingRow, ObjectClocks, ObjectKey, Query, StoreError,
};
use serde_json::{Value, json};

use crate::container::{ContainerError, Members};
use crate::manifest::{
    EntryState, FORMAT, MANIFEST, Manifest, ManifestEntry, RECEIPT_KEY, SIGNATURE, signed_text,
};
use crate::page::{self, Act, Told};

/// Rows that are asked for at once.
const PAGE: usize = 1_000;
/// Entries of one bundle at most.
const ENTRIES_MAX: usize = 10_000;

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The views.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The archive.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// Nothing names the case.
    #[error("no event names {kind} {id:?}")]
    Unknown {
        /// Type of the object.
        kind: String,
        /// Its id.
        id: String,
    },
    /// More than one bundle takes.
    #[error("{0} events name the case; a bundle has at most {ENTRIES_MAX}")]
    TooMany(usize),
    /// Something that cannot be written as it must.
    #[error("the bundle cannot be written: {0}")]
    Write(String),
}

/// Where a bundle comes from.
#[derive(Debug)]
pub struct Sources<'s> {
    /// The ledger.
    pub reader: &'s Reader,
    /// Its views; they must have every record that the reader has.
    pub query: &'s dyn Query,
    /// Minutes east of UTC of the agency's clock.
    pub offset_minutes: i16,
}

/// One entry on its way into the bundle.
struct Gathered {
    entry: ManifestEntry,
    leaf: Leaf,
    body: Option<Vec<u8>>,
}

/// The bundle of one object, mostly a case: the same ledger makes the same bytes.
///
/// # Errors
///
/// When nothing names it, or ledger and views cannot be read.
pub fn bundle(sources: &Sources<'_>, case: &ObjectKey) -> Result<Vec<u8>, BundleError> {
    let mut members = Members::default();
    let logs = sources.reader.logs()?;
    let mut records = records_of(sources.query, case)?;
    if records.is_empty() {
        return Err(BundleError::Unknown {
            kind: case.kind.clone(),
            id: case.id.clone(),
        });
    }
    let packs = rules(sources, &mut members, &mut records)?;
    let mut as_of = 0;
    let (mut gathered, mut unpublished) = (Vec::new(), 0);
    for record in records {
        match gather(sources, &logs, record, &mut members)? {
            Some(one) => gathered.push(one),
            None => unpublished += 1,
        }
    }
    for one in &gathered {
        as_of = as_of.max(one.leaf.accepted);
    }
    let findings = findings_of(sources.query, case)?;
    let clocks = sources.query.clocks_of(case)?;
    let told: Vec<Told<'_>> = findings
        .iter()
        .map(|row| Told {
            row,
            basis: packs.get(&(row.last.rule.pack.clone(), row.last.rule.version.clone())),
        })
        .collect();
    let listed = findings_json(&told, &clocks, sources.offset_minutes);
    members
        .0
        .insert("findings.json".to_owned(), listed.into_bytes());
    keys(sources, &logs, &gathered, &mut members)?;
    let acts: Vec<Act<'_>> = gathered
        .iter()
        .map(|one| Act {
            entry: &one.entry,
            leaf: &one.leaf,
            body: one.body.as_deref(),
        })
        .collect();
    let shown = page::render(case, &acts, &told, &clocks, sources.offset_minutes);
    members
        .0
        .insert("index.html".to_owned(), shown.into_bytes());
    let reference = reference(sources.reader, case, &gathered)?;
    let with_reference = gathered
        .iter()
        .filter(|one| Some(one.leaf.case) == reference);
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        case_type: case.kind.clone(),
        case: case.id.clone(),
        reference: reference.map_or_else(String::new, |bytes| hexadecimal(&bytes)),
        as_of,
        records: sources.reader.records(),
        entries_with_reference: with_reference.count() as u64,
        unpublished,
        policy: policy(sources, &logs, &gathered)?,
        members: hashes(&members),
        entries: gathered.into_iter().map(|one| one.entry).collect(),
    };
    sign(sources, &manifest, &mut members)?;
    Ok(members.write()?)
}

/// Records of the events that name the case.
fn records_of(query: &dyn Query, case: &ObjectKey) -> Result<BTreeSet<u64>, BundleError> {
    let filter = EventFilter {
        objects: vec![case.clone()],
        ..EventFilter::default()
    };
    let (mut records, mut beyond) = (BTreeSet::new(), None);
    loop {
        let page = query.events(&filter, beyond, Direction::Up, PAGE)?;
        let Some(last) = page.last() else {
            return Ok(records);
        };
        beyond = Some(*last);
        records.extend(page);
        if records.len() > ENTRIES_MAX {
            return Err(BundleError::TooMany(records.len()));
        }
    }
}

/// Legal basis of each rule, by pack and version.
type Packs = BTreeMap<(String, String), BTreeMap<String, String>>;

/// The packs that judged, as files named by their hash; their entries in the admin log join the records.
fn rules(
    sources: &Sources<'_>,
    members: &mut Members,
    records: &mut BTreeSet<u64>,
) -> Result<Packs, BundleError> {
    let contents = ContentStore::of(sources.reader.place().folder());
    let mut packs = Packs::new();
    for row in sources.query.packs()? {
        let Record::Entry { body, .. } = sources.reader.record(row.since)?.record else {
            continue;
        };
        records.insert(row.since);
        let event: Value = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
        let content = event["data"]["attributes"]["content"].as_str();
        let Some(hash) = content.and_then(Hash::from_hexadecimal) else {
            continue;
        };
        let archive = contents.get(hash);
        let archive = archive.map_err(|error| BundleError::Write(error.to_string()))?;
        let files: Result<PackFiles, _> = serde_json::from_slice(&archive);
        if let Some(loaded) = files.ok().and_then(|files| load_files(&files).ok()) {
            let rules = loaded.program.rules.iter();
            let basis = rules.map(|rule| (rule.id.clone(), rule.basis.join("；")));
            packs.insert((row.pack, row.version), basis.collect());
        }
        members.0.insert(format!("rules/{hash}.json"), archive);
    }
    Ok(packs)
}

/// Puts an entry with its proof, body and salt among the members; `None` while it is under no checkpoint.
fn gather(
    sources: &Sources<'_>,
    logs: &[LogState],
    record: u64,
    members: &mut Members,
) -> Result<Option<Gathered>, BundleError> {
    let Record::Entry {
        log,
        index,
        leaf,
        body,
    } = sources.reader.record(record)?.record
    else {
        return Ok(None);
    };
    let Some(log) = logs.get(log) else {
        return Ok(None);
    };
    let Some(proof) = sources.reader.proof(&log.origin, index)? else {
        return Ok(None);
    };
    let stem = format!("records/{}/{index}", folder_of(logs, &log.origin));
    let entry = ManifestEntry {
        record,
        log: log.origin.to_string(),
        index,
        leaf: format!("{stem}.leaf"),
        proof: format!("{stem}.tlog-proof"),
        state: match body {
            Some(_) => EntryState::Shown,
            None => EntryState::Erased,
        },
    };
    members.0.insert(entry.leaf.clone(), leaf.encode());
    members
        .0
        .insert(entry.proof.clone(), proof.to_string().into_bytes());
    if let Some(body) = &body {
        let salt = sources.reader.salt(UnitRef(leaf.case), &leaf)?;
        let salt =
            salt.ok_or_else(|| BundleError::Write(format!("record {record} has no salt")))?;
        members.0.insert(entry.body(), body.clone());
        members.0.insert(entry.salt(), salt.to_vec());
    }
    Ok(Some(Gathered {
        entry,
        leaf: *leaf,
        body,
    }))
}

/// The stream of a log; with its year where several years have that stream.
fn folder_of(logs: &[LogState], origin: &str) -> String {
    let parts = |origin: &str| {
        let mut parts = origin.rsplit('/').map(str::to_owned);
        (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        )
    };
    let (stream, year) = parts(origin);
    let same = logs.iter().filter(|log| parts(&log.origin).0 == stream);
    match same.count() {
        0 | 1 => stream,
        _ => format!("{stream}-{year}"),
    }
}

fn findings_of(query: &dyn Query, case: &ObjectKey) -> Result<Vec<FindingRow>, BundleError> {
    let filter = FindingFilter {
        object_type: Some(case.kind.clone()),
        object_id: Some(case.id.clone()),
        ..FindingFilter::default()
    };
    Ok(query.findings(&filter, None, Direction::Up, ENTRIES_MAX)?)
}

fn findings_json(told: &[Told<'_>], clocks: &[ObjectClocks], offset_minutes: i16) -> String {
    let at = |at: Instant| Time::new(at, Some(offset_minutes)).to_string();
    let findings = told.iter().map(|told| {
        let last = &told.row.last;
        json!({
            "pack": last.rule.pack, "version": last.rule.version, "rule": last.rule.rule,
            "title": { "zh": last.rule.title_zh, "en": last.rule.title_en },
            "basis": told.basis_of(&last.rule.rule), "severity": format!("{:?}", last.rule.severity).to_lowercase(),
            "standing": format!("{:?}", told.row.standing).to_lowercase(),
            "verdict": format!("{:?}", last.verdict).to_lowercase(), "reason": last.reason,
            "text": { "zh": last.text_zh, "en": last.text_en }, "at": at(last.at),
            "trigger": last.trigger.as_ref().map(|seen| seen.record),
            "other": last.other.as_ref().map(|seen| seen.record),
        })
    });
    let clocks = clocks.iter().flat_map(|of| {
        of.clocks.iter().map(move |clock| {
            json!({
                "pack": of.pack, "rule": clock.rule, "set_by": clock.trigger, "due": at(clock.due),
                "reminder": clock.reminder.map(at),
            })
        })
    });
    let whole =
        json!({ "findings": findings.collect::<Vec<_>>(), "clocks": clocks.collect::<Vec<_>>() });
    format!("{whole:#}\n")
}

/// The keys of the logs and of receipts, for convenience: trust comes from keys got elsewhere.
fn keys(
    sources: &Sources<'_>,
    logs: &[LogState],
    gathered: &[Gathered],
    members: &mut Members,
) -> Result<(), BundleError> {
    for log in involved(logs, gathered) {
        let name = log.origin.replace('/', "_");
        members.0.insert(
            format!("keys/{name}.vkey"),
            format!("{}\n", log.key).into_bytes(),
        );
    }
    let receipts = sources
        .reader
        .place()
        .receipt_signer()
        .map_err(LedgerError::from)?;
    let key = format!("{}\n", receipts.verifier());
    members.0.insert(RECEIPT_KEY.to_owned(), key.into_bytes());
    Ok(())
}

fn involved<'l>(logs: &'l [LogState], gathered: &[Gathered]) -> Vec<&'l LogState> {
    let is_in = |log: &&LogState| gathered.iter().any(|one| one.entry.log == *log.origin);
    logs.iter().filter(is_in).collect()
}

fn policy(
    sources: &Sources<'_>,
    logs: &[LogState],
    gathered: &[Gathered],
) -> Result<String, BundleError> {
    let logs = involved(logs, gathered);
    let logs: String = logs
        .iter()
        .map(|log| format!("log {}\n", log.key))
        .collect();
    let witnesses = witness_policy(sources.reader.place().folder());
    let witnesses = witnesses.map_err(BundleError::Write)?;
    Ok(logs + witnesses.as_deref().unwrap_or("quorum none\n"))
}

/// The reference that the case's own entries carry.
fn reference(
    reader: &Reader,
    case: &ObjectKey,
    gathered: &[Gathered],
) -> Result<Option<[u8; 16]>, BundleError> {
    if let Some(unit) = reader.unit_of(&format!("{}\u{1f}{}", case.kind, case.id))? {
        return Ok(Some(unit.0));
    }
    // The key was destroyed with its label: what the erased entries carry.
    let mut erased = gathered.iter().filter(|one| one.body.is_none());
    Ok(erased.next().map(|one| one.leaf.case))
}

fn hashes(members: &Members) -> BTreeMap<String, String> {
    let members = members.0.iter();
    members
        .map(|(name, content)| (name.clone(), Hash::sha256(content).to_string()))
        .collect()
}

fn sign(
    sources: &Sources<'_>,
    manifest: &Manifest,
    members: &mut Members,
) -> Result<(), BundleError> {
    let text = serde_json::to_string_pretty(manifest);
    let text = text.map_err(|error| BundleError::Write(error.to_string()))?;
    let text = format!("{text}\n");
    let signer = sources
        .reader
        .place()
        .receipt_signer()
        .map_err(LedgerError::from)?;
    let signed = signed_text(text.as_bytes());
    let note = cage_proof::Note {
        signatures: vec![signer.sign(&signed)],
        text: signed,
    };
    members
        .0
        .insert(SIGNATURE.to_owned(), note.to_string().into_bytes());
    members.0.insert(MANIFEST.to_owned(), text.into_bytes());
    Ok(())
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
