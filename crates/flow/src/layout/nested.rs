//! Frames within frames: the content of each sub-process is arranged first, then its frame is a
//! box of the arrangement around it.

use std::collections::BTreeMap;

use super::graph::{Arrow, Exit, Graph, Item, Placed};
use super::layers::layers;
use super::positions::positions;
use super::routes::routes;
use super::{Arrangement, Band, Room, lanes};
use crate::model::{Bounds, Model, Point};

/// Free space around the drawing.
const MARGIN: f64 = 20.0;
/// Inside a frame, beside its content.
const FRAME_PADDING: f64 = 16.0;
/// Inside a frame, above its content: its name.
const FRAME_TITLE: f64 = 30.0;
/// The column with the names of lanes.
const LANE_TITLE: f64 = 104.0;
/// An event on the border of an activity.
const BOUNDARY_GAP: f64 = 34.0;

/// Arranges a model in layers.
pub(super) fn arrange(model: &Model, rooms: &[Room]) -> Arrangement {
    let count = model.elements.len();
    let (names, band) = lanes::bands(model);
    let mut nester = Nester {
        model,
        rooms: rooms.to_vec(),
        band,
        bands: names.len(),
        offsets: vec![Point { x: 0.0, y: 0.0 }; count],
        lines: vec![Vec::new(); model.links.len()],
        hosts: hosts(model),
        children: BTreeMap::new(),
    };
    for (index, element) in model.elements.iter().enumerate() {
        let parent = element.parent.map(|parent| parent as usize);
        if !nester.hosts.contains_key(&index) {
            nester.children.entry(parent).or_default().push(index);
        }
    }
    // Inner frames have higher numbers than the frames around them.
    let frames = nester
        .children
        .keys()
        .copied()
        .flatten()
        .collect::<Vec<usize>>();
    for frame in frames.into_iter().rev() {
        nester.frame(Some(frame));
    }
    let placed = nester.frame(None);
    nester.finish(&placed, &names)
}

/// The activity that each event on a border sits on.
fn hosts(model: &Model) -> BTreeMap<usize, usize> {
    let elements = model.elements.iter().enumerate();
    let hosts = elements.filter_map(|(index, element)| Some((index, element.host? as usize)));
    hosts.collect()
}

struct Nester<'m> {
    model: &'m Model,
    /// What each element needs; frames are filled in from the inside.
    rooms: Vec<Room>,
    band: Vec<usize>,
    bands: usize,
    /// The centre of each element from the top left of its frame's content.
    offsets: Vec<Point>,
    /// The line of each link, likewise.
    lines: Vec<Vec<Point>>,
    hosts: BTreeMap<usize, usize>,
    /// The elements directly in each frame, without those on borders.
    children: BTreeMap<Option<usize>, Vec<usize>>,
}

impl Nester<'_> {
    /// Arranges the content of a frame.
    fn frame(&mut self, frame: Option<usize>) -> Placed {
        let inside = self.children.get(&frame).cloned().unwrap_or_default();
        let (graph, links) = self.graph(&inside, frame);
        let layers = layers(&graph);
        let positions = positions(&graph, &layers);
        let placed = routes(&graph, &layers, positions);
        for (item, element) in inside.iter().enumerate() {
            self.offsets[*element] = placed.centres[item];
        }
        for (line, link) in placed.lines.iter().zip(&links) {
            self.lines[*link].clone_from(line);
        }
        if let Some(frame) = frame {
            let room = &mut self.rooms[frame];
            room.width = (placed.width + 2.0 * FRAME_PADDING).max(room.width);
            room.height = placed.height + FRAME_TITLE + FRAME_PADDING;
        }
        placed
    }

    /// The graph of a frame, and the link of each arrow.
    fn graph(&self, inside: &[usize], frame: Option<usize>) -> (Graph, Vec<usize>) {
        let number: BTreeMap<usize, usize> = inside
            .iter()
            .enumerate()
            .map(|(item, element)| (*element, item))
            .collect();
        let items = inside
            .iter()
            .map(|element| self.item(*element, frame))
            .collect();
        let mut arrows = Vec::new();
        let mut links = Vec::new();
        for (index, link) in self.model.links.iter().enumerate() {
            let (from, to) = (link.from as usize, link.to as usize);
            let holder = self.hosts.get(&from).copied().unwrap_or(from);
            let (Some(start), Some(end)) = (number.get(&holder), number.get(&to)) else {
                continue;
            };
            let exit = if holder == from {
                Exit::Right
            } else {
                let at = self.on_border(from, holder);
                Exit::Below {
                    x: at.x,
                    y: at.y + self.rooms[from].height / 2.0,
                }
            };
            arrows.push(Arrow {
                from: *start,
                to: *end,
                exit,
            });
            links.push(index);
        }
        let bands = if frame.is_none() { self.bands } else { 1 };
        (
            Graph {
                items,
                arrows,
                bands,
            },
            links,
        )
    }

    fn item(&self, element: usize, frame: Option<usize>) -> Item {
        let room = self.rooms[element];
        let sits = |(_, host): (&usize, &usize)| *host == element;
        let bordered = if self.hosts.iter().any(sits) {
            BOUNDARY_GAP
        } else {
            0.0
        };
        Item {
            port: room.width / 2.0,
            reach: room.width / 2.0 + room.beside,
            above: room.height / 2.0 + room.above,
            below: room.height / 2.0 + room.below.max(bordered),
            band: if frame.is_none() {
                self.band[element]
            } else {
                0
            },
        }
    }

    /// Where an event sits on its host's border, from the host's centre.
    fn on_border(&self, event: usize, host: usize) -> Point {
        let room = self.rooms[host];
        let same = self.hosts.iter().filter(|(_, other)| **other == host);
        let place = same
            .clone()
            .position(|(other, _)| *other == event)
            .unwrap_or(0);
        let share = (place as f64 + 1.0) / (same.count() as f64 + 1.0);
        Point {
            x: room.width * (share - 0.5),
            y: room.height / 2.0,
        }
    }

    /// Puts frames into frames and everything beside the names of lanes.
    fn finish(mut self, placed: &Placed, names: &[String]) -> Arrangement {
        let left = MARGIN + if names.is_empty() { 0.0 } else { LANE_TITLE };
        let origin = Point { x: left, y: MARGIN };
        let mut boxes = Vec::with_capacity(self.model.elements.len());
        let mut corners: Vec<Point> = Vec::with_capacity(self.model.elements.len());
        for (index, element) in self.model.elements.iter().enumerate() {
            // A frame comes before its content, a host need not come before what sits on it.
            let corner = element
                .parent
                .map_or(origin, |parent| inner_corner(&boxes[parent as usize]));
            corners.push(corner);
            boxes.push(Bounds {
                centre: moved(self.offsets[index], corner),
                width: self.rooms[index].width,
                height: self.rooms[index].height,
            });
        }
        for (event, host) in &self.hosts {
            boxes[*event].centre = moved(self.on_border(*event, *host), boxes[*host].centre);
        }
        for (line, link) in self.lines.iter_mut().zip(&self.model.links) {
            let from = link.from as usize;
            let from = self.hosts.get(&from).copied().unwrap_or(from);
            for point in line {
                *point = moved(*point, corners[from]);
            }
        }
        let width = left + placed.width + MARGIN;
        let bands = names
            .iter()
            .zip(&placed.bands)
            .map(|(name, (top, bottom))| Band {
                name: name.clone(),
                bounds: Bounds {
                    centre: Point {
                        x: width / 2.0,
                        y: MARGIN + (top + bottom) / 2.0,
                    },
                    width: width - MARGIN,
                    height: bottom - top,
                },
            });
        Arrangement {
            width,
            height: placed.height + 2.0 * MARGIN,
            bands: bands.collect(),
            boxes,
            lines: self.lines,
            drawn: false,
        }
    }
}

fn moved(point: Point, by: Point) -> Point {
    Point {
        x: point.x + by.x,
        y: point.y + by.y,
    }
}

/// Where the content of a frame begins.
fn inner_corner(frame: &Bounds) -> Point {
    Point {
        x: frame.centre.x - frame.width / 2.0 + FRAME_PADDING,
        y: frame.centre.y - frame.height / 2.0 + FRAME_TITLE,
    }
}
