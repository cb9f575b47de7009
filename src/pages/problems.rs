//! `/`: how bad, where, since when, how old the data is; and each problem, the worst first.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use maud::{Markup, html};

use super::filter::ProblemFilter;
use super::frame::{PageContext, Section, page};
use super::parts::{ago, line, page_links, shape, target_link};
use super::problem::{Problem, is_late, is_waiting, problems};
use super::rows::problem_table;
use crate::board::TargetBoard;
use crate::finding::State;
use crate::finding::report::OWN;
use crate::history::silence::OwnSilence;
use crate::text::number::counted;
use crate::text::time::second;

/// The problems on one page.
const MOST: usize = 200;

/// The names in the sentence at the top.
const NAMED: usize = 3;

/// The states of the numbers at the top.
const STATES: [(State, &str); 4] = [
    (State::Critical, "Critical"),
    (State::Warning, "Warning"),
    (State::Unknown, "Unknown"),
    (State::Ok, "Notice"),
];

/// What is known about the fleet, in numbers.
#[derive(Debug, Default)]
struct FleetSum {
    targets: usize,
    checks: usize,
    waiting: usize,
    late: BTreeSet<String>,
    latest: Option<Timestamp>,
    unconfirmed: Vec<String>,
    /// The servers that did not answer the last time, whatever this means for alerts.
    unreached: BTreeSet<String>,
}

impl FleetSum {
    fn of(targets: &[Arc<TargetBoard>], now: Timestamp) -> FleetSum {
        let mut fleet = FleetSum { targets: targets.len(), ..FleetSum::default() };
        for target in targets {
            let name = &target.report.target;
            let checks = target.known.iter().filter(|check| check.check != OWN);
            let names: BTreeSet<&str> = checks.clone().map(|check| check.check.as_str()).collect();
            fleet.checks += names.len();
            // The checks of a server that is not reached wait for it.
            if target.outage.is_some() {
                fleet.unreached.insert(name.clone());
            } else {
                fleet.waiting += checks.clone().filter(|check| is_waiting(check)).count();
            }
            if target.outage.is_none() && checks.clone().any(|check| is_late(check, now)) {
                fleet.late.insert(name.clone());
            }
            fleet.latest = fleet.latest.max(checks.filter_map(|check| check.at).max());
            if target.outage.is_some()
                && target.loud().error.is_none()
                && target.maintenance.is_none()
            {
                fleet.unconfirmed.push(name.clone());
            }
        }
        fleet
    }
}

/// The page of problems.
pub fn overview(
    context: &PageContext,
    targets: &[Arc<TargetBoard>],
    silences: &[OwnSilence],
    filter: &ProblemFilter,
) -> String {
    let fleet = FleetSum::of(targets, context.now);
    let all = problems(targets.iter().map(|one| &**one), silences, context.now);
    let admitted: Vec<&Problem> = all.iter().filter(|problem| filter.admits(problem)).collect();
    let (loud, others): (Vec<&Problem>, Vec<&Problem>) =
        admitted.into_iter().partition(|problem| problem.is_loud());
    let (notices, quiet): (Vec<&Problem>, Vec<&Problem>) =
        others.into_iter().partition(|problem| problem.suppressed.is_none());
    let is_wanted = |problem: &&&Problem| filter.state.is_none_or(|state| problem.state == state);
    let wanted = if filter.state == Some(State::Ok) { &notices } else { &loud };
    let shown: Vec<&Problem> = wanted.iter().filter(is_wanted).copied().collect();
    let pages = shown.len().div_ceil(MOST).max(1);
    let number = filter.page.clamp(1, pages);
    let part: Vec<&Problem> = shown.iter().skip((number - 1) * MOST).take(MOST).copied().collect();
    let worst = loud.first().map_or("ok", |problem| problem.state.name());
    let content = html! {
        section class={ "head " (worst) } {
            h1 { (shape(worst)) (headline(&loud, &fleet, filter)) }
            p.soft { (freshness(&fleet, context.now)) }
        }
        (limits(filter))
        ul.tiles aria-label="Problems by state" {
            @for (state, name) in STATES {
                @let count = if state == State::Ok { notices.len() } else { 0 } + loud.iter().filter(|problem| problem.state == state).count();
                @let chosen = filter.state == Some(state);
                li class=(state.name()) {
                    a href=(filter.with_state((!chosen).then_some(state))) aria-current=[chosen.then_some("true")] {
                        b { (count) } span { (shape(state.name())) (name) }
                    }
                }
            }
            li.quiet { a href="#silent" { b { (quiet.len()) } span { (shape("quiet")) "Silent" } } }
        }
        @if part.is_empty() {
            p.empty {
                @if let (Some(state), false) = (filter.state, loud.is_empty()) {
                    "Nothing here is " (state.label()) ". " a href=(filter.with_state(None)) { "Show all states" }
                } @else { (calm(&fleet, filter)) }
            }
        } @else {
            (problem_table(context, &title(filter, shown.len()), &part))
            (page_links(number, pages, |page| filter.with_page(page)))
        }
        @if !quiet.is_empty() {
            details #silent open[part.is_empty()] {
                summary { (counted(quiet.len(), "problem")) " that sends no alert: silenced, in maintenance or accepted" }
                (problem_table(context, "Problems without an alert", &quiet[..quiet.len().min(MOST)]))
                @if quiet.len() > MOST { p.soft { "The first " (MOST) ". Limit the page to a server or a check to see the others." } }
            }
        } @else { p #silent .soft { "No problem is silenced." } }
    };
    page(context, Section::Problems, &title_of_window(&loud), &content)
}

/// The sentence at the top.
fn headline(loud: &[&Problem], fleet: &FleetSum, filter: &ProblemFilter) -> Markup {
    let Some(worst) = loud.first() else {
        return html! {
            @if fleet.targets == 0 { "No server is in the settings." }
            @else if filter.is_set() { "No problem here." }
            @else if fleet.waiting > 0 { "No problem so far." }
            @else { "No problem." }
        };
    };
    let same: Vec<&&Problem> = loud.iter().filter(|one| one.state == worst.state).collect();
    let mut names: Vec<&str> = Vec::new();
    for problem in &same {
        if !names.contains(&problem.target.as_str()) {
            names.push(&problem.target);
        }
    }
    let since = same.iter().filter_map(|problem| problem.since).min();
    html! {
        (same.len()) " " (worst.state.label().to_lowercase()) " on "
        @for (position, name) in names.iter().take(NAMED).enumerate() {
            @if position > 0 { ", " }
            (target_link(name))
        }
        @if names.len() > NAMED { " and " (counted(names.len() - NAMED, "more server")) }
        @if let Some(since) = since {
            @if same.len() > 1 { ", the first since " } @else { " since " }
            (clock(since))
        }
    }
}

/// A time with its date, for a sentence.
fn clock(time: Timestamp) -> Markup {
    html! { time datetime=(second(time)) { (time.strftime("%H:%M UTC on %Y-%m-%d").to_string()) } }
}

/// How old the data is, and what is missing.
fn freshness(fleet: &FleetSum, now: Timestamp) -> Markup {
    html! {
        (counted(fleet.targets, "server")) ", " (counted(fleet.checks, "check")) ". "
        @match fleet.latest {
            Some(latest) => { "Last result " (ago(latest, now)) ". " }
            None => { "No result yet. " }
        }
        @if fleet.waiting > 0 { (counted(fleet.waiting, "check")) " did not run yet. " }
        @if !fleet.late.is_empty() {
            strong { (counted(fleet.late.len(), "server")) " with results that are too old: " (names(fleet.late.iter())) ". " }
        }
        @if !fleet.unconfirmed.is_empty() {
            strong { (names(fleet.unconfirmed.iter())) " did not answer the last time, which does not count yet. " }
        }
    }
}

fn names<'n>(names: impl ExactSizeIterator<Item = &'n String>) -> Markup {
    let count = names.len();
    html! {
        @for (position, name) in names.take(NAMED).enumerate() {
            @if position > 0 { ", " }
            (target_link(name))
        }
        @if count > NAMED { " and " (count - NAMED) " more" }
    }
}

/// The text of the page where nothing is wrong.
fn calm(fleet: &FleetSum, filter: &ProblemFilter) -> Markup {
    html! {
        @if fleet.targets == 0 {
            "Add a server to the settings, and reload them."
        } @else if filter.is_set() {
            "No problem matches. " a href="/" { "Show all" }
        } @else if !fleet.unreached.is_empty() {
            "The checks of " (names(fleet.unreached.iter())) " have no result, as posemo does not reach the server."
        } @else if fleet.waiting > 0 {
            "The checks that ran found no problem. " (fleet.waiting) " of " (fleet.checks) " checks have no result yet."
        } @else if fleet.late.is_empty() {
            "All " (counted(fleet.checks, "check")) " of " (counted(fleet.targets, "server")) " ran within their intervals."
        } @else {
            "The results of " (counted(fleet.late.len(), "server")) " are too old to be sure."
        }
    }
}

fn title(filter: &ProblemFilter, count: usize) -> String {
    match filter.state {
        Some(State::Ok) => format!("Notices ({count}), which send no alert"),
        Some(state) => format!("{} problems ({count}), the oldest first", state.label()),
        None => format!("Problems ({count}), the worst first"),
    }
}

fn title_of_window(loud: &[&Problem]) -> String {
    let count = |state| loud.iter().filter(|problem| problem.state == state).count();
    match loud.first() {
        Some(worst) => format!("{} {}", count(worst.state), worst.state.label()),
        None => "OK".to_owned(),
    }
}

/// What the page is limited to.
fn limits(filter: &ProblemFilter) -> Markup {
    let set: Vec<(&str, String)> =
        filter.parts().filter(|(name, _)| !matches!(*name, "page" | "state")).collect();
    html! {
        @if !set.is_empty() {
            p.limits {
                "Only "
                @for (name, value) in &set {
                    span.chip { (name) " " b { (line(value)) } } " "
                }
                a href="/" { "Show all" }
            }
        }
    }
}

#[cfg(test)]
mod tests;
