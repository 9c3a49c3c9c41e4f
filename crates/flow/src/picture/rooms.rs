//! How much room each node needs where the file does not draw it.

use super::marks::Marks;
use super::text::{width, wrapped};
use crate::layout::Room;
use crate::model::{ElementKind, Model};

/// The font size of names.
pub(super) const NAME_SIZE: f64 = 12.5;
/// The font size of what stands beside events and gateways.
pub(super) const BESIDE_SIZE: f64 = 11.0;
/// The height of a line of a name.
pub(super) const LINE: f64 = 16.0;
/// The height of the line with the count.
pub(super) const COUNT_LINE: f64 = 17.0;
/// The widest name of an activity before it is broken.
const NAME_WIDTH: f64 = 116.0;
/// The widest name of an event or gateway before it is broken.
pub(super) const BESIDE_WIDTH: f64 = 96.0;
/// Lines of a name.
pub(super) const LINES_MAX: usize = 3;

/// The room of each element.
pub(super) fn rooms(model: &Model, marks: &Marks<'_>) -> Vec<Room> {
    let elements = model.elements.iter().enumerate();
    elements
        .map(|(index, _)| room(model, marks, index))
        .collect()
}

fn room(model: &Model, marks: &Marks<'_>, index: usize) -> Room {
    let element = &model.elements[index];
    let mut room = match element.kind {
        ElementKind::Task | ElementKind::Transition => {
            let lines = wrapped(&element.name, NAME_WIDTH, NAME_SIZE, LINES_MAX);
            let widest = lines
                .iter()
                .map(|line| width(line, NAME_SIZE))
                .fold(0.0, f64::max);
            let count = if marks.counted() { COUNT_LINE } else { 0.0 };
            Room {
                width: (widest + 24.0).max(84.0).round(),
                height: LINE * lines.len().max(1) as f64 + count + 18.0,
                ..Room::default()
            }
        }
        ElementKind::SubProcess => Room {
            width: (width(&element.name, NAME_SIZE) + 28.0).clamp(120.0, 320.0),
            height: 60.0,
            ..Room::default()
        },
        ElementKind::Silent => Room {
            width: 10.0,
            height: 34.0,
            ..Room::default()
        },
        ElementKind::Exclusive
        | ElementKind::Parallel
        | ElementKind::Inclusive
        | ElementKind::EventBased => beside(&element.name, 34.0),
        ElementKind::Place => beside("", 22.0),
        ElementKind::Boundary => beside("", 28.0),
        ElementKind::Start | ElementKind::End | ElementKind::Intermediate => {
            beside(&element.name, 28.0)
        }
    };
    room.below += marks.height_below(index);
    room.beside = room
        .beside
        .max((marks.width_below(index) - room.width) / 2.0)
        .max(0.0);
    room
}

/// A small node with its name below.
fn beside(name: &str, size: f64) -> Room {
    let lines = wrapped(name, BESIDE_WIDTH, BESIDE_SIZE, LINES_MAX);
    let widest = lines
        .iter()
        .map(|line| width(line, BESIDE_SIZE))
        .fold(0.0, f64::max);
    Room {
        width: size,
        height: size,
        beside: ((widest - size) / 2.0).max(0.0),
        above: 0.0,
        below: if lines.is_empty() {
            0.0
        } else {
            14.0 * lines.len() as f64 + 4.0
        },
    }
}
