use super::*;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    owned.collect()
}

fn read(text: &str, pairs: &[(&str, &str)]) -> Result<(Settings, Vec<String>), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironcage.toml");
    std::fs::write(&file, text).unwrap();
    let shown = folder.path().display().to_string();
    Settings::read(Some(&file), &environment(pairs))
        .map_err(|error| error.to_string().replace(&shown, "DIR"))
}

#[test]
fn the_environment_overrides_the_file() {
    let text =
        "listen = \"127.0.0.1:1\"\nopen = true\npack = [\"packs/a\"]\n[log]\nlevel = \"info\"\n";
    let (settings, strangers) = read(
        text,
        &[
            ("IRONCAGE_LISTEN", "127.0.0.1:2"),
            ("IRONCAGE_OPEN", "false"),
            ("IRONCAGE_LOG_FORMAT", "json"),
            ("IRONCAGE_LISTN", "x"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(settings.listen.unwrap().port(), 2);
    assert!(!settings.open);
    assert_eq!(settings.log.level, LogLevel::Info);
    assert_eq!(settings.log.format, LogFormat::Json);
    assert!(
        settings.pack[0].is_absolute(),
        "a path of the file is the file's"
    );
    assert_eq!(strangers, ["IRONCAGE_LISTN (meant IRONCAGE_LISTEN?)"]);
}

/// Wrong text, wrong variable, and what is said of it.
#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, pairs, said) in [
        (
            "data = \"a\"\nlistn = \"b\"\n",
            &[][..],
            "DIR/ironcage.toml:2: unknown field `listn`",
        ),
        ("listen = \"nowhere\"\n", &[], "DIR/ironcage.toml:1: "),
        ("data = \n", &[], "DIR/ironcage.toml:1: "),
        (
            "[log]\nlevel = \"loud\"\n",
            &[],
            "DIR/ironcage.toml:2: unknown variant `loud`",
        ),
        (
            "",
            &[("IRONCAGE_OPEN", "perhaps")],
            "IRONCAGE_OPEN: \"perhaps\" is neither true nor false",
        ),
        ("", &[("IRONCAGE_LISTEN", "nowhere")], "IRONCAGE_LISTEN: "),
        (
            "",
            &[("IRONCAGE_LOG_LEVEL", "loud")],
            "IRONCAGE_LOG_LEVEL: unknown variant `loud`",
        ),
    ] {
        let found = read(text, pairs).unwrap_err();
        assert!(found.starts_with(said), "{found} should begin with {said}");
    }
    let missing = Settings::read(Some(Path::new("/nowhere/x.toml")), &BTreeMap::new());
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .starts_with("/nowhere/x.toml: cannot be read")
    );
}

/// Whatever a file holds, what is wrong is said with its place.
#[test]
fn a_file_that_is_no_settings_is_refused_with_its_line() {
    let deep = format!("data = {}", "[".repeat(10_000));
    let long = format!("data = \"{}\n", "贵".repeat(10_000));
    for (text, place) in [
        ("\u{feff}listn = 1", "DIR/ironcage.toml"),
        ("贵 = 1", "DIR/ironcage.toml:1"),
        ("data = \"贵\nopen = true", "DIR/ironcage.toml:1"),
        ("open = true\ndata = '''贵", "DIR/ironcage.toml:2"),
        ("open = 99999999999999999999999", "DIR/ironcage.toml:1"),
        ("listen = \"\\ud800\"", "DIR/ironcage.toml:1"),
        ("[limits]\nrejects = 0", "DIR/ironcage.toml:2"),
        ("[limits]\nrejects = -0", "DIR/ironcage.toml:2"),
        (
            "[quota.source.\"a\"]\nper-second = 1e3",
            "DIR/ironcage.toml:2",
        ),
        ("open = true\nopen = true", "DIR/ironcage.toml:2"),
        ("\0", "DIR/ironcage.toml:1"),
        (&deep, "DIR/ironcage.toml:1"),
        (&long, "DIR/ironcage.toml:1"),
    ] {
        let said = read(text, &[]).unwrap_err();
        assert!(said.starts_with(place), "{text:.40}: {said:.200}");
    }
}
