//! Problems of the past as a table, and the page of those at one moment.

use jiff::Timestamp;
use maud::{Markup, html};

use super::address::finding_address;
use super::frame::{PageContext, Section, page};
use super::parts::{badge, line, of_target_link, span, stamp, target_link, text};
use crate::finding::State;
use crate::history::open::PastProblem;
use crate::text::number::counted;

/// The rows of the page.
const MOST: usize = 5000;

/// The problems that were open at one moment.
#[derive(Debug)]
pub struct MomentView {
    /// The moment.
    pub at: Timestamp,
    /// The problems, with their topics.
    pub problems: Vec<(PastProblem, String)>,
    /// Whether there may be more.
    pub is_cut: bool,
    /// Since when the history contains changes.
    pub kept_since: Option<Timestamp>,
}

/// `/report?at=`: the problems that were open at one moment.
pub fn at_moment(context: &PageContext, view: &MomentView) -> String {
    let count =
        |state: State| view.problems.iter().filter(|(one, _)| one.part.state == state).count();
    let counts =
        [(State::Critical, "critical"), (State::Warning, "warning"), (State::Unknown, "unknown")];
    let counts = counts.map(|(state, name)| format!("{} {name}", count(state)));
    let is_before = view.kept_since.is_none_or(|since| view.at < since);
    let content = html! {
        h1 { "Problems on " (stamp(view.at)) }
        p.lead { (counted(view.problems.len(), "problem")) ": " (counts.join(", ")) "." }
        p.limits {
            "This page contains the problems that were open at that moment, made of the changes of states in the history. It contains no values, no checks without a problem, and no silences: "
            a href="/evidence" { "Evidence" } " lists what was watched and what was silenced."
        }
        @if is_before {
            p.warn role="note" { "The history begins later: problems that ended before its beginning are missing." }
        }
        @if view.is_cut {
            p.warn role="note" { "The history has more changes since that moment than this page reads: problems may be missing." }
        }
        @if view.problems.is_empty() { p.empty { "No problem was open." } }
        @else { (past_table("Open at that moment", "State", &view.problems[..view.problems.len().min(MOST)])) }
        @if view.problems.len() > MOST { p.soft { "The first " (MOST) " of " (view.problems.len()) "." } }
    };
    page(context, Section::Evidence, "Problems of the past", &content)
}

/// A table of problems, with when they were open.
pub(super) fn past_table(caption: &str, state: &str, problems: &[(PastProblem, String)]) -> Markup {
    html! {
        table.problems {
            caption { (caption) }
            thead { tr {
                th scope="col" { (state) } th scope="col" { "Problem" } th scope="col" { "Server" } th scope="col" { "From" }
                th scope="col" { "Until" } th scope="col" { "For" }
            } }
            tbody { @for (problem, topic) in problems { (row(problem, topic)) } }
        }
    }
}

fn row(problem: &PastProblem, topic: &str) -> Markup {
    let PastProblem { target, part, began, ended, worst } = problem;
    let lasted = began.zip(*ended).map(|(began, ended)| ended.duration_since(began).unsigned_abs());
    html! {
        tr class=(worst.name()) {
            td data-name="State" { (badge(*worst)) }
            th scope="row" {
                @if let Some(page) = finding_address(&part.check, &part.finding) { a.what href=(page) { (line(&part.summary)) } }
                @else { span.what { (line(&part.summary)) } }
                div.soft {
                    @if part.check.is_empty() { "the server" }
                    @else { (of_target_link(target, &part.check, part.database.as_deref())) }
                    @if !topic.is_empty() { " · " (text(topic)) }
                }
            }
            td data-name="Server" { (target_link(target)) }
            td data-name="From" { @match began { Some(began) => (stamp(*began)), None => "before the history" } }
            td data-name="Until" { @match ended { Some(ended) => (stamp(*ended)), None => "still open" } }
            td data-name="For" { @if let Some(lasted) = lasted { (span(lasted)) } }
        }
    }
}
