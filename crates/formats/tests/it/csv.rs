//! CSV and TSV as offices export them, and as nobody should.

use cage_formats::{ReadOptions, TableMapping};
use cage_model::{Log, Type};

use crate::shared::{load, shared};
use crate::show::{events, load_bytes, objects, refusal};

fn options() -> ReadOptions {
    ReadOptions::default()
}

fn with(mapping: TableMapping) -> ReadOptions {
    ReadOptions {
        mapping,
        ..ReadOptions::default()
    }
}

fn read(text: &str) -> Log {
    load_bytes("log.csv", text.as_bytes(), &options())
        .unwrap()
        .0
}

#[test]
fn columns_are_found_typed_and_told() {
    let text = "Case ID,Activity,Complete Timestamp,Resource,amount,rate,paid,due,note\n\
                1,open,2026-02-10 09:00,Wang,100,0.5,true,2026-03-01,\"a,b\"\n\
                1,close,2026-02-11 09:00,,-3,12,false,,\"say \"\"hi\"\"\nthere\"\n";
    let (log, report) = load_bytes("log.csv", text.as_bytes(), &options()).unwrap();
    assert_eq!(
        events(&log),
        [
            "open @ 2026-02-10T09:00:00 [case:1, officer:Wang as actor] {Resource=\"Wang\", \
             amount=100, due=2026-03-01T00:00:00, note=\"a,b\", paid=true, rate=float 0.5}",
            "close @ 2026-02-11T09:00:00 [case:1] {amount=-3, note=\"say \\\"hi\\\"\\nthere\", \
             paid=false, rate=float 12.0}",
        ]
    );
    let notes = report.notes.join("\n");
    for part in [
        "the text is UTF-8, its fields are separated by \",\"",
        "case from \"Case ID\"",
        "objects of type \"officer\" from \"Resource\"",
        "\"amount\" integer",
        "times in \"Complete Timestamp\" read as ISO 8601",
    ] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
}

#[test]
fn chinese_exports_read_in_any_encoding() {
    let text = "案件编号;环节;办理时间;承办人\r\nA-1;受理;2026年2月3日 9时05分;王伟\r\nA-1;办结;2026年2月4日;李娜\r\n";
    let (gb18030, ..) = encoding_rs::GB18030.encode(text);
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xFF\xFE", utf_16.as_slice()].concat();
    let with_mark = format!("\u{feff}{text}");
    for bytes in [text.as_bytes(), &gb18030, &marked, with_mark.as_bytes()] {
        let (log, report) = load_bytes("log.csv", bytes, &options()).unwrap();
        assert_eq!(
            events(&log),
            [
                "受理 @ 2026-02-03T09:05:00 [case:A-1, officer:王伟 as actor] {承办人=\"王伟\"}",
                "办结 @ 2026-02-04T00:00:00 [case:A-1, officer:李娜 as actor] {承办人=\"李娜\"}",
            ],
            "{:?}",
            report.notes
        );
    }
}

#[test]
fn day_and_month_are_never_guessed() {
    let text = "case,activity,time\n1,a,01/02/2026\n1,b,03/04/2026\n";
    let message = refusal("log.csv", text.as_bytes(), &options());
    assert!(
        message.contains("may be day/month or month/day"),
        "{message}"
    );
    let time_format = Some("%d/%m/%Y".to_owned());
    let told = with(TableMapping {
        time_format,
        ..TableMapping::default()
    });
    let (log, _) = load_bytes("log.csv", text.as_bytes(), &told).unwrap();
    assert_eq!(events(&log)[1], "b @ 2026-04-03T00:00:00 [case:1] {}");
    let log = read("case,activity,time,since\n1,a,13/02/2026,01/02/2026\n");
    assert_eq!(
        events(&log),
        ["a @ 2026-02-13T00:00:00 [case:1] {since=\"01/02/2026\"}"]
    );
}

#[test]
fn faults_name_line_column_and_reason() {
    let head = "case,activity,time,amount\n1,a,2026-02-10,5\n";
    let declared = with(TableMapping {
        types: vec![("amount".to_owned(), Type::Integer)],
        ..TableMapping::default()
    });
    for (row, place, part) in [
        (
            "2,b,2026-02-10",
            "log.csv:3:15:",
            "3 fields in this row, 4 in the header",
        ),
        (
            "2,b,2026-02-10,1,2",
            "log.csv:3:18:",
            "5 fields in this row",
        ),
        ("2,b,soon,1", "log.csv:3:5:", "\"soon\" is no time"),
        (
            "2,b,2026-02-30,1",
            "log.csv:3:5:",
            "\"2026-02-30\" is no time",
        ),
        (
            "2,b,2026-02-10,much",
            "log.csv:3:16:",
            "column \"amount\": \"much\" is no integer",
        ),
        (
            ",b,2026-02-10,1",
            "log.csv:3:1:",
            "the case identifier is missing",
        ),
        (
            "2,\"b\"x,2026-02-10,1",
            "log.csv:3:6:",
            "text behind a closing quote",
        ),
        ("2,\"b\nc\",soon,1", "log.csv:4:4:", "\"soon\" is no time"),
        ("2,\"b,2026-02-10,1", "log.csv:3:3:", "never ends"),
    ] {
        let text = format!("{head}{row}\n3,c,2026-02-11,7\n");
        let message = refusal("log.csv", text.as_bytes(), &declared);
        assert!(
            message.starts_with(place) && message.contains(part),
            "{row}: {message}"
        );
        let lenient = ReadOptions {
            lenient: true,
            ..declared.clone()
        };
        let (log, report) = load_bytes("log.csv", text.as_bytes(), &lenient).unwrap();
        assert_eq!((log.events.len(), report.skipped), (2, 1), "{row}");
        assert!(report.first_skipped[0].reason.contains(part), "{row}");
    }
}

#[test]
fn a_table_without_the_needed_columns_is_refused_with_its_columns() {
    for (text, part) in [
        (
            "a,b,c\n1,2,3\n",
            "no column looks like the case; name it with --case-column NAME. The columns are: \"a\"",
        ),
        ("case,b,time\n1,2,3\n", "no column looks like the activity"),
        ("case,activity,c\n1,2,3\n", "no column looks like the time"),
        ("case,activity,time\n", "sound CSV without any event"),
        ("\u{feff}", "nothing but blanks"),
    ] {
        let message = refusal("log.csv", text.as_bytes(), &options());
        assert!(message.contains(part), "{text}: {message}");
    }
    let mapping = TableMapping {
        case: Some("Fall".to_owned()),
        ..TableMapping::default()
    };
    let message = refusal(
        "log.csv",
        b"case,activity,time\n1,a,2026-01-01\n",
        &with(mapping),
    );
    assert!(
        message.contains("the column \"Fall\", which is absent"),
        "{message}"
    );
}

#[test]
fn a_case_keeps_its_own_columns() {
    let log = read(
        "case,activity,time,case:district,case:amount,object:window,object:item:part\n\
         1,a,2026-01-01,north,5,W1,\"[\"\"i1\"\",\"\"i2\"\"]\"\n\
         2,a,2026-01-01,south,,W1,\n\
         1,b,2026-01-02,north,6,W2,i3\n",
    );
    assert_eq!(
        objects(&log),
        [
            "case:1 {amount=5, amount=6 since 2026-01-02T00:00:00, district=\"north\"}",
            "case:2 {district=\"south\"}",
        ]
    );
    let expected =
        "a @ 2026-01-01T00:00:00 [case:1, item:i1 as part, item:i2 as part, window:W1] {}";
    assert_eq!(events(&log)[0], expected);
}

#[test]
fn odd_values_stay_what_they_are() {
    let mut text = "case,activity,time,n\n".to_owned();
    for _ in 0..10_000 {
        text.push_str("1,a,2026-01-01,5\n");
    }
    // The sample does not reach these rows.
    let text = text.replace("2026-01-01", "2026-01-01T00:00:00.000000+08:00")
        + "1,a,2026-01-01,2.5\n1,a,2026-01-01,x\n";
    let (log, report) = load_bytes("log.csv", text.as_bytes(), &options()).unwrap();
    let shown = events(&log);
    assert!(shown[10_000].ends_with("{n=float 2.5}") && shown[10_001].ends_with("{n=\"x\"}"));
    let notes = report.notes.join("\n");
    assert!(
        notes.contains(
            "column \"n\" reads as integer, but 2 values do not (first \"2.5\" in line 10002)"
        ),
        "{notes}"
    );
}

#[test]
fn extremes_are_read_or_refused_but_never_lost() {
    let log = read(
        "case,activity,time,x\n1,a,0000-01-01,NaN\n1,b,9999-12-31T23:59:59.999999999Z,1e308\n",
    );
    assert_eq!(
        events(&log),
        [
            "a @ 0000-01-01T00:00:00 [case:1] {x=float NaN}",
            "b @ 9999-12-31T23:59:59.999999999Z [case:1] {x=float 1e308}",
        ]
    );
    let large = "x".repeat(10 << 20);
    let log = read(&format!("case,activity,time,t\n1,a,2026-01-01,{large}\n"));
    assert!(events(&log)[0].len() > 10 << 20);
    let many = format!("case,activity,time{}\n", ",a".repeat(1_000_000));
    let message = refusal("log.csv", many.as_bytes(), &options());
    assert!(message.contains("more than 100000 fields"), "{message}");
    let utf_8 = format!(
        "case,activity,time\n{}",
        "1,受理申请,2026-01-01\n".repeat(20)
    );
    let mixed = [utf_8.as_bytes(), b"1,\xCA\xDC,2026-01-02\n"].concat();
    let message = refusal("log.csv", &mixed, &options());
    assert!(
        message.starts_with("log.csv:22:3:") && message.contains("encoding"),
        "{message}"
    );
}

#[test]
fn tabs_semicolons_and_stated_delimiters_are_told() {
    for text in [
        "case\tactivity\ttime\n1\ta,b\t2026-01-01\n",
        "case;activity;time\n1;a,b;2026-01-01\n",
        "sep=|\r\ncase|activity|time\r\n1|a,b|2026-01-01\r\n",
        "case,activity,time\r1,\"a,b\",2026-01-01\r",
    ] {
        assert_eq!(
            events(&read(text)),
            ["a,b @ 2026-01-01T00:00:00 [case:1] {}"],
            "{text}"
        );
    }
}

#[test]
fn real_tables_read() {
    let Some(path) = shared("logs/running-example.csv") else {
        return;
    };
    let (log, _) = load(path, &options()).unwrap();
    assert_eq!(log.events.len(), 42);
    let Some(path) = shared("logs/roadtraffic100traces.csv") else {
        return;
    };
    let (log, report) = load(path, &options()).unwrap();
    assert!(log.events.len() > 300, "{:?}", report.notes);
}
