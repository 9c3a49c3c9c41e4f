//! Whose signatures make a checkpoint count: one log's and enough witnesses' (C2SP tlog-policy).

use std::collections::BTreeMap;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::cosignature::cosigned_at;
use crate::key::{KeyError, KeyKind, VerifierKey};
use crate::note::{Note, NoteError};

/// Keys of logs and witnesses, and how many of whom are enough.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Policy {
    logs: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    /// Where each witness takes requests, where the policy says so.
    urls: Vec<Option<String>>,
    /// What each name stands for; a group names only what stands above it.
    members: BTreeMap<String, Member>,
    quorum: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Member {
    Witness(usize),
    Group { needed: usize, names: Vec<String> },
}

/// A witness as a policy names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyWitness {
    /// Its name within the policy.
    pub name: String,
    /// Its key.
    pub key: VerifierKey,
    /// The prefix to which requests are sent (C2SP tlog-witness).
    pub url: Option<String>,
}

/// A checkpoint whose signatures hold, and what its witnesses amount to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Witnessed {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Names of the witnesses whose cosignature holds, in their alphabetical order.
    pub witnesses: Vec<String>,
    /// Whether they are enough.
    pub is_enough: bool,
}

/// Why a text is no policy, or a checkpoint does not meet one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PolicyError {
    /// A line that is none of a policy.
    #[error("line {line} of the policy: {wrong}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong and what would be right.
        wrong: String,
    },
    /// No line says what is enough.
    #[error("the policy has no line `quorum <name>` or `quorum none`")]
    NoQuorum,
    /// No log.
    #[error("the policy names no log")]
    NoLog,
    /// The checkpoint's signatures.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The checkpoint's text.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Signed by the key of another log.
    #[error(
        "the checkpoint is of {origin:?}, but none of the policy's logs of that name signed it"
    )]
    Origin {
        /// What the checkpoint says.
        origin: String,
    },
    /// Too few witnesses.
    #[error("too few witnesses: {} cosigned, {quorum:?} is not met", if .signed.is_empty() { "none" } else { .signed })]
    Quorum {
        /// Names of the witnesses that did, after commas.
        signed: String,
        /// What had to be met.
        quorum: String,
    },
}

impl Policy {
    /// A policy of one log that asks for no witness.
    #[must_use]
    pub fn of_log(log: VerifierKey) -> Self {
        Self {
            logs: vec![log],
            ..Self::default()
        }
    }

    /// Reads a policy file.
    ///
    /// # Errors
    ///
    /// Names the first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        match Self::parse_with_logs(text, Vec::new())? {
            policy if policy.logs.is_empty() => Err(PolicyError::NoLog),
            policy => Ok(policy),
        }
    }

    /// Reads a policy file for logs that are known from elsewhere; it may name more of them.
    ///
    /// # Errors
    ///
    /// Names the first line that is wrong.
    pub fn parse_with_logs(text: &str, logs: Vec<VerifierKey>) -> Result<Self, PolicyError> {
        let mut policy = Self {
            logs,
            ..Self::default()
        };
        let mut decided = false;
        for (place, line) in text.lines().enumerate() {
            let wrong = |wrong: String| PolicyError::Line {
                line: place + 1,
                wrong,
            };
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [word, ..] if word.starts_with('#') => {}
                ["log", key] | ["log", key, _] => {
                    let key = key_of(key, |kind| kind == KeyKind::Note).map_err(wrong)?;
                    policy.logs.push(key);
                }
                ["witness", name, key, url @ ..] if url.len() < 2 => {
                    policy.add_witness(name, key).map_err(wrong)?;
                    policy.urls.push(url.first().map(|url| (*url).to_owned()));
                }
                ["group", name, needed, names @ ..] => {
                    policy.add_group(name, needed, names).map_err(wrong)?;
                }
                ["quorum", _] if decided => {
                    return Err(wrong("a second quorum".to_owned()));
                }
                ["quorum", "none"] => decided = true,
                ["quorum", name] if policy.members.contains_key(*name) => {
                    policy.quorum = Some((*name).to_owned());
                    decided = true;
                }
                ["quorum", name] => {
                    return Err(wrong(format!("{name:?} is no witness or group above")));
                }
                [word, ..] => {
                    let known = "log <key>, witness <name> <key>, group <name> <any|all|number> <names…>, quorum <name>";
                    return Err(wrong(format!(
                        "{word:?} cannot stand here; lines are {known}"
                    )));
                }
            }
        }
        match decided {
            false => Err(PolicyError::NoQuorum),
            true => Ok(policy),
        }
    }

    /// The same witnesses for one log.
    #[must_use]
    pub fn for_log(&self, log: VerifierKey) -> Self {
        Self {
            logs: vec![log],
            ..self.clone()
        }
    }

    /// The witnesses with their names, in the order of the policy.
    #[must_use]
    pub fn named_witnesses(&self) -> Vec<PolicyWitness> {
        let name_of = |index: usize| {
            let is_it = |member: &Member| matches!(member, Member::Witness(at) if *at == index);
            let found = self.members.iter().find(|(_, member)| is_it(member));
            found.map_or_else(String::new, |(name, _)| name.clone())
        };
        let witnesses = self.witnesses.iter().zip(&self.urls).enumerate();
        witnesses
            .map(|(index, (key, url))| PolicyWitness {
                name: name_of(index),
                key: key.clone(),
                url: url.clone(),
            })
            .collect()
    }

    /// The logs' keys.
    #[must_use]
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// The witnesses' keys.
    #[must_use]
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// Whether this note is a checkpoint of one of the logs with enough cosignatures; the checkpoint, and the
    /// witnesses whose cosignature holds.
    ///
    /// # Errors
    ///
    /// Says what is missing or forged.
    pub fn check(&self, note: &Note) -> Result<(Checkpoint, Vec<String>), PolicyError> {
        let read = self.read(note)?;
        match &self.quorum {
            Some(quorum) if !read.is_enough => Err(PolicyError::Quorum {
                signed: read.witnesses.join(", "),
                quorum: quorum.clone(),
            }),
            _ => Ok((read.checkpoint, read.witnesses)),
        }
    }

    /// As [`Policy::check`], for whoever shows a checkpoint that lacks witnesses too.
    ///
    /// # Errors
    ///
    /// When it is no checkpoint of one of the logs, or a signature is forged.
    pub fn read(&self, note: &Note) -> Result<Witnessed, PolicyError> {
        let checkpoint = Checkpoint::parse(&note.text)?;
        let signed = note.signed_by(&self.logs)?;
        if !signed.iter().any(|key| key.name() == checkpoint.origin) {
            return Err(PolicyError::Origin {
                origin: checkpoint.origin,
            });
        }
        let held = cosigned_at(note, &self.witnesses)?;
        let mut names: Vec<String> = Vec::new();
        for (name, member) in &self.members {
            if let Member::Witness(index) = member
                && held
                    .iter()
                    .any(|cosigned| *cosigned.key == self.witnesses[*index])
            {
                names.push(name.clone());
            }
        }
        let quorum = self.quorum.as_ref();
        Ok(Witnessed {
            checkpoint,
            is_enough: quorum.is_none_or(|quorum| self.met(quorum, &names)),
            witnesses: names,
        })
    }

    /// Whether the witnesses whose keys are chosen would be enough.
    #[must_use]
    pub fn is_met_by(&self, is_chosen: impl Fn(&VerifierKey) -> bool) -> bool {
        let chosen = self.members.iter().filter(|(_, member)| {
            matches!(member, Member::Witness(index) if is_chosen(&self.witnesses[*index]))
        });
        let names: Vec<String> = chosen.map(|(name, _)| name.clone()).collect();
        let quorum = self.quorum.as_ref();
        quorum.is_none_or(|quorum| self.met(quorum, &names))
    }

    /// Whether what this name stands for has signed. Groups name only what stands above them, so this ends.
    fn met(&self, name: &str, signed: &[String]) -> bool {
        match self.members.get(name) {
            None => false,
            Some(Member::Witness(_)) => signed.iter().any(|one| one == name),
            Some(Member::Group { needed, names }) => {
                names.iter().filter(|name| self.met(name, signed)).count() >= *needed
            }
        }
    }

    fn add_witness(&mut self, name: &str, key: &str) -> Result<(), String> {
        let key = key_of(key, |kind| kind != KeyKind::Note)?;
        if self.witnesses.contains(&key) {
            return Err(format!(
                "the key of witness {name:?} stands above under another name"
            ));
        }
        self.add_member(name, Member::Witness(self.witnesses.len()))?;
        self.witnesses.push(key);
        Ok(())
    }

    fn add_group(&mut self, name: &str, needed: &str, names: &[&str]) -> Result<(), String> {
        if names.is_empty() {
            return Err(format!("group {name:?} has no members"));
        }
        for (place, member) in names.iter().enumerate() {
            if !self.members.contains_key(*member) {
                return Err(format!("{member:?} is no witness or group above"));
            }
            let elsewhere = self.members.values().any(|other| {
                matches!(other, Member::Group { names, .. } if names.iter().any(|name| name == member))
            });
            if elsewhere || names[..place].contains(member) {
                return Err(format!(
                    "{member:?} is a member already; a name may be one of one group"
                ));
            }
        }
        let count = match needed {
            "any" => Some(1),
            "all" => Some(names.len()),
            number => number
                .parse()
                .ok()
                .filter(|count| (1..=names.len()).contains(count)),
        };
        let needed = count.ok_or_else(|| {
            format!(
                "{needed:?} must be any, all or a number from 1 to {}",
                names.len()
            )
        })?;
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        self.add_member(name, Member::Group { needed, names })
    }

    fn add_member(&mut self, name: &str, member: Member) -> Result<(), String> {
        if name == "none" || self.members.contains_key(name) {
            return Err(format!("the name {name:?} is taken"));
        }
        self.members.insert(name.to_owned(), member);
        Ok(())
    }
}

fn key_of(text: &str, is_right: impl Fn(KeyKind) -> bool) -> Result<VerifierKey, String> {
    let key = VerifierKey::parse(text).map_err(|error: KeyError| error.to_string())?;
    if is_right(key.kind()) {
        return Ok(key);
    }
    Err(format!(
        "key {:?} is of the other kind: logs sign notes, witnesses cosign",
        key.name()
    ))
}

#[cfg(test)]
mod tests;
