//! Questions that nobody asks who means well: each has a clear answer, whichever endpoint it goes to.

use serde_json::{Value, json};

use super::{ONE, Served, event};
use crate::support::Place;

/// Asks questions, and remembers which were not answered as they must be.
struct Asking<'s> {
    served: &'s Served,
    wrong: Vec<String>,
}

impl Asking<'_> {
    fn ask(&mut self, path: &str, expected: &[u16]) {
        let head = format!("GET {path} HTTP/1.1");
        let Some((status, answer)) = self.served.connect().request(&head, b"") else {
            self.wrong.push(format!("{path:.100}: no answer"));
            return;
        };
        let is_told = status == 200 || answer.contains("\"detail\"");
        if !expected.contains(&status) || !is_told {
            self.wrong
                .push(format!("{path:.100}: {status} {answer:.200}"));
        }
    }

    fn end(self) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}

/// A service with a few events.
fn asked(place: &Place) -> Served {
    let served = Served::start(place);
    let mut client = served.connect();
    for number in 0..3 {
        client.post(ONE, &event(number).to_string()).unwrap();
    }
    served
}

/// Cursors that were tampered with, limits and numbers beyond all, on every list.
#[test]
fn lists_that_are_asked_for_wrongly_are_refused_by_the_name_of_the_parameter() {
    let place = Place::new();
    let served = asked(&place);
    let lists = [
        "findings",
        "objects",
        "events",
        "clocks",
        "cases",
        "objects/case/C1/events",
        "cases/C1/events",
    ];
    let places = |list: &&str| {
        let list = list.split('/').next().unwrap_or_default().to_owned();
        let made = [
            json!(u64::MAX),
            json!(-1),
            json!(["x", u64::MAX]),
            json!([i64::MIN, "x", {}]),
            Value::Null,
        ];
        made.map(|place| cursor(&json!([list, place])))
    };
    let mut cursors: Vec<String> = lists.iter().flat_map(places).collect();
    cursors.extend(["", "%00", "a", "%2e%2e%2f"].map(str::to_owned));
    cursors.push("A".repeat(7_000));
    let most = u64::MAX.to_string();
    let mut asking = Asking {
        served: &served,
        wrong: Vec::new(),
    };
    for list in lists {
        for cursor in &cursors {
            asking.ask(
                &format!("/v1/{list}?type=case&cursor={cursor}"),
                &[200, 400],
            );
            asking.ask(&format!("/v1/{list}?cursor={cursor}"), &[200, 400]);
        }
        for limit in ["0", "-1", "1001", &most, "1e3", "NaN", "%00"] {
            asking.ask(&format!("/v1/{list}?limit={limit}"), &[400]);
        }
        asking.ask(&format!("/v1/{list}?from=99999-99-99"), &[400]);
        asking.ask(&format!("/v1/{list}?limit=1&limit=2"), &[400]);
    }
    for after in [most.as_str(), "9223372036854775808", "-1", "1e3", "%00", ""] {
        asking.ask(&format!("/v1/changes?after={after}"), &[200, 400]);
        asking.ask(&format!("/v1/rejects?after={after}"), &[200, 400]);
        asking.ask(&format!("/v1/events/{after}"), &[400, 404, 200]);
        asking.ask(&format!("/v1/rejects/{after}"), &[400, 404]);
        let proof = "/v1/proof?log=ledger.example/0151/2026/case";
        asking.ask(&format!("{proof}&index={after}"), &[400, 404]);
    }
    asking.end();
    let head = "POST /v1/rejects/1/dismiss HTTP/1.1\r\nContent-Type: application/json";
    let long = vec![b' '; 100_000];
    assert_eq!(served.connect().request(head, &long).unwrap().0, 413);
    assert_eq!(served.stop(), 0);
}

/// Names and paths that lead elsewhere, end early, or are no text.
#[test]
fn paths_that_lead_nowhere_are_told_so() {
    let place = Place::new();
    let served = asked(&place);
    let mut asking = Asking {
        served: &served,
        wrong: Vec::new(),
    };
    let log = "/log/ledger.example/0151/2026/case";
    for text in [
        "%00",
        "..%2f..%2fkeys%2fsigning",
        "%ff%fe",
        &"x".repeat(7_000),
        "%2e%2e",
        "%0d%0aX:1",
        "';--",
        "\u{202e}%f0%9f%92%a3",
    ] {
        for path in [
            format!("/v1/objects/{text}/{text}"),
            format!("/v1/sources/{text}"),
            format!("/v1/findings/{text}"),
            format!("/v1/uploads/{text}"),
            format!("/v1/uploads/{text}/stream"),
            format!("/v1/proof?log={text}&index=0"),
            format!("/log/{text}"),
            format!("{log}/{text}"),
            format!("{log}/tile/{text}"),
            format!("{log}/tile/entries/{text}"),
            format!("/{text}"),
        ] {
            asking.ask(&path, &[400, 404]);
        }
        for path in [
            format!("/v1/objects?type={text}&q={text}"),
            format!("/v1/cases/{text}/events"),
            format!("/v1/findings?rule={text}"),
        ] {
            asking.ask(&path, &[200, 400, 404]);
        }
    }
    for tile in [
        "0/x999/999",
        "0/000.p/0",
        "0/000.p/256",
        "0/00",
        "64/000",
        "0/000.p/03",
        "0/x000/000",
        "-1/000",
    ] {
        asking.ask(&format!("{log}/tile/{tile}"), &[400, 404]);
    }
    asking.end();
    assert_eq!(served.stop(), 0);
}

/// A cursor with anything in it.
fn cursor(place: &Value) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let text = place.to_string().into_bytes();
    let mut encoded = String::new();
    for three in text.chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            encoded.push(char::from(
                LETTERS[(bits >> (18 - 6 * place)) as usize & 63],
            ));
        }
    }
    encoded
}
