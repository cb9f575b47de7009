//! `/checks`: each check in one row, over all servers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use maud::html;

use super::frame::{PageContext, Section, page};
use super::parts::{badge, check_link, span, text};
use crate::board::TargetBoard;
use crate::finding::State;
use crate::finding::report::{CheckReport, OWN};
use crate::text::number;

/// A check over all servers.
#[derive(Debug, Default)]
pub(super) struct CheckSum {
    pub(super) topic: String,
    pub(super) targets: usize,
    pub(super) failing: usize,
    pub(super) skipped: usize,
    pub(super) state: Option<State>,
    pub(super) intervals: Vec<Duration>,
    pub(super) took: Vec<Duration>,
}

impl CheckSum {
    /// A share of the runs took at most this long.
    pub(super) fn took_at_most(&self, share: f64) -> Option<Duration> {
        let mut all = self.took.clone();
        all.sort_unstable();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a position in a list"
        )]
        let position = ((all.len() as f64 * share).ceil() as usize).saturating_sub(1);
        all.get(position).copied()
    }
}

/// The checks of all servers.
pub(super) fn sums(targets: &[Arc<TargetBoard>]) -> BTreeMap<String, CheckSum> {
    let mut sums: BTreeMap<String, CheckSum> = BTreeMap::new();
    for target in targets {
        let mut of_target: BTreeMap<&str, Vec<&CheckReport>> = BTreeMap::new();
        for check in target.known.iter().filter(|check| check.check != OWN) {
            of_target.entry(&check.check).or_default().push(check);
        }
        for (name, reports) in of_target {
            let sum = sums.entry(name.to_owned()).or_default();
            sum.targets += 1;
            let run = || reports.iter().filter(|report| report.skipped.is_none());
            if run().next().is_none() {
                sum.skipped += 1;
            }
            let state = State::worst(run().map(|report| report.state()));
            sum.failing += usize::from(state != State::Ok);
            sum.state = Some(State::worst(sum.state.into_iter().chain([state])));
            for report in reports {
                sum.topic.clone_from(&report.topic);
                sum.intervals.extend(report.interval);
                sum.took.extend(
                    report.at.filter(|_| report.skipped.is_none()).map(|_| report.duration),
                );
            }
        }
    }
    sums
}

/// The page.
pub fn checks(context: &PageContext, targets: &[Arc<TargetBoard>]) -> String {
    let sums = sums(targets);
    let mut topics: BTreeMap<&str, Vec<(&String, &CheckSum)>> = BTreeMap::new();
    for (name, sum) in &sums {
        topics.entry(&sum.topic).or_default().push((name, sum));
    }
    let duration = |took: Option<Duration>| took.map(|took| number::duration(took.as_secs_f64()));
    let content = html! {
        h1 { "Checks" }
        @if sums.is_empty() { p.empty { "No check is in use." } }
        @else { p.soft { (sums.len()) " checks in use. Times are those of the latest runs." } }
        @for (topic, checks) in &topics {
            section {
                h2 { (text(topic)) }
                table.checks.even {
                    caption.unseen { "Checks of the topic " (text(topic)) }
                    thead { tr {
                        th scope="col" { "State" } th scope="col" { "Check" } th scope="col" { "Servers" } th scope="col" { "With problems" }
                        th scope="col" { "Every" } th scope="col" { "Takes (half)" } th scope="col" { "Takes (95 %)" }
                    } }
                    tbody {
                        @for (name, sum) in checks {
                            tr {
                                td data-name="State" { (badge(sum.state.unwrap_or(State::Ok))) }
                                th scope="row" { (check_link(name)) }
                                td data-name="Servers" { (sum.targets) @if sum.skipped > 0 { span.soft { ", " (sum.skipped) " not run" } } }
                                td data-name="With problems" { @if sum.failing > 0 { b { (sum.failing) } } @else { "none" } }
                                td data-name="Every" {
                                    @let (least, most) = (sum.intervals.iter().min(), sum.intervals.iter().max());
                                    @if let (Some(least), Some(most)) = (least, most) { (span(*least)) @if least != most { " to " (span(*most)) } }
                                }
                                td data-name="Takes (half)" { @if let Some(took) = duration(sum.took_at_most(0.5)) { (took) } }
                                td data-name="Takes (95 %)" { @if let Some(took) = duration(sum.took_at_most(0.95)) { (took) } }
                            }
                        }
                    }
                }
            }
        }
    };
    page(context, Section::Checks, "Checks", &content)
}
