//! From the bytes of a model file to a [`Model`]: tells BPMN from PNML by what the file holds.

use crate::bpmn;
use crate::error::ModelError;
use crate::model::Model;
use crate::pnml::read_pnml;
use crate::source::{Source, decode, quoted};

/// Reads a BPMN 2.0 or PNML file. `name` is the file's, for messages.
///
/// # Errors
/// The first thing that is wrong with it, or that is outside what `docs/flows.md` says is read.
pub fn read_model(name: &str, bytes: &[u8]) -> Result<Model, ModelError> {
    let text = decode(name, bytes)?;
    let source = Source::new(name, &text);
    let document = source.parse()?;
    let root = document.root_element();
    match root.tag_name().name() {
        "definitions" => bpmn::read(&source, root),
        "pnml" => read_pnml(&source, &document),
        other => {
            let message = format!(
                "the file is neither BPMN 2.0 (<definitions>) nor PNML (<pnml>): it begins with {}",
                quoted(&format!("<{other}>"))
            );
            Err(source.error(root, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read_model;

    #[test]
    fn what_is_no_flow_is_refused_with_its_place() {
        let deep = "<a>".repeat(10_000) + &"</a>".repeat(10_000);
        let bomb = "<!DOCTYPE pnml [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><pnml>&b;</pnml>";
        for (bytes, line, column, message) in [
            (&b""[..], 0, 0, "the file is empty"),
            (b" \n", 0, 0, "the file is empty"),
            (b"PK\x03\x04", 1, 1, "not well-formed XML"),
            (b"\xff\xfe", 1, 1, "not well-formed XML"),
            (b"<pnml>\n <net>\n", 1, 1, "never closed"),
            (b"<pnml>\n <net></nat></pnml>", 2, 7, "expected 'net' tag"),
            (b"<svg/>", 1, 1, "begins with \"<svg>\""),
            (deep.as_bytes(), 1, 769, "nested more than 256 deep"),
            (bomb.as_bytes(), 1, 1, "declares a document type"),
            (b"<pnml>\n\xff</pnml>", 2, 1, "the file is not UTF-8"),
            (
                b"<?xml version='1.0' encoding='EBCDIC-X'?><a/>",
                1,
                1,
                "\"EBCDIC-X\"",
            ),
        ] {
            let error = read_model("x.bpmn", bytes).unwrap_err();
            assert!(error.message.contains(message), "{error}");
            assert_eq!((error.line, error.column), (line, column), "{error}");
        }
    }
}
