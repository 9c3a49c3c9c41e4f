//! The `ironcage` command: parses the command line, runs one command, ends with its exit status.

mod cli;
mod options;

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::failure::{Failure, Status};
use cli::output::{Voice, make_folder, message, print};
use options::{Command, Options};

fn main() -> ExitCode {
    cli::interrupt::prepare();
    let options = match Options::try_parse() {
        Ok(options) => options,
        // clap prints help and version as results, and errors of use with status 2.
        Err(error) => error.exit(),
    };
    let voice = Voice::new(options.lang, options.quiet);
    match run(&options.command, &voice) {
        Ok(status) => status.into(),
        Err(failure) => {
            message(&format!("{}: {failure}", voice.choose("错误", "error")));
            (&failure).into()
        }
    }
}

fn run(command: &Command, voice: &Voice) -> Result<Status, Failure> {
    match command {
        Command::Check(options) => cli::check::run(options, voice),
        Command::Explain(options) => cli::explain::run(options, voice),
        Command::Discover(options) => cli::discover::run(options, voice),
        Command::Convert(options) => cli::convert::run(options, voice),
        Command::Stats(options) => cli::stats::run(options, voice),
        Command::Demo(options) => cli::demo::run(options, voice),
        Command::Pack(command) => cli::pack::run(command, voice),
        Command::Serve(options) => cli::serve::run(options, voice),
        Command::Verify(options) => cli::verify::run(options, voice),
        Command::Log(command) => cli::log::run(command),
        Command::Bench(command) => cli::bench::run(command, voice),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Options::command(), "ironcage", &mut script);
            print(&String::from_utf8_lossy(&script)).map(|()| Status::Clean)
        }
        Command::Man { folder } => write_manual(folder, voice),
    }
}

fn write_manual(folder: &Path, voice: &Voice) -> Result<Status, Failure> {
    make_folder(folder)?;
    let shown = folder.display();
    clap_mangen::generate_to(Options::command(), folder)
        .map_err(|error| Failure::unreadable(format!("cannot write {shown}: {error}")))?;
    voice.say(
        &format!("手册已写入 {shown}"),
        &format!("manual pages written to {shown}"),
    );
    Ok(Status::Clean)
}
