//! What happened: how often steps were left out, and what was done that the flow does not have.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::nodes::named_below;
use super::rooms::{BESIDE_SIZE, BESIDE_WIDTH, LINES_MAX};
use super::text::{cut, escaped, grouped, width, wrapped};
use super::{Inserted, PictureCounts, StepCount};
use crate::model::{Bounds, ElementKind, Model};

/// Chips beside one node; the others are added up.
const CHIPS_MAX: usize = 3;
/// The height of a chip with the space above it.
const CHIP: f64 = 20.0;
/// The font size in chips and badges.
const SIZE: f64 = 11.0;
/// The widest activity in a chip.
const CHIP_NAME_WIDTH: f64 = 150.0;
/// A step that is left out at least this often, in percent, is marked in red.
const MANY_PERCENT: u64 = 10;

/// How a step fared, as a colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tone {
    /// Nothing is known.
    Plain,
    /// Always done where the flow has it.
    Done,
    /// Left out now and then.
    SomeSkipped,
    /// Left out often.
    ManySkipped,
    /// Never done and never left out.
    Never,
}

/// The marks of each element.
pub(super) struct Marks<'a> {
    model: &'a Model,
    counts: &'a PictureCounts,
    /// By element what was inserted after it.
    chips: BTreeMap<usize, Vec<&'a Inserted>>,
}

impl<'a> Marks<'a> {
    pub(super) fn new(model: &'a Model, counts: &'a PictureCounts) -> Self {
        let mut element_of: BTreeMap<&str, usize> = BTreeMap::new();
        for transition in &model.net.transitions {
            let label = transition
                .label
                .and_then(|label| model.net.labels.get(label.0 as usize));
            if let (Some(label), Some(element)) = (label, transition.element) {
                element_of.entry(label).or_insert(element as usize);
            }
        }
        let start = start(model);
        let mut chips: BTreeMap<usize, Vec<&Inserted>> = BTreeMap::new();
        for inserted in &counts.inserted {
            let after = element_of.get(inserted.after.as_str()).copied();
            if let Some(element) = after.or(start) {
                chips.entry(element).or_default().push(inserted);
            }
        }
        Self {
            model,
            counts,
            chips,
        }
    }

    /// Whether anything was counted.
    pub(super) fn counted(&self) -> bool {
        !self.counts.steps.is_empty()
    }

    fn count(&self, index: usize) -> Option<StepCount> {
        let element = &self.model.elements[index];
        let step = matches!(element.kind, ElementKind::Task | ElementKind::Transition);
        let found = self.counts.steps.get(&element.id).copied();
        match found {
            None if step && self.counted() => Some(StepCount::default()),
            found => found,
        }
    }

    /// How often a step was done, as its node shows it.
    pub(super) fn passed(&self, index: usize) -> Option<String> {
        self.count(index).map(|count| grouped(count.passed))
    }

    /// How a step fared.
    pub(super) fn tone(&self, index: usize) -> Tone {
        match self.count(index) {
            None => Tone::Plain,
            Some(StepCount {
                passed: 0,
                skipped: 0,
            }) => Tone::Never,
            Some(StepCount { skipped: 0, .. }) => Tone::Done,
            Some(StepCount { passed, skipped }) => {
                let all = u128::from(passed) + u128::from(skipped);
                if u128::from(skipped) * 100 >= all * u128::from(MANY_PERCENT) {
                    Tone::ManySkipped
                } else {
                    Tone::SomeSkipped
                }
            }
        }
    }

    /// What a node is called where nothing can be seen: its name, its counts, in both languages.
    pub(super) fn title(&self, index: usize) -> String {
        let element = &self.model.elements[index];
        let name = if element.name.is_empty() {
            &element.id
        } else {
            &element.name
        };
        let mut title = name.clone();
        if let Some(count) = self.count(index) {
            let (passed, skipped) = (grouped(count.passed), grouped(count.skipped));
            let _ = write!(title, " · 通过 passed {passed} · 跳过 skipped {skipped}");
        }
        title
    }

    /// The room that the chips of a node need below it.
    pub(super) fn height_below(&self, index: usize) -> f64 {
        match self.shown(index).len() {
            0 => 0.0,
            count => CHIP * count as f64 + 4.0,
        }
    }

    /// The width of the chips of a node.
    pub(super) fn width_below(&self, index: usize) -> f64 {
        let chips = self.shown(index);
        chips.iter().map(|chip| chip.width()).fold(0.0, f64::max)
    }

    fn shown(&self, index: usize) -> Vec<Chip> {
        let Some(chips) = self.chips.get(&index) else {
            return Vec::new();
        };
        let most = if chips.len() > CHIPS_MAX {
            CHIPS_MAX - 1
        } else {
            CHIPS_MAX
        };
        let mut shown: Vec<Chip> = chips
            .iter()
            .take(most)
            .map(|inserted| Chip {
                name: cut(&inserted.activity, CHIP_NAME_WIDTH, SIZE),
                count: inserted.count,
                title: format!("{} × {}", inserted.activity, grouped(inserted.count)),
            })
            .collect();
        let rest = chips.get(most..).unwrap_or_default();
        if !rest.is_empty() {
            let titles = rest.iter();
            let titles: Vec<String> = titles
                .map(|inserted| format!("{} × {}", inserted.activity, grouped(inserted.count)))
                .collect();
            shown.push(Chip {
                name: format!("… {}", rest.len()),
                count: rest
                    .iter()
                    .fold(0, |sum, one| sum.saturating_add(one.count)),
                title: titles.join("; "),
            });
        }
        shown
    }

    /// Draws the badge and the chips of a node.
    pub(super) fn draw(&self, svg: &mut String, index: usize, bounds: &Bounds) {
        let top = bounds.centre.y - bounds.height / 2.0;
        let right = bounds.centre.x + bounds.width / 2.0;
        if let Some(count) = self.count(index).filter(|count| count.skipped > 0) {
            badge(svg, right, top, count.skipped, self.tone(index));
        }
        let element = &self.model.elements[index];
        let name_height = if named_below(element.kind) {
            14.0 * wrapped(&element.name, BESIDE_WIDTH, BESIDE_SIZE, LINES_MAX).len() as f64
        } else {
            0.0
        };
        let mut y = bounds.centre.y + bounds.height / 2.0 + 4.0 + name_height;
        for chip in self.shown(index) {
            let left = bounds.centre.x - chip.width() / 2.0;
            chip.draw(svg, left, y);
            y += CHIP;
        }
    }
}

/// Where a flow begins: its first start event, else the first node that nothing leads to.
fn start(model: &Model) -> Option<usize> {
    let elements = || model.elements.iter().enumerate();
    let entered = |index: usize| model.links.iter().any(|link| link.to as usize == index);
    let start = elements().find(|(_, element)| element.kind == ElementKind::Start);
    let start = start.or_else(|| elements().find(|(index, _)| !entered(*index)));
    start.or_else(|| elements().next()).map(|(index, _)| index)
}

/// An inserted activity as a node shows it.
struct Chip {
    name: String,
    count: u64,
    title: String,
}

impl Chip {
    fn text(&self) -> String {
        format!("+ {} × {}", self.name, grouped(self.count))
    }

    fn width(&self) -> f64 {
        width(&self.text(), SIZE) + 14.0
    }

    fn draw(&self, svg: &mut String, left: f64, top: f64) {
        let wide = self.width();
        let title = escaped(&format!("多出 inserted: {}", self.title));
        let text = escaped(&self.text());
        let (x, y) = (left + wide / 2.0, top + 12.5);
        let _ = writeln!(
            svg,
            "<g class=\"flow-inserted\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>\
             <rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"17\" rx=\"8.5\" \
             fill=\"#fde9e7\" stroke=\"#c62828\"/><text x=\"{x:.1}\" y=\"{y:.1}\" \
             text-anchor=\"middle\" font-size=\"{SIZE}\" fill=\"#a81c1c\">{text}</text></g>"
        );
    }
}

/// How often a step was left out, on its upper right corner: an arrow that leaps over, a number.
fn badge(svg: &mut String, right: f64, top: f64, skipped: u64, tone: Tone) {
    let (fill, ink) = match tone {
        Tone::ManySkipped => ("#c62828", "#ffffff"),
        _ => ("#fdf1d8", "#7f4a00"),
    };
    let stroke = if tone == Tone::ManySkipped {
        "#c62828"
    } else {
        "#c77700"
    };
    let text = grouped(skipped);
    let wide = width(&text, SIZE) + 28.0;
    let (left, y) = (right - wide + 10.0, top - 9.0);
    let (text_x, text_y) = (left + 20.0, y + 12.5);
    let (arrow_x, arrow_y) = (left + 7.0, y + 11.5);
    let _ = writeln!(
        svg,
        "<g class=\"flow-skipped\" aria-hidden=\"true\"><rect x=\"{left:.1}\" y=\"{y:.1}\" \
         width=\"{wide:.1}\" height=\"17\" rx=\"8.5\" fill=\"{fill}\" stroke=\"{stroke}\"/><path \
         d=\"M{arrow_x:.1} {arrow_y:.1}c0-7 8-7 8.5-.5m-3-1.5l3 2 1.8-3\" fill=\"none\" \
         stroke=\"{ink}\" stroke-width=\"1.4\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\
         <text x=\"{text_x:.1}\" y=\"{text_y:.1}\" font-size=\"{SIZE}\" font-weight=\"600\" \
         fill=\"{ink}\">{text}</text></g>"
    );
}
