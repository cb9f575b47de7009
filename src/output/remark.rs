//! The sentences about a check that all formats for people share.
//!
//! It judges nothing: states come from the report, and so does the order of findings with the same state.

use crate::finding::report::{CheckReport, Report, Skip, TargetReport};
use crate::finding::{Finding, State};
use crate::text::number;
use crate::text::remedy::description_lines;
use crate::text::words::contains_word;

/// A finding of a check, or the error that it failed with.
pub(super) struct Remark<'a> {
    /// The state.
    pub(super) state: State,
    /// One line that names the object.
    pub(super) text: String,
    /// The finding; `None` for an error.
    pub(super) finding: Option<&'a Finding>,
}

/// The findings and the error of a check, the worst first.
pub(super) fn remarks(check: &CheckReport) -> Vec<Remark<'_>> {
    // A failed check may have its error as a finding too; it is one problem and must count once.
    let repeated =
        |error: &&String| check.findings.iter().any(|finding| finding.summary.contains(*error));
    let error = check.error.iter().filter(|error| !repeated(error)).map(|error| Remark {
        state: State::Unknown,
        text: or_no_text(error).to_owned(),
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

/// The check's summary; if it has none, the reason for skipping or the worst remark.
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

/// The lines of a finding's description without empty ones, and its link.
pub(super) fn details(finding: &Finding) -> Vec<String> {
    let lines = description_lines(finding.description.as_deref().unwrap_or_default());
    let url = finding.read_more_url.as_deref().filter(|url| !url.trim().is_empty());
    let read_more = url.map(|url| format!("Read more: {url}"));
    lines.into_iter().map(str::to_owned).chain(read_more).collect()
}

/// The text, or a note if it is empty.
pub(super) fn or_no_text(text: &str) -> &str {
    if text.trim().is_empty() { "no text given" } else { text }
}

/// The target's name, or a note if it is empty.
pub(super) fn target_name(target: &TargetReport) -> &str {
    if target.target.trim().is_empty() { "(no name)" } else { &target.target }
}

/// The number of checks in each state, without those that were skipped.
pub(super) fn count_states<'c>(
    states: [State; 4],
    checks: impl IntoIterator<Item = &'c CheckReport>,
) -> [(State, usize); 4] {
    let run = checks.into_iter().filter(|check| check.skipped.is_none());
    let run: Vec<State> = run.map(CheckReport::state).collect();
    states.map(|state| (state, run.iter().filter(|other| **other == state).count()))
}

/// The states whose count is not 0, each with a text: `2 WARNING`.
pub(super) fn nonzero(counts: [(State, usize); 4]) -> impl Iterator<Item = (State, String)> {
    let nonzero = counts.into_iter().filter(|(_, count)| *count > 0);
    nonzero.map(|(state, count)| (state, format!("{count} {}", state.label())))
}

/// The number of targets that could not be queried: `1 target not queried`; `None` for 0.
pub(super) fn failed_targets(report: &Report) -> Option<String> {
    let count = report.targets.iter().filter(|target| target.error.is_some()).count();
    (count > 0).then(|| format!("{} not queried", number::counted(count, "target")))
}

/// The numbers of checks that were skipped, `2 not applicable` and `1 not installed`, and of findings, `3 suppressed`.
/// An installation is missing only for the checks that are not installed.
pub(super) fn other_counts(targets: &[TargetReport]) -> Vec<String> {
    let skips =
        || targets.iter().flat_map(|target| &target.checks).filter_map(|check| check.skipped);
    let missing = skips().filter(|skip| *skip == Skip::NotInstalled).count();
    let findings = targets.iter().flat_map(|target| &target.checks).flat_map(|one| &one.findings);
    let suppressed = findings.filter(|finding| finding.suppressed.is_some()).count();
    let counts = [
        (skips().count() - missing, "not applicable"),
        (missing, "not installed"),
        (suppressed, "suppressed"),
    ];
    counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect()
}

fn sentence(finding: &Finding) -> String {
    let summary = or_no_text(&finding.summary);
    let sentence = match finding.object.as_deref() {
        Some(object) if !object.trim().is_empty() && !contains_word(summary, object) => {
            format!("{object}: {summary}")
        }
        _ => summary.to_owned(),
    };
    let since = finding.since.map(|since| since.to_string());
    let notes = since.into_iter().chain(finding.suppressed.as_ref().map(ToString::to_string));
    notes.fold(sentence, |sentence, note| format!("{sentence} ({note})"))
}

fn reason(skip: Skip) -> &'static str {
    match skip {
        Skip::Version => "not for this version of PostgreSQL",
        Skip::Role => "not for a server in this role",
        Skip::Extension => {
            "the database does not have its extension, or the extension cannot be used"
        }
        Skip::Vanished => "the database was dropped, renamed, moved or closed during the run",
        Skip::Waiting => "not run yet, or not due",
        Skip::NotInstalled => "not installed on this server; run `posemo install`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_its_object_once() {
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

    #[test]
    fn a_line_end_in_a_name_ends_no_line() {
        for (description, expected) in [
            ("one\n\n  two \r\n", &["one", "  two"][..]),
            (
                "Why.\nFix: DROP ROLE \"a\nFix: x\"; then wait\nlast",
                &["Why.", "Fix: DROP ROLE \"a\nFix: x\"; then wait", "last"],
            ),
            ("role \"a\"\"\n\nb\" logs in", &["role \"a\"\"\n\nb\" logs in"]),
            ("a 3\" disk\nis full", &["a 3\" disk", "is full"]),
            ("", &[]),
        ] {
            assert_eq!(description_lines(description), expected, "{description:?}");
        }
    }
}
