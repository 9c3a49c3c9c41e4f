//! From the reading options of the command line to those of the readers.

use std::io::Read;
use std::path::{Path, PathBuf};

use cage_formats::{ReadOptions, Source, TableMapping};
use cage_model::limits;
use jiff::tz::TimeZone;

use super::failure::{Failure, two};
use super::fault::cannot_read;
use crate::options::ReadArguments;

/// The reader's options.
pub(crate) fn read_options(arguments: &ReadArguments) -> Result<ReadOptions, Failure> {
    Ok(ReadOptions {
        format: arguments.format.map(Into::into),
        lenient: arguments.lenient,
        mapping: mapping(arguments)?,
        zone: arguments.zone.as_deref().map(zone).transpose()?,
        classifier: arguments.classifier.clone(),
        threads: 1,
        progress: None,
    })
}

/// "-" is standard input.
pub(crate) fn source(path: &Path) -> Source {
    if path.as_os_str() == "-" {
        Source::Stdin
    } else {
        Source::Path(path.to_owned())
    }
}

/// The sources of several logs; standard input may come once.
pub(crate) fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let sources: Vec<Source> = paths.iter().map(|path| source(path)).collect();
    if sources
        .iter()
        .filter(|source| **source == Source::Stdin)
        .count()
        > 1
    {
        return Err(Failure::wrong_use(
            "标准输入（-）只能写一次".to_owned(),
            "standard input (-) can be given once only".to_owned(),
        ));
    }
    Ok(sources)
}

/// The text of a small file that a person wrote, such as a mapping.
pub(crate) fn small_text(path: &Path) -> Result<String, Failure> {
    const MOST: u64 = limits::PACK_FILE_BYTES_MAX;
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MOST + 1).read_to_string(&mut text))
        .map_err(|error| cannot_read(path, &error))?;
    if text.len() as u64 > MOST {
        let (shown, most) = (path.display(), MOST >> 20);
        return Err(Failure::Unreadable(two(
            format!("{shown}：文件超过 {most} MiB"),
            format!("{shown}: the file is larger than {most} MiB"),
        )));
    }
    Ok(text)
}

fn zone(name: &str) -> Result<TimeZone, Failure> {
    TimeZone::get(name).map_err(|_| {
        Failure::wrong_use(
            format!("--zone {name}：没有这个时区；请写 Asia/Shanghai、Europe/Rome 这样的名称"),
            format!(
                "--zone {name}: no such time zone; use a name such as Asia/Shanghai or Europe/Rome"
            ),
        )
    })
}

fn mapping(arguments: &ReadArguments) -> Result<TableMapping, Failure> {
    let mut mapping = match &arguments.mapping {
        None => TableMapping::default(),
        Some(path) => {
            let text = small_text(path)?;
            TableMapping::from_toml(&text)
                .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?
        }
    };
    for (column, slot) in [
        (&arguments.case_column, &mut mapping.case),
        (&arguments.activity_column, &mut mapping.activity),
        (&arguments.time_column, &mut mapping.time),
        (&arguments.arrival_column, &mut mapping.arrival),
        (&arguments.time_format, &mut mapping.time_format),
        (&arguments.encoding, &mut mapping.encoding),
    ] {
        if column.is_some() {
            slot.clone_from(column);
        }
    }
    for text in &arguments.object_column {
        mapping.objects.push(object_column(text)?);
    }
    if let Some(text) = &arguments.delimiter {
        mapping.delimiter = Some(delimiter(text)?);
    }
    Ok(mapping)
}

fn object_column(text: &str) -> Result<(String, String, String), Failure> {
    let parts = text
        .split_once('=')
        .filter(|(column, kind)| !column.is_empty() && !kind.is_empty());
    let (column, kind) = parts.ok_or_else(|| {
        Failure::usage(format!(
            "--object-column {text}: write COLUMN=TYPE or COLUMN=TYPE:QUALIFIER, for example \
             Resource=officer:actor"
        ))
    })?;
    let (kind, qualifier) = kind.split_once(':').unwrap_or((kind, ""));
    Ok((column.to_owned(), kind.to_owned(), qualifier.to_owned()))
}

fn delimiter(text: &str) -> Result<u8, Failure> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err(Failure::usage(format!(
            "--delimiter {text}: one ASCII character, or \"tab\""
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_columns_name_type_and_qualifier() {
        let parsed = object_column("Resource=officer:actor").unwrap();
        assert_eq!(
            parsed,
            ("Resource".into(), "officer".into(), "actor".into())
        );
        assert_eq!(object_column("W=window").unwrap().2, "");
        assert!(matches!(object_column("window"), Err(Failure::Usage(_))));
        assert_eq!(delimiter("tab").unwrap(), b'\t');
        assert!(delimiter("ab").is_err());
    }
}
