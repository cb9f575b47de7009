//! Asks the functions of some checks in one session, all at once.
//!
//! It judges nothing; a check that cannot be asked is told apart from one that failed.

use std::time::Duration;

use futures_util::future;
use tokio::time::{Instant, timeout_at};

use super::{Job, Limits, trouble};
use crate::catalog::check::{Check, Scope};
use crate::database::Session;
use crate::database::probe::Probe;
use crate::finding::report::Skip;
use crate::rows::Rows;
use crate::settings::orders::Orders;

/// What became of asking one check.
pub(super) enum Outcome {
    /// The rows of each of its queries that are asked there.
    Rows(Vec<Rows>),
    /// It was asked, or should have been, and there are no rows.
    Failed(String),
    /// It was not asked, and why.
    Skipped(Skip, String),
}

/// One check, asked in one database.
pub(super) struct Asked {
    /// The database, for queries of scope `database`.
    pub(super) database: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
}

/// How the checks of a job are asked in one database.
pub(super) struct Asking<'a> {
    pub(super) job: &'a Job,
    pub(super) limits: Limits,
    pub(super) deadline: Instant,
    pub(super) session: &'a Session,
    pub(super) probe: &'a Probe,
    /// The database, as it is named in messages.
    pub(super) database: &'a str,
}

impl Asking<'_> {
    /// Asks the queries of one scope of a check of the job. Where several are asked together, the calls go out one after the other
    /// and nobody waits for the answer of another.
    pub(super) async fn ask(&self, index: usize, scope: Scope) -> (Outcome, Duration) {
        let began = Instant::now();
        let (check, orders) = &self.job.checks[index];
        let outcome = match self.reason_to_skip(index, scope) {
            Some((skip, reason)) => Outcome::Skipped(skip, reason),
            None => self.call(check, orders, scope).await,
        };
        (outcome, began.elapsed())
    }

    /// Whether any of the functions for the queries of one scope of a check is in this database.
    pub(super) fn has_any(&self, index: usize, scope: Scope) -> bool {
        let (check, _) = &self.job.checks[index];
        check
            .queries_of(scope)
            .any(|query| self.probe.functions.contains(&query.signature.function))
    }

    /// Whether all functions for the queries of one scope of a check are in this database.
    fn has(&self, index: usize, scope: Scope) -> bool {
        let (check, _) = &self.job.checks[index];
        check
            .queries_of(scope)
            .all(|query| self.probe.functions.contains(&query.signature.function))
    }

    /// Has the server give up what nobody waits for any more.
    pub(super) async fn cancel_if_late(&self) {
        if Instant::now() >= self.deadline {
            let _ = timeout_at(Instant::now() + Duration::from_millis(500), self.session.cancel())
                .await;
        }
    }

    async fn call(&self, check: &Check, orders: &Orders, scope: Scope) -> Outcome {
        let calls = check.queries_of(scope).map(|query| {
            let limit = check.row_limit.saturating_add(1);
            let call =
                self.session.call(&self.job.schema, &query.signature, &orders.arguments, limit);
            timeout_at(self.deadline, call)
        });
        let mut answers = Vec::with_capacity(check.queries.len());
        for answer in future::join_all(calls).await {
            match answer {
                Ok(Ok(rows)) => answers.push(rows),
                Ok(Err(error)) => {
                    return Outcome::Failed(trouble::of_call(&error, self.limits.statement));
                }
                Err(_) => return Outcome::Failed(trouble::late("the answer", self.limits.sweep)),
            }
        }
        Outcome::Rows(answers)
    }

    fn reason_to_skip(&self, index: usize, scope: Scope) -> Option<(Skip, String)> {
        self.not_applicable(index).or_else(|| {
            let reason =
                || trouble::not_installed(self.probe.schema, &self.job.schema, self.database);
            (!self.has(index, scope)).then(|| (Skip::NotInstalled, reason()))
        })
    }

    /// Why a check is not for this server, if it is not.
    pub(super) fn not_applicable(&self, index: usize) -> Option<(Skip, String)> {
        let (check, _) = &self.job.checks[index];
        let (major, role) = (self.probe.version.major(), self.probe.role);
        if !check.servers.contains(major) {
            let reason =
                format!("not applicable: for PostgreSQL {}, this is {major}", check.servers);
            return Some((Skip::Version, reason));
        }
        let wanted = check.role.filter(|wanted| *wanted != role)?;
        let reason = format!("not applicable: for a {}, this is a {}", wanted.name(), role.name());
        Some((Skip::Role, reason))
    }
}
