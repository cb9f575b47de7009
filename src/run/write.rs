//! Calls the check that writes, in its own session, and measures the time until its transaction is committed.
//!
//! A commit that waits for a synchronous standby never ends by itself, and no time limit of the server ends it. So the
//! call has a deadline here. After it the runner cancels the wait, so that no session is left on the server. The server
//! then reports success with a warning: a warning is a failure, too.

use std::time::Duration;

use futures_util::future;
use tokio::time::{Instant, timeout, timeout_at};

use super::calls::{CallAnswer, CallOutcome, Calls};
use super::connector::Connector;
use super::error::RunError;
use super::job::PlannedCheck;
use super::judge::Judge;
use crate::catalog::check::{Query, Scope};
use crate::catalog::function::Measurement;
use crate::finding::State;
use crate::finding::report::CheckReport;
use crate::rows::{Rows, SqlValue};

/// The part of the sweep that is reserved to find out what the commit waits for, and to cancel it.
const RESERVE: f64 = 0.15;

/// Why nothing was written or committed, and the state of the check.
type Failure = (String, State);

/// The reports of checks that write, one after the other.
pub(super) async fn reports<'c>(
    connector: &Connector<'_>,
    home: &Calls<'_>,
    judge: &Judge,
    checks: Vec<&'c PlannedCheck>,
) -> Vec<(&'c str, Vec<CheckReport>)> {
    let mut reports = Vec::with_capacity(checks.len());
    for planned in checks {
        let began = Instant::now();
        let outcome = match home.reason_to_skip(&planned.check, Scope::Cluster) {
            Some((skip, reason)) => CallOutcome::Skipped(skip, reason),
            None => match written(connector, home, planned).await {
                Ok(rows) => CallOutcome::Rows(vec![rows]),
                Err((reason, state)) => CallOutcome::Failed(reason, state),
            },
        };
        let answer = CallAnswer { database: None, outcome, took: began.elapsed() };
        let judged = judge.judge(planned, vec![answer], connector.deadline).await;
        reports.push((planned.check.name.as_str(), judged));
    }
    reports
}

/// The row of the function, with the time of the transaction.
async fn written(
    connector: &Connector<'_>,
    home: &Calls<'_>,
    planned: &PlannedCheck,
) -> Result<Rows, Failure> {
    let failed = |error: RunError| (error.to_string(), home.state(planned, &error));
    let [query] = planned.check.queries.as_slice() else { unreachable!("it has one query") };
    let reserve = connector.limits.sweep.mul_f64(RESERVE);
    let end = connector.deadline - reserve;
    if Instant::now() >= end {
        return Err(failed(RunError::late("the other checks", connector.limits.sweep)));
    }
    let session = connector.writing_session().await.map_err(failed)?;
    let refused = |error| RunError::Call { error, statement: connector.limits.statement };
    match timeout_at(end, session.settle()).await {
        Ok(answer) => answer.map_err(|error| failed(refused(error)))?,
        Err(_) => return Err(failed(RunError::late("connecting", connector.limits.sweep))),
    }
    let began = Instant::now();
    let limit = connector.limits.statement.min(end.saturating_duration_since(began));
    let arguments = &planned.effective.arguments;
    let mut call = std::pin::pin!(session.write(&home.job.schema, &query.signature, arguments));
    let Ok(answer) = timeout(limit, &mut call).await else {
        let waits = timeout(reserve / 3, home.session.waits_for_standby()).await;
        // The server answers when the wait has ended; only then does the session end there.
        let ended = future::join(session.cancel(), call);
        let _ = timeout_at(connector.deadline, ended).await;
        let standby = matches!(waits, Ok(Ok(true)));
        // Other checks can have left too little time to judge the server.
        let had_time = standby || limit >= connector.limits.statement / 2;
        let state = if had_time { State::Critical } else { State::Unknown };
        return Err((not_committed(limit, standby), state));
    };
    let took = began.elapsed();
    let rows = answer.map_err(|error| {
        // Before it ends a session that waits for a standby, the server sends a warning.
        if let Some(warning) = session.warning() {
            return (warning, State::Critical);
        }
        let state = refusal_state(error.sqlstate());
        let error = refused(error);
        (error.to_string(), state.unwrap_or_else(|| home.state(planned, &error)))
    })?;
    match session.warning() {
        Some(warning) => Err((format!("committed with a warning: {warning}"), State::Critical)),
        None => Ok(measured(query, rows, took)),
    }
}

fn not_committed(limit: Duration, waits_for_standby: bool) -> String {
    let reason = if waits_for_standby {
        ": the commit waits for a synchronous standby; see synchronous_standby_names and pg_stat_replication"
    } else {
        ""
    };
    let seconds = (limit.as_secs_f64() * 10.0).round() / 10.0;
    format!("not committed within {seconds} s{reason}")
}

/// The state for an error of the server: critical if the server cannot write or commit now. Other errors, such as a
/// privilege or a function that is missing, are not about writing.
fn refusal_state(sqlstate: Option<&str>) -> Option<State> {
    let class = sqlstate?.get(..2)?;
    // Transaction state and rollback, resources, limits, object state, operators, the system, internal errors.
    matches!(class, "25" | "40" | "53" | "54" | "55" | "57" | "58" | "XX")
        .then_some(State::Critical)
}

/// The rows with the time in the column for it. A transaction that may not write has none.
fn measured(query: &Query, mut rows: Rows, took: Duration) -> Rows {
    let columns = &query.signature.columns;
    let is_time = |measured| measured == Some(Measurement::CommitTime);
    let position = columns.iter().position(|column| is_time(column.measured));
    let writes = |row: &[SqlValue]| row.iter().all(|value| *value != SqlValue::Bool(false));
    for row in rows.rows.iter_mut().filter(|row| writes(row)) {
        if let Some(value) = position.and_then(|position| row.get_mut(position)) {
            *value = SqlValue::Float(took.as_secs_f64());
        }
    }
    rows
}
