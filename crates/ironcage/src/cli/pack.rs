//! `ironcage pack`: work on rule packs.

mod diff;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cage_pack::{Diagnostic, Seriousness};
use cage_runtime::{PackCoverage, RuleCoverage, TestOutcome, test_pack};
use clap::Subcommand;
use serde_json::json;

use super::failure::{Failure, Status};
use super::fault::cannot_read;
use super::output::{Voice, make_folder, print, write};
use super::reading::small_text;
use super::rules::{load_pack, readable, refused, say_all};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage pack check packs/*
  ironcage pack test packs/permit-office
  ironcage pack doc packs/permit-office -o rules.html
  ironcage pack diff packs/permit-office draft/permit-office --on permits.csv";

/// `ironcage pack ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum PackCommand {
    /// Check packs: every error at once, with file, line, column and suggestion.
    Check {
        /// The packs.
        #[arg(required = true, value_name = "DIR")]
        packs: Vec<PathBuf>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Run a pack's own tests with the real engine on a simulated clock.
    Test {
        /// The pack.
        #[arg(value_name = "DIR")]
        pack: PathBuf,
    },
    /// Name the rules that no test of the pack has fired, or has left silent.
    Coverage {
        /// The pack.
        #[arg(value_name = "DIR")]
        pack: PathBuf,
    },
    /// Write a pack's files in their canonical form.
    Fmt {
        /// The pack.
        #[arg(value_name = "DIR")]
        pack: PathBuf,
        /// Change nothing; fail when something would change.
        #[arg(long)]
        check: bool,
    },
    /// Write the pack as a page for lawyers (HTML).
    Doc {
        /// The pack.
        #[arg(value_name = "DIR")]
        pack: PathBuf,
        /// The file to write; "-" is standard output.
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
    /// Say what changes when one version takes the place of another: in the packs, and which findings
    /// on a log appear, go or become others, and why.
    Diff(Box<diff::DiffOptions>),
    /// Write the JSON Schemas of the pack files, for editors.
    Schema {
        /// The folder to write into.
        #[arg(long, short, value_name = "DIR")]
        output: PathBuf,
    },
}

pub(crate) fn run(command: &PackCommand, voice: &Voice) -> Result<Status, Failure> {
    match command {
        PackCommand::Check { packs, json } => check(packs, *json, voice),
        PackCommand::Test { pack } => test(pack, voice),
        PackCommand::Coverage { pack } => coverage(pack, voice),
        PackCommand::Fmt { pack, check } => format(pack, *check, voice),
        PackCommand::Doc { pack, output } => {
            let loaded = load_pack(pack, voice)?;
            write(output, &cage_pack::doc(&loaded)).map(|()| Status::Clean)
        }
        PackCommand::Diff(options) => diff::run(options, voice),
        PackCommand::Schema { output } => schema(output, voice),
    }
}

/// Checks each pack and goes on after one that is refused, so that everything is said at once.
fn check(packs: &[PathBuf], as_json: bool, voice: &Voice) -> Result<Status, Failure> {
    let mut first_refusal = None;
    let mut rows = Vec::new();
    for path in packs {
        readable(path)?;
        let loaded = cage_pack::load(path);
        let (found, rules) = match &loaded {
            Ok(loaded) => (&loaded.warnings, loaded.program.rules.len()),
            Err(found) => (found, 0),
        };
        if as_json {
            rows.push(json!({
                "pack": path.display().to_string(),
                "accepted": loaded.is_ok(),
                "rules": rules,
                "diagnostics": found,
            }));
        } else {
            say_all(found, voice);
        }
        match &loaded {
            Ok(_) if !as_json => print(&accepted(path, rules, found, voice))?,
            Ok(_) => {}
            Err(found) => {
                let refusal = refused(path, found);
                if let Some(Failure::Usage(said)) = &mut first_refusal {
                    let _ = write!(said.en, "; {refusal}");
                    let _ = write!(said.zh, "；{}", refusal.chinese());
                } else {
                    first_refusal = Some(refusal);
                }
            }
        }
    }
    if as_json {
        print(&format!("{:#}\n", json!(rows)))?;
    }
    first_refusal.map_or(Ok(Status::Clean), Err)
}

fn accepted(path: &Path, rules: usize, found: &[Diagnostic], voice: &Voice) -> String {
    let warnings = found
        .iter()
        .filter(|one| one.seriousness == Seriousness::Warning)
        .count();
    let shown = path.display();
    match voice.report_language() {
        cage_report::Language::Chinese => {
            format!("{shown}：{rules} 条规则，无错误，{warnings} 条提醒\n")
        }
        cage_report::Language::English => {
            format!("{shown}: {rules} rules, no errors, {warnings} warnings\n")
        }
    }
}

fn test(path: &Path, voice: &Voice) -> Result<Status, Failure> {
    let loaded = load_pack(path, voice)?;
    let (outcomes, _) = test_pack(&loaded);
    let mut text = String::new();
    for outcome in &outcomes {
        describe_test(&mut text, outcome, voice);
    }
    let failed = outcomes.iter().filter(|test| !test.passed()).count();
    let passed = outcomes.len() - failed;
    text.push_str(&match voice.report_language() {
        cage_report::Language::Chinese => format!("通过 {passed} 个，未通过 {failed} 个\n"),
        cage_report::Language::English => format!("{passed} passed, {failed} failed\n"),
    });
    print(&text)?;
    Ok(if failed == 0 {
        Status::Clean
    } else {
        Status::Findings
    })
}

/// One line for a test that passed; for one that failed, a difference.
fn describe_test(text: &mut String, outcome: &TestOutcome, voice: &Voice) {
    let (mark, place) = (if outcome.passed() { "✓" } else { "✗" }, &outcome.place);
    let _ = writeln!(text, "{mark} {}", outcome.name);
    for failure in &outcome.failures {
        let _ = writeln!(text, "    {}:{}", place.file, failure.place.line);
        let _ = writeln!(text, "    - {}", failure.expected);
        for line in &failure.found {
            let _ = writeln!(text, "    + {line}");
        }
    }
    if !outcome.passed() && !outcome.said.is_empty() {
        let _ = writeln!(
            text,
            "    {}",
            voice.choose("实际判断：", "the engine said:")
        );
        for line in &outcome.said {
            let _ = writeln!(text, "      {line}");
        }
    }
}

fn coverage(path: &Path, voice: &Voice) -> Result<Status, Failure> {
    let loaded = load_pack(path, voice)?;
    let (_, PackCoverage { rules }) = test_pack(&loaded);
    let mut text = String::new();
    let mut unfired = 0;
    for rule in &rules {
        let gaps = gaps(rule, voice);
        unfired += usize::from(rule.live && !rule.violated);
        let mark = if gaps.is_empty() { "✓" } else { "✗" };
        let _ = writeln!(
            text,
            "{mark} {}  {}",
            rule.rule,
            gaps.join(voice.choose("；", "; "))
        );
    }
    let all = rules.len();
    text.push_str(&match voice.report_language() {
        cage_report::Language::Chinese => {
            format!("{all} 条规则中，{unfired} 条生效规则没有被任何测试触发为偏离\n")
        }
        cage_report::Language::English => {
            format!("{unfired} of {all} rules are live and no test has seen them violated\n")
        }
    });
    print(&text)?;
    Ok(if unfired == 0 {
        Status::Clean
    } else {
        Status::Findings
    })
}

/// What the tests leave out of a rule, in words.
fn gaps(rule: &RuleCoverage, voice: &Voice) -> Vec<String> {
    let mut gaps: Vec<String> = [
        (rule.activated, "从未触发", "never triggered"),
        (rule.violated, "从未判为偏离", "never violated"),
        (rule.satisfied, "从未判为符合", "never satisfied"),
    ]
    .into_iter()
    .filter(|(seen, ..)| !seen)
    .map(|(_, zh, en)| voice.choose(zh, en).to_owned())
    .collect();
    gaps.extend(
        rule.unused_branches
            .iter()
            .map(|branch| format!("{} {branch}", voice.choose("未走过：", "not taken:"))),
    );
    gaps
}

fn format(path: &Path, only_check: bool, voice: &Voice) -> Result<Status, Failure> {
    readable(path)?;
    let mut changed = 0;
    for file in toml_files(path)? {
        let text = small_text(&file)?;
        let canonical = cage_pack::format(&text)
            .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        if canonical == text {
            continue;
        }
        changed += 1;
        print(&format!("{}\n", file.display()))?;
        if !only_check {
            write(&file, &canonical)?;
        }
    }
    voice.say(
        &format!(
            "{changed} 个文件{}",
            if only_check {
                "需要整理"
            } else {
                "已整理"
            }
        ),
        &format!(
            "{changed} {} {}",
            if changed == 1 { "file" } else { "files" },
            if only_check {
                "would change"
            } else {
                "changed"
            }
        ),
    );
    Ok(if only_check && changed > 0 {
        Status::Findings
    } else {
        Status::Clean
    })
}

/// The TOML files of a pack: the file itself, or those of its folder and the folders in it.
fn toml_files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in entries(path)? {
        if entry.is_dir() {
            files.extend(entries(&entry)?.into_iter().filter(|inner| is_toml(inner)));
        } else if is_toml(&entry) {
            files.push(entry);
        }
    }
    Ok(files)
}

/// What a folder holds, in the order of names, hidden entries left out.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error| cannot_read(folder, &error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn is_toml(path: &Path) -> bool {
    path.is_file()
        && path
            .extension()
            .is_some_and(|extension| extension == "toml")
}

fn schema(folder: &Path, voice: &Voice) -> Result<Status, Failure> {
    make_folder(folder)?;
    let schemas = cage_pack::schemas();
    for (name, schema) in &schemas {
        write(&folder.join(name), &format!("{schema:#}\n"))?;
    }
    let (count, shown) = (schemas.len(), folder.display());
    voice.say(
        &format!("{count} 个模式文件已写入 {shown}"),
        &format!("{count} schemas written to {shown}"),
    );
    Ok(Status::Clean)
}
