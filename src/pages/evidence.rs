//! `/evidence`: for an auditor, what was watched in a span of days, with which rules, what was off or silenced, what was open.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use maud::{Markup, html};

use super::address::address;
use super::frame::{PageContext, Section, page};
use super::parts::{
    check_link, command, facts, labelled, line, of_target_link, span, stamp, target_link, text,
};
use super::past_problems::past_table;
use crate::history::act::UserAct;
use crate::history::act_kind::ActKind;
use crate::history::evidence::{ActsOfSpan, SilenceOfSpan};
use crate::history::open::PastProblem;
use crate::history::runs::RangeRuns;
use crate::history::verify::VerifiedChain;
use crate::text::number::counted;

/// The rows of a table on the page. The files contain all.
pub const MOST: usize = 300;

/// The rows that are not folded.
const FEW: usize = 25;

/// The characters of the text of an act.
const LONGEST: usize = 2000;

/// What precedes the last part of the rules in force. A part before it can contain the same words: texts of the settings.
const ON_NO_TARGET: &str = "; on no target: ";

/// The tables in files.
const FILES: [(&str, &str); 4] = [
    ("watched", "what was watched"),
    ("problems", "problems"),
    ("silences", "silences"),
    ("acts", "acts"),
];

/// The runs of a check on a target, and the longest time without one.
#[derive(Debug)]
pub struct WatchedRow {
    /// The runs.
    pub runs: RangeRuns,
    /// The longest time without a run in milliseconds, also until the end of the span.
    pub gap: i64,
    /// Whether it is more than twice the interval.
    pub is_late: bool,
}

/// What is known about the chain of hashes.
#[derive(Debug)]
pub enum ChainView {
    /// It was recomputed.
    Verified(VerifiedChain),
    /// It is too long for a page.
    TooLong,
    /// The history cannot be read.
    Unreadable(String),
}

/// What the page shows.
#[derive(Debug)]
pub struct EvidenceView {
    /// The first and the last day.
    pub days: (Date, Date),
    /// What was watched, the gaps first.
    pub watched: Vec<WatchedRow>,
    /// The problems that were open, with their topics; those of security first.
    pub problems: Vec<(PastProblem, String)>,
    /// The acts.
    pub acts: ActsOfSpan,
    /// Checks that do not run on some of the targets now, with these targets.
    pub partly_off: Vec<(String, Vec<String>)>,
    /// Whether the span has more changes or acts than can be read.
    pub is_cut: bool,
    /// The chain.
    pub chain: ChainView,
}

/// The page.
pub fn evidence(context: &PageContext, view: &EvidenceView) -> String {
    let (from, until) = view.days;
    let late = view.watched.iter().filter(|row| row.is_late).count();
    let sum = |of: fn(&RangeRuns) -> i64| view.watched.iter().map(|row| of(&row.runs)).sum::<i64>();
    let mut targets: Vec<&str> = view.watched.iter().map(|row| row.runs.target.as_str()).collect();
    targets.dedup();
    targets.sort_unstable();
    targets.dedup();
    let security = view.problems.iter().filter(|(_, topic)| topic == "security").count();
    let content = html! {
        h1 { "Evidence" }
        p.lead { "What posemo watched from " (from.to_string()) " to " (until.to_string()) ", both days included. All times are UTC." }
        form.filter method="get" action="/evidence" {
            label { "From" input name="from" type="date" value=(from.to_string()) required; }
            label { "Until" input name="until" type="date" value=(until.to_string()) required; }
            button type="submit" { "Show" }
        }
        (files(view))
        (facts(&[
            ("Servers", Some(html! { (targets.len()) })),
            ("Runs of checks", Some(html! { (sum(|runs| runs.counts.runs)) })),
            ("Runs without a result", Some(html! { (sum(|runs| runs.counts.failed)) })),
            ("Checks with a long gap", Some(html! { (late) })),
            ("Problems open", Some(html! { (view.problems.len()) " (security: " (security) ")" })),
            ("Silences", Some(html! { (view.acts.silences.len()) })),
        ]))
        @if view.is_cut {
            p.warn role="note" { "The span has more changes or acts than this page reads: choose fewer days." }
        }
        (chain(&view.chain))
        (rules(&view.acts.rules))
        (problems(view))
        (off(view))
        (silences(&view.acts.silences))
        (watched(view, late))
        (orders(&view.acts.orders))
    };
    page(context, Section::Evidence, "Evidence", &content)
}

fn files(view: &EvidenceView) -> Markup {
    let (from, until) = view.days;
    let file = |table: &str| {
        let parts =
            [("table", table.to_owned()), ("from", from.to_string()), ("until", until.to_string())];
        address("/evidence.csv", parts)
    };
    html! {
        p {
            "As CSV: "
            @for (position, (table, name)) in FILES.into_iter().enumerate() {
                @if position > 0 { ", " }
                a href=(file(table)) download={ "posemo-" (table) ".csv" } { (name) }
            }
        }
    }
}

/// Whether the acts and changes are those that were written.
fn chain(chain: &ChainView) -> Markup {
    let verify = match chain {
        ChainView::Verified(VerifiedChain { head: Some((_, head)), .. }) => {
            format!("posemo evidence verify --head {head}")
        }
        _ => "posemo evidence verify".to_owned(),
    };
    html! {
        section {
            h2 { "Are the records complete?" }
            @match chain {
                ChainView::Verified(found) if found.is_right() => p { (labelled("ok", "verified")) " " (text(&found.to_string())) "." },
                ChainView::Verified(found) => {
                    p { (labelled("critical", "altered")) " Do not rely on this page: " (counted(found.count, "difference")) " in the acts and changes." }
                    ul { @for difference in &found.differences { li { (text(difference)) } } }
                },
                ChainView::TooLong => p { (labelled("unknown", "not verified")) " The history is too large to be verified for a page." },
                ChainView::Unreadable(error) => p { (labelled("unknown", "not verified")) " " (text(error)) },
            }
            p.soft {
                "Each act and each change of a state has a hash over its content and the hash before it. Keep the head elsewhere: a user who can write the history could compute new hashes. Later, this command shows whether the history still contains it:"
            }
            (command(&verify))
            p.soft {
                "posemo serve does not verify what is installed on the servers. On each server, this command compares functions, owners and privileges with the catalog:"
            }
            (command("posemo verify -H HOST"))
        }
    }
}

/// Starts and reloads with the rules.
fn rules(acts: &[UserAct]) -> Markup {
    html! {
        section {
            h2 { "Rules in force" }
            @if acts.is_empty() { p.soft { "The history contains no start of posemo serve before the end of these days." } }
            @else {
                p.soft { "The hash of the settings is that of " code { "sha256sum posemo.toml" } ". The catalog is all files of the checks. If posemo ran before these days, the first row is its last start or reload before them." }
                (act_table("Starts and reloads", acts))
            }
        }
    }
}

fn problems(view: &EvidenceView) -> Markup {
    html! {
        section {
            h2 { "Problems that were open" }
            @if view.problems.is_empty() { p.empty { "No problem was open." } }
            @else {
                (folded(&view.problems, "Problems, those of security first", |caption, problems| past_table(caption, "Worst", problems)))
            }
        }
    }
}

/// The first rows of a table, and more of them that the reader opens; on paper both.
fn folded<T>(all: &[T], caption: &str, table: impl Fn(&str, &[T]) -> Markup) -> Markup {
    let shown = &all[..all.len().min(MOST)];
    let (few, rest) = shown.split_at(shown.len().min(FEW));
    html! {
        (table(&format!("{caption} ({})", all.len()), few))
        @if !rest.is_empty() {
            details { summary { (rest.len()) " more" } (table("More", rest)) }
        }
        (more(all.len()))
    }
}

/// That the page does not show all.
fn more(count: usize) -> Markup {
    html! { @if count > MOST { p.soft { "The first " (MOST) " of " (count) "; the file has all." } } }
}

fn off(view: &EvidenceView) -> Markup {
    let mut last = view.acts.rules.iter().rev();
    let nowhere = last.find_map(|act| act.detail.rsplit_once(ON_NO_TARGET));
    html! {
        section {
            h2 { "What was off" }
            @if let Some((_, names)) = nowhere {
                details {
                    summary { "Checks of the catalog that ran on no server at the end of these days (" (names.split(", ").filter(|name| *name != "none").count()) ")" }
                    p { (text(names)) }
                }
            }
            @if !view.partly_off.is_empty() {
                details {
                    summary { "Checks that do not run on each server now (" (view.partly_off.len()) ")" }
                    ul { @for (check, targets) in &view.partly_off { li { (check_link(check)) " not on " (line(&targets.join(", "))) } } }
                }
            }
            @if view.acts.switched.is_empty() { p.soft { "No check or server was switched off or on in these days." } }
            @else { (act_table("Checks and servers that were switched off or on", &view.acts.switched)) }
            h3 { "Maintenance windows" }
            @if view.acts.windows.is_empty() { p.soft { "No window opened." } }
            @else { (act_table("Windows that opened", &view.acts.windows)) }
        }
    }
}

fn silences(silences: &[SilenceOfSpan]) -> Markup {
    html! {
        section {
            h2 { "Silences" }
            @if silences.is_empty() { p.soft { "No silence was in force." } }
            @else {
                table.silences {
                    caption.unseen { "Silences that were in force" }
                    thead { tr { th scope="col" { "What and why" } th scope="col" { "From" } th scope="col" { "Until" } th scope="col" { "For" } th scope="col" { "By" } } }
                    tbody {
                        @for one in silences.iter().take(MOST) {
                            tr {
                                th scope="row" { (line(&one.what)) }
                                td data-name="From" { (stamp(one.at)) }
                                td data-name="Until" {
                                    (stamp(one.end()))
                                    @if let Some((_, by)) = &one.ended { div.soft { "ended by " (line(by)) } }
                                }
                                td data-name="For" { (span(one.end().duration_since(one.at).unsigned_abs())) }
                                td data-name="By" { (line(&one.by)) }
                            }
                        }
                    }
                }
                (more(silences.len()))
            }
        }
    }
}

fn watched(view: &EvidenceView, late: usize) -> Markup {
    let days = (view.days.1 - view.days.0).get_days() + 1;
    html! {
        section {
            h2 { "What was watched how often" }
            @if view.watched.is_empty() { p.empty { "No check ran in these days." } }
            @else {
                p {
                    @if late == 0 { "No check was without a result for more than twice its interval." }
                    @else { (counted(late, "check")) " without a result for more than twice the interval. They are the first rows." }
                    " In a run without a result, the server was not reached or the check failed; a gap is the time between two results."
                }
                (folded(&view.watched, "Checks on servers", |caption, rows| watched_table(caption, rows, days)))
            }
        }
    }
}

fn watched_table(caption: &str, rows: &[WatchedRow], days: i32) -> Markup {
    let time = |milliseconds: i64| Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    let lasts = |milliseconds: i64| {
        span(Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()))
    };
    html! {
        table.checks {
            caption { (caption) }
            thead { tr {
                th scope="col" { "Server" } th scope="col" { "Check" } th scope="col" { "Runs" } th scope="col" { "Without a result" }
                th scope="col" { "Interval" } th scope="col" { "Longest gap" } th scope="col" { "Days" } th scope="col" { "Last result" }
            } }
            tbody {
                @for row in rows {
                    @let counts = &row.runs.counts;
                    tr {
                        td data-name="Server" { (target_link(&row.runs.target)) }
                        th scope="row" { (of_target_link(&row.runs.target, &row.runs.check, None)) }
                        td data-name="Runs" {
                            (counts.runs)
                            @if counts.skipped > 0 { div.soft { (counts.skipped) " not applicable" } }
                            @if counts.maintained > 0 { div.soft { (counts.maintained) " in maintenance" } }
                        }
                        td data-name="Without a result" { (counts.failed) }
                        td data-name="Interval" { (lasts(counts.interval)) }
                        td data-name="Longest gap" {
                            @if row.is_late { (labelled("warning", &lasts(row.gap))) } @else { (lasts(row.gap)) }
                        }
                        td data-name="Days" { (row.runs.days) " of " (days) }
                        td data-name="Last result" { @if counts.failed == counts.runs { "none" } @else { (stamp(time(counts.last))) } }
                    }
                }
            }
        }
    }
}

fn orders(acts: &[UserAct]) -> Markup {
    html! {
        section {
            h2 { "Acts of operators" }
            @if acts.is_empty() { p.soft { "No user ordered anything." } }
            @else { (act_table(&format!("Acts ({}), the latest last", acts.len()), acts)) }
        }
    }
}

/// A table of acts. The latest are shown if there are too many.
fn act_table(caption: &str, acts: &[UserAct]) -> Markup {
    let shown = &acts[acts.len().saturating_sub(MOST)..];
    html! {
        table.changes {
            caption { (caption) }
            thead { tr { th scope="col" { "When" } th scope="col" { "Act" } th scope="col" { "By" } th scope="col" { "What" } } }
            tbody {
                @for act in shown {
                    tr {
                        td data-name="When" { (stamp(act.at)) }
                        th.when scope="row" { (word(&act.what)) }
                        td data-name="By" { @if act.who.is_empty() { "without a login" } @else { (line(&act.who)) } }
                        td data-name="What" { (detail(&act.detail)) }
                    }
                }
            }
        }
        @if acts.len() > MOST { p.soft { "The latest " (MOST) " of " (acts.len()) "; the file of acts has all." } }
    }
}

/// The word for an act.
fn word(what: &str) -> String {
    let word = match ActKind::of(what) {
        Some(ActKind::Start) => "Started",
        Some(ActKind::Stop) => "Stopped",
        Some(ActKind::Reload) => "Settings read",
        Some(ActKind::Off) => "Switched off",
        Some(ActKind::On) => "Switched on",
        Some(ActKind::Removed) => "Servers removed",
        Some(ActKind::Added) => "Servers added",
        Some(ActKind::Window) => "Window opened",
        Some(ActKind::Silence) => "Silenced",
        Some(ActKind::End) => "Silence ended",
        Some(ActKind::Run) => "Checks run",
        Some(ActKind::Logins) => "Wrong logins",
        Some(ActKind::Chain | ActKind::Seal | ActKind::Remove) | None => return line(what),
    };
    word.to_owned()
}

/// The text of an act; hashes are code.
fn detail(detail: &str) -> Markup {
    // The list of checks that never run has its own place.
    let detail = detail.rsplit_once(ON_NO_TARGET).map_or(detail, |(rules, _)| rules);
    let shown = crate::text::visible::truncated(&text(detail), LONGEST);
    let is_hash =
        |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    html! {
        @for (position, word) in shown.split(' ').enumerate() {
            @if position > 0 { " " }
            @if is_hash(word) { code { (word) } } @else { (word) }
        }
    }
}
