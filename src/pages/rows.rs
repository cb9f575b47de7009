//! Problems as rows of a table, with the orders that a user can give.

use maud::{Markup, html};

use super::frame::PageContext;
use super::parts::{ago, badge, labelled, line, of_target_link, target_link, text};
use super::problem::Problem;
use crate::finding::report::OWN;
use crate::history::change::FAILURE;
use crate::text::visible::is_plain;

/// A table of problems.
pub(super) fn problem_table(context: &PageContext, caption: &str, problems: &[&Problem]) -> Markup {
    // A page of one server needs no column for it.
    let several = problems.iter().any(|one| one.target != problems[0].target)
        || context.here.starts_with("/?")
        || context.here == "/";
    html! {
        table.problems {
            caption { (caption) }
            thead { tr {
                th scope="col" { "State" }
                th scope="col" { "Problem" }
                @if several { th scope="col" { "Server" } }
                th scope="col" { "Since" }
                @if context.may_act { th scope="col" { "Actions" } }
            } }
            tbody { @for problem in problems { (row(context, problem, several)) } }
        }
    }
}

fn row(context: &PageContext, problem: &Problem, several: bool) -> Markup {
    let quiet = problem.suppressed.as_ref();
    html! {
        tr class=(problem.state.name()) {
            td data-name="State" {
                @if problem.is_notice() { (labelled("ok", "NOTICE")) } @else { (badge(problem.state)) }
                @if quiet.is_some() { (labelled("quiet", "silent")) }
            }
            th scope="row" {
                a.what href=(problem.page()) { (line(&problem.summary)) }
                div.soft {
                    @if problem.is_outage() {
                        "The server cannot be queried: its checks have no result."
                    } @else {
                        (of_target_link(&problem.target, &problem.check, problem.database.as_deref()))
                        @if let Some(object) = problem.object.as_ref().filter(|object| !problem.summary.contains(*object)) {
                            ", " (line(object))
                        }
                    }
                    @if let Some(quiet) = quiet {
                        " · until " (text(&quiet.until)) " by " (line(&quiet.author)) ": " (line(&quiet.reason))
                    }
                }
            }
            @if several { td.name data-name="Server" { (target_link(&problem.target)) div.soft { (line(&problem.server)) } } }
            td.when data-name="Since" {
                @match problem.since { Some(since) => (ago(since, context.now)), None => @if !problem.is_notice() { "not known" } }
            }
            @if context.may_act {
                td.orders { (orders(context, problem)) }
            }
        }
    }
}

/// The buttons of a problem: they need no script. For a screen reader, each has what it is for.
fn orders(context: &PageContext, problem: &Problem) -> Markup {
    let what = if problem.is_outage() { "outage" } else { problem.check.as_str() };
    let what = format!("{what} on {}", problem.target);
    html! {
        form method="post" action="/run" {
            (scope(context, problem))
            @if can_silence(problem) {
                button type="submit" formaction="/silences" name="for" value="24h" {
                    "Silence 24 h" span.unseen { ": " (line(&what)) }
                }
            }
            // posemo's own report is not that of a check.
            @if problem.check != OWN {
                button type="submit" { "Run now" span.unseen { ": " (line(&what)) } }
            }
        }
    }
}

/// The longest name that a silence can have, in characters.
const LONGEST: usize = 500;

/// Whether a form can send a name: a browser changes line ends, and a silence has a limit.
fn can_send(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= LONGEST && name.chars().all(is_plain)
}

/// Whether a form can name the problem. The failure of a check has the same id in each database, so that a silence without the
/// database would match more.
pub(super) fn can_silence(problem: &Problem) -> bool {
    problem.is_loud()
        && (problem.database.as_deref().is_none_or(can_send) || problem.finding != FAILURE)
}

/// What an order is for, as hidden fields. An object is a label of alerts, so that an Alertmanager can have the same
/// silence; a finding is not. The id of a finding is that of one database, also where its name cannot be sent.
pub(super) fn scope(context: &PageContext, problem: &Problem) -> Markup {
    let database = problem.database.as_deref();
    let has_place = database.is_none_or(can_send);
    let object = problem.object.as_deref().filter(|name| has_place && can_send(name));
    let fields = [
        ("target", Some(problem.target.as_str())),
        ("check", Some(problem.check.as_str()).filter(|check| !check.is_empty())),
        ("database", database.filter(|_| has_place)),
        ("object", object),
        ("finding", Some(problem.finding.as_str()).filter(|_| object.is_none())),
        ("back", Some(context.here.as_str())),
    ];
    html! {
        @for (name, value) in fields {
            @if let Some(value) = value { input type="hidden" name=(name) value=(value); }
        }
    }
}
