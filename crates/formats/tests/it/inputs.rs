//! Where logs come from and go to: compression, damage, what cannot be opened or written.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cage_formats::{Format, ReadError, ReadOptions, Source, WriteError, read, read_stream, write};
use cage_model::{Interner, Log};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::dump::dump;
use crate::shared::load;
use crate::show::{load_bytes, refusal};

fn log_text(events: usize) -> String {
    let event = "<event><string key=\"concept:name\" value=\"a\"/></event>\n";
    let trace = "<trace><string key=\"concept:name\" value=\"c\"/>\n";
    format!("<log>{trace}{}</trace></log>", event.repeat(events))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

#[test]
fn compression_is_told_by_content_and_changes_nothing() {
    let text = log_text(5_000);
    let (first, second) = text.as_bytes().split_at(100_000);
    let plain = dump(
        &load_bytes("a.xes", text.as_bytes(), &ReadOptions::default())
            .unwrap()
            .0,
    );
    for (what, bytes) in [
        ("gzip", gzip(text.as_bytes())),
        ("gzip in two members", [gzip(first), gzip(second)].concat()),
        ("zstd", zstandard(text.as_bytes())),
        (
            "zstd in two frames",
            [zstandard(first), zstandard(second)].concat(),
        ),
    ] {
        for threads in [1, 2] {
            let options = ReadOptions {
                threads,
                ..ReadOptions::default()
            };
            let (log, _) = load_bytes("a.xes", &bytes, &options).unwrap();
            assert!(dump(&log) == plain, "{what}, {threads} threads");
        }
    }
}

#[test]
fn damage_is_told_with_how_far_the_content_was_sound() {
    let text = log_text(50_000);
    let flipped = |mut bytes: Vec<u8>, at: usize| {
        bytes[at] ^= 0xFF;
        bytes
    };
    let (gz, zst) = (gzip(text.as_bytes()), zstandard(text.as_bytes()));
    let (gz_cut, zst_cut) = (gz[..gz.len() / 2].to_vec(), zst[..zst.len() / 2].to_vec());
    for (what, bytes, reason) in [
        (
            "cut gzip",
            gz_cut,
            "the file ends within the compressed data",
        ),
        (
            "cut zstd",
            zst_cut,
            "the file ends within the compressed data",
        ),
        (
            "gzip, wrong sum",
            flipped(gz.clone(), gz.len() - 6),
            "checksum",
        ),
        (
            "gzip, then rubbish",
            [gz.clone(), b"rubbish that is no gzip".to_vec()].concat(),
            "",
        ),
        (
            "gzip, nothing but its head",
            gz[..10].to_vec(),
            "ends within",
        ),
    ] {
        for threads in [1, 2] {
            let options = ReadOptions {
                threads,
                lenient: true,
                ..ReadOptions::default()
            };
            match load_bytes("a.xes.gz", &bytes, &options) {
                Err(ReadError::Compression {
                    bytes,
                    reason: said,
                    ..
                }) => {
                    assert!(said.contains(reason), "{what}: {said}");
                    assert!(bytes <= text.len() as u64, "{what}: {bytes}");
                    assert_eq!(bytes == 0, what.ends_with("head"), "{what}: {bytes}");
                }
                other => panic!("{what}: {other:?}"),
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.xes");
    for (path, expected) in [
        (folder.path(), "it is a directory; name the log files in it"),
        (missing.as_path(), "there is no such file"),
    ] {
        let error = load(path.to_owned(), &ReadOptions::default()).unwrap_err();
        let message = error.to_string();
        assert!(
            matches!(error, ReadError::Unreadable { .. }) && message.contains(expected),
            "{message}"
        );
        assert!(message.contains(&path.display().to_string()), "{message}");
    }
    for (bytes, expected) in [
        (&b""[..], "a.xes holds no event: it has 0 bytes"),
        (
            &gzip(b""),
            "a.xes holds no event: it has 0 bytes after decompression",
        ),
        (
            b"  \n ",
            "cannot tell which format this is (it begins with nothing but blanks)",
        ),
        (b"\0\x01\x02binary", "it begins with binary data"),
    ] {
        let message = refusal("a.xes", bytes, &ReadOptions::default());
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
#[cfg(unix)]
fn a_file_without_permission_is_said_to_be_so() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xes");
    std::fs::write(&path, log_text(1)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        // The superuser may read anything, so there is nothing to see here.
        return;
    }
    let message = load(path, &ReadOptions::default()).unwrap_err().to_string();
    assert!(message.contains("permission denied"), "{message}");
}

#[test]
fn progress_counts_the_bytes_of_the_file_as_it_lies_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xes.gz");
    let bytes = gzip(log_text(1_000).as_bytes());
    std::fs::write(&path, &bytes).unwrap();
    let progress = Arc::new(AtomicU64::new(0));
    let options = ReadOptions {
        progress: Some(progress.clone()),
        ..ReadOptions::default()
    };
    load(path, &options).unwrap();
    assert_eq!(progress.load(Ordering::Relaxed), bytes.len() as u64);
}

/// A pipe that gives one byte at a time.
struct Drip(std::io::Cursor<Vec<u8>>);

impl std::io::Read for Drip {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let one = buffer.len().min(1);
        self.0.read(&mut buffer[..one])
    }
}

#[test]
fn a_slow_stream_reads_as_a_file_does() {
    let text = log_text(50);
    for bytes in [text.clone().into_bytes(), gzip(text.as_bytes())] {
        let (mut names, mut log) = (Interner::new(), Log::new());
        let content = Box::new(Drip(std::io::Cursor::new(bytes)));
        let options = ReadOptions::default();
        let report = read_stream("pipe", content, &options, &mut names, &mut log).unwrap();
        assert_eq!((report.events, report.format), (50, Format::Xes));
    }
}

#[test]
fn a_consumer_that_stops_stops_the_reading() {
    struct Stop(u64);
    impl cage_model::LogSink for Stop {
        fn event(
            &mut self,
            _: &cage_model::EventBuffer,
            _: &mut Interner,
        ) -> Result<(), cage_model::SinkError> {
            self.0 += 1;
            if self.0 == 3 {
                Err("enough".into())
            } else {
                Ok(())
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xes");
    std::fs::write(&path, log_text(10)).unwrap();
    let (options, mut stop) = (
        ReadOptions {
            lenient: true,
            ..ReadOptions::default()
        },
        Stop(0),
    );
    let stopped = read(
        &Source::Path(path),
        &options,
        &mut Interner::new(),
        &mut stop,
    );
    assert!(
        matches!(stopped, Err(ReadError::Stopped(ref reason)) if reason.to_string() == "enough")
    );
    assert_eq!(stop.0, 3);
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let (log, _) = load_bytes("a.xes", log_text(1).as_bytes(), &ReadOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/a.xes");
    for (path, expected) in [
        (missing.as_path(), "its folder does not exist"),
        (folder.path(), "it is a directory"),
        (
            Path::new("a.doc"),
            "this ending names no log format; use .xes",
        ),
    ] {
        let format = (path == folder.path()).then_some(Format::Xes);
        let error = write(&log, path, format).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        let named = matches!(
            error,
            WriteError::Unwritable { .. } | WriteError::UnknownFormat { .. }
        );
        assert!(named, "{error:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn writing_replaces_a_file_as_a_whole_and_keeps_its_permissions() {
    let (log, _) = load_bytes("a.xes", log_text(1).as_bytes(), &ReadOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xes.gz");
    std::fs::write(&path, "something else").unwrap();
    let before = std::fs::metadata(&path).unwrap().permissions();
    write(&log, &path, None).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions(), before);
    assert_eq!(load(path, &ReadOptions::default()).unwrap().1.events, 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
