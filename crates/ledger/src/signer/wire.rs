//! What is said over the socket of a signer: one request and one reply, as text, of few bytes.
//!
//! A request is the line `ironcage/signer/v1` and either `key ORIGIN`, or `sign SIZE`, the hashes of the consistency proof
//! from that size on (base64, one a line), an empty line and the text of the checkpoint. A reply is the same first line
//! and one of `key KEY` with `last SIZE ROOT` or `last none`; `signed LINE`; `behind SIZE`; `refused WHY`; `failed WHY`.

use std::fmt;

use cage_proof::{Checkpoint, Hash, NoteSignature, VerifierKey};

/// Bytes of a request or a reply at most.
pub const SIGNER_BYTES_MAX: usize = 16 << 10;
const FIRST: &str = "ironcage/signer/v1";
/// Hashes of a proof at most: a tree has fewer than 2^63 entries.
const HASHES_MAX: usize = 63;
/// Characters of a reason at most.
const WHY_MAX: usize = 1_000;

/// What is asked of a signer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignerRequest {
    /// The key of a log, and what was signed last for it.
    Key {
        /// The log.
        origin: String,
    },
    /// A signature.
    Sign {
        /// Size from which the proof starts: the one that was signed last.
        old: u64,
        /// Consistency proof from there to the checkpoint.
        proof: Vec<Hash>,
        /// What is to be signed.
        checkpoint: Checkpoint,
    },
}

/// What a signer answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignerReply {
    /// The key of a log, and size and root that were signed last for it.
    Key {
        /// The key.
        key: Box<VerifierKey>,
        /// `None` before the first.
        last: Option<(u64, Hash)>,
    },
    /// It signed.
    Signed(NoteSignature),
    /// The proof does not start at the size that was signed last, which is this one.
    Behind(u64),
    /// It does not sign this.
    Refused(String),
    /// It cannot sign now: its disk failed.
    Failed(String),
}

/// Why a text is no request or no reply.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WireError {
    /// More than is read.
    #[error("more than {SIGNER_BYTES_MAX} bytes are not read")]
    Long,
    /// Not text.
    #[error("byte {at} is no UTF-8 text")]
    Text {
        /// Where, from 0.
        at: usize,
    },
    /// A line that cannot stand where it stands.
    #[error("line {line}: {text:?} is not {wanted}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What stands there, shortened.
        text: String,
        /// What had to.
        wanted: &'static str,
    },
}

impl SignerRequest {
    /// Reads a request, strictly.
    ///
    /// # Errors
    ///
    /// Says which line is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut lines = Lines::of(bytes)?;
        lines.first()?;
        let (line, text) = lines.next();
        if let Some(origin) = text.strip_prefix("key ") {
            let origin = origin.to_owned();
            return lines.end(Self::Key { origin });
        }
        let size = text.strip_prefix("sign ").and_then(number);
        let old = size.ok_or_else(|| wrong(line, text, "`key ORIGIN` or `sign SIZE`"))?;
        let mut proof = Vec::new();
        loop {
            let (line, text) = lines.next();
            if text.is_empty() && !lines.is_over() {
                break;
            }
            let hash = Hash::from_base64(text).filter(|_| proof.len() < HASHES_MAX);
            proof.push(hash.ok_or_else(|| {
                wrong(
                    line,
                    text,
                    "a hash of the proof (63 at most) or the empty line",
                )
            })?);
        }
        let (line, rest) = (lines.line, lines.rest);
        let checkpoint = Checkpoint::parse(rest);
        let checkpoint = checkpoint.ok().filter(|read| read.extensions.is_empty());
        let checkpoint =
            checkpoint.ok_or_else(|| wrong(line, rest, "a checkpoint of three lines"))?;
        Ok(Self::Sign {
            old,
            proof,
            checkpoint,
        })
    }
}

impl fmt::Display for SignerRequest {
    /// The text that [`SignerRequest::parse`] reads.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{FIRST}")?;
        match self {
            Self::Key { origin } => writeln!(formatter, "key {origin}"),
            Self::Sign {
                old,
                proof,
                checkpoint,
            } => {
                writeln!(formatter, "sign {old}")?;
                for hash in proof {
                    writeln!(formatter, "{}", hash.to_base64())?;
                }
                write!(formatter, "\n{checkpoint}")
            }
        }
    }
}

impl SignerReply {
    /// Reads a reply, strictly.
    ///
    /// # Errors
    ///
    /// Says which line is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut lines = Lines::of(bytes)?;
        lines.first()?;
        let (line, text) = lines.next();
        let unknown = || wrong(line, text, "a reply of a signer");
        let (word, rest) = text.split_once(' ').ok_or_else(unknown)?;
        let reply = match word {
            "key" => {
                let key = VerifierKey::parse(rest).map_err(|_| wrong(line, text, "a key"))?;
                let (line, text) = lines.next();
                let last = text.strip_prefix("last ").and_then(last);
                let last = last.ok_or_else(|| wrong(line, text, "`last SIZE ROOT`"))?;
                Self::Key {
                    key: Box::new(key),
                    last,
                }
            }
            "signed" => Self::Signed(NoteSignature::parse(rest).map_err(|_| unknown())?),
            "behind" => Self::Behind(number(rest).ok_or_else(unknown)?),
            "refused" => Self::Refused(rest.to_owned()),
            "failed" => Self::Failed(rest.to_owned()),
            _ => return Err(unknown()),
        };
        lines.end(reply)
    }
}

impl fmt::Display for SignerReply {
    /// The text that [`SignerReply::parse`] reads.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{FIRST}")?;
        match self {
            Self::Key { key, last } => {
                writeln!(formatter, "key {key}")?;
                match last {
                    Some((size, root)) => writeln!(formatter, "last {size} {}", root.to_base64()),
                    None => writeln!(formatter, "last none"),
                }
            }
            Self::Signed(line) => writeln!(formatter, "signed {line}"),
            Self::Behind(size) => writeln!(formatter, "behind {size}"),
            Self::Refused(why) => writeln!(formatter, "refused {}", one_line(why)),
            Self::Failed(why) => writeln!(formatter, "failed {}", one_line(why)),
        }
    }
}

fn one_line(why: &str) -> String {
    let plain = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    why.chars().map(plain).take(WHY_MAX).collect()
}

/// `none`, or a size and a root.
fn last(text: &str) -> Option<Option<(u64, Hash)>> {
    if text == "none" {
        return Some(None);
    }
    let (size, root) = text.split_once(' ')?;
    Some(Some((number(size)?, Hash::from_base64(root)?)))
}

/// A plain decimal number: no sign, no zero in front.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// The lines of a text, each with its newline.
struct Lines<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Lines<'t> {
    fn of(bytes: &'t [u8]) -> Result<Self, WireError> {
        if bytes.len() > SIGNER_BYTES_MAX {
            return Err(WireError::Long);
        }
        let rest = std::str::from_utf8(bytes).map_err(|error| WireError::Text {
            at: error.valid_up_to(),
        })?;
        Ok(Self { rest, line: 1 })
    }

    fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next line with its number; what has no newline is no line.
    fn next(&mut self) -> (usize, &'t str) {
        let (text, rest) = self.rest.split_once('\n').unwrap_or(("", ""));
        self.rest = rest;
        self.line += 1;
        (self.line - 1, text)
    }

    fn first(&mut self) -> Result<(), WireError> {
        match self.next() {
            (_, FIRST) => Ok(()),
            (line, text) => Err(wrong(line, text, "`ironcage/signer/v1`")),
        }
    }

    /// Nothing stands behind what was read.
    fn end<T>(self, read: T) -> Result<T, WireError> {
        if self.is_over() {
            return Ok(read);
        }
        Err(wrong(self.line, self.rest, "the end"))
    }
}

fn wrong(line: usize, text: &str, wanted: &'static str) -> WireError {
    WireError::Line {
        line,
        text: text.chars().take(80).collect(),
        wanted,
    }
}
