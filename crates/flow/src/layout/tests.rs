//! Laws of the layout, over graphs of any shape.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Arrangement, Room, arrange};
use crate::model::{Bounds, Element, ElementKind, Link, Model, Point};

fn element(kind: ElementKind, lane: Option<&str>, parent: Option<u32>) -> Element {
    Element {
        id: String::new(),
        name: String::new(),
        kind,
        lane: lane.map(str::to_owned),
        parent,
        host: None,
        bounds: None,
        line: 1,
    }
}

fn link(from: u32, to: u32) -> Link {
    Link {
        from,
        to,
        name: String::new(),
        points: Vec::new(),
    }
}

/// A flow of some nodes in lanes and of a sub-process, with arrows anywhere inside each.
fn models() -> impl Strategy<Value = (Model, Vec<Room>)> {
    let nodes = prop::collection::vec((0..3_usize, prop::bool::ANY, 0.0..40.0_f64), 1..14);
    let arrows = prop::collection::vec((0..14_u32, 0..14_u32), 0..24);
    (nodes, arrows, prop::bool::ANY).prop_map(|(nodes, arrows, laned)| {
        let mut model = Model::default();
        let mut rooms = Vec::new();
        model
            .elements
            .push(element(ElementKind::SubProcess, None, None));
        rooms.push(Room {
            width: 120.0,
            height: 60.0,
            ..Room::default()
        });
        for (lane, inner, below) in nodes {
            let lane = ["a", "b", "c"].get(lane).copied().filter(|_| laned);
            let parent = inner.then_some(0);
            model
                .elements
                .push(element(ElementKind::Task, lane, parent));
            rooms.push(Room {
                width: 90.0,
                height: 40.0,
                below,
                ..Room::default()
            });
        }
        let count = model.elements.len() as u32;
        let frame = |node: u32| model.elements[node as usize].parent;
        let arrows = arrows
            .into_iter()
            .map(|(from, to)| (from % count, to % count));
        let arrows = arrows.filter(|(from, to)| frame(*from) == frame(*to));
        model.links = arrows.map(|(from, to)| link(from, to)).collect();
        (model, rooms)
    })
}

fn overlap(one: &Bounds, other: &Bounds) -> bool {
    let across = (one.width + other.width) / 2.0 - (one.centre.x - other.centre.x).abs();
    let down = (one.height + other.height) / 2.0 - (one.centre.y - other.centre.y).abs();
    across.min(down) > 0.01
}

fn contains(outer: &Bounds, inner: &Bounds) -> bool {
    let across = outer.width - inner.width - 2.0 * (outer.centre.x - inner.centre.x).abs();
    let down = outer.height - inner.height - 2.0 * (outer.centre.y - inner.centre.y).abs();
    across.min(down) > -0.01
}

fn whole(arrangement: &Arrangement) -> Bounds {
    Bounds {
        centre: Point {
            x: arrangement.width / 2.0,
            y: arrangement.height / 2.0,
        },
        width: arrangement.width,
        height: arrangement.height,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn boxes_keep_apart_and_lines_join_them((model, rooms) in models()) {
        let arrangement = arrange(&model, &rooms);
        prop_assert_eq!(&arrangement, &arrange(&model, &rooms));
        let boxes = &arrangement.boxes;
        for (index, bounds) in boxes.iter().enumerate() {
            prop_assert!(contains(&whole(&arrangement), bounds));
            let parent = model.elements[index].parent;
            if let Some(parent) = parent {
                prop_assert!(contains(&boxes[parent as usize], bounds));
            }
            for (other, element) in model.elements.iter().enumerate().skip(index + 1) {
                prop_assert!(element.parent != parent || !overlap(bounds, &boxes[other]));
            }
        }
        for (link, line) in model.links.iter().zip(&arrangement.lines) {
            let (from, to) = (&boxes[link.from as usize], &boxes[link.to as usize]);
            let (first, last) = (line[0], line[line.len() - 1]);
            prop_assert!((first.x - from.centre.x - from.width / 2.0).abs() < 0.01);
            prop_assert!((first.y - from.centre.y).abs() < 0.01);
            prop_assert!((last.x - to.centre.x + to.width / 2.0).abs() < 0.01);
            prop_assert!((last.y - to.centre.y).abs() < 0.6, "{:?}", line);
            for pair in line.windows(2) {
                let (across, down) = (pair[0].x - pair[1].x, pair[0].y - pair[1].y);
                prop_assert!(across.abs() < 0.6 || down.abs() < 0.6, "{:?}", line);
            }
        }
    }

    #[test]
    fn every_node_stands_in_its_band((model, rooms) in models()) {
        let arrangement = arrange(&model, &rooms);
        for (element, bounds) in model.elements.iter().zip(&arrangement.boxes) {
            if element.parent.is_none() && !arrangement.bands.is_empty() {
                let name = element.lane.clone().unwrap_or_default();
                let band = arrangement.bands.iter().find(|band| band.name == name).unwrap();
                prop_assert!(contains(&band.bounds, bounds));
            }
        }
    }
}

#[test]
fn a_drawing_is_taken_as_it_is_unless_boxes_hide_each_other() {
    let mut model = Model::default();
    for x in [0.0, 300.0] {
        let mut node = element(ElementKind::Task, None, None);
        node.bounds = Some(Bounds {
            centre: Point { x, y: -50.0 },
            width: 100.0,
            height: 60.0,
        });
        model.elements.push(node);
    }
    model.links.push(link(0, 1));
    let rooms = vec![
        Room {
            width: 90.0,
            height: 40.0,
            ..Room::default()
        };
        2
    ];
    let taken = arrange(&model, &rooms);
    assert!(taken.drawn);
    assert_eq!(
        (taken.boxes[0].centre.x, taken.boxes[1].centre.x),
        (74.0, 374.0)
    );
    assert_eq!(
        taken.lines[0],
        [Point { x: 124.0, y: 54.0 }, Point { x: 324.0, y: 54.0 }]
    );
    let tiny = Bounds {
        centre: Point { x: 300.0, y: -50.0 },
        width: 25.0,
        height: 25.0,
    };
    model.elements[1].bounds = Some(tiny);
    assert!(!arrange(&model, &rooms).drawn);
    model.elements[1].bounds = model.elements[0].bounds;
    assert!(!arrange(&model, &rooms).drawn);
    model.elements[1].bounds = None;
    assert!(!arrange(&model, &rooms).drawn);
}

#[test]
fn a_wide_drawing_loses_empty_space_only() {
    let mut model = Model::default();
    for x in [0.0, 4_000.0, 4_200.0] {
        let mut node = element(ElementKind::Task, None, None);
        node.bounds = Some(Bounds {
            centre: Point { x, y: 0.0 },
            width: 100.0,
            height: 60.0,
        });
        model.elements.push(node);
    }
    let arrangement = arrange(&model, &[Room::default(); 3]);
    assert!(arrangement.width < 1_181.0, "{}", arrangement.width);
    let boxes = &arrangement.boxes;
    assert!(
        boxes
            .iter()
            .all(|bounds| (bounds.width - 100.0).abs() < 0.01)
    );
    let gap = boxes[2].centre.x - boxes[1].centre.x - 100.0;
    assert!((gap - 100.0).abs() < 0.01, "a short gap stays: {gap}");
}

#[test]
fn the_largest_pictures_take_a_moment_only() {
    let mut model = Model::default();
    let count = 1_500_u32;
    let mut random = 1_u32;
    for node in 0..count {
        model.elements.push(element(ElementKind::Task, None, None));
        for _ in 0..3 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            model.links.push(link(node, (random >> 8) % count));
        }
    }
    let rooms = vec![
        Room {
            width: 90.0,
            height: 40.0,
            ..Room::default()
        };
        count as usize
    ];
    let begun = Instant::now();
    let arrangement = arrange(&model, &rooms);
    assert!(arrangement.width > 0.0);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
}
