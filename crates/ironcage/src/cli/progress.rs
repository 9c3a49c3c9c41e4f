//! A progress bar over the bytes of the logs, with rate and time left.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::output::Voice;

/// A bar that follows a counter until it is dropped.
pub(crate) struct Progress {
    counter: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
    follower: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts a bar over the sizes of these files. Nothing is drawn when quiet or when standard
    /// error is no terminal. A second reading of the same files wraps around.
    pub(crate) fn over(files: &[PathBuf], voice: &Voice) -> Self {
        let sizes = files
            .iter()
            .map(|file| std::fs::metadata(file).map_or(0, |data| data.len()));
        Self::of(sizes.sum(), (voice.choose("读取", "reading"), voice))
    }

    /// Starts a bar over so many bytes, by what is done with them.
    pub(crate) fn of(bytes: u64, (label, voice): (&str, &Voice)) -> Self {
        let counter = Arc::new(AtomicU64::new(0));
        let done = Arc::new(AtomicBool::new(false));
        if voice.quiet {
            return Self {
                counter,
                done,
                follower: None,
            };
        }
        let bar = bar(bytes, label, voice);
        let (seen, stop) = (Arc::clone(&counter), Arc::clone(&done));
        let follower = std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                bar.set_position(seen.load(Ordering::Relaxed));
                std::thread::park_timeout(Duration::from_millis(100));
            }
            bar.finish_and_clear();
        });
        Self {
            counter,
            done,
            follower: Some(follower),
        }
    }

    /// The counter that readers advance.
    pub(crate) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.counter)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(follower) = self.follower.take() {
            follower.thread().unpark();
            // The follower only draws; if it has failed there is nothing left to draw.
            let _ = follower.join();
        }
    }
}

fn bar(total: u64, label: &str, voice: &Voice) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let template = format!(
        "{label} {{bar:30}} {{bytes}}/{{total_bytes}} {{bytes_per_sec}} {}{{eta}}",
        voice.choose("剩余 ", "left ")
    );
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}
