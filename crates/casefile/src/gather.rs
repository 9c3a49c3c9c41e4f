//! Gathering a bundle from a ledger and its views.

use std::collections::{BTreeMap, BTreeSet};

use cage_ledger::{
    ContentStore, LedgerError, LogState, Reader, Record, UnitRef, unit_label, witness_policy,
};
use cage_pack::{PackFiles, load_files};
use cage_proof::{EntryKind, Hash, Leaf, hexadecimal};
use cage_store::{
    Direction, EventFilter, FindingFilter, FindingRow, ObjectClocks, ObjectKey, PackRow, Query,
    StoreError,
};
use serde_json::Value;

use crate::container::{ContainerError, Members};
use crate::manifest::{
    EntryState, FORMAT, MANIFEST, Manifest, ManifestEntry, RECEIPT_KEY, SIGNATURE, signed_text,
};
use crate::page;
use crate::told::{Act, Told, Version};

/// Rows that are asked for at once.
const PAGE: usize = 1_000;
/// Type of the object that an order of erasure is.
const ERASURE: &str = "erasure";
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
    /// Larger than it may be.
    #[error("the bundle would have more than {0} bytes")]
    TooLarge(usize),
    /// More than one bundle takes.
    #[error("{0} events name the case; a bundle has at most {ENTRIES_MAX}")]
    TooMany(usize),
    /// Something that cannot be written as it must.
    #[error("the bundle cannot be written: {0}")]
    Write(String),
}

/// What views say of an object: asked before the ledger is read, so that whatever it names is there to be read.
#[derive(Debug)]
pub struct Asked {
    case: ObjectKey,
    findings: Vec<FindingRow>,
    clocks: Vec<ObjectClocks>,
    packs: Vec<PackRow>,
    /// Events that name it, and all that place or release holds.
    records: BTreeSet<u64>,
    holds: BTreeSet<u64>,
}

impl Asked {
    /// What views say of an object, mostly a case.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub fn of(query: &dyn Query, case: &ObjectKey) -> Result<Self, BundleError> {
        // In this order: what a finding names is among the events then.
        let (findings, clocks) = (findings_of(query, case)?, query.clocks_of(case)?);
        let packs = query.packs()?;
        let naming = EventFilter {
            objects: vec![case.clone()],
            ..EventFilter::default()
        };
        let records = records_of(query, &naming)?;
        let mut holds = BTreeSet::new();
        for kind in ["hold.placed", "hold.released"] {
            let of_kind = EventFilter {
                kind: Some(kind.to_owned()),
                ..EventFilter::default()
            };
            holds.extend(records_of(query, &of_kind)?);
        }
        Ok(Self {
            case: case.clone(),
            findings,
            clocks,
            packs,
            records,
            holds,
        })
    }
}

/// Where a bundle comes from.
#[derive(Debug)]
pub struct Sources<'s> {
    /// The ledger, read after the views were asked.
    pub reader: &'s Reader,
    /// Minutes east of UTC of the agency's clock.
    pub offset_minutes: i16,
    /// Bytes of all members at most.
    pub bytes_max: usize,
}

/// One entry on its way into the bundle.
struct Gathered {
    entry: ManifestEntry,
    leaf: Leaf,
    body: Option<Vec<u8>>,
}

/// The bundle of one object: the same ledger makes the same bytes.
///
/// # Errors
///
/// When nothing names it, or the ledger cannot be read.
pub fn bundle(sources: &Sources<'_>, asked: Asked) -> Result<Vec<u8>, BundleError> {
    let mut members = Members::default();
    let logs = sources.reader.logs()?;
    let Asked {
        case,
        findings,
        clocks,
        packs,
        mut records,
        holds,
    } = asked;
    if records.is_empty() {
        let ObjectKey { kind, id } = case;
        return Err(BundleError::Unknown { kind, id });
    }
    let reference = also(sources.reader, &case, &holds, &mut records)?;
    let packs = rules(sources, &packs, &mut members, &mut records)?;
    let (mut gathered, mut unpublished) = (Vec::new(), 0);
    for record in records {
        match gather(sources, &logs, record, &mut members)? {
            Some(one) => gathered.push(one),
            None => unpublished += 1,
        }
        members.within(sources.bytes_max)?;
    }
    let as_of = gathered.iter().map(|one| one.leaf.accepted).max();
    keys(sources, &logs, &gathered, &mut members)?;
    let acts: Vec<Act<'_>> = gathered.iter().map(Gathered::act).collect();
    let told = Told {
        findings: &findings,
        clocks: &clocks,
        packs: &packs,
        acts: &acts,
        offset_minutes: sources.offset_minutes,
    };
    let listed = told.to_json();
    let shown = page::render(&case, &told);
    let with_reference = gathered.iter();
    let with_reference = with_reference.filter(|one| Some(one.leaf.case) == reference);
    let with_reference = with_reference.count() as u64;
    members
        .0
        .insert("findings.json".to_owned(), listed.into_bytes());
    members
        .0
        .insert("index.html".to_owned(), shown.into_bytes());
    members.within(sources.bytes_max)?;
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        case_type: case.kind,
        case: case.id,
        reference: reference.map_or_else(String::new, |bytes| hexadecimal(&bytes)),
        as_of: as_of.unwrap_or(0),
        records: sources.reader.records(),
        entries_with_reference: with_reference,
        unpublished,
        policy: policy(sources, &logs, &gathered)?,
        members: hashes(&members),
        entries: gathered.into_iter().map(|one| one.entry).collect(),
    };
    sign(sources, &manifest, &mut members)?;
    Ok(members.write()?)
}

impl Gathered {
    fn act(&self) -> Act<'_> {
        Act {
            entry: &self.entry,
            leaf: &self.leaf,
            body: self.body.as_deref(),
        }
    }
}

/// Entries that belong to the object though they do not name it: holds on it, and what an order of erasure erased. The
/// reference that the object's entries carry.
fn also(
    reader: &Reader,
    case: &ObjectKey,
    holds: &BTreeSet<u64>,
    records: &mut BTreeSet<u64>,
) -> Result<Option<[u8; 16]>, BundleError> {
    let leaf_of = |record: u64| -> Result<Option<Box<Leaf>>, BundleError> {
        Ok(match reader.record(record)?.record {
            Record::Entry { leaf, .. } => Some(leaf),
            Record::Tick(_) => None,
        })
    };
    if case.kind != ERASURE {
        let reference = reader.unit_of(&unit_label(&case.kind, &case.id))?;
        for record in holds.iter().filter(|record| **record < reader.records()) {
            let leaf = leaf_of(*record)?;
            if leaf.is_some_and(|leaf| Some(UnitRef(leaf.case)) == reference) {
                records.insert(*record);
            }
        }
        return Ok(reference.map(|unit| unit.0));
    }
    let mut reference = None;
    for record in records.iter() {
        let order = leaf_of(*record)?.filter(|leaf| leaf.kind == EntryKind::Erasure);
        reference = reference.or(order.map(|leaf| leaf.case));
    }
    // Nothing but the reference leads to them any more.
    for record in 0..reader.records() {
        if leaf_of(record)?.is_some_and(|leaf| Some(leaf.case) == reference) {
            records.insert(record);
        }
        if records.len() > ENTRIES_MAX {
            return Err(BundleError::TooMany(records.len()));
        }
    }
    Ok(reference)
}

/// Records of the events that name the case.
fn records_of(query: &dyn Query, filter: &EventFilter) -> Result<BTreeSet<u64>, BundleError> {
    let (mut records, mut beyond) = (BTreeSet::new(), None);
    loop {
        let page = query.events(filter, beyond, Direction::Up, PAGE)?;
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

/// The packs that judged, as files named by their hash; their entries in the admin log join the records.
fn rules(
    sources: &Sources<'_>,
    rows: &[PackRow],
    members: &mut Members,
    records: &mut BTreeSet<u64>,
) -> Result<Vec<Version>, BundleError> {
    let contents = ContentStore::of(sources.reader.place().folder());
    let mut versions = Vec::new();
    for row in rows {
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
            versions.push(Version::of(row, &loaded));
        }
        members.0.insert(format!("rules/{hash}.json"), archive);
    }
    Ok(versions)
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
        let salt = sources
            .reader
            .salt(unit_of(sources.reader, &leaf, body)?, &leaf)?;
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

/// The unit under which a body is sealed: the one of the entry, but for an order of erasure, whose entry has the one
/// that it erases.
fn unit_of(reader: &Reader, leaf: &Leaf, body: &[u8]) -> Result<UnitRef, BundleError> {
    if leaf.kind != EntryKind::Erasure {
        return Ok(UnitRef(leaf.case));
    }
    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    let object = &event["data"]["objects"][0];
    let part = |name: &str| object[name].as_str().unwrap_or_default();
    let unit = reader.unit_of(&unit_label(part("type"), part("id")))?;
    unit.ok_or_else(|| BundleError::Write("an order of erasure has no unit".to_owned()))
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
