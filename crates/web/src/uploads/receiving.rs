//! A file from a socket to the disk: counted, hashed, and gone when nobody needs it any more.

use std::path::Path;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use cage_proof::hexadecimal;
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use crate::events::problem;

/// Within which the next piece of a file must come.
const PIECE_WITHIN: Duration = Duration::from_secs(30);
/// How fast a file must come, looked at again and again after so long: whoever is slower keeps others out.
const LOOKED_AT_AFTER: Duration = Duration::from_secs(60);
/// Bytes of that time at least: some 17 KiB a second.
const BYTES_MIN: u64 = 1 << 20;

/// A file that was received.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) file: tempfile::TempPath,
    pub(super) bytes: u64,
    /// SHA-256, in hexadecimal digits.
    pub(super) id: String,
}

/// Receives a file into a folder, under a name with this ending.
///
/// # Errors
///
/// The answer for a file that is too large, breaks off, or finds no space.
pub(super) async fn receive(
    folder: &Path,
    ending: &str,
    most: u64,
    body: Body,
) -> Result<Received, Response> {
    let disk = |error: std::io::Error| {
        let reason = format!("the file cannot be stored: {error}");
        problem(StatusCode::INSUFFICIENT_STORAGE, &reason)
    };
    let file = tempfile::Builder::new().suffix(ending).tempfile_in(folder);
    let file = file.map_err(disk)?;
    let (file, path) = file.into_parts();
    let mut file = File::from_std(file);
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut stream = body.into_data_stream();
    let (mut looked, mut bytes_then) = (Instant::now(), 0);
    loop {
        let Ok(next) = tokio::time::timeout(PIECE_WITHIN, stream.next()).await else {
            return Err(problem(
                StatusCode::REQUEST_TIMEOUT,
                "the file stopped coming",
            ));
        };
        let Some(piece) = next else {
            break;
        };
        let Ok(piece) = piece else {
            return Err(problem(
                StatusCode::BAD_REQUEST,
                "the file broke off; send it again",
            ));
        };
        bytes += piece.len() as u64;
        if bytes > most {
            let reason = format!("a file has at most {most} bytes");
            return Err(problem(StatusCode::PAYLOAD_TOO_LARGE, &reason));
        }
        if looked.elapsed() >= LOOKED_AT_AFTER {
            if bytes - bytes_then < BYTES_MIN {
                return Err(problem(
                    StatusCode::REQUEST_TIMEOUT,
                    "the file comes too slowly; others wait",
                ));
            }
            (looked, bytes_then) = (Instant::now(), bytes);
        }
        hash.update(&piece);
        file.write_all(&piece).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)?;
    let id = hexadecimal(&hash.finalize());
    Ok(Received {
        file: path,
        bytes,
        id,
    })
}
