//! `/history`: the changes of states, the latest first.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::address::{address, encoded};
use super::frame::{PageContext, Section, page};
use super::parts::{badge, line, of_target_link, span, stamp, target_link, text};
use crate::finding::State;
use crate::history::change::{FAILURE, StateChange};
use crate::history::past::{ChangeFilter, PastChange};

/// The page.
#[derive(Debug)]
pub struct HistoryView {
    /// What is shown.
    pub filter: ChangeFilter,
    /// The changes, the latest first.
    pub changes: Vec<PastChange>,
    /// The number before which older ones begin, if there are older ones.
    pub older: Option<i64>,
    /// Why nothing can be shown.
    pub error: Option<String>,
    /// The names of the targets, for the form.
    pub targets: Vec<String>,
}

/// The page of all changes.
pub fn history(context: &PageContext, view: &HistoryView) -> String {
    let filter = &view.filter;
    let parts = || parameters(filter);
    let content = html! {
        h1 { "History" }
        form.filter method="get" action="/history" {
            label { "Server" input name="target" list="targets" value=[&filter.target]; }
            datalist #targets { @for name in &view.targets { option value=(name) {} } }
            label { "Check" input name="check" value=[&filter.check]; }
            label { "From" input name="from" type="date" value=[day(filter.from)]; }
            label { "Until" input name="until" type="date" value=[day(filter.until.and_then(before))]; }
            button type="submit" { "Show" }
            a href="/history" { "Show all" }
        }
        @if let Some(error) = &view.error {
            p.warn { (text(error)) }
        } @else if view.changes.is_empty() {
            p.empty { "No state changed." }
        } @else {
            (past_table(&view.changes))
            nav.pages aria-label="Parts of the list" {
                @if filter.before.is_some() { a href=(address("/history", parts())) { "Latest" } }
                @if let Some(older) = view.older {
                    a rel="next" href=(address("/history", parts().chain([("before", older.to_string())]))) { "Older" }
                }
                a href=(address("/history.csv", parts())) download="posemo-history.csv" { "As CSV" }
            }
        }
    };
    page(context, Section::History, "History", &content)
}

/// The parameters without the place in the list.
fn parameters(filter: &ChangeFilter) -> impl Iterator<Item = (&'static str, String)> {
    let texts = [
        ("target", filter.target.clone()),
        ("check", filter.check.clone()),
        ("from", day(filter.from)),
        // The end is not part of the span: a day ends where the next one begins.
        ("until", day(filter.until.and_then(before))),
    ];
    texts.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// The last millisecond before a time.
fn before(time: Timestamp) -> Option<Timestamp> {
    time.checked_sub(SignedDuration::from_millis(1)).ok()
}

fn day(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.strftime("%Y-%m-%d").to_string())
}

fn past_table(changes: &[PastChange]) -> Markup {
    html! {
        table.changes {
            caption { "Changes, the latest first" }
            thead { tr {
                th scope="col" { "When" } th scope="col" { "Server" } th scope="col" { "Check" }
                th scope="col" { "From" } th scope="col" { "To" } th scope="col" { "For" } th scope="col" { "What" }
            } }
            tbody {
                @for PastChange { change, lasted } in changes {
                    tr {
                        td data-name="When" { (stamp(change.at)) }
                        td data-name="Server" { (target_link(&change.target)) }
                        td data-name="Check" { (of_change(change)) }
                        td data-name="From" { (badge(change.was)) }
                        td data-name="To" { (badge(change.became)) }
                        td data-name="For" {
                            @match lasted { Some(lasted) => (span(*lasted)), None => "until now" }
                        }
                        th scope="row" data-name="What" { (what(change)) }
                    }
                }
            }
        }
    }
}

/// A table of changes of one check or one server.
pub(super) fn change_table(
    context: &PageContext,
    caption: &str,
    changes: &[StateChange],
) -> Markup {
    html! {
        table.changes {
            caption { (caption) }
            thead { tr {
                th scope="col" { "When" } th scope="col" { "Check" } th scope="col" { "From" } th scope="col" { "To" } th scope="col" { "What" }
            } }
            tbody {
                @for change in changes {
                    tr {
                        td data-name="When" { (stamp(change.at)) div.soft { (super::parts::ago_text(change.at, context.now)) } }
                        td data-name="Check" { (of_change(change)) }
                        td data-name="From" { (badge(change.was)) }
                        td data-name="To" { (badge(change.became)) }
                        th scope="row" data-name="What" { (what(change)) }
                    }
                }
            }
        }
    }
}

fn of_change(change: &StateChange) -> Markup {
    html! {
        @if change.check.is_empty() { "the server" }
        @else { (of_target_link(&change.target, &change.check, change.database.as_deref())) }
    }
}

/// The text, as a link to the page of the finding.
fn what(change: &StateChange) -> Markup {
    let has_page = !change.check.is_empty() && change.finding != FAILURE;
    html! {
        @if has_page { a href={ "/findings/" (encoded(&change.finding)) } { (line(&change.summary)) } }
        @else { (line(&change.summary)) }
        @if change.became == State::Ok { " (over)" }
    }
}
