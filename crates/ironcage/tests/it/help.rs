//! What the command says of itself.

use crate::support::{Place, command};

#[test]
fn help_names_every_command_with_examples() {
    let place = Place::new();
    insta::assert_snapshot!("help", place.succeed("--help"));
    insta::assert_snapshot!("help_check", place.succeed("check --help"));
    for (line, words) in [
        ("explain --help", "--object"),
        ("discover --help", "ironcage discover"),
        ("convert --help", "ironcage convert"),
        ("stats --help", "ironcage stats"),
        ("pack --help", "ironcage pack check"),
        ("demo --help", "ironcage demo"),
        ("bench --help", "ironcage bench align"),
    ] {
        assert!(place.succeed(line).contains(words), "{line}");
    }
    assert!(place.succeed("--version").starts_with("ironcage 0."));
}

#[test]
fn completions_and_manual_pages_are_made() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.succeed(&format!("completions {shell}"));
        assert!(
            script.contains("ironcage") && script.contains("explain"),
            "{shell}"
        );
    }
    place.succeed("man pages");
    let page = place.read("pages/ironcage-check.1");
    assert!(page.contains("fail\\-on") && page.contains("ironcage check"));
    assert!(place.path().join("pages/ironcage.1").exists());
}

#[test]
fn wrong_use_says_what_would_be_right() {
    let place = Place::new();
    place.refuse("", 2, &["Usage"]);
    place.refuse("chekc", 2, &["chekc", "check"]);
    place.refuse("check x.csv", 2, &["--pack", "--decl", "--flow"]);
    place.refuse("check x.csv --pack a --decl b", 2, &["cannot be used with"]);
    place.refuse(
        "check x.csv --pack a --findings f.doc",
        2,
        &["f.doc", ".xlsx"],
    );
    place.refuse("check x.csv --pack a --threads 0", 2, &["--threads"]);
    place.refuse(
        "bench stream --to xes --only all --events 10",
        2,
        &["csv or cloudevents"],
    );
}

/// The streams that are measured are ones in which nothing is wrong; `bench` counts and says so otherwise.
#[test]
fn a_generated_stream_is_counted_whole_in_both_formats() {
    let place = Place::new();
    for format in ["csv", "cloudevents"] {
        let measured = place.succeed(&format!(
            "bench stream -q --to {format} --events 20000 --runs 1"
        ));
        assert!(measured.contains("20000 events"), "{measured}");
    }
}

#[test]
fn the_language_comes_from_the_environment() {
    let place = Place::new();
    let said = |name: &str, value: &str| {
        let mut command = command(place.path());
        command.env_remove("LANG").env(name, value);
        let output = command.args(["stats", "absent.csv"]).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said("LANG", "en_US.UTF-8").starts_with("error: "));
    assert!(said("LANG", "zh_CN.UTF-8").starts_with("错误："));
    assert!(said("LC_ALL", "C").starts_with("错误："));
}
