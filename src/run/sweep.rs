//! Sweeps a target: connects, calls the functions of its checks, and judges the answers, all before the deadline.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use futures_util::future;
use tokio::time::{Instant, timeout_at};

use super::Limits;
use super::calls::Calls;
use super::connector::{Connector, Home};
use super::databases::DatabaseSweep;
use super::error::RunError;
use super::job::{Job, PlannedCheck};
use super::judge::Judge;
use super::lanes::Lanes;
use super::outage;
use super::own;
use super::sessions::Sessions;
use super::write;
use crate::catalog::check::Scope;
use crate::database::ServerAccess;
use crate::finding::State;
use crate::finding::report::{CheckReport, TargetReport};

/// Sweeps a target.
pub(super) async fn sweep(
    job: &Job,
    limits: Limits,
    judge: &Judge,
    sessions: &Sessions,
    lanes: &Lanes,
) -> TargetReport {
    let mut report = TargetReport { target: job.name.clone(), ..TargetReport::default() };
    // Documents need no session.
    let only_documents = job.checks.is_empty() && !job.documents.is_empty();
    let parameters = match &job.parameters {
        Err(_) if only_documents => return report,
        Ok(parameters) => parameters,
        Err(error) => {
            report.error = Some(error.to_string());
            return report;
        }
    };
    if let Some(host) = parameters.hosts().first() {
        report.host = Some(host.label.clone());
        report.port = Some(host.port);
    }
    if only_documents {
        return report;
    }
    for warning in parameters.warnings() {
        tracing::warn!(target = job.name, "{warning}");
    }
    let connecting = lanes.connect().await;
    let opening = sessions.opening();
    let (access, began) = match &opening {
        Some(opening) => (opening.access.clone(), opening.began),
        None => (ServerAccess::new(parameters.clone()), Instant::now()),
    };
    let deadline = began + limits.sweep;
    let mut connector =
        Connector { job, limits, deadline, access, sessions, server: OnceCell::new() };
    // Boxed, so that a sweep that waits is small: there can be as many as places to connect.
    let swept = match Box::pin(connector.home(opening)).await {
        Ok(home) => {
            let began = Instant::now();
            let asking = lanes.ask(job.slow).await;
            // The time for the answers begins with the first question.
            connector.deadline += began.elapsed();
            drop(connecting);
            let swept = Box::pin(server(&connector, home, judge, &mut report)).await;
            drop(asking);
            swept
        }
        Err(error) => Err(error),
    };
    if let Err(error) = swept {
        outage::add(job, &error, &mut report);
    }
    report
}

/// Runs the checks of scope `cluster` in the home database, and the others in each database where they are installed.
async fn server(
    connector: &Connector<'_>,
    home: Home,
    judge: &Judge,
    report: &mut TargetReport,
) -> Result<(), RunError> {
    report.host = Some(home.session.host().to_owned());
    report.port = Some(home.session.port());
    report.server_version = home.session.server_version().map(str::to_owned);
    report.role = Some(home.probe.role);
    let calls =
        connector.calls(&home.session, &home.probe, connector.access.parameters().database());
    let (writing, reading): (Vec<&PlannedCheck>, Vec<&PlannedCheck>) =
        connector.job.checks.iter().partition(|planned| planned.check.writes);
    let checks = reading.into_iter();
    let (per_database, per_cluster): (Vec<&PlannedCheck>, Vec<&PlannedCheck>) =
        checks.partition(|planned| planned.check.has_query_of(Scope::Database));
    let databases = DatabaseSweep { connector, judge, home: &calls, others: &home.others };
    let mut missing = databases.missing();
    // The checks would report that they are not installed in any database.
    if !missing.is_empty() && missing.len() == connector.job.only.len() {
        return Err(missing.swap_remove(0));
    }
    let start = async {
        // It is not worth waiting for: without it, the server is taken for the same as before.
        let start = connector.job.queries_start.then(|| home.session.start_time());
        timeout_at(connector.deadline, start?).await.ok()?.ok()
    };
    let (per_cluster, per_database, start) =
        tokio::join!(cluster(&calls, judge, per_cluster), databases.reports(per_database), start);
    report.server_start = start;
    calls.cancel_if_late().await;
    // Afterwards, so that no other check waits for its commit.
    let written = write::reports(connector, &calls, judge, writing).await;
    let mut reports: BTreeMap<&str, Vec<CheckReport>> =
        per_cluster.into_iter().chain(per_database).chain(written).collect();
    let in_order = connector.job.checks.iter().filter_map(|one| reports.remove(&*one.check.name));
    report.checks = in_order.flatten().collect();
    // Without per-database checks, nothing was listed.
    if let Ok(databases) = &home.others
        && connector.job.reports_databases
        && connector.job.has_per_database_checks()
    {
        report.checks.push(own::report(databases, connector.job, calls.database));
    }
    connector.keep(home.session);
    report.error = missing.first().map(ToString::to_string);
    Ok(())
}

/// The reports of checks that run only in the home database. Each answer is judged when it arrives, so that a script
/// runs while the server works on other answers.
async fn cluster<'c>(
    calls: &Calls<'_>,
    judge: &Judge,
    mut checks: Vec<&'c PlannedCheck>,
) -> Vec<(&'c str, Vec<CheckReport>)> {
    // The check that reports an outage must not wait for the others, of which many can wait for a lock. After its answer, a
    // script needs time, so its calls are sent before those of other checks.
    checks.sort_by_key(|planned| {
        (planned.check.no_answer != State::Critical, planned.check.script.is_none())
    });
    let judged = checks.into_iter().map(|planned| async move {
        let answer = calls.call(planned, Scope::Cluster).await;
        let reports = judge.judge(planned, vec![answer], calls.deadline).await;
        (planned.check.name.as_str(), reports)
    });
    future::join_all(judged).await
}
