//! The witnesses that must cosign our checkpoints: who they are, how they are asked, what their answers mean.
//!
//! How a witness is reached (HTTP) is another crate's; see [`WitnessLink`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cage_proof::{
    AddCheckpoint, Checkpoint, Note, NoteSignature, Policy, PolicyError, PolicyWitness, TileReader,
    Tiles, VerifierKey, cosigned_at,
};

use crate::disk::{read_checked, replace_checked};
use crate::ledger::TilesNow;
use crate::publish::{LogFolder, PublishError};

/// The file of a data folder that says whose cosignatures its checkpoints may have.
pub(crate) const FILE: &str = "witnesses";
/// Requests to one witness about one checkpoint at most: each 409 tells from where to prove.
const TRIES_MAX: usize = 4;

/// How a witness is reached: a request goes out, its answer comes back. Witnesses themselves, and HTTP, are
/// another crate's.
pub trait WitnessLink: Send + Sync + fmt::Debug {
    /// Sends the body of an `add-checkpoint` request (C2SP tlog-witness).
    ///
    /// # Errors
    ///
    /// Says why no answer came in time.
    fn add_checkpoint(&self, request: &str) -> Result<WitnessReply, String>;

    /// Asks for the last checkpoint of a log that the witness cosigned.
    ///
    /// # Errors
    ///
    /// Says why no answer came in time.
    fn last_checkpoint(&self, origin: &str) -> Result<WitnessReply, String>;
}

/// What a witness answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessReply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// A policy with a link to each witness that has an address.
#[derive(Debug)]
pub struct Witnesses {
    policy: Policy,
    text: String,
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    witness: PolicyWitness,
    link: Box<dyn WitnessLink>,
    /// Size that it cosigned last, by log.
    known: Mutex<BTreeMap<String, u64>>,
    state: Mutex<Condition>,
}

#[derive(Clone, Debug, Default)]
struct Condition {
    cosigned: u64,
    trouble: Option<String>,
    contradicts: bool,
}

/// How one witness does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessState {
    /// Its name in the policy.
    pub name: String,
    /// Its public key.
    pub key: String,
    /// How many checkpoints it cosigned since the start.
    pub cosigned: u64,
    /// Why its last answer was none.
    pub trouble: Option<String>,
    /// Whether it holds something that excludes our log: a fork, or a rollback.
    pub contradicts: bool,
}

/// How far a log's published checkpoint is witnessed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Witnessing {
    /// Names of the witnesses that cosigned it.
    pub by: Vec<String>,
    /// Whether they are enough for the policy.
    pub is_enough: bool,
    /// Size of the last checkpoint that had enough of them, since the start.
    pub enough_at: u64,
    /// Since when there are too few, in milliseconds since 1970; `None` while there are enough.
    pub lacking_since: Option<u64>,
}

/// What came of asking a witness.
#[derive(Debug)]
pub(crate) enum Asked {
    Cosigned(NoteSignature),
    Trouble,
}

/// What a witness knows of a log at the start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Greeting {
    /// It holds nothing that excludes our log.
    Consistent,
    /// It did not say.
    Silent(String),
    /// It holds a checkpoint that our log does not extend.
    Contradiction(String),
}

impl Witnesses {
    /// Reads a policy (C2SP tlog-policy; lines for logs are not needed) and links its witnesses by their
    /// addresses. A witness without one is asked by other means.
    ///
    /// # Errors
    ///
    /// When it is no policy, or an address is none.
    pub fn new(
        policy: &str,
        link: impl Fn(&str) -> Result<Box<dyn WitnessLink>, String>,
    ) -> Result<Self, PolicyError> {
        let text = policy.to_owned();
        let policy = Policy::parse_with_logs(&text, Vec::new())?;
        let mut members = Vec::new();
        for witness in policy.named_witnesses() {
            let Some(url) = &witness.url else { continue };
            let link = link(url).map_err(|wrong| {
                let at = text.lines().position(|line| line.contains(url.as_str()));
                let line = at.map_or(0, |at| at + 1);
                PolicyError::Line { line, wrong }
            })?;
            members.push(Member {
                witness,
                link,
                known: Mutex::default(),
                state: Mutex::default(),
            });
        }
        Ok(Self {
            policy,
            text,
            members,
        })
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How the witnesses do that are asked from here.
    #[must_use]
    pub fn states(&self) -> Vec<WitnessState> {
        let state = |member: &Member| {
            let condition = held(&member.state).clone();
            WitnessState {
                name: member.witness.name.clone(),
                key: member.witness.key.to_string(),
                cosigned: condition.cosigned,
                trouble: condition.trouble,
                contradicts: condition.contradicts,
            }
        };
        self.members.iter().map(state).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.members.len()
    }

    /// The key of a witness that is asked from here.
    pub(crate) fn key(&self, member: usize) -> Option<&VerifierKey> {
        Some(&self.members.get(member)?.witness.key)
    }

    /// Keeps in the data folder whose cosignatures there may be; witnesses of former policies stay known, since
    /// archived checkpoints have their signatures.
    pub(crate) fn keep(&self, data: &Path) -> std::io::Result<()> {
        let path = data.join(FILE);
        let before = read_checked(&path)?.unwrap_or_default();
        let before = String::from_utf8(before).unwrap_or_default();
        let known = Policy::parse_with_logs(&before, Vec::new()).unwrap_or_default();
        let mut text = self.text.clone();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        for key in known.witnesses() {
            if !self.policy.witnesses().contains(key) {
                text += &format!("witness former-{:08x} {key}\n", key.id());
            }
        }
        if text == before {
            return Ok(());
        }
        replace_checked(&path, text.as_bytes(), 0o644)
    }

    /// Asks a witness to cosign the checkpoint of a note; the log's files for its size must be there.
    pub(crate) fn ask(&self, member: usize, folder: &LogFolder, note: &Note) -> Asked {
        let Some(member) = self.members.get(member) else {
            return Asked::Trouble;
        };
        let asked = member.ask(folder, note);
        let mut state = held(&member.state);
        match asked {
            Ok(line) => {
                *state = Condition {
                    cosigned: state.cosigned + 1,
                    ..Condition::default()
                };
                Asked::Cosigned(line)
            }
            Err(no) => {
                state.contradicts = no.contradicts;
                state.trouble = Some(no.why);
                Asked::Trouble
            }
        }
    }

    /// Asks every witness what it holds of a log whose tiles for this size are there. Takes as long as the
    /// slowest of them.
    pub(crate) fn greet(
        &self,
        tiles: &TilesNow,
        key: &VerifierKey,
        size: u64,
        published: Option<&Note>,
    ) -> Vec<(String, Greeting)> {
        std::thread::scope(|scope| {
            let asked = self.members.iter().map(|member| {
                let asking = scope.spawn(move || member.greet(tiles, key, size, published));
                (member.witness.name.clone(), asking)
            });
            let asked: Vec<_> = asked.collect();
            asked
                .into_iter()
                .map(|(name, asking)| {
                    let failed = || Greeting::Silent("asking it failed".to_owned());
                    (name, asking.join().unwrap_or_else(|_| failed()))
                })
                .collect()
        })
    }
}

impl Witnessing {
    /// How far a note is witnessed under a policy; what was known of the checkpoint before it goes on.
    pub(crate) fn of(
        policy: &Policy,
        key: &VerifierKey,
        note: &Note,
        before: &Self,
        now: u64,
    ) -> Self {
        let Ok(read) = policy.for_log(key.clone()).read(note) else {
            return Self {
                by: Vec::new(),
                is_enough: false,
                lacking_since: before.lacking_since.or(Some(now)),
                ..before.clone()
            };
        };
        Self {
            by: read.witnesses,
            is_enough: read.is_enough,
            enough_at: if read.is_enough {
                read.checkpoint.size
            } else {
                before.enough_at
            },
            lacking_since: if read.is_enough {
                None
            } else {
                before.lacking_since.or(Some(now))
            },
        }
    }
}

/// The policy that a data folder keeps; `None` where there never was one.
pub(crate) fn kept_policy(data: &Path) -> Result<Option<Policy>, String> {
    let path = data.join(FILE);
    let Some(bytes) = read_checked(&path).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|_| "is no text".to_owned())?;
    let policy = Policy::parse_with_logs(&text, Vec::new());
    policy.map(Some).map_err(|error| error.to_string())
}

/// Why a witness did not cosign.
struct Refusal {
    why: String,
    contradicts: bool,
    /// Size that it holds, where that is more than the checkpoint has.
    ahead_at: Option<u64>,
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Self {
            why,
            contradicts: false,
            ahead_at: None,
        }
    }
}

impl Member {
    fn ask<R: TileReader<Error = PublishError>>(
        &self,
        tiles: &R,
        note: &Note,
    ) -> Result<NoteSignature, Refusal> {
        let checkpoint = Checkpoint::parse(&note.text).map_err(|error| error.to_string())?;
        let Checkpoint { origin, size, .. } = checkpoint;
        for _ in 0..TRIES_MAX {
            let old = held(&self.known).get(&origin).copied().unwrap_or(0);
            if old > size {
                return Err(Refusal {
                    why: format!("it cosigned {old} entries, more than the {size} that there are"),
                    contradicts: true,
                    ahead_at: Some(old),
                });
            }
            let proof = match old {
                0 => Vec::new(),
                _ => Tiles::new(tiles, size)
                    .consistency(old, size)
                    .map_err(|error| error.to_string())?,
            };
            let note = note.clone();
            let request = AddCheckpoint { old, proof, note };
            let reply = self.link.add_checkpoint(&request.to_string())?;
            match reply.status {
                200 => {
                    let line = self.line(&request.note, &reply.body)?;
                    held(&self.known).insert(origin, size);
                    return Ok(line);
                }
                409 => {
                    let told = size_told(&reply.body)
                        .ok_or_else(|| "it tells no size with its 409".to_owned())?;
                    held(&self.known).insert(origin.clone(), told);
                }
                status => return Err(refused(status, &reply.body)),
            }
        }
        Err("it tells another size each time".to_owned().into())
    }

    /// The witness's line in an answer; lines of other keys are passed over.
    fn line(&self, note: &Note, body: &[u8]) -> Result<NoteSignature, String> {
        let whole = [note.to_string().as_bytes(), body].concat();
        let signed = Note::parse(&whole).map_err(|error| format!("its answer: {error}"))?;
        let keys = std::slice::from_ref(&self.witness.key);
        cosigned_at(&signed, keys).map_err(|error| format!("its answer: {error}"))?;
        let mut lines = signed.signatures.into_iter();
        let own = lines.rfind(|line| line.claims(&self.witness.key));
        own.ok_or_else(|| "its answer is by another key than the one configured".to_owned())
    }

    fn greet(
        &self,
        tiles: &TilesNow,
        key: &VerifierKey,
        size: u64,
        published: Option<&Note>,
    ) -> Greeting {
        let greeting = self.greeting(tiles, key, size, published);
        let mut state = held(&self.state);
        state.contradicts = matches!(greeting, Greeting::Contradiction(_));
        state.trouble = match &greeting {
            Greeting::Consistent => None,
            Greeting::Silent(why) | Greeting::Contradiction(why) => Some(why.clone()),
        };
        greeting
    }

    fn greeting(
        &self,
        tiles: &TilesNow,
        key: &VerifierKey,
        size: u64,
        published: Option<&Note>,
    ) -> Greeting {
        let reply = match self.link.last_checkpoint(key.name()) {
            Ok(reply) => reply,
            Err(why) => return Greeting::Silent(why),
        };
        match (reply.status, published) {
            (200, _) => self.compared(tiles, key, size, &reply.body),
            // Not every witness shows its last checkpoint: asking it to cosign tells as much.
            (404, Some(note)) => match self.ask(tiles, note) {
                Ok(_) => Greeting::Consistent,
                // Killed before the checkpoint was replaced: ahead of what is published, not of what is kept. Whether
                // it is the same history, the next publication shows.
                Err(no) if no.ahead_at.is_some_and(|held| held <= size) => Greeting::Consistent,
                Err(no) if no.contradicts => Greeting::Contradiction(no.why),
                Err(no) => Greeting::Silent(no.why),
            },
            (404, None) => Greeting::Consistent,
            (status, _) => Greeting::Silent(refused(status, &reply.body).why),
        }
    }

    /// Holds the checkpoint that a witness shows against our tree.
    fn compared(&self, tiles: &TilesNow, key: &VerifierKey, size: u64, body: &[u8]) -> Greeting {
        let shown = Checkpoint::of_note(body).map_err(|error| error.to_string());
        let signed = shown.and_then(|(checkpoint, note)| {
            let keys = std::slice::from_ref(key);
            note.signed_by(keys).map_err(|error| error.to_string())?;
            Ok(checkpoint)
        });
        let checkpoint = match signed {
            Ok(checkpoint) if checkpoint.origin == key.name() => checkpoint,
            Ok(checkpoint) => {
                return Greeting::Silent(format!("it shows {:?} instead", checkpoint.origin));
            }
            Err(why) => return Greeting::Silent(format!("what it shows is not ours: {why}")),
        };
        let held_size = checkpoint.size;
        if held_size > size {
            return Greeting::Contradiction(format!(
                "it holds our checkpoint of {held_size} entries, but only {size} are here"
            ));
        }
        match Tiles::new(tiles, size).root_at(held_size) {
            Ok(root) if root == checkpoint.root => {
                held(&self.known).insert(checkpoint.origin, held_size);
                Greeting::Consistent
            }
            Ok(_) => Greeting::Contradiction(format!(
                "it holds our checkpoint of {held_size} entries with another root than ours"
            )),
            Err(error) => Greeting::Silent(error.to_string()),
        }
    }
}

fn refused(status: u16, body: &[u8]) -> Refusal {
    let said: String = String::from_utf8_lossy(body).chars().take(120).collect();
    let said = said.trim().to_owned();
    let meaning = match status {
        404 => "it does not watch this log",
        403 => "it does not trust this log's key",
        422 => "it holds a history that ours does not extend",
        _ => "it refuses",
    };
    Refusal {
        why: format!("status {status}, {meaning}: {said}"),
        contradicts: status == 422,
        ahead_at: None,
    }
}

/// The size in the body of a 409.
fn size_told(body: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(body).ok()?.strip_suffix('\n')?;
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The text of the policy that a data folder keeps: whose cosignatures its checkpoints may have.
///
/// # Errors
///
/// When it was changed.
pub fn witness_policy(data: &Path) -> Result<Option<String>, String> {
    let kept = read_checked(&data.join(FILE)).map_err(|error| error.to_string())?;
    Ok(kept.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}
