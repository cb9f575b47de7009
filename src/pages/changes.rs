//! `/history`: the changes of states, the latest first.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::address::{address, finding_address};
use super::frame::{PageContext, Section, page};
use super::parts::{badge, line, of_target_link, span, stamp, target_link, text};
use crate::finding::State;
use crate::history::change::StateChange;
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
            (day_field("From", "from", first_day(filter.from)))
            (day_field("Until", "until", last_day(filter.until)))
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
        ("from", first_day(filter.from)),
        ("until", last_day(filter.until)),
    ];
    texts.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// A field for a day, which also keeps a time that the address had.
fn day_field(label: &str, name: &str, value: Option<String>) -> Markup {
    let is_day = value.as_ref().is_none_or(|value| !value.contains('T'));
    html! { label { (label) input name=(name) type=(if is_day { "date" } else { "text" }) value=[value]; } }
}

/// The day that begins at a time, or the time.
fn first_day(time: Option<Timestamp>) -> Option<String> {
    let time = time?.to_zoned(TimeZone::UTC);
    let is_midnight = time.time() == Time::midnight();
    Some(if is_midnight { time.date().to_string() } else { time.timestamp().to_string() })
}

/// The day that ends at a time, or the time: a span ends where the next day begins.
fn last_day(time: Option<Timestamp>) -> Option<String> {
    let before = time?.checked_sub(SignedDuration::from_hours(24)).ok();
    let day = first_day(before).filter(|day| !day.contains('T'));
    day.or_else(|| time.map(|time| time.to_string()))
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
    html! {
        @if let Some(page) = finding_address(&change.check, &change.finding) { a href=(page) { (line(&change.summary)) } }
        @else { (line(&change.summary)) }
        @if change.became == State::Ok { " (over)" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_list_keeps_its_days_and_times() {
        for (from, until, expected) in [
            ("2026-11-28T00:00:00Z", "2026-11-30T00:00:00Z", ["2026-11-28", "2026-11-29"]),
            (
                "2026-11-28T06:30:00Z",
                "2026-11-29T18:00:00.5Z",
                ["2026-11-28T06:30:00Z", "2026-11-29T18:00:00.5Z"],
            ),
        ] {
            let time = |text: &str| text.parse::<Timestamp>().ok();
            let filter = ChangeFilter {
                from: time(from),
                until: time(until),
                target: Some("a&b".to_owned()),
                ..ChangeFilter::default()
            };
            let written: Vec<_> = parameters(&filter).collect();
            let [first, last] = expected;
            let expected = [("target", "a&b"), ("from", first), ("until", last)];
            assert_eq!(written, expected.map(|(name, value)| (name, value.to_owned())));
        }
    }
}
