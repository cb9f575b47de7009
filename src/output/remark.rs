//! Puts what is to be said of a check into sentences that every format for people shares.
//!
//! Judges nothing: states and the order among equals are taken as they come.

use crate::finding::report::{CheckReport, Report, Skip, TargetReport};
use crate::finding::{Finding, State};

/// One thing to be said of a check: a finding, or the error that it ended with.
pub(super) struct Remark<'a> {
    /// The state it amounts to.
    pub(super) state: State,
    /// One line, which names the object.
    pub(super) text: String,
    /// The finding, where it is one.
    pub(super) finding: Option<&'a Finding>,
}

/// All that is to be said of a check, the worst first.
pub(super) fn remarks(check: &CheckReport) -> Vec<Remark<'_>> {
    // A failed check may say its error as a finding too; it is one problem and counts once.
    let repeated =
        |error: &&String| check.findings.iter().any(|finding| finding.summary.contains(*error));
    let error = check.error.iter().filter(|error| !repeated(error)).map(|error| Remark {
        state: State::Unknown,
        text: said(error).to_owned(),
        finding: None,
    });
    let findings = check.findings.iter().map(|finding| Remark {
        state: finding.state,
        text: sentence(finding),
        finding: Some(finding),
    });
    let mut remarks = error.chain(findings).collect::<Vec<_>>();
    remarks.sort_by_key(|remark| remark.state.rank());
    remarks
}

/// The check's summary, and something as good where it has none.
pub(super) fn summary(check: &CheckReport) -> String {
    if !check.summary.trim().is_empty() {
        return check.summary.clone();
    }
    if let Some(skip) = check.skipped {
        return reason(skip).to_owned();
    }
    let worst = remarks(check).into_iter().next();
    worst.map_or_else(|| "no problem found".to_owned(), |remark| remark.text)
}

/// The lines of a finding's description, without empty ones, and where to read on.
pub(super) fn details(finding: &Finding) -> Vec<String> {
    let description = finding.description.as_deref().unwrap_or_default();
    let lines = description.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let url = finding.read_more_url.as_deref().filter(|url| !url.trim().is_empty());
    let read_more = url.map(|url| format!("Read more: {url}"));
    lines.map(str::to_owned).chain(read_more).collect()
}

/// A text, or that there is none.
pub(super) fn said(text: &str) -> &str {
    if text.trim().is_empty() { "no text given" } else { text }
}

/// The target's name, or that it has none.
pub(super) fn name(target: &TargetReport) -> &str {
    if target.target.trim().is_empty() { "(no name)" } else { &target.target }
}

/// How many of the checks that were asked are in each of the states.
pub(super) fn counted<'c>(
    states: [State; 4],
    checks: impl IntoIterator<Item = &'c CheckReport>,
) -> [(State, usize); 4] {
    let asked = checks.into_iter().filter(|check| check.skipped.is_none());
    let asked: Vec<State> = asked.map(CheckReport::state).collect();
    states.map(|state| (state, asked.iter().filter(|other| **other == state).count()))
}

/// What there is some of, in words.
pub(super) fn in_words(counts: [(State, usize); 4]) -> impl Iterator<Item = (State, String)> {
    let some = counts.into_iter().filter(|(_, count)| *count > 0);
    some.map(|(state, count)| (state, format!("{count} {}", state.label())))
}

/// How many targets could not be asked, in words, if any.
pub(super) fn not_asked(report: &Report) -> Option<String> {
    match report.targets.iter().filter(|target| target.error.is_some()).count() {
        0 => None,
        1 => Some("1 target not asked".to_owned()),
        several => Some(format!("{several} targets not asked")),
    }
}

/// How many checks were not asked, in words, by what that means: nothing, or work for the installer.
pub(super) fn skipped(targets: &[TargetReport]) -> Vec<String> {
    let skips =
        || targets.iter().flat_map(|target| &target.checks).filter_map(|check| check.skipped);
    let missing = skips().filter(|skip| *skip == Skip::NotInstalled).count();
    let counts = [(skips().count() - missing, "not applicable"), (missing, "not installed")];
    counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect()
}

fn sentence(finding: &Finding) -> String {
    let summary = said(&finding.summary);
    match finding.object.as_deref() {
        Some(object) if !mentions(summary, object) => format!("{object}: {summary}"),
        _ => summary.to_owned(),
    }
}

/// Whether a text has the object's name in it as a whole, not as a part of another word.
fn mentions(text: &str, object: &str) -> bool {
    let part_of_word = |character: char| character.is_alphanumeric() || character == '_';
    object.trim().is_empty()
        || text.match_indices(object).any(|(start, _)| {
            !text[..start].ends_with(part_of_word)
                && !text[start + object.len()..].starts_with(part_of_word)
        })
}

fn reason(skip: Skip) -> &'static str {
    match skip {
        Skip::Version => "not for this version of PostgreSQL",
        Skip::Role => "not for a server in this role",
        Skip::NotInstalled => "not installed on this server: `posemo install` brings it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_object_once() {
        for (object, summary, expected) in [
            (Some("standby2"), "standby2 62 s behind", "standby2 62 s behind"),
            (Some("a"), "warning above 60", "a: warning above 60"),
            (
                Some("orders"),
                "public.orders_id_seq is full",
                "orders: public.orders_id_seq is full",
            ),
            (Some(""), "full", "full"),
            (None, " ", "no text given"),
        ] {
            let finding = Finding::new(State::Warning, summary).about(object.map(str::to_owned));
            assert_eq!(sentence(&finding), expected);
        }
    }
}
