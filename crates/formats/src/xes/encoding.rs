//! In which encoding an XML file is: by its byte order mark, else by its declaration, else UTF-8.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// The encoding, the bytes of the mark to pass over, and what is to be said about it.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) encoding: &'static Encoding,
    pub(crate) mark_bytes: usize,
    pub(crate) note: Option<String>,
}

/// A declared encoding that nobody knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct UnknownEncoding(pub(crate) String);

/// Chooses by the first bytes of the content.
pub(crate) fn choose(head: &[u8]) -> Result<Chosen, UnknownEncoding> {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(head) {
        let note = (encoding != UTF_8).then(|| said(encoding.name()));
        return Ok(Chosen {
            encoding,
            mark_bytes,
            note,
        });
    }
    let unmarked = |encoding: &'static Encoding, note| {
        Ok(Chosen {
            encoding,
            mark_bytes: 0,
            note,
        })
    };
    match head {
        [b'<', 0, ..] => return unmarked(UTF_16LE, Some(said("UTF-16LE"))),
        [0, b'<', ..] => return unmarked(UTF_16BE, Some(said("UTF-16BE"))),
        _ => {}
    }
    let Some(label) = declared(head) else {
        return unmarked(UTF_8, None);
    };
    let Some(encoding) = Encoding::for_label(label.as_bytes()) else {
        return Err(UnknownEncoding(label));
    };
    if encoding == UTF_16LE || encoding == UTF_16BE {
        // The declaration was read as ASCII, so it cannot be true.
        let note = format!("the file declares {label}, but is written in UTF-8 and read as such");
        return unmarked(UTF_8, Some(note));
    }
    let note = (encoding != UTF_8).then(|| said(&label));
    unmarked(encoding, note)
}

fn said(name: &str) -> String {
    format!("the file is written in {name}")
}

/// The encoding that `<?xml ... encoding="..."?>` names.
fn declared(head: &[u8]) -> Option<String> {
    let blank = |byte: &&u8| byte.is_ascii_whitespace();
    let begin = head.iter().take_while(blank).count();
    let rest = head[begin..].strip_prefix(b"<?xml")?;
    let end = memchr::memchr(b'>', rest)?;
    let declaration = std::str::from_utf8(&rest[..end]).ok()?;
    let (_, behind) = declaration.split_once("encoding")?;
    let behind = behind.trim_start().strip_prefix('=')?.trim_start();
    let quote = behind
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let (label, _) = behind[1..].split_once(quote)?;
    Some(label.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_declarations_tell_the_encoding() {
        for (head, name, mark_bytes) in [
            (&b"<log>"[..], "UTF-8", 0),
            (b"\xEF\xBB\xBF<log>", "UTF-8", 3),
            (b"<?xml version='1.0' encoding = 'gb2312' ?><log>", "GBK", 0),
            (
                b"\n<?xml version=\"1.0\" encoding=\"GB18030\"?>",
                "gb18030",
                0,
            ),
            (
                b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
                "windows-1252",
                0,
            ),
            (b"\xFF\xFE<\0l\0", "UTF-16LE", 2),
            (b"\0<\0l", "UTF-16BE", 0),
            (b"<?xml version=\"1.0\" encoding=\"UTF-16\"?>", "UTF-8", 0),
        ] {
            let chosen = choose(head).unwrap();
            assert_eq!(
                (chosen.encoding.name(), chosen.mark_bytes),
                (name, mark_bytes),
                "{head:?}"
            );
        }
        let unknown = choose(b"<?xml version=\"1.0\" encoding=\"klingon\"?>").unwrap_err();
        assert_eq!(unknown, UnknownEncoding("klingon".to_owned()));
    }
}
