//! Cuts the text into XML tags. Strict about tags, forgiving about what stands between them.
//!
//! Comments, processing instructions and the declaration are passed over; a document type is
//! refused, so that no entity of the file's own making is ever expanded.

use std::ops::Range;

use super::escape::is_blank;
use super::fault::{Fault, shown};
use super::text::Text;
use crate::delivery::Delivery;

/// A tag. Places are within the text's window and hold until the next call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Tag {
    /// `<name ...>` or `<name .../>`, its attributes beside it.
    Open { name: Range<usize>, closed: bool },
    /// `</name>`
    Close { name: Range<usize> },
    /// The end of the text.
    End,
}

/// An attribute of a tag, its value as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct TagAttribute {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// Reads tags one by one.
pub(super) struct Tags {
    pub(super) text: Text,
    /// The attributes of the tag at hand.
    pub(super) attributes: Vec<TagAttribute>,
    /// Where the tag at hand begins.
    pub(super) begin: usize,
    /// Texts between tags that were passed over.
    pub(super) stray_texts: u64,
}

/// The tag goes on behind the window.
struct Unfinished;

enum Cut {
    Whole(Tag, usize),
    Unfinished,
    Broken(usize, String),
}

impl Tags {
    pub(super) fn new(text: Text) -> Self {
        Self {
            text,
            attributes: Vec::new(),
            begin: 0,
            stray_texts: 0,
        }
    }

    /// The next tag.
    pub(super) fn next(&mut self, delivery: &Delivery<'_>) -> Result<Tag, Fault> {
        loop {
            if !self.find_tag(delivery)? {
                self.begin = self.text.at;
                return Ok(Tag::End);
            }
            match self.text.rest().as_bytes() {
                [_, b'!' | b'?', ..] => self.pass_markup(delivery)?,
                [_, _, ..] => return self.tag(delivery),
                _ => {
                    if !self.text.more(delivery)? {
                        self.begin = self.text.at;
                        self.text.at = self.text.all().len();
                        return Err(Fault::syntax(self.begin, "the file ends with \"<\""));
                    }
                }
            }
        }
    }

    /// Moves to the next `<`; `false` at the end of the text.
    fn find_tag(&mut self, delivery: &Delivery<'_>) -> Result<bool, Fault> {
        let mut stray = false;
        loop {
            let rest = self.text.rest().as_bytes();
            let length = memchr::memchr(b'<', rest).unwrap_or(rest.len());
            stray |= !rest[..length].iter().all(|&byte| is_blank(byte));
            let found = length < rest.len();
            self.text.at += length;
            if found || !self.text.more(delivery)? {
                self.stray_texts += u64::from(stray);
                return Ok(found);
            }
        }
    }

    /// Passes over a comment, CDATA section, processing instruction; refuses a document type.
    fn pass_markup(&mut self, delivery: &Delivery<'_>) -> Result<(), Fault> {
        const LONGEST_OPENING: usize = "<![CDATA[".len();
        while self.text.rest().len() < LONGEST_OPENING && self.text.more(delivery)? {}
        let rest = self.text.rest();
        let known = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
        let Some((opening, closing)) = known
            .into_iter()
            .find(|(opening, _)| rest.starts_with(opening))
        else {
            return Err(self.refuse_markup(delivery));
        };
        if closing == "]]>" {
            self.stray_texts += 1;
        }
        let place = self.text.place(self.text.at);
        self.text.at += opening.len();
        if self.pass_to(closing, delivery)? {
            return Ok(());
        }
        let message = format!(
            "{opening:?} in line {} is never closed by {closing:?}",
            place.line
        );
        Err(Fault::syntax(self.text.at, message))
    }

    /// The fault of markup that is refused.
    fn refuse_markup(&mut self, delivery: &Delivery<'_>) -> Fault {
        const DOCTYPE: &str = "<!doctype";
        let (at, rest) = (self.text.at, self.text.rest());
        if rest
            .get(..DOCTYPE.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(DOCTYPE))
        {
            let message = "document type declarations are refused: they can define entities without \
                           bound; delete the <!DOCTYPE ...>";
            return Fault::Fatal(delivery.broken(self.text.place(at), message));
        }
        self.text.at += 1;
        Fault::syntax(at, "\"<!\" begins neither a comment nor a CDATA section")
    }

    /// Moves behind the next `needle` (ASCII); `false` when there is none. Holds nothing meanwhile.
    pub(super) fn pass_to(&mut self, needle: &str, delivery: &Delivery<'_>) -> Result<bool, Fault> {
        loop {
            let rest = self.text.rest();
            if let Some(found) = memchr::memmem::find(rest.as_bytes(), needle.as_bytes()) {
                self.text.at += found + needle.len();
                return Ok(true);
            }
            let kept = rest.floor_char_boundary(rest.len().saturating_sub(needle.len() - 1));
            self.text.at += kept;
            if !self.text.more(delivery)? {
                self.text.at = self.text.all().len();
                return Ok(false);
            }
        }
    }

    /// Cuts the tag that begins here.
    fn tag(&mut self, delivery: &Delivery<'_>) -> Result<Tag, Fault> {
        loop {
            self.begin = self.text.at;
            match cut(self.text.all(), self.begin, &mut self.attributes) {
                Cut::Whole(tag, end) => {
                    self.text.at = end;
                    return Ok(tag);
                }
                Cut::Broken(at, message) => {
                    // Whoever goes on must not meet the same again.
                    self.text.at += 1;
                    return Err(Fault::syntax(at, message));
                }
                Cut::Unfinished => {
                    if !self.text.more(delivery)? {
                        let begun = shown(self.text.rest());
                        let message = format!("the file ends within the tag {begun}");
                        self.text.at = self.text.all().len();
                        return Err(Fault::syntax(self.begin, message));
                    }
                }
            }
        }
    }
}

fn cut(text: &str, begin: usize, attributes: &mut Vec<TagAttribute>) -> Cut {
    attributes.clear();
    let mut cursor = Cursor {
        bytes: text.as_bytes(),
        at: begin + 1,
    };
    let cut = if cursor.bytes.get(cursor.at) == Some(&b'/') {
        cursor.at += 1;
        closing_tag(&mut cursor)
    } else {
        opening_tag(text, &mut cursor, attributes)
    };
    cut.unwrap_or(Cut::Unfinished)
}

fn closing_tag(cursor: &mut Cursor<'_>) -> Result<Cut, Unfinished> {
    let name = cursor.name()?;
    cursor.blanks()?;
    if name.is_empty() || cursor.byte()? != b'>' {
        let message = "a closing tag is written </name>".to_owned();
        return Ok(Cut::Broken(cursor.at, message));
    }
    Ok(Cut::Whole(Tag::Close { name }, cursor.at + 1))
}

fn opening_tag(
    text: &str,
    cursor: &mut Cursor<'_>,
    attributes: &mut Vec<TagAttribute>,
) -> Result<Cut, Unfinished> {
    let name = cursor.name()?;
    if name.is_empty() {
        let message = "a name must follow \"<\"; write &lt; for the character itself".to_owned();
        return Ok(Cut::Broken(cursor.at, message));
    }
    loop {
        let spaced = cursor.blanks()?;
        match cursor.byte()? {
            b'>' => {
                return Ok(Cut::Whole(
                    Tag::Open {
                        name,
                        closed: false,
                    },
                    cursor.at + 1,
                ));
            }
            b'/' => {
                cursor.at += 1;
                if cursor.byte()? != b'>' {
                    return Ok(Cut::Broken(cursor.at, "\">\" must follow \"/\"".to_owned()));
                }
                return Ok(Cut::Whole(Tag::Open { name, closed: true }, cursor.at + 1));
            }
            _ => {}
        }
        let begin = cursor.at;
        let attribute = match tag_attribute(cursor)? {
            Ok(attribute) => attribute,
            Err(message) => return Ok(Cut::Broken(cursor.at, message)),
        };
        let written = &text[attribute.name.clone()];
        if !spaced {
            return Ok(Cut::Broken(
                begin,
                format!("a blank must stand before {}", shown(written)),
            ));
        }
        if attributes
            .iter()
            .any(|other| &text[other.name.clone()] == written)
        {
            return Ok(Cut::Broken(
                begin,
                format!("{} is given twice", shown(written)),
            ));
        }
        if attributes.len() == TAG_ATTRIBUTES_MAX {
            let message = format!("more than {TAG_ATTRIBUTES_MAX} attributes in one tag");
            return Ok(Cut::Broken(begin, message));
        }
        attributes.push(attribute);
    }
}

/// XES needs three; namespaces and tools' own ones come on top.
const TAG_ATTRIBUTES_MAX: usize = 100;

/// `name="value"` or `name='value'`; the inner error is what is wrong with it.
fn tag_attribute(cursor: &mut Cursor<'_>) -> Result<Result<TagAttribute, String>, Unfinished> {
    let name = cursor.name()?;
    if name.is_empty() {
        return Ok(Err("an attribute's name is expected here".to_owned()));
    }
    cursor.blanks()?;
    if cursor.byte()? != b'=' {
        return Ok(Err(
            "\"=\" is expected behind an attribute's name".to_owned()
        ));
    }
    cursor.at += 1;
    cursor.blanks()?;
    let quote = cursor.byte()?;
    if !matches!(quote, b'"' | b'\'') {
        return Ok(Err("a value in quotes is expected here".to_owned()));
    }
    cursor.at += 1;
    let begin = cursor.at;
    let length = memchr::memchr(quote, &cursor.bytes[begin..]).ok_or(Unfinished)?;
    cursor.at = begin + length + 1;
    Ok(Ok(TagAttribute {
        name,
        value: begin..begin + length,
    }))
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn byte(&self) -> Result<u8, Unfinished> {
        self.bytes.get(self.at).copied().ok_or(Unfinished)
    }

    /// Passes over blanks; whether there were any.
    fn blanks(&mut self) -> Result<bool, Unfinished> {
        let begin = self.at;
        while is_blank(self.byte()?) {
            self.at += 1;
        }
        Ok(self.at > begin)
    }

    fn name(&mut self) -> Result<Range<usize>, Unfinished> {
        let begin = self.at;
        loop {
            let byte = self.byte()?;
            if is_blank(byte) || matches!(byte, b'/' | b'>' | b'=' | b'<' | b'"' | b'\'') {
                return Ok(begin..self.at);
            }
            self.at += 1;
        }
    }
}
