//! Writing groups: one write and one synchronisation each, and only then an acknowledgement.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use cage_proof::Hash;

use super::frame::{Frame, FrameKind};
use super::recover::{Recovered, SegmentEnd};
use super::scan::chained;
use super::segment::{HEADER_BYTES, PREPARED, SegmentHeader, create, io_error, prepare};
use super::{GroupPlace, WalError};

/// What a writer needs of a file. The real one is [`File`]; tests put one that fails in its place.
pub trait Medium: Send + Sync {
    /// Writes all bytes at a place.
    ///
    /// # Errors
    ///
    /// As the operating system says.
    fn write_at(&self, bytes: &[u8], offset: u64) -> std::io::Result<()>;

    /// Makes the content durable.
    ///
    /// # Errors
    ///
    /// As the operating system says. What the medium then holds is not known.
    fn sync(&self) -> std::io::Result<()>;
}

impl Medium for File {
    fn write_at(&self, bytes: &[u8], offset: u64) -> std::io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&self) -> std::io::Result<()> {
        self.sync_data()
    }
}

/// Makes the medium of a segment from its file.
pub type OpenMedium = Box<dyn Fn(File) -> Box<dyn Medium> + Send + Sync>;

/// How a writer writes.
pub struct WriterOptions {
    /// The folder of the segments.
    pub folder: PathBuf,
    /// The node, in every header.
    pub node: [u8; 16],
    /// Bytes of a segment.
    pub segment_bytes: u64,
    /// What files are written through.
    pub open: OpenMedium,
}

impl WriterOptions {
    /// 64 MiB.
    pub const SEGMENT_BYTES: u64 = 64 << 20;

    /// Segments of the usual size, written to files.
    #[must_use]
    pub fn new(folder: PathBuf, node: [u8; 16]) -> Self {
        Self {
            folder,
            node,
            segment_bytes: Self::SEGMENT_BYTES,
            open: Box::new(|file| Box::new(file)),
        }
    }
}

/// The one writer of a write-ahead log.
pub struct Writer {
    options: WriterOptions,
    segment: Option<Segment>,
    /// Number of the next group over all segments.
    group: u64,
    chain: Hash,
    /// A synchronisation failed: what is on the medium is not known.
    closed: bool,
    buffer: Vec<u8>,
    /// A segment that was ended since the last [`Writer::take_ended`].
    ended: Option<SegmentEnd>,
    /// The zeros of the next segment, as they are made.
    next: Option<JoinHandle<std::io::Result<File>>>,
}

/// Segments smaller than this are made when they are needed.
const PREPARED_BYTES_MIN: u64 = 1 << 20;

struct Segment {
    header: SegmentHeader,
    path: PathBuf,
    medium: Box<dyn Medium>,
    offset: u64,
    /// Bytes of the file.
    bytes: u64,
    ended: bool,
}

impl Writer {
    /// Goes on where the recovery stopped.
    ///
    /// # Errors
    ///
    /// When the last segment cannot be looked at.
    pub fn new(options: WriterOptions, recovered: Recovered) -> Result<Self, WalError> {
        let mut writer = Self {
            options,
            segment: None,
            group: 0,
            chain: Hash([0; 32]),
            closed: false,
            buffer: Vec::new(),
            ended: None,
            next: None,
        };
        if let Some((header, path, file, scanned)) = recovered.last {
            let metadata = file
                .metadata()
                .map_err(|error| io_error("look at", &path, error))?;
            writer.group = scanned.group;
            writer.chain = scanned.chain.unwrap_or(writer.chain);
            writer.segment = Some(Segment {
                header,
                path,
                medium: (writer.options.open)(file),
                offset: scanned.offset,
                bytes: metadata.len(),
                ended: scanned.ended,
            });
        }
        Ok(writer)
    }

    /// Number of the next group.
    #[must_use]
    pub fn next_group(&self) -> u64 {
        self.group
    }

    /// Writes a group of frames (kind, log, payload) and makes it durable. When this returns, it is; when
    /// it fails, the group was not acknowledged and must not be.
    ///
    /// # Errors
    ///
    /// [`WalError::TooLarge`] and failures to make a new segment leave the log as it was: with space again,
    /// the same group can be written. After a failure to write or to synchronise the writer is closed
    /// ([`WalError::Closed`]) and the log must be recovered from the medium: a synchronisation is never
    /// tried twice, since the system may have dropped what it could not write.
    pub fn append(
        &mut self,
        frames: &[(FrameKind, u16, &[u8])],
        now: u64,
    ) -> Result<GroupPlace, WalError> {
        if self.closed {
            return Err(WalError::Closed);
        }
        let needed = group_bytes(frames);
        self.make_room(needed, now)?;
        let Some(segment) = &mut self.segment else {
            return Err(WalError::Closed);
        };
        let place = GroupPlace {
            segment: segment.header.number,
            offset: segment.offset,
            group: self.group,
        };
        let group = (self.group - segment.header.first_group) as u32;
        self.buffer.clear();
        for (kind, log, payload) in frames {
            let frame = Frame {
                kind: *kind,
                log: *log,
                group,
                payload,
            };
            let offset = segment.offset + self.buffer.len() as u64;
            frame.write(place.segment, offset, &mut self.buffer);
        }
        let chain = chained(self.chain, &self.buffer);
        let end = [&(frames.len() as u32).to_le_bytes()[..], &chain.0].concat();
        let frame = Frame {
            kind: FrameKind::GroupEnd,
            log: 0,
            group,
            payload: &end,
        };
        let offset = segment.offset + self.buffer.len() as u64;
        frame.write(place.segment, offset, &mut self.buffer);
        segment.put(&self.buffer, &mut self.closed)?;
        let is_half = segment.offset > segment.bytes / 2;
        self.chain = chain;
        self.group += 1;
        if is_half && self.next.is_none() && self.options.segment_bytes >= PREPARED_BYTES_MIN {
            self.prepare();
        }
        Ok(place)
    }

    /// Makes the zeros of the next segment beside the groups that fill this one. Where that fails, the segment is made
    /// when it is needed, and says why it cannot be.
    fn prepare(&mut self) {
        let (folder, bytes) = (self.options.folder.clone(), self.options.segment_bytes);
        let thread = std::thread::Builder::new().name("next segment".to_owned());
        self.next = thread.spawn(move || prepare(&folder, bytes)).ok();
    }

    /// Sees to it that there is room for a group of an eighth of a segment.
    ///
    /// # Errors
    ///
    /// As [`Writer::append`].
    pub fn reserve(&mut self, now: u64) -> Result<(), WalError> {
        if self.closed {
            return Err(WalError::Closed);
        }
        self.make_room(self.options.segment_bytes / 8, now)
    }

    /// Sees to it that the segment has room for a group and for the end of the segment behind it.
    fn make_room(&mut self, needed: u64, now: u64) -> Result<(), WalError> {
        let end = Frame::bytes(Hash::BYTES);
        let room = self
            .options
            .segment_bytes
            .saturating_sub(HEADER_BYTES + end);
        if needed > room {
            return Err(WalError::TooLarge {
                bytes: needed,
                segment: self.options.segment_bytes,
            });
        }
        let number = match &self.segment {
            Some(segment) if !segment.ended && segment.offset + needed + end <= segment.bytes => {
                return Ok(());
            }
            Some(segment) => segment.header.number + 1,
            None => 0,
        };
        let header = SegmentHeader {
            node: self.options.node,
            number,
            first_group: self.group,
            created: now,
            bytes: self.options.segment_bytes,
        };
        // The new segment is whole before the old one is ended, so that a full disk changes nothing.
        let zeros = self.next.take().and_then(|next| next.join().ok()?.ok());
        let (path, file) = create(&self.options.folder, &header, zeros)?;
        if let Some(last) = &mut self.segment
            && !last.ended
        {
            let offset = last.offset;
            last.end(self.group, self.chain, &mut self.closed)?;
            self.ended = Some(SegmentEnd {
                segment: last.header.number,
                offset,
                next_group: self.group,
                chain: self.chain,
            });
        }
        self.segment = Some(Segment {
            header,
            path,
            medium: (self.options.open)(file),
            offset: HEADER_BYTES,
            bytes: header.bytes,
            ended: false,
        });
        Ok(())
    }

    /// The segment that the last group ended to begin the next one; once.
    pub fn take_ended(&mut self) -> Option<SegmentEnd> {
        self.ended.take()
    }

    /// The folder of the segments.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.options.folder
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(next) = self.next.take() {
            // What was prepared is made again by whoever goes on.
            let _ = next.join();
            let _ = std::fs::remove_file(self.options.folder.join(PREPARED));
        }
    }
}

impl Segment {
    fn end(&mut self, group: u64, chain: Hash, closed: &mut bool) -> Result<(), WalError> {
        let frame = Frame {
            kind: FrameKind::SegmentEnd,
            log: 0,
            group: (group - self.header.first_group) as u32,
            payload: &chain.0,
        };
        let mut bytes = Vec::new();
        frame.write(self.header.number, self.offset, &mut bytes);
        self.put(&bytes, closed)?;
        self.ended = true;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8], closed: &mut bool) -> Result<(), WalError> {
        let written = self.medium.write_at(bytes, self.offset);
        let durable = written
            .map_err(|error| io_error("write", &self.path, error))
            .and_then(|()| {
                let synced = self.medium.sync();
                synced.map_err(|error| io_error("synchronise", &self.path, error))
            });
        *closed = durable.is_err();
        self.offset += bytes.len() as u64;
        durable
    }
}

fn group_bytes(frames: &[(FrameKind, u16, &[u8])]) -> u64 {
    let content: u64 = frames
        .iter()
        .map(|(_, _, payload)| Frame::bytes(payload.len()))
        .sum();
    content + Frame::bytes(4 + Hash::BYTES)
}
