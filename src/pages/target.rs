//! The page of one server: its problems, all its checks, and what changed.

use jiff::Timestamp;
use maud::{Markup, html};

use super::address::{address, encoded};
use super::changes::change_table;
use super::frame::{PageContext, Section, page};
use super::parts::{ago, badge, facts, labelled, line, of_target_link, shape, span, text};
use super::problem::{Problem, is_late, is_waiting, of_target};
use super::rows::problem_table;
use super::targets::version;
use crate::board::{TargetBoard, TargetHolder};
use crate::finding::report::{CheckReport, OWN};
use crate::history::change::StateChange;
use crate::history::silence::OwnSilence;
use crate::text::number::counted;
use crate::text::time::minute;

/// The problems on the page.
const MOST: usize = 200;

/// What the page shows beside the board.
#[derive(Debug)]
pub struct TargetView {
    /// The changes since a time, the latest first.
    pub changes: Vec<StateChange>,
    /// That time.
    pub since: Timestamp,
    /// Why the changes are not known.
    pub no_changes: Option<String>,
    /// The number of changes that are read at most.
    pub most: usize,
}

/// The page.
pub fn target(
    context: &PageContext,
    target: &TargetBoard,
    silences: &[OwnSilence],
    view: &TargetView,
) -> String {
    let report = &target.report;
    let problems = of_target(target, silences, context.now);
    let mut shown: Vec<&Problem> = problems.iter().collect();
    shown.sort_by_key(|one| (!one.is_loud(), one.state.rank(), one.since));
    let worst = shown.iter().find(|one| one.is_loud()).map_or("ok", |one| one.state.name());
    let loud = shown.iter().filter(|one| one.is_loud()).count();
    let content = html! {
        nav.crumbs aria-label="Where this page is" { a href="/targets" { "Servers" } " › " (line(&report.target)) }
        section class={ "head " (worst) } {
            h1 { (shape(worst)) (text(&report.target)) }
            p {
                @match (target.loud().error.as_deref(), target.outage.as_deref()) {
                    (Some(error), _) => { strong { "The server cannot be queried: " } (text(error)) },
                    (None, Some(error)) => { strong { "The latest attempt failed, which does not count yet: " } (text(error)) },
                    _ if loud == 0 => "No problem.",
                    _ => { (counted(loud, "problem")) "." },
                }
            }
        }
        (about(context, target))
        @if context.may_act { (orders(context, target)) }
        @if !shown.is_empty() {
            @let first: Vec<&Problem> = shown.iter().take(MOST).copied().collect();
            (problem_table(context, &format!("Problems and notices ({})", shown.len()), &first))
            @if shown.len() > MOST { p.soft { a href=(address("/", [("target", &report.target)])) { "Show all problems of this server" } } }
        }
        section #changes {
            h2 { "What changed since " (minute(view.since)) }
            @if let Some(message) = &view.no_changes { p.soft { (text(message)) } }
            @else if view.changes.is_empty() { p.soft { "No state changed." } }
            @else {
                (change_table(context, "Changes of states, the latest first", &view.changes))
                @if view.changes.len() >= view.most { p.soft { a href=(address("/history", [("target", &report.target)])) { "All changes of this server" } } }
            }
            p.soft { a href=(address("/history", [("target", &report.target)])) { "History of this server" } }
        }
        (checks(context, target))
    };
    page(context, Section::Targets, &report.target, &content)
}

fn about(context: &PageContext, target: &TargetBoard) -> Markup {
    let report = &target.report;
    let place = report.host.as_ref();
    let place = place
        .map(|host| html! { (line(host)) @if let Some(port) = report.port { ", port " (port) } });
    let groups = html! { @for group in &target.groups { a.chip href=(address("/", [("group", group)])) { (text(group)) } " " } };
    let maintenance = target.maintenance.as_ref().map(|(name, until)| {
        html! { (text(name)) " until " (minute(*until)) }
    });
    facts(&[
        ("PostgreSQL", Some(version(target))),
        ("Address", place),
        ("Watched by", match &target.holder {
            TargetHolder::Own => None,
            TargetHolder::Node(name) => Some(html! { "node " (text(name)) }),
            TargetHolder::Free => Some(html! { "no node at the moment" }),
        }),
        ("Groups", (!target.groups.is_empty()).then_some(groups)),
        ("Profile", report.profile.as_ref().map(|name| html! { (text(name)) })),
        ("Maintenance", maintenance),
        ("Last run", target.swept.map(|swept| html! { (ago(swept, context.now)) ", took " (crate::text::number::duration(target.took.as_secs_f64())) })),
        ("Next run", target.next.map(|next| html! { (ago(next, context.now)) })),
        ("Slots left out", (target.missed > 0).then(|| html! { (target.missed) })),
    ])
}

/// The orders for the whole server.
fn orders(context: &PageContext, target: &TargetBoard) -> Markup {
    html! {
        div.bar {
            form method="post" action="/run" {
                input type="hidden" name="target" value=(target.report.target);
                input type="hidden" name="back" value=(context.here);
                button type="submit" { "Run all checks now" }
            }
            details {
                summary { "Silence the whole server" }
                form.card method="post" action="/silences" {
                    input type="hidden" name="target" value=(target.report.target);
                    input type="hidden" name="back" value=(context.here);
                    label { "For" select name="for" {
                        @for (value, name) in [("1h", "1 hour"), ("4h", "4 hours"), ("24h", "24 hours")] { option value=(value) { (name) } }
                    } }
                    @if context.user.is_none() { label { "Your name" input name="by" required maxlength="100" autocomplete="name"; } }
                    label { "Reason" input name="why" required maxlength="300"; }
                    button type="submit" { "Silence" }
                }
            }
        }
    }
}

/// All checks with their results, also those that did not run.
fn checks(context: &PageContext, target: &TargetBoard) -> Markup {
    let mut all: Vec<&CheckReport> =
        target.known.iter().filter(|check| check.check != OWN).collect();
    all.sort_by_key(|check| (check.skipped.is_some(), check.state().rank()));
    html! {
        section {
            h2 { "All checks" }
            table.checks {
                caption { "The latest result of each check (" (all.len()) ")" }
                thead { tr {
                    th scope="col" { "State" } th scope="col" { "Check" } th scope="col" { "Result" }
                    th scope="col" { "Last run" } th scope="col" { "Every" } th scope="col" { "Took" }
                } }
                tbody {
                    @for check in all {
                        tr {
                            td data-name="State" {
                                @if is_waiting(check) { (labelled("none", "not run yet")) }
                                @else if check.skipped.is_some() { (labelled("none", "not run")) }
                                @else { (badge(check.state())) }
                            }
                            th scope="row" {
                                (of_target_link(&target.report.target, &check.check, check.database.as_deref()))
                                div.soft { (text(&check.topic)) }
                            }
                            td data-name="Result" { (line(&check.summary)) }
                            td data-name="Last run" {
                                @if let Some(at) = check.at { (ago(at, context.now)) }
                                @if target.outage.is_none() && is_late(check, context.now) { " " strong { "too old" } }
                            }
                            td data-name="Every" { @if let Some(interval) = check.interval { (span(interval)) } }
                            td data-name="Took" { @if check.at.is_some() { (crate::text::number::duration(check.duration.as_secs_f64())) } }
                        }
                    }
                }
            }
        }
        p.soft { "As data: " a href={ "/api/1/report?target=" (encoded(&target.report.target)) } { "JSON" } }
    }
}
