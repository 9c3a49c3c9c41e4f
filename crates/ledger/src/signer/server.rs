//! The signer as a process of its own: a folder with the secret and with what was signed last, and a socket.
//!
//! Whoever runs the ledger's service cannot read this folder where the signer runs as another user, so an administrator
//! of the service alone can neither sign another history nor take the memory of this one away.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cage_proof::{Checkpoint, Hash};

use super::wire::{SIGNER_BYTES_MAX, SignerReply, SignerRequest};
use super::{Signer, SignerError};
use crate::disk::{read_checked, replace_checked};
use crate::place::{log_key, may_name_logs, names_log_of, read_or_make_secret};
use crate::seal::SecretKey;

/// Requests that are answered at once; one ledger asks one at a time.
const ASKING_MAX: usize = 32;
/// Within which a request must have come, and its reply be taken.
const WITHIN: Duration = Duration::from_secs(5);

/// The folder of a signer. While it lives no other process can open it.
#[derive(Debug)]
pub struct SignerFolder {
    folder: PathBuf,
    name: String,
    secret: SecretKey,
    /// One request at a time looks, keeps and signs.
    deciding: Mutex<()>,
    _lock: File,
}

impl SignerFolder {
    /// Opens the folder of a signer. An empty one is begun with a new secret, for the logs whose origins begin with this
    /// name: name and agency of a ledger, such as `ledger.example/0151`.
    ///
    /// # Errors
    ///
    /// When it cannot be used, is in use, or was begun for another name.
    pub fn open(folder: &Path, name: Option<&str>) -> Result<Self, SignerError> {
        fs::create_dir_all(folder).map_err(|error| io_error("make", folder, error))?;
        let mode = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder, mode).map_err(|error| io_error("close", folder, error))?;
        let path = folder.join("lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let lock = options.open(&path);
        let lock = lock.map_err(|error| io_error("open", &path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let wrong =
                    "is in use by another process; one process at a time may be this signer";
                return Err(content(folder, wrong.to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(io_error("lock", &path, error)),
        }
        let known = known_name(folder, name)?;
        let secret = read_or_make_secret(&folder.join("secret"));
        Ok(Self {
            secret: secret.map_err(|error| content(folder, error.to_string()))?,
            folder: folder.to_owned(),
            name: known,
            deciding: Mutex::new(()),
            _lock: lock,
        })
    }

    /// The beginning of the origins that it signs for.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Answers one request, however it is written.
    #[must_use]
    pub fn answer(&self, request: &[u8]) -> SignerReply {
        let request = match SignerRequest::parse(request) {
            Ok(request) => request,
            Err(error) => return SignerReply::Refused(error.to_string()),
        };
        let origin = match &request {
            SignerRequest::Key { origin } => origin,
            SignerRequest::Sign { checkpoint, .. } => &checkpoint.origin,
        };
        if !names_log_of(&self.name, origin) {
            let name = &self.name;
            return SignerReply::Refused(format!("signs for the logs of {name} alone"));
        }
        let _turn = self.deciding.lock().unwrap_or_else(PoisonError::into_inner);
        // The state is read anew for each request: what could not be kept is not remembered either.
        let key = log_key(&self.secret, origin);
        let signer = key
            .map_err(|error| content(&self.folder, error.to_string()))
            .and_then(|key| Signer::open(&self.folder, key));
        match signer {
            Ok(signer) => answered(signer, request),
            Err(error) => SignerReply::Failed(error.to_string()),
        }
    }
}

fn answered(mut signer: Signer, request: SignerRequest) -> SignerReply {
    let SignerRequest::Sign {
        old,
        proof,
        checkpoint,
    } = request
    else {
        let last = |last: &Checkpoint| (last.size, last.root);
        return SignerReply::Key {
            key: Box::new(signer.key().clone()),
            last: signer.last().map(last),
        };
    };
    if old != signer.size() && signer.last() != Some(&checkpoint) {
        return SignerReply::Behind(signer.size());
    }
    let proof: &[Hash] = match signer.last() {
        Some(last) if *last == checkpoint => &[],
        _ => &proof,
    };
    match signer.sign(&checkpoint, proof) {
        Ok(line) => SignerReply::Signed(line),
        Err(error @ SignerError::Refused { .. }) => SignerReply::Refused(error.to_string()),
        Err(error) => SignerReply::Failed(error.to_string()),
    }
}

/// The name that the folder was begun for.
fn known_name(folder: &Path, name: Option<&str>) -> Result<String, SignerError> {
    let path = folder.join("name");
    let read = read_checked(&path).map_err(|error| io_error("read", &path, error))?;
    let known = read.map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned());
    match (known, name) {
        (Some(known), Some(name)) if known != name => Err(content(
            &path,
            format!("signs for {known:?}, not for {name:?}; each ledger has a signer of its own"),
        )),
        (Some(known), _) => Ok(known),
        (None, Some(name)) if may_name_logs(name) => {
            let text = format!("{name}\n");
            let written = replace_checked(&path, text.as_bytes(), 0o600);
            written.map_err(|error| io_error("write", &path, error))?;
            Ok(name.to_owned())
        }
        (None, name) => {
            let name = name.unwrap_or_default();
            let wanted =
                "a new signer needs name and agency of its ledger, such as ledger.example/0151";
            Err(content(folder, format!("{name:?}: {wanted}")))
        }
    }
}

/// A signer that listens on a socket.
#[derive(Debug)]
pub struct SignerServer {
    listener: UnixListener,
    folder: Arc<SignerFolder>,
    asking: Arc<AtomicUsize>,
}

impl SignerServer {
    /// Listens at a path; what an ended process left there is removed. Owner and group may connect.
    ///
    /// # Errors
    ///
    /// When the path cannot be had, or another process listens there.
    pub fn bind(path: &Path, folder: SignerFolder) -> Result<Self, SignerError> {
        if UnixStream::connect(path).is_ok() {
            return Err(content(path, "another process listens there".to_owned()));
        }
        match fs::symlink_metadata(path) {
            Ok(about) if std::os::unix::fs::FileTypeExt::is_socket(&about.file_type()) => {
                fs::remove_file(path).map_err(|error| io_error("remove", path, error))?;
            }
            Ok(_) => return Err(content(path, "is there and is no socket".to_owned())),
            Err(_) => {}
        }
        let listener = UnixListener::bind(path).map_err(|error| io_error("make", path, error))?;
        let mode = fs::Permissions::from_mode(0o660);
        fs::set_permissions(path, mode).map_err(|error| io_error("close", path, error))?;
        Ok(Self {
            listener,
            folder: Arc::new(folder),
            asking: Arc::new(AtomicUsize::new(0)),
        })
    }

    /// Answers until the process ends.
    ///
    /// # Errors
    ///
    /// When the system gives no connection any more.
    pub fn run(&self) -> io::Result<()> {
        loop {
            let (stream, _) = match self.listener.accept() {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if self.asking.fetch_add(1, Ordering::SeqCst) >= ASKING_MAX {
                // Too many: this one hears nothing and comes again.
                self.asking.fetch_sub(1, Ordering::SeqCst);
                continue;
            }
            let (folder, asking) = (Arc::clone(&self.folder), Arc::clone(&self.asking));
            let thread = std::thread::Builder::new().name("request".to_owned());
            let started = thread.spawn(move || {
                // Whoever went away asks again.
                let _ = serve(&stream, &folder);
                asking.fetch_sub(1, Ordering::SeqCst);
            });
            if started.is_err() {
                self.asking.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }
}

fn serve(stream: &UnixStream, folder: &SignerFolder) -> io::Result<()> {
    let request = read_all(stream, Instant::now() + WITHIN)?;
    let reply = folder.answer(&request).to_string();
    stream.set_write_timeout(Some(WITHIN))?;
    { stream }.write_all(reply.as_bytes())
}

/// Everything that the other side writes until it shuts its side, within a time and a size; one byte more than is
/// allowed shows that it was too much.
pub(super) fn read_all(stream: &UnixStream, until: Instant) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    while bytes.len() <= SIGNER_BYTES_MAX {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match { stream }.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => bytes.extend(&piece[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

fn content(path: &Path, wrong: String) -> SignerError {
    SignerError::Content {
        path: path.to_owned(),
        wrong,
    }
}

fn io_error(doing: &'static str, path: &Path, error: io::Error) -> SignerError {
    SignerError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}
