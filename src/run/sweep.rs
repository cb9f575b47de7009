//! One target, once: connect, find out what it is, ask every check, have the answers judged.
//!
//! One connection a database, one attempt at each, and a deadline over all of it.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future;
use futures_util::stream::{self, StreamExt};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::ask::{Asked, Asking, Outcome};
use super::judge::Judge;
use super::{Job, Limits, trouble};
use crate::catalog::check::Scope;
use crate::database::parameters::Parameters;
use crate::database::probe::Probe;
use crate::database::{Purpose, Session};
use crate::finding::report::{CheckReport, ServerRole, Skip, TargetReport};

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
    let sweep = Sweep { job, limits, deadline, parameters, judge };
    if let Err(error) = sweep.server(&mut report).await {
        report.error = Some(error);
    }
    report
}

struct Sweep<'a> {
    job: &'a Job,
    limits: Limits,
    deadline: Instant,
    parameters: &'a Parameters,
    judge: &'a Judge,
}

/// The answers to checks of scope `database`, by the position of the check in the job.
type PerDatabase = BTreeMap<usize, Vec<Asked>>;

/// The reports on checks, each with the position of its check in the job.
type Reports = Vec<(usize, Vec<CheckReport>)>;

impl Sweep<'_> {
    /// Everything about one server: the checks of the cluster at home, the others in each database where
    /// they are installed.
    async fn server(&self, report: &mut TargetReport) -> Result<(), String> {
        let session = self.open(self.parameters).await?;
        report.host = Some(session.host().to_owned());
        report.port = Some(session.port());
        report.server_version = session.server_version().map(str::to_owned);
        let (send, here) = oneshot::channel();
        // The question for databases goes out first: other connections have to wait for its answer. What
        // they say is judged while scripts of the cluster may still be at it.
        let per_database = async {
            let elsewhere = self.elsewhere(&session).await?;
            // Where nobody sends, asking at home has failed, and says so.
            let here = here.await.unwrap_or_default();
            Ok(self.judge_databases(here, elsewhere).await)
        };
        let (mut reports, (role, at_home)) =
            tokio::try_join!(per_database, self.home(&session, send))?;
        report.role = Some(role);
        reports.extend(at_home);
        reports.sort_by_key(|(index, _)| *index);
        report.checks = reports.into_iter().flat_map(|(_, reports)| reports).collect();
        Ok(())
    }

    /// The reports of the checks that are asked in databases.
    async fn judge_databases(&self, here: PerDatabase, elsewhere: PerDatabase) -> Reports {
        let mut per_database = here;
        for (index, asked) in elsewhere {
            let all = per_database.entry(index).or_default();
            // What is not for this server need not be said once more for each database.
            let is_skip =
                |one: &Asked| one.database.is_none() && matches!(one.outcome, Outcome::Skipped(..));
            if !all.iter().any(is_skip) {
                all.extend(asked);
            }
        }
        let judging = per_database.into_iter().map(|(index, mut asked)| async move {
            let is_only_home =
                |one: &Asked| one.database.is_none() && matches!(one.outcome, Outcome::Rows(_));
            if asked.iter().all(is_only_home) {
                let reason = "not installed in any database: run posemo install with --database NAME or --all-databases";
                let outcome = Outcome::Skipped(Skip::NotInstalled, reason.to_owned());
                asked.push(Asked { database: None, outcome, took: Duration::ZERO });
            }
            (index, self.judge.judge(self.job, index, asked, self.deadline).await)
        });
        // All queue for the worker at once, so that none waits for the whole of another.
        future::join_all(judging).await
    }

    async fn open(&self, parameters: &Parameters) -> Result<Session, String> {
        let purpose = Purpose::Monitor { statement: self.limits.statement };
        let left = self.deadline.saturating_duration_since(Instant::now());
        let hosts = u32::try_from(parameters.hosts().len()).unwrap_or(u32::MAX).max(1);
        // A host that is silent must leave time for the next one.
        let parameters = match parameters.connect_timeout() {
            None if hosts > 1 => {
                &parameters.with_connect_timeout(self.limits.connect.min(left) / hosts)
            }
            _ => parameters,
        };
        let patience =
            parameters.connect_timeout().map_or(self.limits.connect, |one| one * hosts).min(left);
        let opened =
            timeout_at(Instant::now() + patience, Session::open(parameters, purpose)).await;
        let Ok(opened) = opened else {
            let hosts =
                parameters.hosts().iter().map(|host| format!("{}:{}", host.label, host.port));
            let hosts = hosts.collect::<Vec<_>>().join(", ");
            return Err(trouble::late(&format!("connecting to {hosts}"), patience));
        };
        opened.map_err(|error| error.to_string())
    }

    /// What the server is, and which functions it has for checks of some scopes.
    async fn probe(&self, session: &Session, scopes: &[Scope]) -> Result<Probe, String> {
        let queries = self.job.checks.iter().flat_map(|(check, _)| &check.queries);
        let queries = queries.filter(|query| scopes.contains(&query.scope));
        let functions: Vec<&str> = queries.map(|query| query.signature.function.as_str()).collect();
        let probed = timeout_at(self.deadline, session.probe(&self.job.schema, &functions)).await;
        probed
            .map_err(|_| trouble::late("asking what the server is", self.limits.sweep))?
            .map_err(|error| trouble::of_call(&error, self.limits.statement))
    }

    /// The checks that are asked at home alone, and those that are asked in other databases, too.
    fn by_place(&self) -> (Vec<usize>, Vec<usize>) {
        let is_at_home = |index: &usize| !self.job.checks[*index].0.is_asked(Scope::Database);
        (0..self.job.checks.len()).partition(is_at_home)
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

    /// The checks in the home database: those of the cluster, judged; the answers to those of scope
    /// `database` are sent. Where nothing of one of these is installed at home, that is no defect; where only
    /// a part is, it was meant to be asked.
    async fn home(
        &self,
        session: &Session,
        send: oneshot::Sender<PerDatabase>,
    ) -> Result<(ServerRole, Reports), String> {
        let probe = self.probe(session, &[Scope::Cluster, Scope::Database]).await?;
        let home = self.parameters.database();
        let asking = self.asking(session, &probe, home);
        let (mut of_cluster, per_database) = self.by_place();
        // A script has work to do after its answer, so its question goes out before the others'.
        of_cluster.sort_by_key(|index| self.job.checks[*index].0.script.is_none());
        let of_cluster = of_cluster.into_iter().map(|index| {
            let asking = &asking;
            async move {
                let (outcome, took) = asking.ask(index, Scope::Cluster).await;
                // Judged at once, so that a script runs while the server still works on other answers.
                let asked = vec![Asked { database: None, outcome, took }];
                (index, self.judge.judge(self.job, index, asked, self.deadline).await)
            }
        });
        let per_database = per_database.into_iter().map(|index| {
            let asking = &asking;
            async move {
                if let Some((skip, reason)) = asking.not_applicable(index) {
                    let outcome = Outcome::Skipped(skip, reason);
                    return (index, vec![Asked { database: None, outcome, took: Duration::ZERO }]);
                }
                let mut asked = Vec::new();
                if self.job.checks[index].0.is_asked(Scope::Cluster) {
                    let (outcome, took) = asking.ask(index, Scope::Cluster).await;
                    asked.push(Asked { database: None, outcome, took });
                }
                if asking.has_any(index, Scope::Database) {
                    let (outcome, took) = asking.ask(index, Scope::Database).await;
                    asked.push(Asked { database: Some(home.to_owned()), outcome, took });
                }
                (index, asked)
            }
        });
        let answering = async {
            let here = future::join_all(per_database).await;
            // Nobody listens where asking elsewhere has failed, and then these are not wanted.
            let _ = send.send(here.into_iter().collect());
        };
        let (reports, ()) = tokio::join!(future::join_all(of_cluster), answering);
        asking.cancel_if_late().await;
        Ok((probe.role, reports))
    }

    /// The answers to the checks of scope `database`, from every other database where the monitor was
    /// let in. A failure is the answer of those checks, and of no others.
    async fn elsewhere(&self, session: &Session) -> Result<PerDatabase, String> {
        let (_, checks) = self.by_place();
        if checks.is_empty() {
            return Ok(PerDatabase::new());
        }
        let databases = match timeout_at(self.deadline, session.databases(&self.job.schema)).await {
            Ok(answer) => answer.map_err(|error| trouble::of_call(&error, self.limits.statement)),
            Err(_) => Err(trouble::late("asking for databases", self.limits.sweep)),
        };
        let databases = match databases {
            Ok(databases) => databases,
            Err(reason) => {
                let failed = || Asked {
                    database: None,
                    outcome: Outcome::Failed(reason.clone()),
                    took: Duration::ZERO,
                };
                return Ok(checks.into_iter().map(|index| (index, vec![failed()])).collect());
            }
        };
        let answers = stream::iter(&databases)
            .map(|(database, installer)| {
                self.database(database, installer.unwrap_or_default(), &checks)
            })
            .buffered(SIDE_BY_SIDE)
            .collect::<Vec<Vec<Asked>>>()
            .await;
        let mut of_check = PerDatabase::new();
        for answers in answers {
            for (index, asked) in checks.iter().zip(answers) {
                of_check.entry(*index).or_default().push(asked);
            }
        }
        Ok(of_check)
    }

    /// The checks of scope `database` in one database.
    async fn database(&self, name: &str, installer: u32, checks: &[usize]) -> Vec<Asked> {
        let began = Instant::now();
        let answers = match self.ask_in(name, installer, checks).await {
            Ok(answers) => answers,
            Err(error) => {
                let failed = || (Outcome::Failed(error.clone()), began.elapsed());
                checks.iter().map(|_| failed()).collect()
            }
        };
        let asked = |(outcome, took)| Asked { database: Some(name.to_owned()), outcome, took };
        answers.into_iter().map(asked).collect()
    }

    async fn ask_in(
        &self,
        name: &str,
        installer: u32,
        checks: &[usize],
    ) -> Result<Vec<(Outcome, Duration)>, String> {
        let session = self.open(&self.parameters.with_database(name)).await?;
        let trusts = timeout_at(self.deadline, session.trusts(&self.job.schema, installer));
        // Both questions go out together.
        let (probe, trusts) = tokio::join!(self.probe(&session, &[Scope::Database]), trusts);
        let probe = probe?;
        match trusts {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => return Err(trouble::of_strangers(&self.job.schema)),
            Ok(Err(error)) => return Err(trouble::of_call(&error, self.limits.statement)),
            Err(_) => return Err(trouble::late("asking whose the schema is", self.limits.sweep)),
        }
        let asking = self.asking(&session, &probe, name);
        let answers =
            future::join_all(checks.iter().map(|index| asking.ask(*index, Scope::Database))).await;
        asking.cancel_if_late().await;
        Ok(answers)
    }
}
