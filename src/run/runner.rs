//! The runner: sweeps targets, once or again and again.
//!
//! Its caller decides when a check is due and who gets the report.

use std::path::PathBuf;

use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use tokio::time::Instant;

use super::Limits;
use super::job::Job;
use super::judge::Judge;
use super::lanes::Lanes;
use super::opening::Opening;
use super::sessions::Sessions;
use super::{documents, suppress, sweep};
use crate::finding::report::{OWN, Report, TargetReport};

pub use super::sessions::Keep;

/// Owns the worker that judges scripts, and the sessions that stay open between two sweeps.
pub struct Runner {
    limits: Limits,
    judge: Judge,
    sessions: Sessions,
    lanes: Lanes,
}

impl Runner {
    /// A runner that closes its sessions after each sweep. `program` is the path of this program, which is started again
    /// as the worker if a check has a script.
    pub fn new(limits: Limits, program: PathBuf) -> Runner {
        let (judge, sessions) = (Judge::new(program), Sessions::new(Keep::NONE));
        Runner { limits, judge, sessions, lanes: Lanes::WITHOUT_LIMIT }
    }

    /// Uses a session that is being opened for its first sweep.
    #[must_use]
    pub(super) fn with_opening(self, opening: Option<Opening>) -> Runner {
        Runner { sessions: Sessions::of_opening(opening), ..self }
    }

    /// Keeps sessions for the next sweep of their target.
    #[must_use]
    pub fn keeping(self, keep: Keep) -> Runner {
        Runner { sessions: Sessions::new(keep), ..self }
    }

    /// Limits how many targets are connected to, and queried, at a time.
    #[must_use]
    pub fn within(self, lanes: Lanes) -> Runner {
        Runner { lanes, ..self }
    }

    /// Runs the checks of a job against its target.
    pub async fn sweep(&self, job: &Job) -> TargetReport {
        // The future is large, and a server has many.
        let sweeping =
            Box::pin(sweep::sweep(job, self.limits, &self.judge, &self.sessions, &self.lanes));
        let judging = documents::reports(job, &self.judge, Instant::now() + self.limits.sweep);
        // The worker starts after the first packets were sent, while the server works.
        let starting = async {
            if job.needs_worker() {
                self.judge.start();
            }
        };
        let (mut report, documents, ()) = tokio::join!(sweeping, judging, starting);
        // posemo's own report is the last one.
        let own = report.checks.iter().position(|one| one.check == OWN);
        let end = own.unwrap_or(report.checks.len());
        report.checks.insert(end, documents.into());
        report.profile.clone_from(&job.profile);
        job.add_references(&mut report);
        suppress::apply(&job.suppressions, &mut report, Timestamp::now());
        report
    }

    /// Sweeps the targets of all jobs, and calls `done` with the number of finished ones.
    pub async fn run(&self, jobs: &[Job], mut done: impl FnMut(usize)) -> Report {
        let (started, began) = (Timestamp::now(), Instant::now());
        let mut reports: Vec<Option<TargetReport>> = jobs.iter().map(|_| None).collect();
        let sweeps = reports
            .iter_mut()
            .zip(jobs)
            .map(|(report, job)| async move { *report = Some(Box::pin(self.sweep(job)).await) });
        let mut finished = stream::iter(sweeps).buffer_unordered(self.limits.jobs.max(1));
        let mut count = 0;
        while let Some(()) = finished.next().await {
            count += 1;
            done(count);
        }
        drop(finished);
        let mut targets: Vec<TargetReport> = reports.into_iter().flatten().collect();
        suppress::add_remarks(jobs, &mut targets, started);
        Report { started, duration: began.elapsed(), targets }
    }

    /// Closes the sessions and ends the worker without waiting for it.
    pub fn close(self) {
        self.judge.dismiss();
    }
}
