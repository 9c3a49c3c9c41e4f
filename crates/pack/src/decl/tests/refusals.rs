//! What is refused, with its line, its column and what was probably meant.

use super::*;

#[test]
fn errors_have_a_place_and_a_suggestion() {
    for (text, line, place, suggestion) in [
        (
            "activity A\nRespnse[A, B] | | |",
            2,
            "Respnse",
            Some("Response"),
        ),
        (
            "ChainRespones[A, B]",
            1,
            "ChainRespones",
            Some("Chain Response"),
        ),
        ("Response2[A, B]", 1, "Response2", None),
        ("Existence0[A]", 1, "Existence0", None),
        ("Absence0[A]", 1, "Absence0", None),
        ("Response[A] | | |", 1, "A", None),
        ("Response[A, ] | | |", 1, "", None),
        ("Response[A, B | | |", 1, "[A, B | | |", None),
        ("Response[A, B] x | | |", 1, "[A, B] x | | |", None),
        ("Response[A, B, C]", 1, "A, B, C", None),
        ("Response[A, B] | | | | 5", 1, "5", None),
        ("Response[A, B] |T.x > 5 | |", 1, "T.", None),
        ("Response[A, B] |B.x > 5 | |", 1, "B.", None),
        ("Response[A, B] |same x | |", 1, "same", None),
        ("Response[A, B] |A.x is | |", 1, "", None),
        ("Response[A, B] |A.x in 5 | |", 1, "5", None),
        ("Response[A, B] |(A.x > 5 | |", 1, "", None),
        ("Response[A, B] |A.x > 5) | |", 1, ")", None),
        ("Response[A, B] |A.x > 5 and | |", 1, "", None),
        ("Response[A, B] |x > 5 | |", 1, "x", None),
        ("x: integer\nResponse[A, B] |A.x is old | |", 2, "old", None),
        ("Response[A, B] | | |0,5", 1, "0,5", None),
        ("Response[A, B] | | |0,5,weeks", 1, "0,5,weeks", None),
        ("Response[A, B] | | |5,0,d", 1, "5,0,d", None),
        ("Response[A, B] | | |-1,5,d", 1, "-1,5,d", None),
        ("Existence[A] | |0,5,d", 1, "0,5,d", None),
        ("Choice[A, B] | |T.x is 1 |0,5,d", 1, "T.x is 1", None),
        (
            "x: integer between 9 and 1",
            1,
            "integer between 9 and 1",
            None,
        ),
        ("x: float between 1 to 9", 1, "float between 1 to 9", None),
        ("activity A\nwhatever this is", 2, "whatever this is", None),
        (
            "活动: 甲, 乙\nRespons[甲, 乙]",
            2,
            "Respons",
            Some("Response"),
        ),
    ] {
        let errors = match read("model.decl", text.as_bytes()) {
            Ok(model) => panic!("{text} is read as {model:?}"),
            Err(errors) => errors,
        };
        let error = &errors[0];
        let written = text.lines().nth(error.line - 1).unwrap();
        let found: String = written
            .chars()
            .skip(error.column - 1)
            .take(error.length)
            .collect();
        assert_eq!(
            (error.line, found.as_str(), error.suggestion.as_deref()),
            (line, place, suggestion),
            "{text}: {error}"
        );
    }
}

#[test]
fn all_errors_are_told_at_once() {
    let text = "Respnse[A, B]\nResponse[A, B] |A.x >\nChain[A, B]\nResponse[A, B]";
    let errors = read("model.decl", text.as_bytes()).unwrap_err();
    let lines: Vec<_> = errors.iter().map(|error| error.line).collect();
    assert_eq!(lines, [1, 2, 3]);
}

#[test]
fn undeclared_names_are_warned_of() {
    let text = "activity Create Fine\nactivity Send Fine\nbind Create Fine: amount\n\
                Response[Create Fin, Send Fine] | | |\n\
                Response[Create Fine, Send Fine] |A.amuont > 5 | |";
    let model = model(text);
    let told: Vec<_> = model
        .warnings
        .iter()
        .map(|warning| (warning.line, warning.column, warning.suggestion.as_deref()))
        .collect();
    assert_eq!(
        told,
        [(4, 10, Some("Create Fine")), (5, 37, Some("amount"))]
    );
}

#[test]
fn repeated_constraints_are_warned_of() {
    let model = model("Response[A, B]\nInit[A]\n Response[A, B] ");
    assert_eq!(model.program.rules.len(), 3);
    let warning = &model.warnings[0];
    assert_eq!(
        (warning.line, warning.message.contains("line 1")),
        (3, true)
    );
}

#[test]
fn broken_files_are_refused() {
    assert_eq!(read("m", b"").unwrap_err().len(), 1);
    assert_eq!(read("m", b"activity A\n").unwrap_err().len(), 1);
    let error = &read("m", b"activity A\nResponse[\xff, B]").unwrap_err()[0];
    assert_eq!(error.line, 2);
    let deep = format!("Response[A, B] |{}A.x > 1 | |", "(".repeat(10_000));
    assert!(
        read("m", deep.as_bytes()).unwrap_err()[0]
            .message
            .contains("deep")
    );
    let nots = format!("Response[A, B] |{}A.x > 1 | |", "not ".repeat(10_000));
    assert!(
        read("m", nots.as_bytes()).unwrap_err()[0]
            .message
            .contains("deep")
    );
}
