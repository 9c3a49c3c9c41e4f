//! Asking a signer that is a process of its own.

use std::io::{self, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cage_proof::{Checkpoint, Hash, Note, NoteSignature, VerifierKey};

use super::server::read_all;
use super::wire::{SignerReply, SignerRequest};
use super::{Signer, SignerError};

/// Within which a signer must have answered.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Where a signer listens.
#[derive(Clone, Debug)]
pub(crate) struct SignerLink(PathBuf);

/// A log's key at a signer, with the size that was signed last, and its root where the signer has said it.
pub(crate) type KeyThere = (VerifierKey, Option<(u64, Hash)>);

impl SignerLink {
    pub(crate) fn new(socket: &Path) -> Self {
        Self(socket.to_owned())
    }

    /// The key of a log, and what was signed last for it.
    pub(crate) fn key(&self, origin: &str) -> Result<KeyThere, SignerError> {
        let request = SignerRequest::Key {
            origin: origin.to_owned(),
        };
        match self.ask(&request)? {
            SignerReply::Key { key, last } if key.name() == origin => Ok((*key, last)),
            other => Err(self.unexpected(&other)),
        }
    }

    fn ask(&self, request: &SignerRequest) -> Result<SignerReply, SignerError> {
        let asked = || -> io::Result<Vec<u8>> {
            let until = Instant::now() + ANSWER_WITHIN;
            let mut stream = UnixStream::connect(&self.0)?;
            stream.set_write_timeout(Some(ANSWER_WITHIN))?;
            stream.write_all(request.to_string().as_bytes())?;
            stream.shutdown(Shutdown::Write)?;
            read_all(&stream, until)
        };
        let bytes = asked().map_err(|error| self.unreachable(error.to_string()))?;
        if bytes.is_empty() {
            return Err(self.unreachable("it went away without an answer".to_owned()));
        }
        SignerReply::parse(&bytes).map_err(|error| self.unreachable(error.to_string()))
    }

    fn unreachable(&self, why: String) -> SignerError {
        SignerError::Unreachable {
            socket: self.0.clone(),
            why,
        }
    }

    fn unexpected(&self, reply: &SignerReply) -> SignerError {
        match reply {
            SignerReply::Failed(why) => self.unreachable(why.clone()),
            SignerReply::Refused(why) => SignerError::Content {
                path: self.0.clone(),
                wrong: format!("the signer refuses: {why}"),
            },
            _ => self.unreachable("it answers what was not asked".to_owned()),
        }
    }
}

/// What signs the checkpoints of one log.
#[derive(Debug)]
pub(crate) enum LogSigner {
    /// A key in this process.
    Here(Box<Signer>),
    /// A key in a process of its own.
    There {
        /// The signer.
        link: SignerLink,
        /// The log's key.
        key: Box<VerifierKey>,
        /// Size and root that were signed last, as far as this side knows.
        last: Option<(u64, Hash)>,
    },
}

impl LogSigner {
    /// The signer elsewhere of the log with this key.
    pub(crate) fn at(link: &SignerLink, key: &VerifierKey) -> Result<Self, SignerError> {
        let (there, last) = link.key(key.name())?;
        if there != *key {
            return Err(SignerError::Content {
                path: link.0.clone(),
                wrong: format!("has another key of {}; it is another signer", key.name()),
            });
        }
        Ok(Self::There {
            link: link.clone(),
            key: Box::new(there),
            last,
        })
    }

    /// Size from which a proof must start.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Here(signer) => signer.size(),
            Self::There { last, .. } => last.map_or(0, |(size, _)| size),
        }
    }

    /// Size and root that were signed last.
    pub(crate) fn last(&self) -> Option<(u64, Hash)> {
        match self {
            Self::Here(signer) => signer.last().map(|last| (last.size, last.root)),
            Self::There { last, .. } => *last,
        }
    }

    /// The fault of a memory that does not know of a checkpoint that was published.
    pub(crate) fn outdated(&self, published: u64) -> SignerError {
        match self {
            Self::Here(signer) => signer.outdated(published),
            Self::There { link, .. } => SignerError::Content {
                path: link.0.clone(),
                wrong: format!(
                    "the signer says that {} entries were signed last, but {published} are published; \
                     its folder was removed or replaced",
                    self.size()
                ),
            },
        }
    }

    /// Signs a checkpoint that extends what was signed last, as the consistency proof from [`LogSigner::size`] shows.
    pub(crate) fn sign(
        &mut self,
        checkpoint: &Checkpoint,
        proof: &[Hash],
    ) -> Result<NoteSignature, SignerError> {
        let old = self.size();
        let (link, key, last) = match self {
            Self::Here(signer) => return signer.sign(checkpoint, proof),
            Self::There { link, key, last } => (link, key, last),
        };
        let request = SignerRequest::Sign {
            old,
            proof: proof.to_vec(),
            checkpoint: checkpoint.clone(),
        };
        match link.ask(&request)? {
            SignerReply::Signed(line) => {
                let note: Note = checkpoint.clone().into_note(vec![line.clone()]);
                if note.signed_by(std::slice::from_ref(&**key)).is_err() {
                    return Err(link.unreachable("its signature does not hold".to_owned()));
                }
                *last = Some((checkpoint.size, checkpoint.root));
                Ok(line)
            }
            // Signed, and the answer was lost, or another process asked: the next proof starts there.
            SignerReply::Behind(size) if size != old => {
                let known = link.key(&checkpoint.origin)?;
                *last = known.1;
                Err(SignerError::Behind {
                    origin: checkpoint.origin.clone(),
                    signed: size,
                })
            }
            other => Err(link.unexpected(&other)),
        }
    }
}
