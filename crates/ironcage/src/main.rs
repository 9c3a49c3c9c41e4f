//! The `ironcage` command: parses the command line, runs one command, ends with its exit status.

mod chinese;
mod cli;
mod options;
mod settings;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use cli::failure::{Failure, Status};
use cli::output::{Voice, make_folder, message, print};
use options::{Command, Language, Options};

/// Buffers go from thread to thread here (a reader's to the fold, a request's to the writer), which the usual
/// allocators answer with locks; measured with `ironcage bench replay`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Pages of 2 MiB would be filled with zeros for every few kilobytes that are asked for: a third more memory, and
    // nothing is quicker for it. Where the system refuses, that is all that comes of it.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let words: Vec<OsString> = std::env::args_os().collect();
    let language = language_of(&words);
    let matches = command(language).try_get_matches_from(&words);
    let options = match matches.and_then(|matches| Options::from_arg_matches(&matches)) {
        Ok(options) => options,
        // clap prints help and version as results, and errors of use with status 2.
        Err(error) => error.exit(),
    };
    let voice = Voice::new(options.lang, options.quiet);
    cli::interrupt::prepare(voice);
    match run(&options.command, &voice) {
        Ok(status) => status.into(),
        Err(failure) => {
            let said = failure.said(&voice);
            message(&format!("{}{said}", voice.choose("错误：", "error: ")));
            (&failure).into()
        }
    }
}

/// The command line with its help in a language.
fn command(language: Language) -> clap::Command {
    match language {
        Language::En => Options::command(),
        Language::Zh => chinese::in_chinese(Options::command()),
    }
}

/// The language that the command line asks for before it is parsed: its help needs it.
fn language_of(words: &[OsString]) -> Language {
    let named = words.iter().enumerate().rev().find_map(|(place, word)| {
        let word = word.to_str()?;
        let value = match word.strip_prefix("--lang=") {
            Some(value) => value,
            None if word == "--lang" => words.get(place + 1)?.to_str()?,
            None => return None,
        };
        match value {
            "zh" => Some(Language::Zh),
            "en" => Some(Language::En),
            _ => None,
        }
    });
    named.unwrap_or_else(cli::output::language_of_environment)
}

fn run(command: &Command, voice: &Voice) -> Result<Status, Failure> {
    match command {
        Command::Check(options) => cli::check::run(options, voice),
        Command::Explain(options) => cli::explain::run(options, voice),
        Command::Discover(options) => cli::discover::run(options, voice),
        Command::Convert(options) => cli::convert::run(options, voice),
        Command::Stats(options) => cli::stats::run(options, voice),
        Command::Deadline(options) => cli::deadline::run(options, voice),
        Command::Demo(options) => cli::demo::run(options, voice),
        Command::Pack(command) => cli::pack::run(command, voice),
        Command::Serve(options) => cli::serve::run(options, voice),
        Command::Push(options) => cli::push::run(options, voice),
        Command::Rejects(command) => cli::rejects::run(command, voice),
        Command::Verify(options) => cli::verify::run(options, voice),
        Command::Doctor(options) => cli::doctor::run(options, voice),
        Command::Replay(options) => cli::replay::run(options, voice),
        Command::Log(command) => cli::log::run(command, voice),
        Command::Erase(options) => cli::erase::run(options, voice),
        Command::Bundle(options) => cli::bundle::run(options, voice),
        Command::Backup(options) => cli::backup::run(options, voice),
        Command::Restore(options) => cli::backup::run_restore(options, voice),
        Command::Witness(command) => cli::witness::run(command, voice),
        Command::Signer(options) => cli::signer::run(options, voice),
        Command::Bench(command) => cli::bench::run(command, voice),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            let mut command = self::command(voice.language);
            clap_complete::generate(*shell, &mut command, "ironcage", &mut script);
            print(&String::from_utf8_lossy(&script)).map(|()| Status::Clean)
        }
        Command::Man { folder } => write_manual(folder, voice),
    }
}

fn write_manual(folder: &Path, voice: &Voice) -> Result<Status, Failure> {
    make_folder(folder)?;
    let shown = folder.display();
    clap_mangen::generate_to(command(voice.language), folder)
        .map_err(|error| Failure::unreadable(format!("cannot write {shown}: {error}")))?;
    voice.say(
        &format!("手册已写入 {shown}"),
        &format!("manual pages written to {shown}"),
    );
    Ok(Status::Clean)
}
