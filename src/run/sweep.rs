//! One target, once: connect, find out what it is, ask every check, have the answers judged.
//!
//! One connection a database, one attempt at each, and a deadline over all of it.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future;
use futures_util::stream::{self, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::ask::{Asked, Asking, Outcome};
use super::judge::Judge;
use super::{Job, Limits, trouble};
use crate::catalog::check::Scope;
use crate::database::parameters::Parameters;
use crate::database::probe::Probe;
use crate::database::{Purpose, Session};
use crate::finding::{CheckReport, Skip, TargetReport};

/// Connections to one target at a time, beside the one to the home database; the monitor role may have ten.
const SIDE_BY_SIDE: usize = 4;

/// Sweeps a target.
pub(super) async fn sweep(job: &Job, limits: Limits, judge: &Judge) -> TargetReport {
    let mut report = TargetReport { target: job.name.clone(), ..TargetReport::default() };
    let parameters = match &job.parameters {
        Ok(parameters) => parameters,
        Err(error) => {
            report.error = Some(error.clone());
            return report;
        }
    };
    if let Some(host) = parameters.hosts().first() {
        report.host = Some(host.label.clone());
        report.port = Some(host.port);
    }
    for warning in parameters.warnings() {
        tracing::warn!(target = job.name, "{warning}");
    }
    let deadline = Instant::now() + limits.sweep;
    let sweep = Sweep { job, limits, deadline, parameters };
    match sweep.enter(parameters, Scope::Cluster).await {
        Err(error) => report.error = Some(error),
        Ok((session, probe)) => {
            report.host = Some(session.host().to_owned());
            report.port = Some(session.port());
            report.server_version = session.server_version().map(str::to_owned);
            report.role = Some(probe.role);
            report.checks = sweep.everywhere(&session, &probe, judge).await;
        }
    }
    report
}

struct Sweep<'a> {
    job: &'a Job,
    limits: Limits,
    deadline: Instant,
    parameters: &'a Parameters,
}

impl Sweep<'_> {
    /// Connects to a database and asks what is there.
    async fn enter(
        &self,
        parameters: &Parameters,
        scope: Scope,
    ) -> Result<(Session, Probe), String> {
        let purpose = Purpose::Monitor { statement: self.limits.statement };
        let patience = self.deadline.min(Instant::now() + self.limits.connect);
        let opened = timeout_at(patience, Session::open(parameters, purpose)).await;
        let Ok(opened) = opened else {
            let limit = self.limits.connect.min(self.limits.sweep);
            let hosts =
                parameters.hosts().iter().map(|host| format!("{}:{}", host.label, host.port));
            let hosts = hosts.collect::<Vec<_>>().join(", ");
            return Err(trouble::late(&format!("connecting to {hosts}"), limit));
        };
        let session = opened.map_err(|error| error.to_string())?;
        let functions: Vec<&str> = self
            .job
            .checks
            .iter()
            .filter(|(check, _)| scope == Scope::Cluster || check.scope == scope)
            .flat_map(|(check, _)| &check.queries)
            .map(|query| query.signature.function.as_str())
            .collect();
        let probed = timeout_at(self.deadline, session.probe(&self.job.schema, &functions)).await;
        let probe = probed
            .map_err(|_| trouble::late("asking what the server is", self.limits.sweep))?
            .map_err(|error| trouble::of_call(&error, self.limits.statement))?;
        Ok((session, probe))
    }

    fn of_scope(&self, scope: Scope) -> Vec<usize> {
        let checks = self.job.checks.iter().enumerate();
        checks.filter(|(_, (check, _))| check.scope == scope).map(|(index, _)| index).collect()
    }

    /// All checks: those of the cluster at home, the others in each database where they are installed.
    async fn everywhere(
        &self,
        session: &Session,
        probe: &Probe,
        judge: &Judge,
    ) -> Vec<CheckReport> {
        let asking = self.asking(session, probe, self.parameters.database());
        let mut of_cluster = self.of_scope(Scope::Cluster);
        // A script has work to do after its answer, so its question goes out before the others'.
        of_cluster.sort_by_key(|index| self.job.checks[*index].0.script.is_none());
        let cluster = of_cluster.into_iter().map(|index| {
            let asking = &asking;
            async move {
                let (outcome, took) = asking.ask(index).await;
                // Judged at once, so that a script runs while the server still works on other answers.
                let asked = vec![Asked { database: None, outcome, took }];
                (index, judge.judge(self.job, index, asked, self.deadline).await)
            }
        });
        // The question for databases goes out first: another connection has to wait for its answer.
        let (per_database, mut reports) =
            tokio::join!(self.per_database(&asking, judge), future::join_all(cluster));
        asking.cancel_if_late().await;
        reports.extend(per_database);
        reports.sort_by_key(|(index, _)| *index);
        reports.into_iter().flat_map(|(_, reports)| reports).collect()
    }

    /// The checks of scope `database`, in every database where the monitor was let in.
    async fn per_database(
        &self,
        home: &Asking<'_>,
        judge: &Judge,
    ) -> Vec<(usize, Vec<CheckReport>)> {
        let checks = self.of_scope(Scope::Database);
        if checks.is_empty() {
            return Vec::new();
        }
        let databases = match timeout_at(self.deadline, home.session.databases()).await {
            Ok(Ok(databases)) => databases,
            Ok(Err(error)) => {
                return self
                    .nowhere(&checks, &trouble::of_call(&error, self.limits.statement), judge)
                    .await;
            }
            Err(_) => {
                return self
                    .nowhere(
                        &checks,
                        &trouble::late("asking for databases", self.limits.sweep),
                        judge,
                    )
                    .await;
            }
        };
        // A per-database check may be installed at home too; where it is not, that is no defect.
        let here: Vec<usize> = checks.iter().copied().filter(|index| home.has(*index)).collect();
        let at_home = future::join_all(here.iter().map(|index| home.ask(*index)));
        let elsewhere = stream::iter(&databases)
            .map(|database| self.database(database, &checks))
            .buffered(SIDE_BY_SIDE)
            .collect::<Vec<Vec<Asked>>>();
        let (at_home, elsewhere) = tokio::join!(at_home, elsewhere);
        let mut of_check: BTreeMap<usize, Vec<Asked>> =
            checks.iter().map(|index| (*index, Vec::new())).collect();
        for (index, (outcome, took)) in here.iter().zip(at_home) {
            let database = Some(home.database.to_owned());
            of_check.entry(*index).or_default().push(Asked { database, outcome, took });
        }
        for answers in elsewhere {
            for (index, asked) in checks.iter().zip(answers) {
                of_check.entry(*index).or_default().push(asked);
            }
        }
        let mut reports = Vec::with_capacity(checks.len());
        for (index, mut asked) in of_check {
            if asked.is_empty() {
                let reason = "not installed in any database: run posemo install with --database NAME or --all-databases";
                let outcome = Outcome::Skipped(Skip::NotInstalled, reason.to_owned());
                asked.push(Asked { database: None, outcome, took: Duration::ZERO });
            }
            reports.push((index, judge.judge(self.job, index, asked, self.deadline).await));
        }
        reports
    }

    /// Nobody could say in which databases the checks are.
    async fn nowhere(
        &self,
        checks: &[usize],
        reason: &str,
        judge: &Judge,
    ) -> Vec<(usize, Vec<CheckReport>)> {
        let mut reports = Vec::with_capacity(checks.len());
        for index in checks {
            let outcome = Outcome::Failed(reason.to_owned());
            let asked = vec![Asked { database: None, outcome, took: Duration::ZERO }];
            reports.push((*index, judge.judge(self.job, *index, asked, self.deadline).await));
        }
        reports
    }

    fn asking<'a>(
        &'a self,
        session: &'a Session,
        probe: &'a Probe,
        database: &'a str,
    ) -> Asking<'a> {
        Asking {
            job: self.job,
            limits: self.limits,
            deadline: self.deadline,
            session,
            probe,
            database,
        }
    }

    /// The per-database checks in one database.
    async fn database(&self, name: &str, checks: &[usize]) -> Vec<Asked> {
        let began = Instant::now();
        let entered = self.enter(&self.parameters.with_database(name), Scope::Database).await;
        let answers = match &entered {
            Ok((session, probe)) => {
                let asking = self.asking(session, probe, name);
                let answers = future::join_all(checks.iter().map(|index| asking.ask(*index))).await;
                asking.cancel_if_late().await;
                answers
            }
            Err(error) => {
                let failed =
                    || (Outcome::Failed(format!("database {name}: {error}")), began.elapsed());
                checks.iter().map(|_| failed()).collect()
            }
        };
        let asked = |(outcome, took)| Asked { database: Some(name.to_owned()), outcome, took };
        answers.into_iter().map(asked).collect()
    }
}
