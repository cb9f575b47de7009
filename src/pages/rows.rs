//! Problems as rows of a table, with the orders that a user can give.

use maud::{Markup, html};

use super::frame::PageContext;
use super::parts::{ago, badge, labelled, line, of_target_link, target_link, text};
use super::problem::Problem;

/// A table of problems.
pub(super) fn problem_table(context: &PageContext, caption: &str, problems: &[&Problem]) -> Markup {
    html! {
        table.problems {
            caption { (caption) }
            thead { tr {
                th scope="col" { "State" }
                th scope="col" { "Problem" }
                th scope="col" { "Server" }
                th scope="col" { "Since" }
                @if context.may_act { th scope="col" { "Orders" } }
            } }
            tbody { @for problem in problems { (row(context, problem)) } }
        }
    }
}

fn row(context: &PageContext, problem: &Problem) -> Markup {
    let quiet = problem.suppressed.as_ref();
    html! {
        tr class=(problem.state.name()) {
            td data-name="State" {
                (badge(problem.state))
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
            td data-name="Server" { (target_link(&problem.target)) }
            td.when data-name="Since" {
                @match problem.since { Some(since) => (ago(since, context.now)), None => "not known" }
            }
            @if context.may_act {
                td.orders { (orders(context, problem, true)) }
            }
        }
    }
}

/// The buttons of a problem: they need no script. `named` adds what they are for, where several are on a page.
pub(super) fn orders(context: &PageContext, problem: &Problem, named: bool) -> Markup {
    let what = if problem.is_outage() { "outage" } else { problem.check.as_str() };
    let what = format!("{what} on {}", problem.target);
    html! {
        form method="post" action="/run" {
            (scope(context, problem))
            @if problem.suppressed.is_none() {
                button type="submit" formaction="/silences" name="for" value="24h" {
                    "Silence 24 h" @if named { span.unseen { ": " (line(&what)) } }
                }
            }
            button type="submit" { "Run now" @if named { span.unseen { ": " (line(&what)) } } }
        }
    }
}

/// What an order is for, as hidden fields. An object is a label of alerts, so that an Alertmanager can have the same
/// silence; a finding is not.
pub(super) fn scope(context: &PageContext, problem: &Problem) -> Markup {
    let object = problem.object.as_deref().filter(|object| !object.is_empty());
    let finding = Some(problem.finding.as_str()).filter(|_| object.is_none());
    let check = Some(problem.check.as_str()).filter(|check| !check.is_empty());
    let fields = [
        ("target", Some(problem.target.as_str())),
        ("check", check),
        ("database", problem.database.as_deref()),
        ("object", object),
        ("finding", finding),
        ("back", Some(context.here.as_str())),
    ];
    html! {
        @for (name, value) in fields {
            @if let Some(value) = value { input type="hidden" name=(name) value=(value); }
        }
    }
}
