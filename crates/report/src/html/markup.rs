//! HTML being written, so that no value can become markup.
//!
//! Markup is only ever a literal of this crate's own source ([`Page::raw`] takes nothing else);
//! everything that a log or a pack brings is text and is encoded (in pictures of flows, by the
//! crate that draws them). Values stand only in element
//! content and inside double-quoted attributes that hold no address and no code.

use cage_flow::{Model, PictureCounts};
use cage_model::Bilingual;

use crate::clock::grouped;
use crate::words::{Language, Word};

/// Characters of one value that the page shows; what is longer is cut and says so.
pub(super) const TEXT_CHARACTERS_MAX: usize = 400;

/// A page being written.
#[derive(Debug, Default)]
pub(super) struct Page {
    out: String,
    /// The language that it opens in; attributes and choices can hold only one.
    language: Language,
}

impl Page {
    /// An empty page that opens in a language.
    pub(super) fn new(language: Language) -> Self {
        Self {
            out: String::new(),
            language,
        }
    }

    /// Markup of our own.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// A dot between two facts; drawn, because fonts draw the typed one in different widths.
    pub(super) fn separator(&mut self) -> &mut Self {
        self.raw(" <span class=\"sep\"></span> ")
    }

    /// A picture that `cage-flow` drew. It is markup, and encodes every name itself.
    pub(super) fn picture(&mut self, model: &Model, counts: &PictureCounts) -> &mut Self {
        let drawn = cage_flow::picture(model, counts);
        self.out.extend(drawn.chars().map(shown));
        self
    }

    /// A text, encoded for content and for double-quoted attributes.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        let mut rest = TEXT_CHARACTERS_MAX;
        for character in text.chars() {
            if rest == 0 {
                let more = text.chars().count() - TEXT_CHARACTERS_MAX;
                self.out.push_str("… (+");
                return self.count(more as u64).raw(")");
            }
            rest -= 1;
            push_encoded(&mut self.out, character);
        }
        self
    }

    /// A text of our own making that may be long (a command, the way to make the report again).
    pub(super) fn long_text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            push_encoded(&mut self.out, character);
        }
        self
    }

    /// A whole number with groups of three digits.
    pub(super) fn count(&mut self, number: u64) -> &mut Self {
        self.out.push_str(&grouped(number));
        self
    }

    /// A whole number as programs write it: for identifiers and attributes of our own.
    pub(super) fn number(&mut self, number: usize) -> &mut Self {
        self.out.push_str(&number.to_string());
        self
    }

    /// A coordinate of a picture, to a tenth of a unit; what is no number is 0.
    pub(super) fn coordinate(&mut self, value: f64) -> &mut Self {
        let value = if value.is_finite() { value } else { 0.0 };
        let shown = format!("{value:.1}");
        self.out.push_str(shown.trim_end_matches(".0"));
        self
    }

    /// A share in percent with a digit behind the point; none where there is nothing to share.
    pub(super) fn percent(&mut self, part: u64, whole: u64) -> &mut Self {
        if whole == 0 {
            return self.raw("—");
        }
        let share = part as f64 / whole as f64 * 100.0;
        // What is there is never shown as nothing, and what is missing never as all.
        let shown = match share {
            share if part > 0 && share < 0.1 => "<0.1".to_owned(),
            share if part < whole && share > 99.9 => ">99.9".to_owned(),
            share => format!("{share:.1}"),
        };
        self.long_text(&shown).raw(" %")
    }

    /// Our own words in both languages; the reader's choice shows one of them.
    pub(super) fn two(&mut self, zh: &str, en: &str) -> &mut Self {
        if zh == en {
            return self.text(zh);
        }
        self.raw("<span class=\"zh\">")
            .text(zh)
            .raw("</span><span class=\"en\" lang=\"en\">")
            .text(en)
            .raw("</span>")
    }

    /// What an element is called where it has no words of its own: an attribute of a tag that is
    /// being written. The script follows the reader's choice of language.
    pub(super) fn label(&mut self, zh: &str, en: &str) -> &mut Self {
        let now = self.language.pick(zh, en);
        self.raw(" aria-label=\"").text(now).raw("\"").both(zh, en)
    }

    /// A choice of a list. Choices hold nothing but one text, so the script follows the reader's
    /// choice of language.
    pub(super) fn option(&mut self, value: &str, zh: &str, en: &str) -> &mut Self {
        let now = self.language.pick(zh, en);
        self.raw("<option value=\"")
            .text(value)
            .raw("\"")
            .both(zh, en)
            .raw(">")
            .text(now)
            .raw("</option>")
    }

    fn both(&mut self, zh: &str, en: &str) -> &mut Self {
        self.raw(" data-zh=\"")
            .text(zh)
            .raw("\" data-en=\"")
            .text(en)
            .raw("\"")
    }

    /// The beginning of a part that may be wider than the page: it scrolls, also by the keyboard.
    pub(super) fn scroll(&mut self, zh: &str, en: &str) -> &mut Self {
        self.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\"")
            .label(zh, en)
            .raw(">")
    }

    /// A text of a pack or of the check in both languages.
    pub(super) fn said(&mut self, text: &Bilingual) -> &mut Self {
        self.two(text.chinese(), text.english())
    }

    /// One of the product's words.
    pub(super) fn word(&mut self, word: Word) -> &mut Self {
        self.two(word.zh, word.en)
    }

    /// A row of a list of terms, where there is something to say.
    pub(super) fn term(&mut self, zh: &str, en: &str, value: impl FnOnce(&mut Self)) -> &mut Self {
        self.raw("<dt>").two(zh, en).raw("</dt><dd>");
        value(self);
        self.raw("</dd>")
    }

    /// Bytes written so far.
    pub(super) fn bytes(&self) -> usize {
        self.out.len()
    }

    /// The whole page.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// One character, encoded.
fn push_encoded(out: &mut String, character: char) {
    match character {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        '`' => out.push_str("&#96;"),
        other => out.push(shown(other)),
    }
}

/// A character as it may be shown: none that steers a terminal or turns the direction of writing.
fn shown(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        control if control.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_becomes_markup() {
        let mut page = Page::default();
        page.raw("<p title=\"")
            .text("\" onmouseover=\"alert(1)")
            .raw("\">")
            .text("</p><script>alert('x')</script>\u{202e}\u{0}`")
            .raw("</p>");
        assert_eq!(
            page.finish(),
            "<p title=\"&quot; onmouseover=&quot;alert(1)\">&lt;/p&gt;&lt;script&gt;\
             alert(&#39;x&#39;)&lt;/script&gt;\u{fffd}\u{fffd}&#96;</p>"
        );
    }

    #[test]
    fn a_long_value_is_cut_and_says_so() {
        let mut page = Page::default();
        page.text(&"啊".repeat(TEXT_CHARACTERS_MAX + 1_234));
        let text = page.finish();
        assert!(text.ends_with("啊… (+1,234)"), "{text}");
    }

    #[test]
    fn shares_are_never_rounded_to_nothing_or_to_all() {
        let shown = |part, whole| {
            let mut page = Page::default();
            page.percent(part, whole);
            page.finish()
        };
        assert_eq!(shown(0, 0), "—");
        assert_eq!(shown(0, 10), "0.0 %");
        assert_eq!(shown(1, 3), "33.3 %");
        assert_eq!(shown(1, 100_000), "&lt;0.1 %");
        assert_eq!(shown(99_999, 100_000), "&gt;99.9 %");
        assert_eq!(shown(7, 7), "100.0 %");
    }
}
