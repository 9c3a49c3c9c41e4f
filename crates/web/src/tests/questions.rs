//! Questions and their answers.

use serde_json::{Value, json};

use super::{Office, STRANGE, each};
use crate::rows::escaped;

/// Follows `next` to the end of a list.
async fn pages(office: &Office, path: &str, list: &str, member: &str) -> Vec<Value> {
    let (mut all, mut next) = (Vec::new(), String::new());
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let answer = office.get(&format!("{path}{joint}{next}")).await;
        all.extend(each(&answer, list, member));
        match answer["next"].as_str() {
            Some(cursor) => next = format!("cursor={cursor}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn findings_are_listed_as_they_stand_and_filtered() {
    let office = Office::new();
    let id = |byte: &str| json!(byte.repeat(16));
    for (query, expected) in [
        ("", "a3 a2 a1"),
        ("?order=oldest", "a1 a2 a3"),
        ("?status=open", "a3 a1"),
        ("?status=withdrawn", "a2"),
        ("?rule=R1&pack=dui&version=1", "a3 a1"),
        ("?grade=alert", "a2"),
        ("?object_type=case&object=C4", "a3 a2"),
        ("?object_type=officer", ""),
        ("?verdict=undecided", ""),
        ("?from=2026-02-02", "a3"),
        ("?to=2026-02-01", "a2 a1"),
        (
            "?from=2026-02-01T09:00:00%2B08:00&to=2026-02-01T09:00:00%2B08:00",
            "",
        ),
        ("?limit=1", "a3"),
    ] {
        let answer = office.get(&format!("/v1/findings{query}")).await;
        let expected: Vec<Value> = expected.split_whitespace().map(id).collect();
        assert_eq!(each(&answer, "findings", "id"), expected, "{query}");
    }
    for limit in 1..4 {
        let all = pages(
            &office,
            &format!("/v1/findings?limit={limit}"),
            "findings",
            "id",
        )
        .await;
        assert_eq!(all, [id("a3"), id("a2"), id("a1")]);
    }
    let one = office
        .get(&format!("/v1/findings/{}", "a1".repeat(16)))
        .await;
    assert_eq!(each(&one, "history", "change"), ["opened", "amended"]);
    let evidence = &one["evidence"][0];
    assert_eq!(
        (
            &evidence["record"],
            &evidence["body"]["data"]["attributes"]["n"]
        ),
        (&json!(3), &json!(3))
    );
    assert_eq!(
        evidence["proof"],
        "/v1/proof?log=ledger%2Eexample%2F0151%2F2026%2Fcase&index=3"
    );
    assert_eq!(
        (&one["status"], &one["grade"], &one["severity"]),
        (&json!("open"), &json!("block"), &json!("red"))
    );
    let changes = office.get("/v1/changes?after=3").await;
    assert_eq!(each(&changes, "changes", "number"), [4, 5]);
    assert_eq!(
        (&changes["last"], &changes["total"]),
        (&json!(5), &json!(5))
    );
}

/// G-13: any act by three keys.
#[tokio::test]
async fn acts_are_found_by_everything_that_they_name() {
    let office = Office::new();
    let plate = format!("object=plate:{}", escaped(STRANGE));
    for (query, expected) in [
        (format!("?{plate}"), vec![30, 20, 10, 0]),
        (format!("?{plate}&order=oldest&limit=2"), vec![0, 10]),
        (
            format!("?{plate}&object=case:C0&object=officer:P1"),
            vec![10],
        ),
        (format!("?{plate}&object=case:C1"), vec![]),
        (
            "?object=officer:P1&type=decide&from=2026-02-03&to=2026-02-03".to_owned(),
            vec![25],
        ),
        ("?source=nobody".to_owned(), vec![]),
        ("?type=accept&to=2026-02-01".to_owned(), vec![8, 6, 4, 2, 0]),
        ("?object=absent:C1".to_owned(), vec![]),
    ] {
        let answer = office.get(&format!("/v1/events{query}")).await;
        assert_eq!(each(&answer, "events", "record"), expected, "{query}");
    }
    let all = pages(
        &office,
        "/v1/events?object=case:C2&limit=3",
        "events",
        "record",
    )
    .await;
    assert_eq!(all, [37, 32, 27, 22, 17, 12, 7, 2]);
    let one = office.get("/v1/events/10").await;
    assert_eq!(one["body"], super::event(10));
    assert_eq!(
        (&one["type"], &one["id"], &one["index"]),
        (&json!("accept"), &json!("10"), &json!(10))
    );
    assert_eq!(one["claimed"], "2026-02-02T09:00:00+08:00");
    assert!(one["entered_after"].as_i64().unwrap() > 0);
    for (path, detail) in [
        ("/v1/events/40", "only time moved"),
        ("/v1/events/41", "there are 41 records"),
    ] {
        let (status, _, said) = office.refused(path).await;
        assert!(status == 404 && said.contains(detail), "{said}");
    }
}

#[tokio::test]
async fn objects_and_cases_have_their_clocks_findings_and_timeline() {
    let office = Office::new();
    let listed = office.get("/v1/objects?q=C&limit=2").await;
    assert_eq!(each(&listed, "objects", "id"), ["C0", "C1"]);
    let all = pages(&office, "/v1/objects?limit=2", "objects", "id").await;
    assert_eq!(
        all,
        ["C0", "C1", "C2", "C3", "C4", "P0", "P1", "P2", STRANGE]
    );
    assert_eq!(
        pages(&office, "/v1/objects?type=plate", "objects", "id").await,
        [STRANGE]
    );
    assert_eq!(
        pages(&office, "/v1/cases?q=C4", "objects", "id").await,
        ["C4"]
    );
    let strange = office
        .get(listed_path(&office.get("/v1/objects?type=plate").await))
        .await;
    assert_eq!(
        (&strange["id"], &strange["events"], &strange["last_record"]),
        (&json!(STRANGE), &json!(4), &json!(30))
    );
    let timeline = pages(
        &office,
        strange["timeline"].as_str().unwrap(),
        "events",
        "record",
    )
    .await;
    assert_eq!(timeline, [30, 20, 10, 0]);
    let case = office.get("/v1/cases/C1").await;
    assert_eq!(each(&case, "clocks", "due"), ["2026-02-04T09:00:00+08:00"]);
    assert_eq!(
        (&case["events"], &case["open_findings"]),
        (&json!(8), &json!(0))
    );
    let case = office.get("/v1/cases/C4").await;
    assert_eq!(
        (each(&case, "findings", "opened"), &case["open_findings"]),
        (vec![json!(3)], &json!(1))
    );
    let timeline = pages(
        &office,
        "/v1/cases/C4/events?limit=3&order=oldest",
        "events",
        "record",
    )
    .await;
    assert_eq!(timeline, [4, 9, 14, 19, 24, 29, 34, 39]);
    let together = office
        .get("/v1/objects/case/C4/events?object=officer:P1")
        .await;
    assert_eq!(each(&together, "events", "record"), [34, 19, 4]);
    assert_eq!(office.refused("/v1/objects/case/absent").await.0, 404);
    assert_eq!(office.refused("/v1/cases/%FF").await.0, 400, "no UTF-8");
}

fn listed_path(answer: &Value) -> &str {
    answer["objects"][0]["details"].as_str().unwrap()
}

#[tokio::test]
async fn clocks_and_figures_lead_to_what_they_count() {
    let office = Office::new();
    let clocks = pages(&office, "/v1/clocks?limit=1", "clocks", "object").await;
    assert_eq!(clocks, ["C2", "C1"]);
    let before = office
        .get("/v1/clocks?due_before=2026-02-04&pack=dui&object_type=case")
        .await;
    assert_eq!(each(&before, "clocks", "object"), ["C2"]);
    let counters = office.get("/v1/counters").await;
    assert_eq!(
        (
            &counters["events_total"],
            &counters["findings_open"],
            &counters["findings_withdrawn"]
        ),
        (&json!(40), &json!(2), &json!(1))
    );
    assert_eq!(counters["events"].as_array().unwrap().len(), 8);
    for figure in counters["events"].as_array().unwrap() {
        let listed = pages(
            &office,
            figure["list"].as_str().unwrap(),
            "events",
            "record",
        )
        .await;
        assert_eq!(listed.len() as u64, figure["count"]);
    }
    for figure in counters["findings"].as_array().unwrap() {
        for status in ["open", "withdrawn"] {
            let path = figure[format!("{status}_list")].as_str().unwrap();
            let listed = pages(&office, path, "findings", "id").await;
            assert_eq!(listed.len() as u64, figure[status], "{path}");
        }
    }
    let some = office
        .get("/v1/counters?type=accept&from=2026-02-02&to=2026-02-02&grade=alert")
        .await;
    assert_eq!(
        (&some["events_total"], &some["findings_open"]),
        (&json!(5), &json!(0))
    );
    let packs = office.get("/v1/packs").await;
    assert_eq!(
        (
            each(&packs, "packs", "pack"),
            each(&packs, "packs", "event")
        ),
        (vec![json!("dui")], vec![json!("/v1/events/0")])
    );
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let office = Office::new();
    for (path, field) in [
        ("/v1/findings?limit=0", "limit"),
        ("/v1/findings?limit=1001", "limit"),
        ("/v1/findings?limit=many", "limit"),
        ("/v1/findings?status=closed", "status"),
        ("/v1/findings?from=yesterday", "from"),
        ("/v1/findings?cursor=abc", "cursor"),
        ("/v1/findings?after=1", "after"),
        ("/v1/findings?rule=a&rule=b", "rule"),
        ("/v1/findings/xyz", "id"),
        ("/v1/changes?after=-1", "after"),
        ("/v1/stream?from=1", "from"),
        ("/v1/objects?kind=case", "kind"),
        ("/v1/events?object=case", "object"),
        ("/v1/events?to=2026-02-30", "to"),
        ("/v1/events/first", "record"),
        ("/v1/clocks?due_before=soon", "due_before"),
        ("/v1/counters?limit=5", "limit"),
        ("/v1/cases/C1/events?order=random", "order"),
    ] {
        let (status, said, detail) = office.refused(path).await;
        assert_eq!((status, said.as_str()), (400, field), "{path}: {detail}");
        assert!(!detail.is_empty());
    }
    let cursor = office.get("/v1/findings?limit=1").await["next"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        office
            .refused(&format!("/v1/events?cursor={cursor}"))
            .await
            .1,
        "cursor",
        "of another list"
    );
    let long = format!("/v1/objects?q={}", "x".repeat(9_000));
    assert!(office.refused(&long).await.2.contains("8192 bytes"));
    assert_eq!(office.refused("/v1/nothing").await.0, 404);
}

/// A cursor goes on where its page ended, whatever came in since.
#[tokio::test]
async fn a_cursor_survives_new_rows() {
    let mut office = Office::new();
    let first = office.get("/v1/findings?limit=1").await;
    let mut batch = cage_store::Batch::new(40);
    batch.through(40);
    batch.changes.push(super::change(
        6,
        cage_store::ChangeKind::Opened,
        0xa4,
        "R1",
        5,
    ));
    cage_store::Project::commit(&mut office.views, &batch).unwrap();
    let next = first["next"].as_str().unwrap();
    let rest = office.get(&format!("/v1/findings?cursor={next}")).await;
    assert_eq!(each(&rest, "findings", "opened"), [2, 1]);
    let all = office.get("/v1/findings").await;
    assert_eq!(each(&all, "findings", "opened"), [6, 3, 2, 1]);
}
