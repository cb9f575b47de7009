//! Calls the functions of checks in one database, all at once.

use std::time::Duration;

use futures_util::future;
use tokio::time::{Instant, timeout_at};

use super::job::{Job, PlannedCheck};
use super::{Limits, messages};
use crate::catalog::check::{Check, Scope};
use crate::database::Session;
use crate::database::probe::Probe;
use crate::finding::report::Skip;
use crate::rows::Rows;

/// The result of calling the functions of one check in one database.
pub(super) enum CallOutcome {
    /// The rows of each query of the scope.
    Rows(Vec<Rows>),
    /// A call failed, or could not be made.
    Failed(String),
    /// No call was made.
    Skipped(Skip, String),
}

/// The answer of one database to one check.
pub(super) struct CallAnswer {
    /// The database; absent for queries of scope `cluster`.
    pub(super) database: Option<String>,
    pub(super) outcome: CallOutcome,
    pub(super) took: Duration,
}

/// A session, with what is needed to call the functions of checks in it.
pub(super) struct Calls<'a> {
    pub(super) job: &'a Job,
    pub(super) limits: Limits,
    pub(super) deadline: Instant,
    pub(super) session: &'a Session,
    pub(super) probe: &'a Probe,
    /// The database, as messages name it.
    pub(super) database: &'a str,
}

impl Calls<'_> {
    /// Calls the functions for the queries of one scope. The calls of several checks are sent without waiting for
    /// answers in between.
    pub(super) async fn call(&self, planned: &PlannedCheck, scope: Scope) -> CallAnswer {
        let began = Instant::now();
        let outcome = match self.reason_to_skip(&planned.check, scope) {
            Some((skip, reason)) => CallOutcome::Skipped(skip, reason),
            None => self.rows(planned, scope).await,
        };
        let database = (scope == Scope::Database).then(|| self.database.to_owned());
        CallAnswer { database, outcome, took: began.elapsed() }
    }

    /// Whether any of the functions for the queries of one scope is in this database.
    pub(super) fn has_any(&self, check: &Check, scope: Scope) -> bool {
        check.queries_of(scope).any(|query| self.exists(&query.signature.function))
    }

    /// Cancels what is still running on the server after the deadline.
    pub(super) async fn cancel_if_late(&self) {
        if Instant::now() >= self.deadline {
            let soon = Instant::now() + Duration::from_millis(500);
            let _ = timeout_at(soon, self.session.cancel()).await;
        }
    }

    /// Why a check is not for this server, if it is not.
    pub(super) fn not_applicable(&self, check: &Check) -> Option<(Skip, String)> {
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

    async fn rows(&self, planned: &PlannedCheck, scope: Scope) -> CallOutcome {
        let PlannedCheck { check, effective } = planned;
        let calls = check.queries_of(scope).map(|query| {
            // One more than the limit shows that rows were cut off.
            let limit = check.row_limit.saturating_add(1);
            let call =
                self.session.call(&self.job.schema, &query.signature, &effective.arguments, limit);
            timeout_at(self.deadline, call)
        });
        let mut answers = Vec::with_capacity(check.queries.len());
        for answer in future::join_all(calls).await {
            match answer {
                Ok(Ok(rows)) => answers.push(rows),
                Ok(Err(error)) => {
                    return CallOutcome::Failed(messages::failed_call(
                        &error,
                        self.limits.statement,
                    ));
                }
                Err(_) => {
                    return CallOutcome::Failed(messages::late("the answer", self.limits.sweep));
                }
            }
        }
        CallOutcome::Rows(answers)
    }

    fn reason_to_skip(&self, check: &Check, scope: Scope) -> Option<(Skip, String)> {
        self.not_applicable(check).or_else(|| {
            let complete =
                check.queries_of(scope).all(|query| self.exists(&query.signature.function));
            let reason =
                || messages::not_installed(self.probe.schema, &self.job.schema, self.database);
            (!complete).then(|| (Skip::NotInstalled, reason()))
        })
    }

    fn exists(&self, function: &str) -> bool {
        self.probe.functions.iter().any(|known| known == function)
    }
}
