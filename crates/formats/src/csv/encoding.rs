//! Turns a table's bytes into UTF-8, and tells in which encoding it is.
//!
//! Bytes that the encoding does not have become 0xFF, which no UTF-8 text holds: the scanner then
//! refuses the record in which they stand, by its line.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

const CHUNK_BYTES: usize = 64 << 10;
const UNDECODABLE: u8 = 0xFF;

/// The encoding of a text by its beginning, and the length of its byte order mark.
pub(crate) fn detect(sample: &[u8]) -> (&'static Encoding, usize) {
    if let Some((encoding, length)) = Encoding::for_bom(sample) {
        return (encoding, length);
    }
    if let Some(encoding) = utf_16_by_zeros(sample) {
        return (encoding, 0);
    }
    let valid = match std::str::from_utf8(sample) {
        Ok(_) => true,
        // A character may be cut in two by the end of the sample.
        Err(error) => error.error_len().is_none(),
    };
    if valid {
        return (UTF_8, 0);
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    // A sample that is nearly all UTF-8 is UTF-8 with a fault, which must be shown as one.
    if mostly_utf_8(sample) {
        return (UTF_8, 0);
    }
    (if guess == GBK { GB18030 } else { guess }, 0)
}

/// The encoding of a label such as `gb18030`.
pub(crate) fn by_label(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.as_bytes())
        .map(|encoding| if encoding == GBK { GB18030 } else { encoding })
}

/// UTF-16 without a mark: delimiters and digits leave every second byte zero.
fn utf_16_by_zeros(sample: &[u8]) -> Option<&'static Encoding> {
    let pairs = sample.len().min(4_096) / 2;
    let zeros = |place: usize| {
        let bytes = sample.iter().take(pairs * 2).skip(place).step_by(2);
        bytes.filter(|&&byte| byte == 0).count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    if pairs == 0 || even.max(odd) * 10 < pairs || even.min(odd) * 20 > even.max(odd) {
        return None;
    }
    Some(if odd > even { UTF_16LE } else { UTF_16BE })
}

fn mostly_utf_8(sample: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in sample.utf8_chunks() {
        good += chunk
            .valid()
            .chars()
            .filter(|char| !char.is_ascii())
            .count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= 20 && bad * 10 < good
}

/// A stream of UTF-8 out of a stream in some encoding.
pub(crate) struct Transcoder<R> {
    source: R,
    /// Bytes of the byte order mark still to be passed over.
    mark: usize,
    /// `None` for UTF-8, which passes unchanged.
    decoder: Option<Decoder>,
    input: Vec<u8>,
    input_start: usize,
    input_end: usize,
    output: Vec<u8>,
    output_start: usize,
    finished: bool,
}

impl<R: Read> Transcoder<R> {
    /// Over a source that begins with a byte order mark of `mark` bytes.
    pub(crate) fn new(source: R, encoding: &'static Encoding, mark: usize) -> Self {
        let decoder = (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling());
        let input = if decoder.is_some() {
            vec![0; CHUNK_BYTES]
        } else {
            Vec::new()
        };
        Self {
            source,
            mark,
            decoder,
            input,
            input_start: 0,
            input_end: 0,
            output: Vec::new(),
            output_start: 0,
            finished: false,
        }
    }

    fn decode_more(&mut self) -> io::Result<()> {
        let Some(decoder) = self.decoder.as_mut() else {
            return Ok(());
        };
        self.output.clear();
        self.output_start = 0;
        if self.input_start == self.input_end {
            self.input_start = 0;
            self.input_end = self.source.read(&mut self.input)?;
        }
        let last = self.input_end == 0;
        let input = &self.input[self.input_start..self.input_end];
        let room = decoder.max_utf8_buffer_length_without_replacement(input.len());
        self.output.resize(room.unwrap_or(CHUNK_BYTES * 4), 0);
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(input, &mut self.output, last);
        self.input_start += read;
        self.output.truncate(written);
        match result {
            DecoderResult::InputEmpty => self.finished = last,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => self.output.push(UNDECODABLE),
        }
        Ok(())
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.mark > 0 {
            let mut passed = [0; 4];
            let room = self.mark.min(passed.len());
            match self.source.read(&mut passed[..room])? {
                0 => self.mark = 0,
                count => self.mark -= count,
            }
        }
        if self.decoder.is_none() {
            return self.source.read(out);
        }
        while self.output_start == self.output.len() && !self.finished {
            self.decode_more()?;
        }
        let count = out.len().min(self.output.len() - self.output_start);
        out[..count].copy_from_slice(&self.output[self.output_start..self.output_start + count]);
        self.output_start += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (String, &'static Encoding) {
        let (encoding, mark) = detect(bytes);
        let mut text = Vec::new();
        Transcoder::new(bytes, encoding, mark)
            .read_to_end(&mut text)
            .unwrap();
        (String::from_utf8_lossy(&text).into_owned(), encoding)
    }

    #[test]
    fn encodings_are_told_apart() {
        let text =
            "案件编号,环节,时间\nA-1,受理申请材料,2026-02-10\nA-2,现场踏勘并出具意见,2026-02-11\n";
        let (gb18030, ..) = GB18030.encode(text);
        assert_eq!(decoded(&gb18030), (text.to_owned(), GB18030));
        assert_eq!(decoded(text.as_bytes()), (text.to_owned(), UTF_8));
        let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        assert_eq!(decoded(&marked), (text.to_owned(), UTF_8));
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&little), (text.to_owned(), UTF_16LE));
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(
            decoded(&[&b"\xFE\xFF"[..], &big].concat()),
            (text.to_owned(), UTF_16BE)
        );
        let western = "case,activity\n1,Pr\u{fc}fung der Gew\u{e4}hrung\n2,Entscheidung f\u{fc}r B\u{fc}rger\n";
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(western);
        assert_eq!(
            decoded(&bytes),
            (western.to_owned(), encoding_rs::WINDOWS_1252)
        );
    }

    #[test]
    fn what_an_encoding_lacks_becomes_undecodable() {
        let mut text = Vec::new();
        let bytes = b"a,\xA1\x00b\n";
        Transcoder::new(&bytes[..], GB18030, 0)
            .read_to_end(&mut text)
            .unwrap();
        assert!(text.contains(&UNDECODABLE), "{text:?}");
        assert!(text.ends_with(b"b\n"));
    }
}
