//! The faults of reading and writing files as failures of a command, in both languages.
//!
//! What a format's reader says of a record (`message` of a content fault) is in English only.

use std::fmt;
use std::io;
use std::path::Path;

use cage_formats::{ReadError, WriteError};
use cage_model::Bilingual;
use cage_report::ReportError;
use cage_runtime::CheckError;

use super::failure::{Failure, two};

/// Why a file could not be read.
pub(crate) fn of_reading(error: &ReadError) -> Failure {
    let en = error.to_string();
    let zh = match error {
        ReadError::Unreadable {
            file,
            reason,
            source,
        } => {
            let reason = match source {
                Some(source) => plainly(source).zh,
                None if reason.starts_with("it is a directory") => {
                    "这是文件夹，请写出其中的日志文件".to_owned()
                }
                None => reason.clone(),
            };
            format!("无法读取 {}：{reason}", named(file))
        }
        ReadError::Compression {
            file,
            bytes,
            reason,
        } => {
            let file = named(file);
            format!("{file}：压缩数据在解出 {bytes} 字节之后损坏或被截断（{reason}）")
        }
        ReadError::Content {
            file,
            place,
            message,
        } => format!("{}{}：内容有误：{message}", named(file), place.suffix()),
        ReadError::Empty { file, reason } => {
            let reason = match reason.as_str() {
                "it has 0 bytes" => "文件是空的（0 字节）",
                "it has 0 bytes after decompression" => "解压后是空的（0 字节）",
                other => other,
            };
            format!("{} 中没有任何事件：{reason}", named(file))
        }
        ReadError::UnknownFormat { file, reason } => {
            let file = named(file);
            format!("{file}：看不出是哪种格式（{reason}）；请用 --format 写明")
        }
        ReadError::Stopped(_) => String::new(),
    };
    Failure::Unreadable(Bilingual { zh, en })
}

fn named(file: &str) -> &str {
    match file {
        "standard input" => "标准输入",
        other => other,
    }
}

/// Why a log could not be written.
pub(crate) fn of_writing(error: &WriteError) -> Failure {
    let en = error.to_string();
    let zh = match error {
        WriteError::Unwritable { file, source, .. } => {
            format!("无法写入 {}：{}", file.display(), plainly(source).zh)
        }
        WriteError::UnknownFormat { file } => format!(
            "{}：扩展名不是日志格式；请用 .xes、.csv、.tsv、.parquet、.jsonocel、.xmlocel、.sqlite 或 \
             .ndjson，其后可加 .gz 或 .zst，或用 --to 写明",
            file.display()
        ),
        WriteError::Unrepresentable { format, what } => format!("{format} 格式装不下：{what}"),
    };
    Failure::Unreadable(Bilingual { zh, en })
}

/// Why a check could not be made.
pub(crate) fn of_checking(error: &CheckError) -> Failure {
    match error {
        CheckError::Read(error) => of_reading(error),
        CheckError::Spool { source_name, error } => {
            let reason = plainly(error);
            Failure::Unreadable(two(
                format!(
                    "无法把 {} 暂存为临时文件：{}",
                    named(source_name),
                    reason.zh
                ),
                format!(
                    "cannot keep {source_name} in a temporary file: {}",
                    reason.en
                ),
            ))
        }
        CheckError::NoSuchObject { kind, id, nearest } => {
            let meant = nearest.as_ref();
            let meant = meant.map_or_else(String::new, |name| format!("；是否指 {name}？"));
            let zh = format!("日志中没有事件或记录提到 {kind}:{id}{meant}");
            Failure::Usage(two(zh, error.to_string()))
        }
        CheckError::Unsupported(_) => Failure::usage(error),
    }
}

/// A file or folder that cannot be read.
pub(crate) fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    let (shown, reason) = (path.display(), plainly(error));
    Failure::Unreadable(two(
        format!("无法读取 {shown}：{}", reason.zh),
        format!("cannot read {shown}: {}", reason.en),
    ))
}

/// A file or folder that cannot be written.
pub(crate) fn cannot_write(path: &Path, error: &impl Unwritten) -> Failure {
    let (shown, reason) = (path.display(), error.reason());
    Failure::Unreadable(two(
        format!("无法写入 {shown}：{}", reason.chinese()),
        format!("cannot write {shown}: {}", reason.english()),
    ))
}

/// An error that says why something could not be written.
pub(crate) trait Unwritten {
    /// The reason alone, without the file.
    fn reason(&self) -> Bilingual;
}

impl Unwritten for io::Error {
    fn reason(&self) -> Bilingual {
        plainly(self)
    }
}

impl Unwritten for ReportError {
    fn reason(&self) -> Bilingual {
        match self {
            Self::Unwritable {
                source: Some(source),
                ..
            } => plainly(source),
            Self::Unwritable { reason, .. } => english(reason),
            other => english(other),
        }
    }
}

fn english(text: &impl fmt::Display) -> Bilingual {
    Bilingual {
        zh: String::new(),
        en: text.to_string(),
    }
}

/// The common faults of files in plain words; others as the system says them.
pub(crate) fn plainly(error: &io::Error) -> Bilingual {
    let (zh, en) = match error.kind() {
        io::ErrorKind::NotFound => ("没有这个文件或文件夹", "there is no such file or folder"),
        io::ErrorKind::PermissionDenied => ("没有权限", "permission denied"),
        io::ErrorKind::IsADirectory => ("这是文件夹", "it is a directory"),
        io::ErrorKind::NotADirectory => (
            "路径中有一段不是文件夹",
            "a part of the path is no directory",
        ),
        io::ErrorKind::StorageFull => ("磁盘已满", "the disk is full"),
        io::ErrorKind::ReadOnlyFilesystem => ("文件系统只读", "the file system is read-only"),
        io::ErrorKind::InvalidData => (
            "不是 UTF-8 文本；请另存为 UTF-8",
            "it is no UTF-8 text; save it as UTF-8",
        ),
        _ => return two(error.to_string(), error.to_string()),
    };
    two(zh.to_owned(), en.to_owned())
}
