//! A flow as a picture: SVG that stands alone, with what happened at each step.
//!
//! No script, no style sheet, no outside reference: what a stricter page allows, this uses. Colours
//! are attributes, so a page may restyle the classes. Every text of the file or log is escaped.
//! Words are left out: numbers stand beside signs, and names are as written.

mod lines;
mod marks;
mod nodes;
mod rooms;
mod text;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::layout::{Arrangement, arrange};
use crate::model::{ElementKind, Model};
use text::{escaped, grouped};

/// Nodes that are drawn; a larger picture nobody can read.
const NODES_MAX: usize = 1_500;
/// Arrows that are drawn.
const LINKS_MAX: usize = 5_000;

/// What happened along a flow, for its picture.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PictureCounts {
    /// By the id of the element.
    pub steps: BTreeMap<String, StepCount>,
    /// Activities that occurred where the flow has none, the most frequent first.
    pub inserted: Vec<Inserted>,
}

/// What happened at one step.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StepCount {
    /// How often it was done as the flow says.
    pub passed: u64,
    /// How often it was left out.
    pub skipped: u64,
}

/// An activity that occurred where the flow has none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inserted {
    /// The activity.
    pub activity: String,
    /// The activity of the last step before it; empty before the first.
    pub after: String,
    /// How often.
    pub count: u64,
}

/// Draws a model with its counts, as one `<svg>` element. Its size in pixels is its natural size,
/// at which texts are 11 to 13 pixels high.
#[must_use]
pub fn picture(model: &Model, counts: &PictureCounts) -> String {
    if model.elements.len() > NODES_MAX || model.links.len() > LINKS_MAX {
        return too_large(model);
    }
    let marks = marks::Marks::new(model, counts);
    let rooms = rooms::rooms(model, &marks);
    let arrangement = arrange(model, &rooms);
    let mut svg = opening(model, arrangement.width, arrangement.height);
    bands(&mut svg, &arrangement);
    let frame = |index: &usize| model.elements[*index].kind == ElementKind::SubProcess;
    let border = |index: &usize| model.elements[*index].kind == ElementKind::Boundary;
    let all = || 0..model.elements.len();
    for index in all().filter(frame) {
        nodes::node(&mut svg, model, &arrangement, &marks, index);
    }
    lines::lines(&mut svg, model, &arrangement);
    let plain = |index: &usize| !frame(index) && !border(index);
    for index in all().filter(plain).chain(all().filter(border)) {
        nodes::node(&mut svg, model, &arrangement, &marks, index);
    }
    for index in all() {
        marks.draw(&mut svg, index, &arrangement.boxes[index]);
    }
    svg.push_str("</svg>\n");
    svg
}

fn opening(model: &Model, width: f64, height: f64) -> String {
    let name = if model.name.is_empty() {
        &model.id
    } else {
        &model.name
    };
    let name = escaped(name);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"flow\" role=\"group\" \
         aria-label=\"{name}\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 \
         {width:.0} {height:.0}\" font-family=\"system-ui, 'Noto Sans CJK SC', 'Noto Sans SC', \
         'PingFang SC', 'Microsoft YaHei', sans-serif\" font-size=\"12\" fill=\"#16202e\">\
         <title>{name}</title>\n"
    )
}

fn too_large(model: &Model) -> String {
    let mut svg = opening(model, 480.0, 48.0);
    let count = grouped(model.elements.len() as u64);
    let _ = writeln!(
        svg,
        "<text class=\"flow-name\" x=\"12\" y=\"29\">图形过大，未绘制 · too large to draw · {count}\
         </text></svg>"
    );
    svg
}

fn bands(svg: &mut String, arrangement: &Arrangement) {
    for (index, band) in arrangement.bands.iter().enumerate() {
        let bounds = band.bounds;
        let (left, top) = (
            bounds.centre.x - bounds.width / 2.0,
            bounds.centre.y - bounds.height / 2.0,
        );
        let fill = if index % 2 == 0 { "#f8fafc" } else { "#ffffff" };
        let fill = if arrangement.drawn { "none" } else { fill };
        let _ = write!(
            svg,
            "<g class=\"flow-lane\"><rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" \
             height=\"{:.1}\" fill=\"{fill}\" stroke=\"#dfe4ec\"/>",
            bounds.width, bounds.height
        );
        if arrangement.drawn {
            let name = escaped(&text::cut(&band.name, bounds.height - 12.0, 12.0));
            let (x, y) = (left + 18.0, bounds.centre.y);
            let _ = write!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"#455164\" text-anchor=\"middle\" \
                 transform=\"rotate(-90 {x:.1} {y:.1})\">{name}</text>"
            );
        } else {
            let lines = text::wrapped(&band.name, 86.0, 12.0, 4);
            let start = bounds.centre.y + 4.0 - 8.0 * (lines.len() as f64 - 1.0);
            for (row, line) in lines.iter().enumerate() {
                let y = start + 16.0 * row as f64;
                let x = left + 14.0;
                let line = escaped(line);
                let _ = write!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"#455164\" font-weight=\"600\">{line}</text>"
                );
            }
        }
        svg.push_str("</g>\n");
    }
}

#[cfg(test)]
mod tests;
