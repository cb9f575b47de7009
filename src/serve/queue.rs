//! The queue of a receiver: the results that wait, one report for each target.
//!
//! A newer report of a target replaces the one that waits, and contains its results, so that the queue has a bound and
//! nothing is lost.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indexmap::IndexMap;

use crate::finding::report::Report;

/// The reports that wait for a receiver.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<WaitingReports>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct WaitingReports {
    reports: IndexMap<String, Report>,
    changed: bool,
    stopped: bool,
}

impl Queue {
    /// Adds the report of a sweep, which has one target. Results of the target that wait become part of it.
    pub(super) fn push(&self, report: Report) {
        self.add(report, false);
    }

    /// Puts a report back that was not delivered.
    pub(super) fn put_back(&self, report: Report) {
        self.add(report, true);
    }

    fn add(&self, report: Report, first: bool) {
        let Some(name) = report.targets.first().map(|target| target.target.clone()) else { return };
        let mut waiting = self.lock();
        match waiting.reports.get_mut(&name) {
            // A result counts as new if it is younger than the start of the report.
            Some(other) => {
                let started = other.started.min(report.started);
                if !first {
                    *other = report;
                }
                other.started = started;
            }
            None => {
                waiting.reports.insert(name, report);
            }
        }
        drop(waiting);
        self.wake.notify_one();
    }

    /// Wakes the receiver, as a state changed.
    pub(super) fn changed(&self) {
        self.lock().changed = true;
        self.wake.notify_one();
    }

    /// Ends the thread of the receiver, as soon as it has delivered what waits.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.wake.notify_all();
    }

    /// Waits for a report. It is absent at the end.
    pub(super) fn next(&self) -> Option<Report> {
        let is_empty =
            |waiting: &mut WaitingReports| waiting.reports.is_empty() && !waiting.stopped;
        let guard = self.wake.wait_while(self.lock(), is_empty);
        let mut waiting = guard.unwrap_or_else(PoisonError::into_inner);
        waiting.reports.shift_remove_index(0).map(|(_, report)| report)
    }

    /// Waits for a change, at most for this time. Returns whether the receiver is still in use.
    pub(super) fn wait_for_change(&self, most: Duration) -> bool {
        let is_quiet = |waiting: &mut WaitingReports| !waiting.changed && !waiting.stopped;
        let guard = self.wake.wait_timeout_while(self.lock(), most, is_quiet);
        let (mut waiting, _) = guard.unwrap_or_else(PoisonError::into_inner);
        waiting.changed = false;
        !waiting.stopped
    }

    /// Waits before another attempt. Returns whether the receiver is still in use.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let guard = self.wake.wait_timeout_while(self.lock(), time, |waiting| !waiting.stopped);
        let (waiting, _) = guard.unwrap_or_else(PoisonError::into_inner);
        !waiting.stopped
    }

    /// The number of targets whose results wait.
    pub(super) fn len(&self) -> usize {
        self.lock().reports.len()
    }

    fn lock(&self) -> MutexGuard<'_, WaitingReports> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::finding::report::{CheckReport, TargetReport};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("it is a time")
    }

    fn report(target: &str, started: i64, checks: &[(&str, i64)]) -> Report {
        let checks = checks.iter().map(|(name, time)| CheckReport {
            at: Some(at(*time)),
            ..CheckReport::new(*name, None)
        });
        let target = TargetReport {
            target: target.to_owned(),
            checks: checks.collect(),
            ..TargetReport::default()
        };
        Report { started: at(started), duration: Duration::ZERO, targets: vec![target] }
    }

    /// The checks of a report that are new.
    fn new(report: &Report) -> Vec<&str> {
        let checks = report.targets[0].checks.iter();
        checks.filter(|check| check.is_of(report.started)).map(|check| &*check.check).collect()
    }

    #[test]
    fn a_newer_report_contains_the_results_that_wait() {
        let queue = Queue::default();
        queue.push(report("db1", 10, &[("hourly", 10), ("alive", 10)]));
        queue.push(report("db2", 11, &[("alive", 11)]));
        queue.push(report("db1", 20, &[("hourly", 10), ("alive", 20)]));
        assert_eq!(queue.len(), 2);
        let first = queue.next().expect("it waits");
        assert_eq!(new(&first), ["hourly", "alive"]);
        // It was not delivered, and a newer one came meanwhile.
        queue.push(report("db1", 30, &[("hourly", 10), ("alive", 30)]));
        queue.put_back(first);
        assert_eq!(
            queue.next().map(|report| report.targets[0].target.clone()).as_deref(),
            Some("db2")
        );
        let again = queue.next().expect("it waits");
        assert_eq!(new(&again), ["hourly", "alive"]);
        assert_eq!(again.targets[0].checks[1].at, Some(at(30)));
        queue.push(report("db1", 40, &[("hourly", 10), ("alive", 40)]));
        assert_eq!(new(&queue.next().expect("it waits")), ["alive"]);
        queue.stop();
        assert_eq!(queue.next(), None);
        assert!(!queue.pause(Duration::from_secs(60)));
    }
}
