//! Runs checks in each database where they are installed.

use std::time::Duration;

use futures_util::future;
use futures_util::stream::{self, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::calls::{CallAnswer, CallOutcome, Calls};
use super::connector::Connector;
use super::error::{
    RunError, allows_no_connections, called_nowhere, not_installed_in, not_monitored,
};
use super::job::PlannedCheck;
use super::judge::Judge;
use crate::catalog::check::Scope;
use crate::catalog::monitor::SESSIONS_BESIDE_HOME;
use crate::database::databases::MonitoredDatabase;
use crate::finding::State;
use crate::finding::report::{CheckReport, Skip};

/// The answers to each check, in the order of the checks.
type Answers = Vec<Vec<CallAnswer>>;

/// The sweep of the databases of one target.
pub(super) struct DatabaseSweep<'a> {
    pub(super) connector: &'a Connector<'a>,
    pub(super) judge: &'a Judge,
    /// The calls in the home database.
    pub(super) home: &'a Calls<'a>,
    /// The other databases. The checks run in those where they are installed and that allow connections.
    pub(super) others: &'a Result<Vec<MonitoredDatabase>, RunError>,
}

impl DatabaseSweep<'_> {
    /// The reports of checks of scope `database`.
    pub(super) async fn reports<'c>(
        &self,
        checks: Vec<&'c PlannedCheck>,
    ) -> Vec<(&'c str, Vec<CheckReport>)> {
        let at_home = future::join_all(checks.iter().map(|planned| self.at_home(planned)));
        let elsewhere = async {
            match self.others {
                Ok(databases) => self.elsewhere(databases, &checks).await,
                Err(error) => {
                    checks.iter().map(|_| vec![failed(None, &error.to_string())]).collect()
                }
            }
        };
        let (at_home, elsewhere) = tokio::join!(at_home, elsewhere);
        let judged = checks.iter().zip(at_home).zip(elsewhere).map(
            |((planned, mut answers), elsewhere)| async move {
                // A check that is not for this server is reported once, not for each database.
                if !answers.iter().any(is_skip_of_server) {
                    answers.extend(elsewhere);
                }
                if !answers.iter().any(is_skip_of_server) {
                    answers.extend(self.not_called(planned, &answers));
                }
                if answers.iter().all(is_of_cluster) {
                    let reason = self.called_nowhere();
                    let outcome = CallOutcome::Skipped(Skip::NotInstalled, reason);
                    answers.push(CallAnswer { database: None, outcome, took: Duration::ZERO });
                }
                let reports = self.judge.judge(planned, answers, self.connector.deadline).await;
                (planned.check.name.as_str(), reports)
            },
        );
        // All checks wait for the worker at the same time, so that none of them waits for all scripts of another.
        future::join_all(judged).await
    }

    /// Why a check was called in no database.
    fn called_nowhere(&self) -> String {
        let is_closed = |other: &&MonitoredDatabase| {
            other.installed && !other.open && self.connector.job.monitors(&other.name)
        };
        let closed = self.others.iter().flatten().filter(is_closed);
        called_nowhere(&closed.map(|other| other.name.as_str()).collect::<Vec<_>>())
    }

    /// The answers of the home database. Queries of scope `database` run there only if the home database has a function
    /// for one of them.
    async fn at_home(&self, planned: &PlannedCheck) -> Vec<CallAnswer> {
        if let Some((skip, reason)) = self.home.not_applicable(&planned.check) {
            let outcome = CallOutcome::Skipped(skip, reason);
            return vec![CallAnswer { database: None, outcome, took: Duration::ZERO }];
        }
        let scopes = [Scope::Cluster, Scope::Database].into_iter().filter(|scope| match scope {
            Scope::Cluster => planned.check.has_query_of(Scope::Cluster),
            Scope::Database => {
                self.connector.job.monitors(self.home.database)
                    && planned.effective.databases.contains(self.home.database)
                    && self.home.has_any(&planned.check, Scope::Database)
            }
        });
        future::join_all(scopes.map(|scope| self.home.call(planned, scope))).await
    }

    /// The databases in which a check must run and that were not called, each with the reason: those that its settings name,
    /// and those that match a pattern and have no checks. Databases that the target does not monitor are left out.
    fn not_called(&self, planned: &PlannedCheck, answers: &[CallAnswer]) -> Vec<CallAnswer> {
        let Ok(others) = self.others else { return Vec::new() };
        let wanted = &planned.effective.databases;
        if wanted.is_all() {
            return Vec::new();
        }
        let called =
            |name: &str| answers.iter().any(|answer| answer.database.as_deref() == Some(name));
        let known = |name: &str| others.iter().find(|other| other.name == name);
        let matching = others
            .iter()
            .filter(|other| !other.installed && other.open && wanted.contains(&other.name));
        let mut names = wanted.names();
        names.extend(matching.map(|other| other.name.clone()));
        names.retain(|name| self.connector.job.monitors(name) && !called(name));
        names.sort_unstable();
        names.dedup();
        let missing = names.into_iter().map(|name| {
            let open = known(&name).is_none_or(|other| other.open);
            let reason = if open { not_installed_in(&name) } else { allows_no_connections(&name) };
            let outcome = CallOutcome::Skipped(Skip::NotInstalled, reason);
            CallAnswer { database: Some(name), outcome, took: Duration::ZERO }
        });
        missing.collect()
    }

    /// The answers of all other databases to each check. A failure is the answer of one database.
    async fn elsewhere(
        &self,
        databases: &[MonitoredDatabase],
        checks: &[&PlannedCheck],
    ) -> Answers {
        let each = stream::iter(databases)
            .filter(|database| {
                let runs = |planned: &&PlannedCheck| runs_in(planned, &database.name);
                future::ready(self.runs_in(database) && checks.iter().any(runs))
            })
            .map(|database| self.database(&database.name, database.installer, checks))
            .buffered(SESSIONS_BESIDE_HOME)
            .collect::<Vec<Vec<Option<CallAnswer>>>>()
            .await;
        let mut answers: Answers = checks.iter().map(|_| Vec::new()).collect();
        for database in each {
            for (answers, answer) in answers.iter_mut().zip(database) {
                answers.extend(answer);
            }
        }
        answers
    }

    fn runs_in(&self, database: &MonitoredDatabase) -> bool {
        database.installed && database.open && self.connector.job.monitors(&database.name)
    }

    /// An error for each database that the job names and in which no check can run.
    pub(super) fn missing(&self) -> Vec<RunError> {
        let Ok(databases) = self.others else { return Vec::new() };
        let runs = |name: &String| {
            let home = name == self.home.database
                && self
                    .connector
                    .job
                    .checks
                    .iter()
                    .any(|one| self.home.has_any(&one.check, Scope::Database));
            home || databases.iter().any(|one| one.name == *name && self.runs_in(one))
        };
        let missing = self.connector.job.only.iter().filter(|name| !runs(name));
        let monitored = databases.iter().filter(|one| one.installed && one.open);
        let monitored: Vec<&str> = monitored.map(|one| one.name.as_str()).collect();
        let error = |name: &String| {
            let closed = databases.iter().any(|one| one.name == *name && one.installed);
            not_monitored(name, closed, &monitored)
        };
        missing.map(error).collect()
    }

    /// The answer of one database to each check that runs there.
    async fn database(
        &self,
        name: &str,
        installer: u32,
        checks: &[&PlannedCheck],
    ) -> Vec<Option<CallAnswer>> {
        let began = Instant::now();
        let called = self.call_in(name, installer, checks).await;
        let is_lost = called.as_ref().is_err_and(RunError::is_lost_database);
        let answers = match called {
            Ok(answers) => answers,
            Err(error) => {
                let (took, error) = (began.elapsed(), error.to_string());
                let failed = || CallAnswer { took, ..failed(Some(name), &error) };
                checks.iter().map(|planned| runs_in(planned, name).then(failed)).collect()
            }
        };
        let is_failure = |answer: &CallAnswer| matches!(answer.outcome, CallOutcome::Failed(..));
        if answers.iter().flatten().any(is_failure) && (is_lost || self.lost(name).await) {
            let lost = |answer: CallAnswer| match answer.outcome {
                CallOutcome::Failed(..) => {
                    let reason = format!(
                        "database {name} was dropped, renamed, moved or closed during the run"
                    );
                    CallAnswer { outcome: CallOutcome::Skipped(Skip::Vanished, reason), ..answer }
                }
                _ => answer,
            };
            return answers.into_iter().map(|answer| answer.map(lost)).collect();
        }
        answers
    }

    /// Whether a database was dropped, renamed, moved or closed since it was listed.
    async fn lost(&self, name: &str) -> bool {
        let session = self.home.session;
        let lost = timeout_at(self.connector.deadline, session.lost_or_closed_database(name));
        lost.await.unwrap_or(false)
    }

    async fn call_in(
        &self,
        name: &str,
        installer: u32,
        checks: &[&PlannedCheck],
    ) -> Result<Vec<Option<CallAnswer>>, RunError> {
        let (session, probe) = self.connector.trusted_session(name, installer).await?;
        let calls = self.connector.calls(&session, &probe, name);
        let calls_here = checks.iter().map(|planned| async {
            if runs_in(planned, name) {
                Some(calls.call(planned, Scope::Database).await)
            } else {
                None
            }
        });
        let answers = future::join_all(calls_here).await;
        calls.cancel_if_late().await;
        self.connector.keep(session);
        Ok(answers)
    }
}

/// Whether a check runs in a database.
fn runs_in(planned: &PlannedCheck, database: &str) -> bool {
    planned.effective.databases.contains(database)
}

fn failed(database: Option<&str>, reason: &str) -> CallAnswer {
    let outcome = CallOutcome::Failed(reason.to_owned(), State::Unknown);
    CallAnswer { database: database.map(str::to_owned), outcome, took: Duration::ZERO }
}

/// Whether a check is not for the server at all.
fn is_skip_of_server(answer: &CallAnswer) -> bool {
    answer.database.is_none() && matches!(answer.outcome, CallOutcome::Skipped(..))
}

/// Whether an answer has rows of scope `cluster`.
fn is_of_cluster(answer: &CallAnswer) -> bool {
    answer.database.is_none() && matches!(answer.outcome, CallOutcome::Rows(_))
}
