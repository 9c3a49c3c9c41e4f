//! The witnesses that `ironcage serve` asks to cosign its checkpoints: from options to links, and what they say at
//! the start.

use std::fmt::Write as _;

use cage_ledger::{Greeting, Ledger, WitnessLink, Witnesses};
use cage_witness::HttpLink;

use super::failure::Failure;
use super::output::Voice;
use crate::settings::Settings;

/// Asks the witnesses of the settings, if there are any, for what they hold, and lets them cosign from now on.
pub(crate) fn join(ledger: &mut Ledger, settings: &Settings, voice: &Voice) -> Result<(), Failure> {
    let policy = match (&settings.policy, settings.witness.as_slice()) {
        (None, []) => return Ok(()),
        (Some(path), []) => std::fs::read_to_string(path).map_err(|error| {
            Failure::unreadable(format!("cannot read {}: {error}", path.display()))
        })?,
        (None, witnesses) => policy_of(witnesses, voice)?,
        (Some(_), _) => {
            return Err(Failure::usage(voice.choose(
                "--policy 与 --witness 只能用一个",
                "--policy and --witness exclude each other",
            )));
        }
    };
    let link = |url: &str| {
        let link = HttpLink::new(url).map_err(|error| error.to_string())?;
        Ok(Box::new(link) as Box<dyn WitnessLink>)
    };
    let witnesses = Witnesses::new(&policy, link).map_err(Failure::usage)?;
    for greeted in ledger.join(witnesses).map_err(Failure::unreadable)? {
        if let Greeting::Silent(why) = &greeted.greeting {
            let (witness, origin) = (&greeted.witness, &greeted.origin);
            voice.say(
                &format!("见证人 {witness} 未答复 {origin}：{why}；照常受理，待其签署"),
                &format!(
                    "witness {witness} does not answer for {origin}: {why}; events are taken, it will be asked again"
                ),
            );
        }
    }
    Ok(())
}

/// A policy in which every witness must cosign, from `URL=KEY` each.
fn policy_of(witnesses: &[String], voice: &Voice) -> Result<String, Failure> {
    let (mut text, mut names) = (String::new(), String::new());
    for (place, witness) in witnesses.iter().enumerate() {
        // A key may end in `=` signs, a name may not have spaces: the first `=` before a key's first `+` parts them.
        let parted = witness.split_once('+').and_then(|(head, _)| {
            let at = head.rfind('=')?;
            Some((&witness[..at], &witness[at + 1..]))
        });
        let Some((url, key)) = parted.filter(|(url, _)| !url.is_empty()) else {
            let zh = format!("{witness:?} 应写作 网址=公钥");
            let en = format!("{witness:?} must be written URL=KEY");
            return Err(Failure::usage(voice.choose(&zh, &en)));
        };
        let name = key.split('+').next().unwrap_or_default();
        let name = match name {
            "none" | "all-of-them" => format!("witness-{place}"),
            name => name.to_owned(),
        };
        let _ = writeln!(text, "witness {name} {key} {url}");
        let _ = write!(names, " {name}");
    }
    let _ = writeln!(text, "group all-of-them all{names}\nquorum all-of-them");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Language;

    #[test]
    fn addresses_and_keys_make_a_policy_in_which_all_must_cosign() {
        let voice = Voice::new(Some(Language::En), true);
        let key = "w.example/a+d6ff0ecf+BDIJ3p9tx3gERLnjGLkLrbJ3bScPlbJEpxZ9YjtFpYvp";
        let text = policy_of(&[format!("http://127.0.0.1:1/x?y=={key}")], &voice).unwrap();
        assert_eq!(
            text,
            format!(
                "witness w.example/a {key} http://127.0.0.1:1/x?y=\ngroup all-of-them all w.example/a\nquorum all-of-them\n"
            )
        );
        for wrong in ["", "http://w", key, &format!("={key}")] {
            assert!(policy_of(&[wrong.to_owned()], &voice).is_err(), "{wrong}");
        }
    }
}
