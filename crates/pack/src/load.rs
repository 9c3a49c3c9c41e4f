//! From a path to a [`Program`]: gathers a pack's files with those of the packs it uses, reads,
//! checks and compiles them, and says everything that is wrong at once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::calendar::day_count;
use crate::compile::compile;
use crate::diagnostic::{Diagnostic, Problems};
use crate::expr::nearest::nearest;
use crate::pack::{Pack, Texts, bilingual, read, texts};
use crate::program::Program;
use crate::script;
use crate::shape::check_file;
use crate::source::{Place, SourceFile, gather};
use crate::tree::{self, Table};

/// A pack, read and compiled.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The pack as its author wrote it.
    pub pack: Pack,
    /// What the engine runs.
    pub program: Program,
    /// What is allowed but probably not meant, in the order of the files.
    pub warnings: Vec<Diagnostic>,
    /// The files it was read from, with those of the packs it uses.
    pub files: PackFiles,
}

/// All files of a pack: enough to read it again elsewhere, and what [`Program::hash`] is over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackFiles {
    /// Whether it is a folder; a single TOML file otherwise.
    pub is_folder: bool,
    /// The files in the order in which they are read.
    pub files: Vec<PackFile>,
}

/// One file of a pack.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackFile {
    /// Its path relative to the pack, with `/`.
    pub name: String,
    /// Whether it belongs to the pack itself, not to one that it uses.
    pub own: bool,
    /// Its content.
    pub text: String,
}

/// Reads a pack: a folder, or one TOML file that holds everything.
///
/// # Errors
/// Everything that is wrong with it, over all files, in their order.
pub fn load(path: &Path) -> Result<Loaded, Vec<Diagnostic>> {
    let mut files = Vec::new();
    let mut trail = Vec::new();
    gather_used(path, "", &mut trail, &mut BTreeSet::new(), &mut files)?;
    load_gathered(&files, path.is_dir())
}

/// Reads a pack from files that were read before, as [`Loaded::files`] gives them.
///
/// # Errors
/// Everything that is wrong with it, over all files, in their order.
pub fn load_files(files: &PackFiles) -> Result<Loaded, Vec<Diagnostic>> {
    let source = |file: &PackFile| SourceFile::new(file.name.clone(), file.text.clone(), file.own);
    let gathered: Vec<SourceFile> = files.files.iter().map(source).collect();
    load_gathered(&gathered, files.is_folder)
}

fn load_gathered(files: &[SourceFile], is_folder: bool) -> Result<Loaded, Vec<Diagnostic>> {
    let mut problems = Problems::new(files);
    let roots: Vec<Table> = files
        .iter()
        .enumerate()
        .filter(|(_, file)| file.name.ends_with(".toml") || (file.own && !is_folder))
        .map(|(index, file)| tree::parse(index, file, &mut problems))
        .collect();
    let loaded = build(is_folder, files, &roots, &mut problems);
    let refused = problems.has_errors();
    let found = problems.into_list();
    match loaded {
        Some(loaded) if !refused => Ok(Loaded {
            warnings: found,
            ..loaded
        }),
        _ => Err(found),
    }
}

fn build(
    is_folder: bool,
    files: &[SourceFile],
    roots: &[Table],
    problems: &mut Problems<'_>,
) -> Option<Loaded> {
    for root in roots {
        check_file(root, problems);
    }
    check_places(is_folder, files, problems);
    let all = Texts { roots };
    let mut pack = read(&all, problems);
    let manifest = manifest(files, roots, problems);
    let days = day_count(&all, manifest, problems);
    if let Some(manifest) = manifest {
        pack.id = manifest.text("id").unwrap_or_default().to_owned();
        pack.version = manifest.text("version").unwrap_or_default().to_owned();
        pack.title = bilingual(manifest, "title");
        pack.zone = manifest.text("zone").map(str::to_owned);
        pack.uses = texts(manifest, "uses");
        pack.data = manifest.is_true("data");
    }
    let compiled = compile(&all, files, &pack, &days, problems);
    pack.register = compiled.register;
    pack.tests = script::read(&all, files, &pack, &compiled.ids, problems);
    let mut program = Program {
        id: pack.id.clone(),
        version: pack.version.clone(),
        title: pack.title.clone(),
        hash: hash(files),
        names: compiled.names,
        object_types: compiled.object_types,
        fields: compiled.fields,
        rules: compiled.rules,
        flows: compiled.flows,
        days,
    };
    check_purpose(&program, &pack, manifest, problems);
    for index in 0..program.rules.len() {
        let Some(rule) = program.rules.get(index) else {
            break;
        };
        if rule.title.is_empty() {
            let title = crate::wording::wording(rule, &program);
            if let Some(rule) = program.rules.get_mut(index) {
                rule.title = title;
            }
        }
    }
    Some(Loaded {
        pack,
        program,
        warnings: Vec::new(),
        files: PackFiles {
            is_folder,
            files: files.iter().map(SourceFile::as_told).collect(),
        },
    })
}

/// Whether the pack states rules, or says that it is data for others.
fn check_purpose(
    program: &Program,
    pack: &Pack,
    manifest: Option<&Table>,
    problems: &mut Problems<'_>,
) {
    let top = Place {
        file: 0,
        span: 0..0,
    };
    let place = manifest.map_or(top, |table| table.place.clone());
    match (program.rules.is_empty(), pack.data) {
        (true, false) if !problems.has_errors() => problems.error(
            &place,
            "the pack states no rule that can be judged; rules are [[rule]] tables in \
             rules/NAME.toml (a pack of data for other packs says data = true)",
        ),
        (false, true) => problems.error(
            &place,
            "a pack with data = true states no rule; take the rules out, or the line",
        ),
        _ => {}
    }
}

/// Packs that may be used one by another, deep.
const USES_DEPTH_MAX: usize = 16;

/// Gathers the files of a pack after those of the packs that it uses. Each pack once.
fn gather_used(
    path: &Path,
    prefix: &str,
    trail: &mut Vec<PathBuf>,
    done: &mut BTreeSet<PathBuf>,
    files: &mut Vec<SourceFile>,
) -> Result<(), Vec<Diagnostic>> {
    let own = gather(path, prefix)?;
    let here = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    trail.push(here.clone());
    let mut probe = Problems::new(&own);
    let mut uses = Vec::new();
    for (index, file) in own.iter().enumerate() {
        if is_manifest(file, &own) {
            let root = tree::parse(index, file, &mut Problems::new(&own));
            let table = root.table("pack");
            let nodes = table.map_or(&[][..], |table| table.list("uses"));
            uses.extend(
                nodes
                    .iter()
                    .filter_map(|node| Some((node.as_text()?.to_owned(), node.place.clone()))),
            );
        }
    }
    let mut faults = Vec::new();
    for (name, place) in uses {
        let base = here.parent().unwrap_or(Path::new("")).join(&name);
        let resolved = base.canonicalize().unwrap_or_else(|_| base.clone());
        if trail.contains(&resolved) {
            probe.error(
                &place,
                format!("the packs use each other in a circle through {name}"),
            );
        } else if trail.len() > USES_DEPTH_MAX {
            probe.error(
                &place,
                format!("packs use each other more than {USES_DEPTH_MAX} deep"),
            );
        } else if !base.exists() {
            probe.error(&place, format!("there is no pack {name} beside this one"));
        } else if !done.contains(&resolved) {
            let prefix = format!("{prefix}../{name}/");
            if let Err(more) = gather_used(&base, &prefix, trail, done, files) {
                faults.extend(more);
            }
        }
    }
    trail.pop();
    faults.extend(probe.into_list());
    if !faults.is_empty() {
        return Err(faults);
    }
    done.insert(here);
    files.extend(own);
    Ok(())
}

/// Whether a file may hold the `[pack]` table: pack.toml, or the only file.
fn is_manifest(file: &SourceFile, own: &[SourceFile]) -> bool {
    file.name.rsplit('/').next() == Some("pack.toml") || own.len() == 1
}

/// The pack's own `[pack]` table.
fn manifest<'t>(
    files: &[SourceFile],
    roots: &'t [Table],
    problems: &mut Problems<'_>,
) -> Option<&'t Table> {
    let of = |table: &Table| files.get(table.place.file).map(|file| file.own);
    let own = roots.iter().filter(|root| of(root) == Some(true));
    let mut found = own.clone().filter_map(|root| root.table("pack"));
    let first = found.next();
    if let Some(second) = found.next() {
        problems.error(&second.place, "a pack has one [pack] table");
    }
    if first.is_none() && own.clone().all(|root| root.get("pack").is_none()) {
        let file = own.map(|root| root.place.file).next().unwrap_or(0);
        let message = "the pack has no [pack] table; add to pack.toml: [pack], id = \"...\", version = \"...\"";
        problems.error(&Place { file, span: 0..0 }, message);
    }
    first
}

/// Files and folders that the language names but this version does not judge by, and strays.
fn check_places(is_folder: bool, files: &[SourceFile], problems: &mut Problems<'_>) {
    const FOLDERS: [&str; 4] = ["calendar", "rules", "flows", "tests"];
    const FILES: [&str; 5] = [
        "pack.toml",
        "events.toml",
        "laws.toml",
        "values.toml",
        "rules.toml",
    ];
    if !is_folder {
        return;
    }
    for (index, file) in files.iter().enumerate() {
        let name = file.name.rsplit("../").next().unwrap_or_default();
        let name = if file.own {
            name
        } else {
            name.split_once('/').map_or(name, |(_, rest)| rest)
        };
        let place = Place {
            file: index,
            span: 0..0,
        };
        let (folder, leaf) = name.split_once('/').unwrap_or(("", name));
        let known = match folder {
            "" => FILES.contains(&leaf) || !leaf.ends_with(".toml"),
            _ => FOLDERS.contains(&folder),
        };
        let later = ["matters", "fences", "notices"].contains(&folder)
            || ["powers.toml", "scores.toml"].contains(&name);
        if later {
            let message = "files of this kind are part of the language but not available yet; take \
                           it out of the pack, so that nobody believes it is judged by";
            problems.error(&place, message);
        } else if !known && name.ends_with(".toml") {
            let meant = nearest(name, FILES.into_iter());
            let message = format!(
                "a pack has no file {name}; it has {}, calendar/*.toml, rules/*.toml, tests/*.toml and flows/",
                FILES.join(", ")
            );
            problems.suggest(&place, message, meant);
        }
    }
}

/// SHA-256 over the names and contents of all files, each with its length, in their order.
fn hash(files: &[SourceFile]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for file in files {
        for part in [&file.name, &file.text] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
    }
    digest.finalize().into()
}
