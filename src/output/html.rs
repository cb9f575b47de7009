//! Writes a report as one HTML page, to read, to print and to file: no script, and nothing is loaded from elsewhere.
//!
//! The template engine escapes every value. Characters that a page would hide or reorder are spelled out.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;

use super::remark::{
    Remark, count_states, or_no_text, other_counts, remarks, summary, target_name,
};
use crate::finding::report::{CheckReport, Report, ServerRole, TargetReport};
use crate::finding::{State, Suppressed};
use crate::template::TemplateEngine;
use crate::text::number::counted;
use crate::text::references::grouped;
use crate::text::remedy::{RemedyLine, remedy_lines};
use crate::text::visible::visible;

const PAGE: &str = include_str!("html/page.html.hbs");

/// The states, the worst first: the class in the page, the title of its section, and what it means.
const GROUPS: [(State, &str, &str, &str); 4] = [
    (State::Critical, "critical", "Critical", "A failure, or an open door. Act now."),
    (
        State::Warning,
        "warning",
        "Warning",
        "It becomes a failure, or weakens the server. Plan the change.",
    ),
    (
        State::Unknown,
        "unknown",
        "Not assessed",
        "These checks have no answer, which is not the same as OK.",
    ),
    (State::Ok, "ok", "For information", "Notes of checks that are OK."),
];

/// The class, the title and the meaning of the section with suppressed findings.
const SUPPRESSED: (&str, &str, &str) = (
    "none",
    "Suppressed",
    "Accepted in the settings until a day. Afterwards they are problems again.",
);

/// The problems in the list at the top.
const FIRST: usize = 5;

/// The whole page.
#[derive(Serialize)]
struct HtmlPage {
    label: &'static str,
    class: &'static str,
    asked: String,
    when: String,
    duration: String,
    tiles: Vec<HtmlTile>,
    first: Vec<HtmlLink>,
    groups: Vec<HtmlGroup>,
    servers: Vec<HtmlServer>,
    version: &'static str,
}

/// A number at the top.
#[derive(Serialize)]
struct HtmlTile {
    class: &'static str,
    count: usize,
    name: String,
}

/// A link to a card.
#[derive(Serialize)]
struct HtmlLink {
    anchor: String,
    text: String,
    place: String,
}

/// The cards of one state.
#[derive(Serialize)]
struct HtmlGroup {
    class: &'static str,
    title: String,
    meaning: &'static str,
    cards: Vec<HtmlCard>,
}

/// The findings of one check that have the same state.
#[derive(Serialize)]
struct HtmlCard {
    anchor: String,
    server: String,
    check: String,
    database: Option<String>,
    /// Rules of assessments.
    references: String,
    findings: Vec<HtmlFinding>,
}

/// A finding, or the error of a check.
#[derive(Serialize)]
struct HtmlFinding {
    text: String,
    lines: Vec<RemedyLine>,
    url: Option<String>,
}

/// A server, and every answer of its checks.
#[derive(Serialize)]
struct HtmlServer {
    name: String,
    class: &'static str,
    label: &'static str,
    version: String,
    address: String,
    counts: String,
    checks: Vec<HtmlAnswer>,
}

/// The answer of one check.
#[derive(Serialize)]
struct HtmlAnswer {
    check: String,
    database: Option<String>,
    class: &'static str,
    label: &'static str,
    text: String,
}

/// Writes the page: the number of problems, what to do first, the problems by state, the servers, and every answer.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let page = TemplateEngine::html().render_text(PAGE, &page(report)).map_err(io::Error::other)?;
    out.write_all(page.as_bytes())
}

fn page(report: &Report) -> HtmlPage {
    let mut groups: Vec<HtmlGroup> = GROUPS
        .iter()
        .filter_map(|(state, class, title, meaning)| {
            let is_here = |remark: &Remark| remark.state == *state && suppressed(remark).is_none();
            let dead =
                |target: &TargetReport| target.failure().is_some_and(|(dead, _)| dead == *state);
            group((class, title, meaning), cards(report, class, dead, is_here))
        })
        .collect();
    let accepted = cards(report, SUPPRESSED.0, |_| false, |remark| suppressed(remark).is_some());
    // Before the notes.
    let end = groups.iter().take_while(|group| group.class != "ok").count();
    groups.splice(end..end, group(SUPPRESSED, accepted));
    let problems = groups.iter().take(end);
    let first = problems.flat_map(|group| &group.cards).take(FIRST).map(link).collect();
    HtmlPage {
        label: report.state().label(),
        class: class(report.state()),
        asked: format!("{}{}", counted(report.targets.len(), "server"), profiles(report)),
        when: report.second(),
        duration: format!("{:.2}", report.duration.as_secs_f64()),
        tiles: tiles(report),
        first,
        groups,
        servers: report.targets.iter().map(server).collect(),
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// The profiles of the servers, after a comma.
fn profiles(report: &Report) -> String {
    let names = report.targets.iter().filter_map(|target| target.profile.as_deref());
    let names: BTreeSet<String> = names.map(visible).collect();
    names.iter().fold(String::new(), |list, name| format!("{list}, profile {name}"))
}

/// The numbers of checks in each state, and of those that were not run.
fn tiles(report: &Report) -> Vec<HtmlTile> {
    let states = GROUPS.map(|(state, ..)| state);
    let checks = report.targets.iter().flat_map(|target| &target.checks);
    let counts = count_states(states, checks);
    let mut tiles: Vec<HtmlTile> = counts
        .into_iter()
        .map(|(state, count)| HtmlTile {
            class: class(state),
            count,
            name: state.label().to_lowercase(),
        })
        .collect();
    let dead = report.targets.iter().filter(|target| target.error.is_some()).count();
    if dead > 0 {
        let name = if dead == 1 { "server without an answer" } else { "servers without an answer" };
        tiles.insert(0, HtmlTile { class: "critical", count: dead, name: name.to_owned() });
    }
    tiles
}

fn link(card: &HtmlCard) -> HtmlLink {
    let text = card.findings.first().map(|finding| finding.text.clone()).unwrap_or_default();
    let place = match &card.database {
        Some(database) => format!("{} in {database} on {}", card.check, card.server),
        None => format!("{} on {}", card.check, card.server),
    };
    HtmlLink { anchor: card.anchor.clone(), text, place }
}

/// A section with its cards; absent without a finding.
fn group(
    (class, title, meaning): (&'static str, &str, &'static str),
    cards: Vec<HtmlCard>,
) -> Option<HtmlGroup> {
    let count = cards.iter().map(|card| card.findings.len()).sum::<usize>();
    let title = format!("{title} ({count})");
    (count > 0).then_some(HtmlGroup { class, title, meaning, cards })
}

fn suppressed<'a>(remark: &Remark<'a>) -> Option<&'a Suppressed> {
    remark.finding?.suppressed.as_deref()
}

/// The cards of one section: the servers that did not answer, and then the findings of each check.
fn cards(
    report: &Report,
    class: &str,
    is_dead: impl Fn(&TargetReport) -> bool,
    is_here: impl Fn(&Remark<'_>) -> bool,
) -> Vec<HtmlCard> {
    let (mut cards, mut of_checks) = (Vec::new(), Vec::new());
    for target in &report.targets {
        let card = |check: &str, database: Option<&str>, remarks: &[&Remark<'_>]| HtmlCard {
            anchor: String::new(),
            server: visible(target_name(target)),
            check: visible(check),
            database: database.map(visible),
            references: references(remarks),
            findings: remarks.iter().map(|remark| finding(remark)).collect(),
        };
        if let Some((failed, error)) = target.failure().filter(|_| is_dead(target)) {
            let remark =
                Remark { state: failed, text: or_no_text(error).to_owned(), finding: None };
            cards.push(card("connection", None, &[&remark]));
        }
        for check in target.checks.iter().filter(|check| !target.repeats_failure(check)) {
            let remarks = remarks(check);
            let found: Vec<&Remark<'_>> = remarks.iter().filter(|remark| is_here(remark)).collect();
            if !found.is_empty() {
                of_checks.push(card(&check.check, check.database.as_deref(), &found));
            }
        }
    }
    cards.append(&mut of_checks);
    for (number, card) in cards.iter_mut().enumerate() {
        card.anchor = format!("{class}-{}", number + 1);
    }
    cards
}

/// The rules of assessments that findings of one check refer to.
fn references(remarks: &[&Remark<'_>]) -> String {
    let finding = remarks.iter().find_map(|remark| remark.finding);
    let references = finding.iter().flat_map(|finding| finding.references.iter());
    visible(&grouped(references.map(String::as_str)))
}

fn finding(remark: &Remark<'_>) -> HtmlFinding {
    let description = remark.finding.and_then(|finding| finding.description.as_deref());
    let url = remark.finding.and_then(|finding| finding.read_more_url.as_deref());
    // An absolute path is not a link in a file.
    let is_link = |url: &&str| url.starts_with("https://") || url.starts_with("http://");
    HtmlFinding {
        text: visible(&remark.text),
        lines: remedy_lines(description.unwrap_or_default()),
        url: url.filter(is_link).map(visible),
    }
}

fn server(target: &TargetReport) -> HtmlServer {
    let states = count_states(GROUPS.map(|(state, ..)| state), &target.checks);
    let counts = super::remark::nonzero(states).map(|(_, count)| count);
    let counts = counts.chain(other_counts(std::slice::from_ref(target)));
    let version = [target.server_version.as_deref(), target.role.map(ServerRole::name)];
    let host = target.host.as_deref().map(visible);
    HtmlServer {
        name: visible(target_name(target)),
        class: class(target.state()),
        label: target.state().label(),
        version: version.into_iter().flatten().map(visible).collect::<Vec<_>>().join(", "),
        address: match (host, target.port) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default(),
        },
        counts: counts.collect::<Vec<_>>().join(", "),
        checks: target.checks.iter().map(answer).collect(),
    }
}

fn answer(check: &CheckReport) -> HtmlAnswer {
    let skipped = check.skipped.is_some();
    HtmlAnswer {
        check: visible(&check.check),
        database: check.database.as_deref().map(visible),
        class: if skipped { "none" } else { class(check.state()) },
        label: if skipped { "not run" } else { check.state().label() },
        text: visible(&summary(check)),
    }
}

fn class(state: State) -> &'static str {
    GROUPS.iter().find(|(group, ..)| *group == state).map_or("unknown", |(_, class, ..)| class)
}
