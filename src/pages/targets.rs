//! `/targets`: each server in one row.

use std::sync::Arc;

use maud::{Markup, html};

use super::address::encoded;
use super::frame::{PageContext, Section, page};
use super::parts::{ago, badge, labelled, line, page_links, span, text};
use super::problem::{is_late, of_target};
use crate::board::TargetBoard;
use crate::finding::State;
use crate::finding::report::{OWN, ServerRole};
use crate::history::silence::OwnSilence;
use crate::text::time::minute;

/// The servers on one page.
const MOST: usize = 500;

/// The page. `number` is the part of the list, from 1 on.
pub fn targets(
    context: &PageContext,
    targets: &[Arc<TargetBoard>],
    silences: &[OwnSilence],
    number: usize,
) -> String {
    let mut rows: Vec<(State, &TargetBoard)> =
        targets.iter().map(|target| (target.report.state(), &**target)).collect();
    rows.sort_by_key(|(state, _)| state.rank());
    let pages = rows.len().div_ceil(MOST).max(1);
    let number = number.clamp(1, pages);
    let part = rows.iter().skip((number - 1) * MOST).take(MOST);
    let content = html! {
        h1 { "Servers" }
        @if rows.is_empty() { p.empty { "No server is in the settings. Add one, and reload them." } }
        @else {
            table.targets {
                caption { "All servers (" (rows.len()) "), the worst first" }
                thead { tr {
                    th scope="col" { "State" } th scope="col" { "Server" } th scope="col" { "PostgreSQL" }
                    th scope="col" { "Problems" } th scope="col" { "Checks" } th scope="col" { "Last run" }
                    th scope="col" { "Took" } th scope="col" { "Next" }
                } }
                tbody { @for (state, target) in part { (row(context, *state, target, silences)) } }
            }
            (page_links(number, pages, |page| format!("/targets?page={page}")))
        }
    };
    page(context, Section::Targets, "Servers", &content)
}

fn row(
    context: &PageContext,
    state: State,
    target: &TargetBoard,
    silences: &[OwnSilence],
) -> Markup {
    let report = &target.report;
    let problems = of_target(target, silences, context.now);
    let loud = problems.iter().filter(|problem| problem.is_loud());
    let count = |wanted: State| loud.clone().filter(|problem| problem.state == wanted).count();
    let quiet = problems.iter().filter(|problem| problem.suppressed.is_some()).count();
    let checks = target.known.iter().filter(|check| check.check != OWN);
    let late = target.outage.is_none() && checks.clone().any(|check| is_late(check, context.now));
    let counts: Vec<(State, usize)> = [State::Critical, State::Warning, State::Unknown]
        .map(|state| (state, count(state)))
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect();
    html! {
        tr class=(state.name()) {
            td data-name="State" { (badge(state)) }
            th scope="row" {
                a href={ "/targets/" (encoded(&report.target)) } { (line(&report.target)) }
                @for group in &target.groups { " " span.chip { (text(group)) } }
                @if let Some((name, until)) = &target.maintenance {
                    div.soft { "In maintenance " (text(name)) " until " (minute(*until)) }
                }
            }
            td data-name="PostgreSQL" { (version(target)) }
            td data-name="Problems" {
                @if target.loud().error.is_some() { "cannot be queried" }
                @else if counts.is_empty() && quiet == 0 { "none" }
                @else { @for (state, count) in &counts { (labelled(state.name(), &count.to_string())) span.unseen { " " (state.label()) } " " } }
                @if quiet > 0 { span.soft { (quiet) " silent" } }
            }
            td data-name="Checks" { (checks.count()) }
            td data-name="Last run" {
                @match target.swept { Some(swept) => (ago(swept, context.now)), None => "not yet" }
                @if late { " " strong { "too old" } }
            }
            td data-name="Took" { (crate::text::number::duration(target.took.as_secs_f64())) }
            td data-name="Next" {
                @match target.next {
                    Some(next) if next > context.now => { "in " (span(next.duration_since(context.now).unsigned_abs())) },
                    Some(_) => "now",
                    None => "not planned",
                }
                @if target.missed > 0 { div.soft { (target.missed) " left out" } }
            }
        }
    }
}

/// The version and the role.
pub(super) fn version(target: &TargetBoard) -> Markup {
    html! {
        @match &target.report.server_version { Some(version) => (line(version)), None => "not known" }
        @if let Some(role) = target.report.role.map(ServerRole::name) { ", " (role) }
    }
}
