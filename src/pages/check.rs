//! The page of one check: what it watches, its result on each server, its privileges and its SQL.

use std::sync::Arc;

use maud::{Markup, html};

use super::address::check_address;
use super::finding::values;
use super::frame::{PageContext, Section, page};
use super::markdown;
use super::parts::{ago, badge, facts, labelled, line, scrolled, span, target_link, text};
use crate::board::TargetBoard;
use crate::board::notes::CheckNotes;
use crate::finding::report::CheckReport;
use crate::text::references::grouped;

/// The servers on the page.
const MOST: usize = 500;

/// The page.
pub fn check(
    context: &PageContext,
    name: &str,
    notes: &CheckNotes,
    targets: &[Arc<TargetBoard>],
) -> String {
    let references = grouped(notes.references.iter().map(String::as_str));
    let content = html! {
        nav.crumbs aria-label="Where this page is" { a href="/checks" { "Checks" } " › " (line(name)) }
        h1 { (text(name)) }
        p.lead { (text(&notes.summary)) }
        (facts(&[
            ("Topic", Some(html! { (text(&notes.topic)) })),
            ("Every", Some(html! { (span(notes.interval)) " without settings" })),
            ("From", Some(html! { (text(&notes.place)) })),
            ("References", (!references.is_empty()).then(|| html! { (text(&references)) })),
        ]))
        (results(context, name, targets))
        section.prose { (markdown::whole(&notes.readme)) }
        @if !notes.in_force.is_empty() {
            section { h2 { "Values of the catalog" } (scrolled("Values of the catalog", &values(&notes.in_force))) }
        }
        @if !notes.owner.is_empty() {
            section { h2 { "What its function may do" } (source("The owner and its privileges", &notes.owner)) }
        }
        @if !notes.sql.is_empty() {
            details { summary { "The function as it is installed" } (source("The SQL of the function", &notes.sql)) }
        }
    };
    page(context, Section::Checks, name, &content)
}

/// A text with its line ends.
fn source(label: &str, source: &str) -> Markup {
    let lines: Vec<String> = source.lines().map(text).collect();
    html! { pre.source role="region" tabindex="0" aria-label=(label) { code { (lines.join("\n")) } } }
}

fn results(context: &PageContext, name: &str, targets: &[Arc<TargetBoard>]) -> Markup {
    let all = targets.iter().flat_map(|target| {
        target.known.iter().filter(|check| check.check == name).map(|check| (&**target, check))
    });
    let mut all: Vec<(&TargetBoard, &CheckReport)> = all.collect();
    all.sort_by_key(|(_, check)| (check.skipped.is_some(), check.state().rank()));
    html! {
        section {
            h2 { "Results" }
            @if all.is_empty() { p.empty { "This check is not enabled for a server." } }
            @else {
                table.checks {
                    caption { "The latest results (" (all.len()) "), the worst first" }
                    thead { tr { th scope="col" { "State" } th scope="col" { "Server" } th scope="col" { "Result" } th scope="col" { "Last run" } } }
                    tbody {
                        @for (target, check) in all.iter().take(MOST) {
                            tr {
                                td data-name="State" {
                                    @if check.skipped.is_some() { (labelled("none", "not run")) } @else { (badge(check.state())) }
                                }
                                th scope="row" {
                                    (target_link(&target.report.target))
                                    @if let Some(database) = &check.database { span.soft { " in " (line(database)) } }
                                }
                                td data-name="Result" {
                                    a href=(check_address(&target.report.target, name, check.database.as_deref())) { (line(&check.summary)) }
                                }
                                td data-name="Last run" { @if let Some(at) = check.at { (ago(at, context.now)) } }
                            }
                        }
                    }
                }
                @if all.len() > MOST { p.soft { "The worst " (MOST) " are shown." } }
            }
        }
    }
}
