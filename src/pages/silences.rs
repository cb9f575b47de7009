//! `/silences`: which problems send no alert, until when, by whom and why; and the maintenance windows.

use maud::{Markup, html};

use super::address::encoded;
use super::frame::{PageContext, Section, page};
use super::parts::{ago, labelled, line, stamp, text};
use crate::board::effect::SilenceEffect;
use crate::board::notes::PlannedWindow;
use crate::history::silence::{OwnSilence, SilenceScope};
use crate::text::time::minute;

/// What the page shows.
#[derive(Debug)]
pub struct SilencesView {
    /// Those in force, the next to end first.
    pub active: Vec<(OwnSilence, SilenceEffect)>,
    /// Those that ended in the last days, the latest first.
    pub ended: Vec<OwnSilence>,
    /// The maintenance windows.
    pub windows: Vec<PlannedWindow>,
}

/// The page.
pub fn silences(context: &PageContext, view: &SilencesView) -> String {
    let without = view.active.iter().filter(|(_, effect)| effect.matching == 0).count();
    let content = html! {
        h1 { "Silences" }
        p.soft { "A silence is added on the page of a problem or of a server. The checks run as always; no receiver gets the problem." }
        @if without > 0 { p.warn role="note" { (crate::text::number::counted(without, "silence")) " in force without a problem. End those that are not needed." } }
        @if view.active.is_empty() { p.empty { "No silence is in force." } }
        @else {
            table.silences {
                caption { "In force (" (view.active.len()) "), the next to end first" }
                thead { tr {
                    th scope="col" { "What" } th scope="col" { "Problems now" } th scope="col" { "Ends" } th scope="col" { "By" } th scope="col" { "Why" }
                    @if context.may_act { th scope="col" { "Actions" } }
                } }
                tbody { @for (silence, effect) in &view.active { (active(context, silence, effect)) } }
            }
        }
        (windows(view))
        @if !view.ended.is_empty() {
            details {
                summary { "Ended in the last seven days (" (view.ended.len()) ")" }
                table.silences {
                    caption.unseen { "Silences that ended" }
                    thead { tr { th scope="col" { "What" } th scope="col" { "Ended" } th scope="col" { "By" } th scope="col" { "Why" } } }
                    tbody {
                        @for one in &view.ended {
                            tr {
                                th scope="row" { (scope(&one.scope)) }
                                td data-name="Ended" {
                                    (stamp(one.end()))
                                    @if let Some(ended) = &one.ended { " by " (line(&ended.by)) }
                                }
                                td data-name="By" { (line(&one.by)) }
                                td data-name="Why" { (line(&one.why)) }
                            }
                        }
                    }
                }
            }
        }
    };
    page(context, Section::Silences, "Silences", &content)
}

fn active(context: &PageContext, silence: &OwnSilence, effect: &SilenceEffect) -> Markup {
    let SilenceEffect { matching, ends_soon, receivers } = effect;
    html! {
        tr {
            th scope="row" { (scope(&silence.scope)) }
            td data-name="Problems now" {
                @if *matching == 0 { (labelled("unknown", "none")) } @else { (matching) }
                @if !receivers.is_empty() { div.soft { "also in " (line(&receivers.join(", "))) } }
            }
            td data-name="Ends" {
                (ago(silence.until, context.now))
                @if *ends_soon { " " (labelled("warning", "soon")) }
            }
            td data-name="By" { (line(&silence.by)) div.soft { (ago(silence.at, context.now)) } }
            td data-name="Why" { (line(&silence.why)) }
            @if context.may_act {
                td.orders {
                    form method="post" action={ "/silences/" (encoded(&silence.id)) "/end" } {
                        input type="hidden" name="back" value=(context.here);
                        button type="submit" { "End" span.unseen { ": silence of " (silence.scope.to_string()) } }
                    }
                }
            }
        }
    }
}

fn scope(scope: &SilenceScope) -> Markup {
    html! {
        @for (name, value) in scope.parts() {
            @if let Some(value) = value { span.chip { (name) " " b { (line(value)) } } " " }
        }
    }
}

fn windows(view: &SilencesView) -> Markup {
    html! {
        section {
            h2 { "Maintenance windows" }
            @if view.windows.is_empty() { p.soft { "The settings have no window for a server." } }
            @else {
                table.silences {
                    caption.unseen { "Maintenance windows" }
                    thead { tr { th scope="col" { "Name" } th scope="col" { "Servers" } th scope="col" { "Now" } th scope="col" { "Next" } th scope="col" { "Why" } } }
                    tbody {
                        @for window in &view.windows {
                            tr {
                                th scope="row" { (text(&window.name)) }
                                td data-name="Servers" { (window.targets.len()) ": " (line(&window.targets.join(", "))) }
                                td data-name="Now" {
                                    @match window.open_until { Some(until) => { "open until " (minute(until)) }, None => "closed" }
                                }
                                td data-name="Next" { @match window.next { Some(next) => (minute(next)), None => "none" } }
                                td data-name="Why" { (line(&window.reason)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
