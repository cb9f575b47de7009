//! Calls the functions of checks in one database. All calls are sent at once.

use std::borrow::Cow;
use std::time::Duration;

use futures_util::future;
use tokio::time::{Instant, timeout_at};

use super::Limits;
use super::error::{RunError, not_installed, table_error, without_extension};
use super::job::{Job, PlannedCheck};
use crate::catalog::check::{Check, Query, Scope};
use crate::catalog::function::{ArgumentValue, FunctionSignature, Measurement};
use crate::database::error::DatabaseError;
use crate::database::probe::Probe;
use crate::database::{Session, patience};
use crate::finding::State;
use crate::finding::report::{ServerRole, Skip};
use crate::rows::Rows;
use crate::settings::effective::EffectiveCheck;

/// Why a check that a standby repeats from its primary does not run there.
const REPLICATED: &str = "not applicable: a standby repeats this from its primary; to run it here, set replicated_checks = true";

/// How often a function is called until no object vanishes during the call.
const ATTEMPTS: u32 = 3;

/// The result of calling the functions of one check in one database.
pub(super) enum CallOutcome {
    /// The rows of each query of the scope.
    Rows(Vec<Rows>),
    /// A call failed: the reason, and the state, which is Unknown unless the server did not answer.
    Failed(String, State),
    /// No function was called, for this reason.
    Skipped(Skip, String),
}

/// The answer of one database to one check.
pub(super) struct CallAnswer {
    /// The database; absent for queries of scope `cluster`.
    pub(super) database: Option<String>,
    pub(super) outcome: CallOutcome,
    pub(super) took: Duration,
}

/// A session in which the functions of checks are called.
pub(super) struct Calls<'a> {
    pub(super) job: &'a Job,
    pub(super) limits: Limits,
    pub(super) deadline: Instant,
    pub(super) session: &'a Session,
    pub(super) probe: &'a Probe,
    /// The database, as messages name it.
    pub(super) database: &'a str,
}

/// Queries the version and the role of the server, and which functions exist for some queries.
pub(super) async fn probe<'q>(
    session: &Session,
    job: &Job,
    limits: Limits,
    deadline: Instant,
    queries: impl Iterator<Item = &'q Query>,
) -> Result<Probe, RunError> {
    let functions: Vec<&str> = queries.map(|query| query.signature.function.as_str()).collect();
    match patience::until(deadline, session.probe(&job.schema, &functions)).await {
        Ok(Ok(probe)) => Ok(probe),
        Ok(Err(error)) => Err(RunError::Call { error, statement: limits.statement }),
        Err(_) => Err(RunError::late("the first query", limits.sweep)),
    }
}

impl Calls<'_> {
    /// Calls the functions for the queries of one scope. It sends all calls before it waits for answers.
    pub(super) async fn call(&self, planned: &PlannedCheck, scope: Scope) -> CallAnswer {
        let began = Instant::now();
        let outcome = match self.reason_to_skip(&planned.check, scope) {
            Some((skip, reason)) => CallOutcome::Skipped(skip, reason),
            None => match self.rows(planned, scope).await {
                Ok(rows) => CallOutcome::Rows(rows),
                Err(error) if self.probe.unqueried && error.is_about_call() => {
                    Box::pin(self.call_after_probe(planned, scope)).await
                }
                Err(error) => CallOutcome::Failed(error.to_string(), self.state(planned, &error)),
            },
        };
        let database = (scope == Scope::Database).then(|| self.database.to_owned());
        CallAnswer { database, outcome, took: began.elapsed() }
    }

    /// Sends the first queries, which find out what prevents a call, and calls the functions if nothing does.
    async fn call_after_probe(&self, planned: &PlannedCheck, scope: Scope) -> CallOutcome {
        let queries = planned.check.queries_of(scope);
        match probe(self.session, self.job, self.limits, self.deadline, queries).await {
            Ok(probe) => Calls { probe: &probe, ..*self }.call(planned, scope).await.outcome,
            Err(error) => CallOutcome::Failed(error.to_string(), self.state(planned, &error)),
        }
    }

    /// The state of a check whose call failed.
    pub(super) fn state(&self, planned: &PlannedCheck, error: &RunError) -> State {
        // A server that has not answered anything is not only slow in this check.
        let is_silent = self.probe.unqueried && matches!(error, RunError::Late(_));
        match error.outage() {
            // Only this check is slow, so the setting for the whole target does not apply.
            Some(outage) if error.is_late() && !is_silent => planned.check.state_for(outage),
            Some(outage) => self.job.check_state(&planned.check, outage),
            None => State::Unknown,
        }
    }

    /// Whether the database has a function for a query of a scope.
    pub(super) fn has_any(&self, check: &Check, scope: Scope) -> bool {
        check.queries_of(scope).any(|query| self.exists(&query.signature.function))
    }

    /// After the deadline, cancels the statement that the server still executes.
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
        if check.replicated && role == ServerRole::Standby && !self.job.replicated_checks {
            return Some((Skip::Role, REPLICATED.to_owned()));
        }
        let wanted = check.role.filter(|wanted| *wanted != role)?;
        let reason = format!("not applicable: for a {}, this is a {}", wanted.name(), role.name());
        Some((Skip::Role, reason))
    }

    async fn rows(&self, planned: &PlannedCheck, scope: Scope) -> Result<Vec<Rows>, RunError> {
        let PlannedCheck { check, effective } = planned;
        let calls = check.queries_of(scope).map(|query| {
            patience::until(self.deadline, self.call_function(&query.signature, effective))
        });
        let mut answers = Vec::with_capacity(check.queries.len());
        for answer in future::join_all(calls).await {
            match answer {
                Ok(Ok(rows)) => answers.push(rows),
                Ok(Err(error)) => {
                    let error = match &check.own_owner {
                        Some(own) => match table_error(error, own, self.database) {
                            Ok(error) => return Err(error),
                            Err(error) => error,
                        },
                        None => error,
                    };
                    return Err(RunError::Call { error, statement: self.limits.statement });
                }
                Err(_) => return Err(RunError::late("the answer", self.limits.sweep)),
            }
        }
        Ok(answers)
    }

    /// Calls a function, and calls it again if an object vanished during the call. After a wait for a lock it is called once
    /// more: many queries leave out what is locked when they begin.
    async fn call_function(
        &self,
        signature: &FunctionSignature,
        effective: &EffectiveCheck,
    ) -> Result<Rows, DatabaseError> {
        // One row more than the limit shows that rows were cut off.
        let limit = effective.row_limit.saturating_add(1);
        let arguments = self.arguments(signature, effective);
        let call = || self.session.call(&self.job.schema, signature, &arguments, limit);
        let mut attempt = 1;
        loop {
            match call().await {
                Err(error) if error.may_pass() && attempt < ATTEMPTS => attempt += 1,
                Err(error) if error.is_locked() && attempt == 1 => attempt += 1,
                answer => return answer,
            }
        }
    }

    /// The arguments: those that are measured have the values of this session.
    fn arguments<'e>(
        &self,
        signature: &FunctionSignature,
        effective: &'e EffectiveCheck,
    ) -> Cow<'e, [ArgumentValue]> {
        let mut values = Cow::Borrowed(effective.arguments.as_slice());
        for (position, argument) in signature.arguments.iter().enumerate() {
            let Some(measurement) = argument.measured else { continue };
            let measured = match measurement {
                Measurement::Clock => {
                    jiff::Timestamp::now().as_duration().try_into().unwrap_or_default()
                }
                Measurement::ConnectTime => self.session.opened_in(),
                Measurement::QueryTime => self.probe.took,
                Measurement::CertificateEnd => {
                    let certificate = self.session.certificate();
                    Duration::from_secs(certificate.map_or(0, |certificate| certificate.end))
                }
                Measurement::CertificateName => {
                    let names = self.session.certificate().and_then(|shown| shown.names_host);
                    Duration::from_secs(names.map_or(0, |names| if names { 1 } else { 2 }))
                }
                // It is a column.
                Measurement::CommitTime => continue,
            };
            if let Some(value) = values.to_mut().get_mut(position) {
                *value = ArgumentValue::Double(measured.as_secs_f64());
            }
        }
        values
    }

    pub(super) fn reason_to_skip(&self, check: &Check, scope: Scope) -> Option<(Skip, String)> {
        self.not_applicable(check).or_else(|| {
            let complete =
                check.queries_of(scope).all(|query| self.exists(&query.signature.function));
            let reason = || not_installed(self.probe.schema, &self.job.schema, self.database);
            match check.requires.filter(|_| self.probe.schema) {
                _ if complete => None,
                Some(extension) => {
                    Some((Skip::Extension, without_extension(extension.name, self.database)))
                }
                None => Some((Skip::NotInstalled, reason())),
            }
        })
    }

    fn exists(&self, function: &str) -> bool {
        self.probe.functions.iter().any(|known| known == function)
    }
}
