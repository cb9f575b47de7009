//! `/about`: posemo itself: settings, receivers, history, schedule.

use jiff::Timestamp;
use maud::{Markup, html};

use super::frame::{PageContext, Section, page};
use super::parts::{ago, badge, command, facts, labelled, line, stamp, text};
use crate::board::Board;
use crate::finding::State;
use crate::text::number::counted;

/// The page.
pub fn about(context: &PageContext, board: &Board, listens: bool) -> String {
    let reload = board.reload();
    let history = board.history();
    let nodes = board.nodes();
    let differ = nodes.iter().any(|node| node.settings_hash != nodes[0].settings_hash);
    let when = |time: Timestamp| html! { (stamp(time)) " (" (ago(time, context.now)) ")" };
    let content = html! {
        h1 { "posemo " (env!("CARGO_PKG_VERSION")) }
        (facts(&[
            ("Servers", Some(html! { (board.targets().len()) })),
            ("Runs since the start", Some(html! { (board.sweeps()) })),
            ("Slots left out", Some(html! { (board.missed()) })),
            ("Scheduler awake", Some(html! { (ago(board.last_awake(), context.now)) })),
        ]))
        section {
            h2 { "Settings" }
            (facts(&[
                ("In force since", reload.read.map(when)),
                ("State", Some(match &reload.error {
                    Some(error) => html! { (badge(State::Warning)) " newer settings have a mistake: " pre { (lines(error)) } },
                    None => badge(State::Ok),
                })),
            ]))
            @if context.may_act && listens {
                form method="post" action="/reload" { button type="submit" { "Read the settings again" } }
            }
        }
        (receivers(context, board))
        section {
            h2 { "History" }
            (facts(&[
                ("Place", Some(html! {
                    @match &history.place { Some(place) => (line(&place.to_string())), None => "no history is kept" }
                })),
                ("State", Some(match &history.error {
                    Some(error) => html! { (badge(State::Critical)) " " (text(error)) },
                    None => badge(State::Ok),
                })),
                ("Nodes", (!nodes.is_empty()).then(|| html! {
                    ul { @for node in &nodes { li {
                        (text(&node.name)) ": " (counted(usize::try_from(node.targets).unwrap_or(0), "server"))
                        @if !node.is_alive { ", no sign of life" }
                        @if differ { ", settings " (text(&node.settings_hash.chars().take(8).collect::<String>())) }
                    } } }
                })),
                ("Changes that wait", (history.waiting > 0).then(|| html! { (history.waiting) })),
                ("Changes that were dropped", (history.dropped > 0).then(|| html! { (history.dropped) })),
                ("Values that were dropped", (history.values_dropped > 0).then(|| html! { (history.values_dropped) })),
            ]))
        }
        section {
            h2 { "For programs" }
            ul {
                @for (path, what) in [
                    ("/metrics", "metrics for Prometheus"), ("/api/1/report", "the report as JSON"),
                    ("/api/1/targets", "the servers as JSON"), ("/report", "the report as one page to keep or print"),
                ] { li { a href=(path) { (path) } ": " (what) } }
            }
            p { "Monitor posemo from another machine:" }
            (command("curl -fsS http://ADDRESS/-/healthy"))
        }
    };
    page(context, Section::About, "About", &content)
}

fn lines(error: &str) -> String {
    error.lines().map(text).collect::<Vec<_>>().join("\n")
}

fn receivers(context: &PageContext, board: &Board) -> Markup {
    let all = board.receivers();
    html! {
        section {
            h2 { "Receivers" }
            @if all.is_empty() { p.soft { "No receiver is in use: problems are on these pages only." } }
            @else {
                table.checks {
                    caption.unseen { "Receivers" }
                    thead { tr { th scope="col" { "State" } th scope="col" { "Name" } th scope="col" { "Delivered" } th scope="col" { "Waiting" } th scope="col" { "Failures" } } }
                    tbody {
                        @for (name, one) in &all {
                            tr {
                                td data-name="State" {
                                    @match (&one.error, one.delivered) {
                                        (Some(_), _) => (badge(State::Critical)),
                                        (None, Some(_)) => (badge(State::Ok)),
                                        (None, None) => (labelled("none", "not used yet")),
                                    }
                                }
                                th scope="row" { (text(name)) @if let Some(error) = &one.error { div.soft { (line(error)) } } }
                                td data-name="Delivered" { @match one.delivered { Some(time) => (ago(time, context.now)), None => "never" } }
                                td data-name="Waiting" { (one.waiting) }
                                td data-name="Failures" { (one.failures) }
                            }
                        }
                    }
                }
            }
        }
    }
}
