//! Block-structured processes of any shape: what the net runs equals what the blocks say, worked
//! out on sets of sequences.

use std::collections::BTreeSet;
use std::fmt::Write;

use proptest::prelude::*;

use super::runs;

type Runs = BTreeSet<Vec<String>>;

/// Activities of one run at most; blocks are kept small enough that no run is longer, loops apart.
const LONGEST: usize = 5;

#[derive(Clone, Debug)]
enum Block {
    Task(u8),
    Nothing,
    Sequence(Vec<Block>),
    Exclusive(Vec<Block>),
    Parallel(Vec<Block>),
    Inclusive(Vec<Block>),
    Loop(Box<Block>, Box<Block>),
    SubProcess(Box<Block>),
}

fn blocks() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![5 => (0..4_u8).prop_map(Block::Task), 1 => Just(Block::Nothing)];
    leaf.prop_recursive(3, 7, 3, |inner| {
        let few = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            few().prop_map(Block::Sequence),
            few().prop_map(Block::Exclusive),
            few().prop_map(Block::Parallel),
            few().prop_map(Block::Inclusive),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Block::Loop(Box::new(a), Box::new(b))),
            inner.prop_map(|a| Block::SubProcess(Box::new(a))),
        ]
    })
}

/// The runs of a block up to a length.
fn meaning(block: &Block) -> Runs {
    let nothing = Runs::from([Vec::new()]);
    match block {
        Block::Task(task) => Runs::from([vec![format!("t{task}")]]),
        Block::Nothing => nothing,
        Block::Sequence(parts) => parts
            .iter()
            .fold(nothing, |before, part| chained(&before, &meaning(part))),
        Block::Exclusive(parts) => parts.iter().flat_map(meaning).collect(),
        Block::Parallel(parts) => parts
            .iter()
            .fold(nothing, |before, part| shuffled(&before, &meaning(part))),
        Block::Inclusive(parts) => (1_usize..1 << parts.len())
            .flat_map(|mask| {
                let taken = parts
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| mask >> bit & 1 == 1);
                taken.fold(nothing.clone(), |before, (_, part)| {
                    shuffled(&before, &meaning(part))
                })
            })
            .collect(),
        Block::Loop(body, redo) => {
            let again = chained(&meaning(redo), &meaning(body));
            let mut all = meaning(body);
            loop {
                let longer: Runs = all.union(&chained(&all, &again)).cloned().collect();
                if longer == all {
                    return all;
                }
                all = longer;
            }
        }
        Block::SubProcess(inner) => meaning(inner),
    }
}

fn chained(before: &Runs, after: &Runs) -> Runs {
    let pairs = before
        .iter()
        .flat_map(|one| after.iter().map(move |other| (one, other)));
    let short = pairs.filter(|(one, other)| one.len() + other.len() <= LONGEST);
    short
        .map(|(one, other)| [one.as_slice(), other].concat())
        .collect()
}

fn shuffled(one: &Runs, other: &Runs) -> Runs {
    let mut all = Runs::new();
    for a in one {
        for b in other.iter().filter(|b| a.len() + b.len() <= LONGEST) {
            let mut pending = vec![(Vec::new(), a.as_slice(), b.as_slice())];
            while let Some((run, a, b)) = pending.pop() {
                if a.is_empty() && b.is_empty() {
                    all.insert(run);
                    continue;
                }
                for (next, rest, kept, swap) in [(a.first(), a, b, false), (b.first(), b, a, true)]
                {
                    let Some(next) = next else { continue };
                    let longer: Vec<String> = run.iter().chain([next]).cloned().collect();
                    let (a, b) = if swap {
                        (kept, &rest[1..])
                    } else {
                        (&rest[1..], kept)
                    };
                    pending.push((longer, a, b));
                }
            }
        }
    }
    all
}

/// Writes blocks as elements and flows.
#[derive(Default)]
struct Writer {
    text: String,
    next: u32,
}

impl Writer {
    fn node(&mut self, kind: &str, name: &str) -> String {
        self.next += 1;
        let id = format!("n{}", self.next);
        let _ = write!(self.text, "<b:{kind} id='{id}' name='{name}'/>");
        id
    }

    fn flow(&mut self, from: &str, to: &str) {
        self.next += 1;
        let _ = write!(
            self.text,
            "<b:sequenceFlow id='f{}' sourceRef='{from}' targetRef='{to}'/>",
            self.next
        );
    }

    /// The first and last node of a block.
    fn block(&mut self, block: &Block) -> (String, String) {
        match block {
            Block::Task(task) => self.single("task", &format!("t{task}")),
            Block::Nothing => self.single("intermediateThrowEvent", ""),
            Block::Sequence(parts) => {
                let parts: Vec<(String, String)> =
                    parts.iter().map(|part| self.block(part)).collect();
                for pair in parts.windows(2) {
                    self.flow(&pair[0].1, &pair[1].0);
                }
                (parts[0].0.clone(), parts[parts.len() - 1].1.clone())
            }
            Block::Exclusive(parts) => self.gateways("exclusiveGateway", parts),
            Block::Parallel(parts) => self.gateways("parallelGateway", parts),
            Block::Inclusive(parts) => self.gateways("inclusiveGateway", parts),
            Block::Loop(body, redo) => {
                let (enter, leave) = (
                    self.node("exclusiveGateway", ""),
                    self.node("exclusiveGateway", ""),
                );
                let (body, redo) = (self.block(body), self.block(redo));
                self.flow(&enter, &body.0);
                self.flow(&body.1, &leave);
                self.flow(&leave, &redo.0);
                self.flow(&redo.1, &enter);
                (enter, leave)
            }
            Block::SubProcess(inner) => {
                self.next += 1;
                let id = format!("n{}", self.next);
                let _ = write!(self.text, "<b:subProcess id='{id}'>");
                let start = self.node("startEvent", "");
                let (first, last) = self.block(inner);
                self.flow(&start, &first);
                let end = self.node("endEvent", "");
                self.flow(&last, &end);
                self.text.push_str("</b:subProcess>");
                (id.clone(), id)
            }
        }
    }

    fn single(&mut self, kind: &str, name: &str) -> (String, String) {
        let id = self.node(kind, name);
        (id.clone(), id)
    }

    fn gateways(&mut self, kind: &str, parts: &[Block]) -> (String, String) {
        let (split, join) = (self.node(kind, ""), self.node(kind, ""));
        for part in parts {
            let (first, last) = self.block(part);
            self.flow(&split, &first);
            self.flow(&last, &join);
        }
        (split, join)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn nets_run_what_blocks_say(block in blocks()) {
        let mut writer = Writer::default();
        let start = writer.node("startEvent", "");
        let (first, last) = writer.block(&block);
        let end = writer.node("endEvent", "");
        writer.flow(&start, &first);
        writer.flow(&last, &end);
        let text = format!(
            "<b:definitions xmlns:b='http://www.omg.org/spec/BPMN/20100524/MODEL'>\
             <b:process id='p'>{}</b:process></b:definitions>",
            writer.text
        );
        let expected: BTreeSet<String> = meaning(&block)
            .into_iter()
            .filter(|run| run.len() <= LONGEST)
            .map(|run| run.join(" "))
            .collect();
        prop_assert_eq!(runs(&text, LONGEST), expected, "{:?}", block);
    }
}
