//! Where results go: nothing that is read is overwritten, devices stay devices, faults are named.

use std::process::Stdio;

use crate::office::{LOG, office};
use crate::support::{answer, command};

#[test]
fn no_result_takes_the_place_of_what_is_read() {
    let place = office();
    for result in [
        "--html log.csv",
        "--json office.toml",
        "--findings ./log.csv",
        "--html r.html --json r.html",
        "--json - --html -",
    ] {
        place.refuse(
            &format!("check log.csv --pack office.toml {result}"),
            2,
            &["name another file"],
        );
    }
    assert_eq!(place.read("log.csv"), LOG);
    assert_eq!(place.names(), ["log.csv", "office.toml"]);
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_named_and_a_device_stays_one() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let full = std::path::Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let place = office();
    // A link, so that a fault of ours cannot harm the device itself.
    for ending in ["csv", "jsonl", "xlsx", "parquet", "xes", "sqlite", "html"] {
        symlink(full, place.path().join(format!("full.{ending}"))).unwrap();
    }
    for line in [
        "check log.csv --pack office.toml --findings full.csv",
        "check log.csv --pack office.toml --findings full.jsonl",
        "check log.csv --pack office.toml --findings full.xlsx",
        "check log.csv --pack office.toml --findings full.parquet",
        "check log.csv --pack office.toml --html full.html",
        "check log.csv --pack office.toml --json full.html",
        "convert log.csv full.csv",
        "convert log.csv full.xes --force",
        "convert log.csv full.sqlite",
        "convert log.csv full.parquet",
    ] {
        place.refuse(line, 3, &["cannot write full.", "the disk is full"]);
    }
    for name in place.names() {
        if name.starts_with("full.") {
            let about = std::fs::metadata(place.path().join(&name)).unwrap();
            assert!(about.file_type().is_char_device(), "{name}");
        }
    }
    assert_eq!(place.names().len(), 9, "{:?}", place.names());
}

#[cfg(unix)]
#[test]
fn standard_output_that_is_full_is_named_and_one_that_is_closed_is_no_error() {
    let place = office();
    for line in [
        "check log.csv --pack office.toml",
        "check log.csv --pack office.toml --json -",
        "stats log.csv",
        "explain log.csv --pack office.toml --object case:C1",
        "pack test office.toml",
        "pack check office.toml",
    ] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut writing = command(place.path());
        let said = answer(writing.args(line.split(' ')).stdout(Stdio::from(full)));
        assert_eq!(said.status, 3, "{line} {said:?}");
        assert!(
            said.err.contains("standard output: the disk is full"),
            "{said:?}"
        );
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut writing = command(place.path());
        let said = answer(writing.args(line.split(' ')).stdout(Stdio::from(writer)));
        assert_eq!((said.status, said.err.as_str()), (0, ""), "{line}");
    }
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_unreadable_input() {
    use std::os::unix::fs::PermissionsExt;
    let place = office();
    place.write("p/pack.toml", "[pack]\nid = \"p\"\nversion = \"1\"\n");
    place.write("p/rules/a.toml", "");
    let closed = ["log.csv", "office.toml", "p/rules/a.toml"];
    for name in closed {
        let path = place.path().join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o000)).unwrap();
    }
    if std::fs::File::open(place.path().join("log.csv")).is_ok() {
        // Who may do everything is refused nothing.
        return;
    }
    for (line, name) in [
        ("stats log.csv", "log.csv"),
        ("check log.csv --pack office.toml", "office.toml"),
        ("check log.csv --decl office.toml", "office.toml"),
        ("check log.csv --flow office.toml", "office.toml"),
        ("check log.csv --pack p", "a.toml"),
        ("pack check p", "a.toml"),
        ("pack fmt office.toml", "office.toml"),
    ] {
        place.refuse(line, 3, &["cannot read", name, "permission denied"]);
    }
}

#[test]
fn faults_of_files_are_said_in_chinese_too() {
    let place = office();
    place.write("empty.csv", "");
    place.write("cut.xes.gz", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]);
    for (line, status, words) in [
        (
            "check none.csv --pack office.toml",
            3,
            "错误：无法读取 none.csv：没有这个文件或文件夹",
        ),
        (
            "check log.csv --pack none.toml",
            3,
            "错误：无法读取 none.toml：没有这个文件或文件夹",
        ),
        (
            "check . --pack office.toml",
            3,
            "这是文件夹，请写出其中的日志文件",
        ),
        (
            "check empty.csv --pack office.toml",
            3,
            "empty.csv 中没有任何事件：文件是空的",
        ),
        (
            "stats cut.xes.gz",
            3,
            "压缩数据在解出 0 字节之后损坏或被截断",
        ),
        (
            "check log.csv --pack office.toml --json no/j",
            3,
            "无法写入 no/j：没有这个文件或文件夹",
        ),
        (
            "check log.csv --pack office.toml --json log.csv",
            2,
            "已作为输入或另一个结果",
        ),
        ("convert log.csv office.toml", 2, "office.toml 已经存在"),
        ("check log.csv --flow log.csv", 2, "log.csv：1 处错误"),
        ("stats log.csv --zone Mars", 2, "没有这个时区"),
    ] {
        place.refuse(&format!("{line} --lang zh"), status, &[words]);
    }
}
