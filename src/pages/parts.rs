//! Parts that pages share: states, times, links, facts.

use std::time::Duration;

use jiff::Timestamp;
use maud::{Markup, html};

use super::address::{check_address, encoded};
use crate::finding::State;
use crate::text::number;
use crate::text::time::second;
use crate::text::visible::{truncated, visible};

/// The longest text in a row, in characters.
const LONGEST: usize = 400;

/// A text from outside, with characters that a page would hide or reorder spelled out.
pub(super) fn text(text: &str) -> String {
    visible(text)
}

/// The same for a row of a table, of limited length.
pub(super) fn line(text: &str) -> String {
    truncated(&visible(text), LONGEST)
}

/// The class of a state in the style sheet.
pub(super) fn class(state: State) -> &'static str {
    state.name()
}

/// The word for a state, beside a shape, so that neither is only a color.
pub(super) fn badge(state: State) -> Markup {
    labelled(class(state), state.label())
}

/// A word with a shape and a color.
pub(super) fn labelled(class: &str, label: &str) -> Markup {
    html! { span class={ "badge " (class) } { (shape(class)) (label) } }
}

/// The shape of a state: a diamond, a triangle, a ring or a tick.
pub(super) fn shape(class: &str) -> Markup {
    let path = match class {
        "critical" => "M8 .8 15.2 8 8 15.2.8 8Z",
        "warning" => "M8 1.5 15.5 14.5H.5Z",
        "unknown" => "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm0 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z",
        "ok" => "M6.2 13.2 1 8l2-2 3.2 3.2L13 2.5l2 2Z",
        _ => "M3 2h3.6v12H3ZM9.4 2H13v12H9.4Z",
    };
    html! { svg.shape viewBox="0 0 16 16" aria-hidden="true" focusable="false" { path d=(path) {} } }
}

/// A time of the day in UTC.
pub(super) fn moment(time: Timestamp) -> Markup {
    html! { time datetime=(second(time)) { (time.strftime("%H:%M:%S UTC").to_string()) } }
}

/// A date and a time in UTC, to the second.
pub(super) fn stamp(time: Timestamp) -> Markup {
    html! { time datetime=(second(time)) { (time.strftime("%Y-%m-%d %H:%M:%S").to_string()) " UTC" } }
}

/// How long ago a time is; the exact time is its title.
pub(super) fn ago(time: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(second(time)) title=(time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()) { (ago_text(time, now)) } }
}

/// How long ago a time is, or in how much time it comes.
pub(super) fn ago_text(time: Timestamp, now: Timestamp) -> String {
    let apart = now.duration_since(time);
    let text = span(apart.unsigned_abs());
    if apart.is_negative() { format!("in {text}") } else { format!("{text} ago") }
}

/// A duration in whole seconds.
pub(super) fn span(duration: Duration) -> String {
    if duration.as_secs() < 10 {
        return format!("{} s", duration.as_secs());
    }
    number::duration(duration.as_secs_f64().round())
}

/// A link to the page of a target.
pub(super) fn target_link(target: &str) -> Markup {
    html! { a href={ "/targets/" (encoded(target)) } { (line(target)) } }
}

/// A link to the page of a check.
pub(super) fn check_link(check: &str) -> Markup {
    html! { a href={ "/checks/" (encoded(check)) } { (line(check)) } }
}

/// A link to the page of a check on a target.
pub(super) fn of_target_link(target: &str, check: &str, database: Option<&str>) -> Markup {
    html! { a href=(check_address(target, check, database)) { (line(check)) @if let Some(database) = database { " in " (line(database)) } } }
}

/// The links between the pages of a list; empty for one page.
pub(super) fn page_links(page: usize, pages: usize, address: impl Fn(usize) -> String) -> Markup {
    html! {
        @if pages > 1 {
            nav.pages aria-label="Parts of the list" {
                @if page > 1 { a rel="prev" href=(address(page - 1)) { "Previous" } }
                span { "Page " (page) " of " (pages) }
                @if page < pages { a rel="next" href=(address(page + 1)) { "Next" } }
            }
        }
    }
}

/// Facts: names and values. Values that are absent are left out.
pub(super) fn facts(facts: &[(&str, Option<Markup>)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in facts {
                @if let Some(value) = value { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}

/// A text that the reader copies.
pub(super) fn command(command: &str) -> Markup {
    html! { pre.copy { code { (text(command)) } } }
}

/// A table that scrolls on a narrow screen, and can be reached by the keyboard for it.
pub(super) fn scrolled(label: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(label) tabindex="0" { (table) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_for_people() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().expect("it is a time");
        for (time, expected) in [
            ("2026-11-29T12:00:00Z", "0 s ago"),
            ("2026-11-29T11:59:48Z", "12 s ago"),
            ("2026-11-29T08:56:00Z", "3 h 4 min ago"),
            ("2026-11-27T12:00:00Z", "2 d ago"),
            ("2026-11-29T12:01:30Z", "in 1 min 30 s"),
        ] {
            assert_eq!(ago_text(time.parse().expect("it is a time"), now), expected);
        }
    }
}
