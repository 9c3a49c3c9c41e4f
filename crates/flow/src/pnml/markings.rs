//! Where the tokens of a PNML net lie at the start and at the end.

use roxmltree::Node;

use super::labels::{attribute, children};
use super::{Named, Reader};
use crate::error::ModelError;
use crate::net::{Consume, Net, Place};
use crate::source::quoted;

/// Names of places that a note lists.
const LISTED_MAX: usize = 5;

/// Sets the initial and the final markings; where the file has none, from the net's shape.
pub(super) fn read(reader: &mut Reader<'_, '_>, net: Node<'_, '_>) -> Result<(), ModelError> {
    initial(reader, net)?;
    let mut finals = Vec::new();
    for list in children(net, "finalmarkings") {
        for marking in children(list, "marking") {
            let places = final_marking(reader, marking)?;
            if !places.is_empty() {
                finals.push(places);
            }
        }
    }
    finals.sort();
    finals.dedup();
    if finals.is_empty() {
        finals = guessed_finals(reader, net)?;
    }
    reader.net().finals = finals;
    Ok(())
}

fn initial(reader: &mut Reader<'_, '_>, net: Node<'_, '_>) -> Result<(), ModelError> {
    let tokens = std::mem::take(&mut reader.initial);
    let places = (0..).map(Place).zip(tokens);
    reader.net().initial = places
        .flat_map(|(place, count)| std::iter::repeat_n(place, count as usize))
        .collect();
    if !reader.net().initial.is_empty() {
        return Ok(());
    }
    let sources = places_without(reader.net(), Side::Incoming);
    match sources[..] {
        [only] => {
            let name = reader.net().place_name(only);
            reader.net().initial = vec![only];
            reader.model.notes.push(format!(
                "the file has no initial marking; one token is put in {name}, which no arc enters"
            ));
            Ok(())
        }
        _ => {
            let message = format!(
                "no place has an initial marking, and {} places have no incoming arc: put \
                 <initialMarking> where a case starts",
                sources.len()
            );
            Err(reader.source.error(net, message))
        }
    }
}

fn final_marking(reader: &Reader<'_, '_>, marking: Node<'_, '_>) -> Result<Vec<Place>, ModelError> {
    let mut places = Vec::new();
    for entry in children(marking, "place") {
        let id = attribute(reader.source, entry, "idref")?;
        let place = match reader.ids.get(id) {
            Some((Named::Place(place), _)) => *place,
            Some((Named::Transition(_), _)) => {
                let message = format!("{} is a transition; tokens lie in places", quoted(id));
                return Err(reader.source.error_in(entry, "idref", message));
            }
            None => return Err(reader.unknown(entry, "idref", id)),
        };
        let count = reader.count(entry)?;
        places.extend(std::iter::repeat_n(place, count as usize));
    }
    places.sort_unstable();
    Ok(places)
}

/// Without a final marking a case ends where no arc leads on: in one of the places without
/// outgoing arcs, or in all of them at once.
fn guessed_finals(
    reader: &mut Reader<'_, '_>,
    net: Node<'_, '_>,
) -> Result<Vec<Vec<Place>>, ModelError> {
    let sinks = places_without(reader.net(), Side::Outgoing);
    if sinks.is_empty() {
        let message = "there is no final marking, and every place has an outgoing arc: say in \
                       <finalmarkings> where a case ends";
        return Err(reader.source.error(net, message));
    }
    let listed: Vec<String> = sinks
        .iter()
        .take(LISTED_MAX)
        .map(|place| reader.net().place_name(*place))
        .collect();
    let more = if sinks.len() > LISTED_MAX {
        ", …"
    } else {
        ""
    };
    let how = if sinks.len() == 1 {
        "with a token in"
    } else {
        "with a token in one, or in each, of"
    };
    reader.model.notes.push(format!(
        "the file has no final marking; a case may end {how} {}{more}",
        listed.join(", ")
    ));
    let mut finals: Vec<Vec<Place>> = sinks.iter().map(|place| vec![*place]).collect();
    if sinks.len() > 1 {
        finals.push(sinks);
    }
    Ok(finals)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Incoming,
    Outgoing,
}

fn places_without(net: &Net, side: Side) -> Vec<Place> {
    let mut touched = vec![false; net.places as usize];
    for transition in &net.transitions {
        let consumed = match &transition.consume {
            Consume::All(places) => places,
            Consume::Inclusive(join) => &join.incoming,
        };
        let places = match side {
            Side::Incoming => &transition.produce,
            Side::Outgoing => consumed,
        };
        for place in places {
            touched[place.0 as usize] = true;
        }
    }
    let places = (0..net.places).map(Place);
    places.filter(|place| !touched[place.0 as usize]).collect()
}
