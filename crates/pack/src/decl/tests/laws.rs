//! Laws: no text makes the reader panic, and what it complains of lies inside the text.

use proptest::prelude::*;

use super::*;

fn places_lie_inside(text: &str) -> Result<(), TestCaseError> {
    let problems = match read("model.decl", text.as_bytes()) {
        Ok(model) => {
            let stated = model.program.rules.iter().map(|rule| rule.id.as_str());
            for id in stated {
                prop_assert!(text.contains(id), "{id}");
            }
            model.warnings
        }
        Err(errors) => {
            prop_assert!(!errors.is_empty());
            errors
        }
    };
    for problem in problems {
        let line = text.lines().nth(problem.line - 1).unwrap_or("");
        let end = problem.column - 1 + problem.length;
        prop_assert!(end <= line.chars().count(), "{text}: {problem:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        places_lie_inside(&text)?;
    }

    #[test]
    fn any_tokens_are_read_or_refused(tokens in prop::collection::vec(
        prop::sample::select(vec![
            "Response", "Existence", "2", "[", "]", "A", ",", " B", " | ", "|", "A.x", "T.x", " is ",
            "not ", "in ", "(", ")", "=", "<", "1", "1e999", "0,5,d", " and ", " or ", "same ", "\"",
            "'", "\n", "activity ", "bind ", ":", ": ", "integer between ", "张", "\u{feff}", "é",
        ]), 0..24,
    )) {
        places_lie_inside(&tokens.concat())?;
    }

    #[test]
    fn any_conditions_are_read_or_refused(tokens in prop::collection::vec(
        prop::sample::select(vec![
            "A.x", "T.y", "A.org:group", "is", "not", "in", "(", ")", "=", "<", ">=", "1", "-2.5",
            "J", "and", "or", "same x", "true", "\"a b\"", ",", "张", "!", "2026-01-01", "1e999",
        ]), 0..12,
    )) {
        let condition = tokens.join(" ");
        places_lie_inside(&format!("Response[A, B] |A.x is 1|{condition} |"))?;
        places_lie_inside(&format!("Response[A, B] |{condition}| |"))?;
    }
}
