//! Keeps silences of `posemo serve` in an Alertmanager: adds those in force, and ends those that are over.
//!
//! A silence is found again by the mark in its comment, so that nothing is stored here, and what failed is repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::super::error::DeliverError;
use super::silence::{Matcher, NewSilence, Silence, Silences};
use crate::output::alertmanager::labels::value;
use crate::settings::receiver::{AlertmanagerSettings, Receiver};

/// Ends may differ by this much: an Alertmanager may round them.
const ROUNDED: Duration = Duration::from_secs(1);

/// A silence that the Alertmanager should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirroredSilence {
    /// Its id in posemo.
    pub id: String,
    /// The targets; absent for all. With an empty list the silence matches nothing, and the Alertmanager does not get it.
    pub targets: Option<Vec<String>>,
    /// The check.
    pub check: Option<String>,
    /// The database.
    pub database: Option<String>,
    /// The object.
    pub object: Option<String>,
    /// When it ends.
    pub until: Timestamp,
    /// Who added it.
    pub by: String,
    /// The reason.
    pub why: String,
}

/// What an Alertmanager has after the attempt.
#[derive(Debug, Default)]
pub struct MirrorState {
    /// The ids of the silences that it has.
    pub present: BTreeSet<String>,
    /// Why others could not be added or ended.
    pub error: Option<String>,
}

/// Adds the silences that are missing, and ends those with the ids of `over` and those without a target.
pub fn mirror(
    receiver: &Receiver,
    settings: &AlertmanagerSettings,
    wanted: &[MirroredSilence],
    over: &[&str],
) -> MirrorState {
    let mut state = MirrorState::default();
    if let Err(error) = try_mirror(receiver, settings, wanted, over, &mut state) {
        state.error = Some(format!("silences: {error}"));
    }
    state
}

fn try_mirror(
    receiver: &Receiver,
    settings: &AlertmanagerSettings,
    wanted: &[MirroredSilence],
    over: &[&str],
    state: &mut MirrorState,
) -> Result<(), DeliverError> {
    let silences = Silences::new(receiver, settings)?;
    let listed = silences.list()?;
    let mut known = BTreeMap::<&str, Vec<&Silence>>::new();
    for silence in &listed {
        if let Some(id) = marked(&silence.comment) {
            known.entry(id).or_default().push(silence);
        }
    }
    let known_as = |id: &str| known.get(id).map_or(&[][..], Vec::as_slice);
    let mut failed = None;
    // Without a value for the label instance, the matchers would match alerts without the label: the watchdog.
    let (without, wanted): (Vec<&MirroredSilence>, Vec<&MirroredSilence>) =
        wanted.iter().partition(|one| one.targets.as_ref().is_some_and(Vec::is_empty));
    for one in wanted {
        let matchers = matchers(one, receiver);
        let is_same = |silence: &&&Silence| {
            sorted(&silence.matchers) == sorted(&matchers)
                && silence.ends_at.duration_since(one.until).unsigned_abs() <= ROUNDED
        };
        let present = known_as(&one.id);
        if !present.iter().any(|silence| is_same(&silence)) {
            let new = NewSilence {
                matchers: matchers.clone(),
                until: one.until,
                created_by: one.by.clone(),
                comment: format!("{} {}", one.why, mark(&one.id)),
            };
            if let Err(error) = silences.add(&new) {
                failed = Some(error);
                continue;
            }
        }
        state.present.insert(one.id.clone());
        // A group may have other targets now.
        for silence in present.iter().filter(|silence| !is_same(silence)) {
            failed = silences.end(&silence.id).err().or(failed);
        }
    }
    let over = over.iter().copied().chain(without.iter().map(|one| one.id.as_str()));
    for silence in over.flat_map(known_as) {
        failed = silences.end(&silence.id).err().or(failed);
    }
    failed.map_or(Ok(()), Err)
}

/// The end of the comment of a silence.
fn mark(id: &str) -> String {
    format!("(posemo silence {id})")
}

/// The id in a comment with a mark.
fn marked(comment: &str) -> Option<&str> {
    comment.strip_suffix(')')?.rsplit_once("(posemo silence ").map(|(_, id)| id)
}

fn matchers(silence: &MirroredSilence, receiver: &Receiver) -> Vec<Matcher> {
    // Alerts of other programs can have labels with the same names.
    let mut matchers = vec![Matcher::exact("job", "posemo")];
    match silence.targets.as_deref() {
        None => {}
        Some([target]) => matchers.push(Matcher::exact("instance", receiver.host(target))),
        Some(targets) => {
            let names = targets.iter().map(|target| quoted(&value(receiver.host(target))));
            let names = names.collect::<Vec<_>>().join("|");
            let exact = Matcher::exact("instance", "");
            matchers.push(Matcher { value: names, is_regex: true, ..exact });
        }
    }
    for (label, name) in
        [("check", &silence.check), ("database", &silence.database), ("object", &silence.object)]
    {
        matchers.extend(name.as_deref().map(|name| Matcher::exact(label, name)));
    }
    matchers
}

/// A text as a regular expression that matches only this text.
fn quoted(text: &str) -> String {
    let special = |character: char| !character.is_alphanumeric() && character.is_ascii();
    let quote =
        |character| if special(character) { vec!['\\', character] } else { vec![character] };
    text.chars().flat_map(quote).collect()
}

fn sorted(matchers: &[Matcher]) -> Vec<(&str, &str, bool, bool)> {
    let parts = matchers.iter().map(|one| (&*one.name, &*one.value, one.is_regex, one.is_equal));
    let mut all: Vec<_> = parts.collect();
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_again() {
        let comment = format!("a (posemo silence x) b {}", mark("0a1b"));
        assert_eq!(marked(&comment), Some("0a1b"));
        for other in ["", "patching", "(posemo silence 1) moved", "posemo silence 1)"] {
            assert_eq!(marked(other), None, "{other}");
        }
    }

    #[test]
    fn the_name_of_a_target_is_not_a_pattern() {
        assert_eq!(quoted("db1.example"), "db1\\.example");
        assert_eq!(quoted("a|b.*ä"), "a\\|b\\.\\*ä");
    }
}
