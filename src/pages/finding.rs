//! The page of a finding, and of a check on one target: what is wrong, since when, what to do, and how it came.

use std::sync::Arc;

use maud::{Markup, PreEscaped, html};

use super::address::encoded;
use super::changes::change_table;
use super::chart::Chart;
use super::frame::{PageContext, Section, page};
use super::markdown;
use super::parts::{
    ago, badge, check_link, command, facts, labelled, line, scrolled, shape, span, stamp,
    target_link, text,
};
use super::problem::{Problem, is_late, of_check as of_check_report, of_target};
use super::rows::{can_silence, problem_table, scope};
use crate::board::TargetBoard;
use crate::board::notes::CheckNotes;
use crate::finding::report::{CheckReport, OWN};
use crate::history::change::StateChange;
use crate::history::silence::OwnSilence;
use crate::text::references::grouped;
use crate::text::remedy::remedy_lines;

/// The problems in the list of a check.
const MOST: usize = 200;

/// The charts of a page.
pub const MOST_CHARTS: usize = 6;

/// The spans that charts can have: the parameter, the name, the seconds, and whether values are rollups of hours.
pub const SPANS: [(&str, &str, i64, bool); 4] = [
    ("6h", "6 h", 6 * 3600, false),
    ("1d", "24 h", 86_400, false),
    ("7d", "7 days", 7 * 86_400, true),
    ("90d", "90 days", 90 * 86_400, true),
];

/// What the page shows.
#[derive(Debug)]
pub struct CheckView {
    /// The target.
    pub target: Arc<TargetBoard>,
    /// The check.
    pub check: String,
    /// The database; absent for all.
    pub database: Option<String>,
    /// The id of the finding; absent for all.
    pub finding: Option<String>,
    /// What is known about the check.
    pub notes: Option<CheckNotes>,
    /// The changes, the latest first.
    pub changes: Vec<StateChange>,
    /// Why the changes are not known.
    pub no_changes: Option<String>,
    /// The charts.
    pub charts: Vec<Chart>,
    /// The name of the span of the charts, as in [`SPANS`].
    pub chosen: &'static str,
    /// The address without the span of the charts.
    pub address: String,
}

impl CheckView {
    fn reports(&self) -> impl Iterator<Item = &CheckReport> {
        let is_wanted = |check: &&CheckReport| {
            check.check == self.check
                && (self.database.is_none() || check.database == self.database)
        };
        self.target.known.iter().filter(is_wanted)
    }

    fn problems(&self, context: &PageContext, silences: &[OwnSilence]) -> Vec<Problem> {
        let mut all = if self.target.outage.is_some() {
            // The report of an outage has no result of checks: what follows is from before.
            self.reports().flat_map(|report| of_check_report(&self.target, report)).collect()
        } else {
            of_target(&self.target, silences, context.now)
        };
        all.retain(|problem| {
            problem.check == self.check
                && (self.database.is_none() || problem.database == self.database)
                && self.finding.as_ref().is_none_or(|id| problem.finding == *id)
        });
        all.sort_by_key(|problem| (!problem.is_loud(), problem.state.rank(), problem.since));
        all
    }
}

/// The page.
pub fn of_check(context: &PageContext, view: &CheckView, silences: &[OwnSilence]) -> String {
    let problems = view.problems(context, silences);
    let one = match (problems.as_slice(), &view.finding) {
        ([one], _) => Some(one),
        _ => None,
    };
    let title = match one {
        Some(problem) => problem.summary.clone(),
        None => view.check.clone(),
    };
    let content = html! {
        nav.crumbs aria-label="Where this page is" {
            (target_link(&view.target.report.target)) " › "
            // posemo's own report belongs to no check.
            @if view.check == OWN { (line(&view.check)) } @else { (check_link(&view.check)) }
            @if let Some(database) = &view.database { " › " (line(database)) }
        }
        @match one {
            Some(problem) => (head(context, problem)),
            None => (heads(context, view, &problems)),
        }
        @if let Some(error) = &view.target.outage {
            p.warn { strong { "The server cannot be queried: " } (text(error)) ". This page shows the last known results." }
        }
        div.columns {
            div {
                @if let Some(problem) = one { (details(problem)) }
                (remedy(view))
                (charts(view))
                (history(context, view))
            }
            aside {
                @if let (Some(problem), true) = (one, context.may_act) { (silence_form(context, problem)) }
                (run(context, view))
                (in_force(view))
                (commands(view, one))
            }
        }
    };
    page(context, Section::Problems, &title, &content)
}

/// The heading of one problem.
fn head(context: &PageContext, problem: &Problem) -> Markup {
    html! {
        section class={ "head " (problem.state.name()) } {
            h1 { (shape(problem.state.name())) (text(&problem.summary)) }
            p {
                (badge(problem.state)) " on " (target_link(&problem.target))
                @if let Some(since) = problem.since { ", since " (stamp(since)) " (" (ago(since, context.now)) ")" }
                @if let Some(seen) = problem.seen { ", seen " (ago(seen, context.now)) }
            }
            @if let Some(quiet) = &problem.suppressed {
                p { (labelled("quiet", "silent")) " until " (text(&quiet.until)) ", by " (text(&quiet.author)) ": " (text(&quiet.reason)) ". " a href="/silences" { "Silences" } }
            }
        }
    }
}

/// The heading of a check with no problem or with several.
fn heads(context: &PageContext, view: &CheckView, problems: &[Problem]) -> Markup {
    let worst = problems.iter().find(|one| one.is_loud()).map_or("ok", |one| one.state.name());
    html! {
        section class={ "head " (worst) } {
            h1 { (shape(worst)) (line(&view.check)) " on " (line(&view.target.report.target)) }
            @if view.finding.is_some() && problems.is_empty() {
                p { strong { "This problem is over." } " Its changes are below." }
            }
            @for report in view.reports() {
                p {
                    @if let Some(database) = &report.database { "Database " b { (line(database)) } ": " }
                    (text(&report.summary))
                }
            }
            @if view.reports().next().is_none() { p { "This check has no result on this server." } }
        }
        @if !problems.is_empty() {
            @let first: Vec<&Problem> = problems.iter().take(MOST).collect();
            (problem_table(context, &format!("Problems of this check ({})", problems.len()), &first))
            @if problems.len() > MOST { p.soft { "The worst " (MOST) " are shown." } }
        }
    }
}

/// The description of the finding, with statements to copy.
fn details(problem: &Problem) -> Markup {
    let lines = remedy_lines(problem.description.as_deref().unwrap_or_default());
    let url = problem.read_more_url.as_deref();
    let url = url.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    let labels = html! {
        @for (name, value) in &problem.labels { span.chip { (text(name)) " " b { (line(value)) } } " " }
    };
    let references = grouped(problem.references.iter().map(String::as_str));
    html! {
        @if !lines.is_empty() || url.is_some() {
            section {
                h2 { "Details" }
                @for one in &lines {
                    p { (one.before) (one.after) }
                    @if !one.statement.is_empty() { (command(&one.statement)) }
                }
                @if let Some(url) = url { p { a href=(url) rel="noreferrer" { "Read more: " (text(url)) } } }
            }
        }
        (facts(&[
            ("Object", problem.object.as_ref().map(|object| html! { (text(object)) })),
            ("Database", problem.database.as_ref().map(|name| html! { (text(name)) })),
            ("Labels", (!problem.labels.is_empty()).then_some(labels)),
            ("References", (!references.is_empty()).then(|| html! { (text(&references)) })),
        ]))
    }
}

/// The parts of the README.
fn remedy(view: &CheckView) -> Markup {
    let Some(notes) = &view.notes else { return PreEscaped(String::new()) };
    let part = |title: &str| markdown::section(&notes.readme, title);
    html! {
        @match part("What to do") {
            Some(text) => section.prose { h2 { "What to do" } (text) },
            None => @if !notes.readme.trim().is_empty() {
                section.prose { h2 { "About this check" } (markdown::whole(&notes.readme)) }
            },
        }
        @if let Some(text) = part("Why it matters") {
            details.prose { summary { "Why it matters" } (text) }
        }
    }
}

fn charts(view: &CheckView) -> Markup {
    html! {
        @if !view.charts.is_empty() {
            section #charts {
                h2 { "Values" }
                ul.spans aria-label="Time of the charts" {
                    @for (parameter, name, ..) in SPANS {
                        @let sign = if view.address.contains('?') { '&' } else { '?' };
                        li { a href={ (view.address) (sign) "span=" (parameter) "#charts" } aria-current=[(parameter == view.chosen).then_some("true")] { (name) } }
                    }
                }
                @for chart in view.charts.iter().take(MOST_CHARTS) { (chart.figure()) }
                @if view.charts.len() > MOST_CHARTS {
                    p.soft { "The first " (MOST_CHARTS) " of " (view.charts.len()) " metrics. Open a problem for the metrics of its object." }
                }
            }
        }
    }
}

fn history(context: &PageContext, view: &CheckView) -> Markup {
    html! {
        section {
            h2 { "Changes" }
            @match &view.no_changes {
                Some(message) => p.soft { (text(message)) },
                None => @if view.changes.is_empty() {
                    p.soft { "The history has no change of it." }
                } @else {
                    (change_table(context, "Changes of the state, the latest first", &view.changes))
                },
            }
        }
    }
}

/// The form that silences a problem for another time or with a reason.
fn silence_form(context: &PageContext, problem: &Problem) -> Markup {
    html! {
        @if can_silence(problem) {
            form.card method="post" action="/silences" {
                h2 { "Silence" }
                (scope(context, problem))
                label { "For" select name="for" {
                    @for (value, name) in [("1h", "1 hour"), ("4h", "4 hours"), ("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days")] {
                        option value=(value) selected[value == "4h"] { (name) }
                    }
                } }
                @if context.user.is_none() { label { "Your name" input name="by" required maxlength="100" autocomplete="name"; } }
                label { "Reason" input name="why" required maxlength="300"; }
                button type="submit" { "Silence this problem" }
            }
        }
    }
}

/// When the check ran, and the button that runs it.
fn run(context: &PageContext, view: &CheckView) -> Markup {
    let latest = view.reports().max_by_key(|report| report.at);
    let at = latest.and_then(|report| report.at);
    let interval = latest.and_then(|report| report.interval);
    html! {
        section.card {
            h2 { "Runs" }
            (facts(&[
                ("Last run", at.map(|at| html! { (ago(at, context.now)) })),
                ("Every", interval.map(|interval| html! { (span(interval)) })),
                ("Took", latest.filter(|_| at.is_some()).map(|one| html! { (crate::text::number::duration(one.duration.as_secs_f64())) })),
                ("Too old", latest.filter(|one| is_late(one, context.now)).map(|_| html! { strong { "no result for three intervals" } })),
            ]))
            @if context.may_act && view.check != OWN {
                form method="post" action="/run" {
                    input type="hidden" name="target" value=(view.target.report.target);
                    input type="hidden" name="check" value=(view.check);
                    input type="hidden" name="back" value=(context.here);
                    button type="submit" { "Run now" }
                }
            }
        }
    }
}

/// The values in force with the place where each is set.
fn in_force(view: &CheckView) -> Markup {
    let Some(notes) = &view.notes else { return PreEscaped(String::new()) };
    html! {
        @if !notes.in_force.is_empty() {
            section.card {
                h2 { "In force here" }
                (scrolled("Values in force", &values(&notes.in_force)))
            }
        }
    }
}

/// A table of values in force.
pub(super) fn values(values: &[[String; 3]]) -> Markup {
    html! {
        table.plain {
            thead { tr { th scope="col" { "Setting" } th scope="col" { "Value" } th scope="col" { "Set in" } } }
            tbody {
                @for [name, value, place] in values {
                    tr { th scope="row" { (line(name)) } td { (line(value)) } td.soft { (line(place)) } }
                }
            }
        }
    }
}

/// The same on a command line.
fn commands(view: &CheckView, one: Option<&Problem>) -> Markup {
    let target = &view.target.report.target;
    // A name that a shell would read differently is not a command to copy.
    let is_plain = |name: &str| encoded(name) == name && !name.starts_with('-');
    let all = [target.as_str(), view.check.as_str()];
    html! {
        @if all.iter().all(|name| is_plain(name)) {
            section.card {
                h2 { "On a command line" }
                (command(&format!("posemo check {} --target {target}", view.check)))
                (command(&format!("posemo explain {} --target {target}", view.check)))
                @if one.is_some() {
                    (command(&format!("posemo silence add --server URL --target {target} --check {} --for 4h --by NAME --comment REASON", view.check)))
                }
            }
        }
    }
}
