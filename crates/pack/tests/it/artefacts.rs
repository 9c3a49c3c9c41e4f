//! What is made from a pack for people and editors: canonical form, schema, page.

use std::path::{Path, PathBuf};

use crate::{listed, load_text, root};

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of packs") {
        let path = entry.expect("a file of a pack").path();
        if path.is_dir() {
            files.extend(toml_files(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn formatting_keeps_comments_orders_keys_and_is_done_once() {
    let written = "# head\n\n\n[[rule]]\nkind=\"absence\" # why\n# the id\nid =   \"A\"\nwhat='x'\nper = \"case\"\nwhere.what = 'what.a > 1'\n[[rule]]\nid=\"B\"\n\n\n# end\n";
    let tidy = cage_pack::format(written).unwrap();
    let expected = "# head\n\n[[rule]]\n# the id\nid   = \"A\"\nper  = \"case\"\nkind = \"absence\" # why\nwhat = 'x'\nwhere.what = 'what.a > 1'\n\n[[rule]]\nid = \"B\"\n\n# end\n";
    assert_eq!(tidy, expected);
    assert_eq!(cage_pack::format(&tidy).unwrap(), tidy);
    assert!(cage_pack::format("[[rule]").is_err());
}

#[test]
fn the_packs_of_the_project_are_formatted() {
    for path in toml_files(&root().join("packs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let tidy = cage_pack::format(&text).unwrap();
        assert_eq!(text, tidy, "{}", path.display());
    }
}

/// The schemas in `docs/schema` are those of the code; `IRONCAGE_BLESS=1` writes them anew.
#[test]
fn the_schemas_are_fresh() {
    let folder = root().join("docs/schema");
    for (name, schema) in cage_pack::schemas() {
        let text = format!("{schema:#}\n");
        let path = folder.join(name);
        if std::env::var_os("IRONCAGE_BLESS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, text, "{name} is stale: run with IRONCAGE_BLESS=1");
    }
}

#[test]
fn the_page_says_every_rule_and_escapes_what_packs_say() {
    let loaded = cage_pack::load(&root().join("packs/road-traffic-fines"))
        .unwrap_or_else(|found| panic!("{}", listed(&found)));
    let page = cage_pack::doc(&loaded);
    for rule in &loaded.program.rules {
        assert!(page.contains(&format!("<code>{}</code>", rule.id)));
    }
    assert!(page.contains("90 days (from 2010-08-13)"));
    assert!(!page.contains("<script"));
    // Steps go by their titles, with the log's own names beside them once.
    assert!(
        page.contains("“寄出罚单”") && !page.contains("“Send Fine”"),
        "{page}"
    );
    assert!(page.contains("<td><code>Send Fine</code></td>"));
    let hostile = "[pack]\nid = \"<script>\"\nversion = \"1\"\n[[rule]]\nid = \"<img src=x>\"\nper = \"case\"\nkind = \"init\"\nwhat = \"</p><script>alert(1)</script>\"\ninternal = true\n";
    let page = cage_pack::doc(&load_text(hostile).unwrap());
    assert!(!page.contains("<script") && !page.contains("<img"));
}
