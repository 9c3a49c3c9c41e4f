//! What every format must bear: nothing in it, cut off, packed and cut off, other encodings, pipes.

use std::path::Path;
use std::process::Stdio;

use crate::office::office;
use crate::support::{Answer, Place, answer, command};

/// The ending and the name of every format.
const FORMATS: [(&str, &str); 7] = [
    ("csv", "csv"),
    ("xes", "xes"),
    ("jsonocel", "ocel-json"),
    ("xmlocel", "ocel-xml"),
    ("sqlite", "ocel-sqlite"),
    ("parquet", "parquet"),
    ("ndjson", "cloudevents"),
];

/// The office's log in a format, and its bytes.
fn log(place: &Place, ending: &str) -> Vec<u8> {
    let name = format!("whole.{ending}");
    if ending == "csv" {
        place.write(&name, crate::office::LOG);
    } else {
        place.succeed(&format!("convert log.csv {name} --quiet"));
    }
    std::fs::read(place.path().join(name)).unwrap()
}

/// Checks standard input.
fn check_stdin(place: &Place, file: &str, format: &str) -> Answer {
    let mut checker = command(place.path());
    let line = format!("check - --format {format} --pack office.toml --json -");
    checker.args(line.split(' '));
    let input = std::fs::File::open(place.path().join(file)).unwrap();
    answer(checker.stdin(Stdio::from(input)))
}

fn check(place: &Place, file: &str) -> Answer {
    place.run(&format!("check {file} --pack office.toml --json -"))
}

/// The rules' counts, which must not depend on the format or on how the bytes came.
fn counts(answer: &Answer) -> serde_json::Value {
    assert_eq!(answer.status, 0, "{answer:?}");
    let value: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    value["rules"].clone()
}

#[test]
fn nothing_and_half_a_file_are_refused_by_name() {
    let place = office();
    for (ending, format) in FORMATS {
        let whole = log(&place, ending);
        for (name, bytes) in [
            (format!("zero.{ending}"), &whole[..0]),
            (format!("half.{ending}"), &whole[..whole.len() * 3 / 5]),
        ] {
            place.write(&name, bytes);
            place.refuse(&format!("check {name} --pack office.toml"), 3, &[&name]);
            let said = check(&place, &name).err;
            assert!(!said.contains(":0:0"), "a place that is unknown: {said}");
            let piped = check_stdin(&place, &name, format);
            assert_eq!(piped.status, 3, "{piped:?}");
            assert!(piped.err.contains("standard input"), "{piped:?}");
        }
    }
}

#[test]
fn packed_files_are_read_and_named_when_they_are_cut_off() {
    let place = office();
    for (ending, format) in FORMATS {
        log(&place, ending);
        let expected = counts(&check(&place, &format!("whole.{ending}")));
        for packer in ["gz", "zst"] {
            let name = format!("packed.{ending}.{packer}");
            place.succeed(&format!("convert log.csv {name} --quiet"));
            assert_eq!(counts(&check(&place, &name)), expected, "{name}");
            assert_eq!(
                counts(&check_stdin(&place, &name, format)),
                expected,
                "{name}"
            );
            let packed = std::fs::read(place.path().join(&name)).unwrap();
            let cut = format!("cut.{ending}.{packer}");
            place.write(&cut, &packed[..packed.len() / 2]);
            place.refuse(
                &format!("check {cut} --pack office.toml"),
                3,
                &[&cut, "cut off", "ends within"],
            );
        }
    }
}

#[test]
fn marks_and_line_ends_change_nothing() {
    let place = office();
    for (ending, _) in FORMATS {
        if ["sqlite", "parquet"].contains(&ending) {
            continue;
        }
        let whole = log(&place, ending);
        let expected = counts(&check(&place, &format!("whole.{ending}")));
        let marked = [&b"\xEF\xBB\xBF"[..], &whole].concat();
        let text = String::from_utf8(whole).unwrap();
        for (name, bytes) in [
            (format!("mark.{ending}"), marked),
            (
                format!("lines.{ending}"),
                text.replace('\n', "\r\n").into_bytes(),
            ),
        ] {
            place.write(&name, bytes);
            assert_eq!(counts(&check(&place, &name)), expected, "{name}");
        }
        let mut wide = vec![0xFF, 0xFE];
        wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let name = format!("wide.{ending}");
        place.write(&name, wide);
        if ending.contains("json") {
            place.refuse(
                &format!("check {name} --pack office.toml"),
                3,
                &[&name, "UTF-16", "save it as UTF-8"],
            );
        } else {
            assert_eq!(counts(&check(&place, &name)), expected, "{name}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once_however_often_it_is_needed() {
    let place = office();
    let pipe = place.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for (ending, _) in FORMATS {
        let whole = log(&place, ending);
        let expected = counts(&check(&place, &format!("whole.{ending}")));
        let writer = feed(&pipe, whole);
        // Stories and late events need the log once more.
        let told = place.run("check pipe --pack office.toml --json - --html report.html");
        assert_eq!(counts(&told), expected, "{ending}");
        writer.join().unwrap();
    }
    // A pack in a pipe has no ending by which it could be told.
    let writer = feed(&pipe, crate::office::PACK.as_bytes().to_vec());
    place.succeed("check log.csv --pack pipe");
    writer.join().unwrap();
}

#[cfg(unix)]
fn feed(pipe: &Path, bytes: Vec<u8>) -> std::thread::JoinHandle<()> {
    let pipe = pipe.to_owned();
    std::thread::spawn(move || std::fs::write(pipe, bytes).unwrap())
}

#[test]
fn deep_pointers_are_shortened() {
    let place = office();
    let deep = "{\"a\":".repeat(10_000);
    let log = log(&place, "ndjson");
    let text = String::from_utf8(log).unwrap();
    place.write("deep.ndjson", text.replacen("{\"officer\"", &deep, 1));
    let said = check(&place, "deep.ndjson");
    assert_eq!(said.status, 3, "{said:?}");
    assert!(said.err.contains("deep.ndjson:1:"), "{said:?}");
    assert!(said.err.len() < 400, "{said:?}");
}
