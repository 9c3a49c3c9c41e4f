//! Flow files, BPMN 2.0 or PNML: read for a pack, or on their own as a [`Program`] with one rule.
//!
//! Owns how the faults of a flow file become diagnostics. What the elements of a flow mean is in
//! `cage-flow` and in `docs/flows.md`.

use std::ops::Range;
use std::sync::Arc;

use cage_flow::{Limits, Model, ModelError, read_model, soundness};
use cage_law::DayCount;
use cage_model::{Grade, Interner, Severity};
use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, Problems};
use crate::program::{
    FlowRule, Judge, MissingMeaning, NamedFlow, ObjectType, Program, Rule, SourcePlace,
};
use crate::source::{Place, SourceFile};

/// A flow file, read on its own.
#[derive(Clone, Debug)]
pub struct FlowModel {
    /// One rule: every case follows the flow. Its id is the file's name without extension.
    pub program: Program,
    /// What a careful reader should know of the reading.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a flow file without a pack. `name` is the file's.
///
/// # Errors
/// What is wrong with it; one diagnostic.
pub fn read(name: &str, bytes: &[u8]) -> Result<FlowModel, Vec<Diagnostic>> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let file = SourceFile::new(name.to_owned(), text, true);
    let files = std::slice::from_ref(&file);
    let mut problems = Problems::new(files);
    let model = model(0, &file, bytes, &mut problems);
    let warnings = problems.into_list();
    let Some(model) = model else {
        return Err(warnings);
    };
    let mut program = program(name, bytes, model);
    if let Some(rule) = program.rules.first() {
        let title = crate::wording::wording(rule, &program);
        program.title = cage_model::Bilingual {
            zh: format!("流程 {}", rule.id),
            en: format!("Flow {}", rule.id),
        };
        program.rules[0].title = title;
    }
    Ok(FlowModel { program, warnings })
}

fn program(name: &str, bytes: &[u8], model: Arc<Model>) -> Program {
    let id = stem(name).to_owned();
    let mut names = Interner::new();
    let case = names.intern("case");
    for label in &model.net.labels {
        names.intern(label);
    }
    let rule = Rule {
        id: id.clone(),
        kind: "flow".to_owned(),
        title: cage_model::Bilingual::default(),
        grade: Grade::default(),
        severity: Severity::default(),
        basis: Vec::new(),
        risk: None,
        per: 0,
        judge: Judge::Flow(FlowRule {
            flow: 0,
            allow_inserted: Vec::new(),
            allow_skipped: Vec::new(),
        }),
        exempt: None,
        missing: MissingMeaning::Undecided,
        remind_percent: None,
        place: SourcePlace {
            file: name.to_owned(),
            line: 1,
        },
    };
    Program {
        id: name.to_owned(),
        version: String::new(),
        title: cage_model::Bilingual::default(),
        hash: Sha256::new()
            .chain_update(name)
            .chain_update([0])
            .chain_update(bytes)
            .finalize()
            .into(),
        names,
        object_types: vec![ObjectType {
            name: case,
            derived: Vec::new(),
            fields: Vec::new(),
        }],
        fields: Vec::new(),
        rules: vec![rule],
        flows: vec![NamedFlow { id, model }],
        days: DayCount::default(),
    }
}

/// A file's name without folder and extension: the id of its flow.
pub(crate) fn stem(name: &str) -> &str {
    let leaf = name.rsplit('/').next().unwrap_or(name);
    leaf.rsplit_once('.').map_or(leaf, |(stem, _)| stem)
}

/// Whether a file, by its name, holds a flow.
pub(crate) fn is_flow_file(name: &str) -> bool {
    [".bpmn", ".pnml"]
        .iter()
        .any(|extension| name.ends_with(extension))
}

/// Reads a flow file of a pack and says what is wrong with it.
pub(crate) fn model(
    index: usize,
    file: &SourceFile,
    bytes: &[u8],
    problems: &mut Problems<'_>,
) -> Option<Arc<Model>> {
    let whole = Place {
        file: index,
        span: 0..0,
    };
    let model = match read_model(&file.name, bytes) {
        Ok(model) => model,
        Err(error) => {
            let place = Place {
                file: index,
                span: span(&file.text, &error),
            };
            problems.suggest(&place, error.message, error.suggestion);
            return None;
        }
    };
    for note in &model.notes {
        problems.warn(&whole, note.clone());
    }
    let soundness = match soundness(&Arc::new(model.net.clone()), Limits::quick()) {
        Ok(soundness) => soundness,
        Err(error) => {
            problems.error(&whole, format!("the flow cannot be followed: {error}"));
            return None;
        }
    };
    // A flow without a run to its end would make every case a deviation.
    if let Some(reason) = soundness.refusal(&model.net) {
        problems.error(&whole, reason);
        return None;
    }
    for caution in soundness.cautions(&model.net) {
        problems.warn(&whole, caution);
    }
    Some(Arc::new(model))
}

/// The bytes of a file that a fault concerns: the tag or value at its place.
fn span(text: &str, error: &ModelError) -> Range<usize> {
    if error.line == 0 {
        return 0..0;
    }
    let lines = text.split_inclusive('\n');
    let before = lines.take(error.line as usize - 1).map(str::len);
    let line_start: usize = before.sum();
    let line = text.get(line_start..).unwrap_or_default();
    let line = line.lines().next().unwrap_or_default();
    let skipped = error.column.saturating_sub(1) as usize;
    let at = line
        .char_indices()
        .nth(skipped)
        .map_or(line.len(), |(at, _)| at);
    let rest = line.get(at..).unwrap_or_default();
    let end = match rest.strip_prefix('<') {
        Some(tag) => tag.find('>').map_or(rest.len(), |close| close + 2),
        None => rest.find(['"', '\'', '<', '>']).unwrap_or(rest.len()),
    };
    line_start + at..line_start + at + end
}

#[cfg(test)]
mod tests {
    use super::read;

    const FLOW: &str = "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>\n\
        <process id='p'><startEvent id='s'/><task id='a' name='办理'/>\n\
        <sequenceFlow id='f' sourceRef='s' targetRef='a'/></process></definitions>\n";

    #[test]
    fn a_flow_alone_is_one_rule_for_each_case() {
        let read = read("flows/permit.v2.bpmn", FLOW.as_bytes()).unwrap();
        let rule = &read.program.rules[0];
        assert_eq!(
            (rule.id.as_str(), rule.kind.as_str()),
            ("permit.v2", "flow")
        );
        assert_eq!(rule.title.zh, "每个case必须按流程“permit.v2”办理。");
        assert_eq!(read.program.flows[0].id, "permit.v2");
        assert!(read.program.names.get("办理").is_some());
        assert!(read.warnings.is_empty());
    }

    #[test]
    fn a_fault_shows_its_line_and_what_was_meant() {
        let broken = FLOW
            .replace("targetRef='a'", "targetRef='task1'")
            .replace("id='a'", "id='task2'");
        let found = read("x.bpmn", broken.as_bytes()).unwrap_err();
        let one = &found[0];
        assert_eq!((one.line, one.column, one.length), (3, 47, 5));
        assert_eq!(one.suggestion.as_deref(), Some("task2"));
        assert!(one.excerpt.contains("sourceRef='s'"), "{one:?}");
    }

    #[test]
    fn a_flow_that_cannot_be_completed_is_refused() {
        let stuck = FLOW.replace(
            "<sequenceFlow id='f' sourceRef='s' targetRef='a'/>",
            "<exclusiveGateway id='x'/><parallelGateway id='y'/><endEvent id='e'/>\
             <sequenceFlow id='f' sourceRef='s' targetRef='x'/>\
             <sequenceFlow id='g' sourceRef='x' targetRef='a'/>\
             <sequenceFlow id='h' sourceRef='x' targetRef='y'/>\
             <sequenceFlow id='i' sourceRef='a' targetRef='y'/>\
             <sequenceFlow id='j' sourceRef='y' targetRef='e'/>",
        );
        let found = read("x.bpmn", stuck.as_bytes()).unwrap_err();
        assert!(
            found[0].message.contains("no end that can be reached"),
            "{found:?}"
        );
    }
}
