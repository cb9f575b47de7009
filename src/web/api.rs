//! The API for programs: reports, targets, orders, health.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::oneshot;

use super::WebState;
use super::access::Caller;
use super::answer::{Refusal, json, plain, refused};
use super::query::QueryParameters;
use crate::board::order::{Order, OrderError};
use crate::board::{TargetBoard, TargetHolder};
use crate::finding::State as FindingState;
use crate::finding::report::Report;
use crate::report::ReportObject;
use crate::text::suggestion::suggestion;
use crate::text::time::second;

/// The scheduler must have been awake within this time.
pub(super) const AWAKE: Duration = Duration::from_secs(10);

/// The time that an order may take.
const ORDER: Duration = Duration::from_secs(120);

/// A target, as `/api/1/targets` lists it.
#[derive(Debug, Serialize)]
struct ListedTarget<'a> {
    target: &'a str,
    state: FindingState,
    error: Option<&'a str>,
    outage: Option<&'a str>,
    server_version: Option<&'a str>,
    role: Option<&'static str>,
    checks: usize,
    swept: Option<String>,
    duration_seconds: f64,
    next: Option<String>,
    missed: u64,
    maintenance: Option<&'a str>,
    /// The node that watches it; absent for this process.
    node: Option<&'a str>,
}

/// The report of all targets, or of one, in format 1.
pub(super) async fn whole_report(
    State(state): State<Arc<WebState>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = QueryParameters::read(query.as_deref(), &["target"])?;
    let mut whole = state.board.report(Timestamp::now());
    if let Some(name) = query.get("target") {
        known(&state, name)?;
        whole.targets.retain(|target| target.target == name);
    }
    Ok(json(&ReportObject::from(&whole)))
}

/// Refuses a target that is not in the settings.
pub(super) fn known(state: &WebState, name: &str) -> Result<(), Refusal> {
    let targets = state.board.targets();
    let mut names = targets.iter().map(|target| target.report.target.as_str());
    if names.clone().any(|target| target == name) {
        return Ok(());
    }
    let near = suggestion(name, &mut names);
    Err(of_error(&OrderError::NoSuchTarget(name.to_owned(), near)))
}

/// All targets with their states.
pub(super) async fn targets(State(state): State<Arc<WebState>>) -> Response {
    let targets = state.board.targets();
    let listed = targets.iter().map(|target| ListedTarget {
        target: &target.report.target,
        state: target.report.state(),
        error: target.report.error.as_deref(),
        outage: target.outage.as_deref(),
        server_version: target.report.server_version.as_deref(),
        role: target.report.role.map(crate::finding::report::ServerRole::name),
        checks: target.known.len(),
        swept: target.swept.map(second),
        duration_seconds: target.took.as_secs_f64(),
        next: target.next.map(second),
        missed: target.missed,
        maintenance: target.maintenance.as_ref().map(|(name, _)| name.as_str()),
        node: match &target.holder {
            TargetHolder::Own => None,
            TargetHolder::Node(name) => Some(name),
            TargetHolder::Free => Some(""),
        },
    });
    json(&listed.collect::<Vec<_>>())
}

/// Runs checks of a target now, and answers with its report in format 1.
pub(super) async fn run(
    State(state): State<Arc<WebState>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = QueryParameters::read(query.as_deref(), &["target", "check"])?;
    let target = query.required("target", "/api/1/run?target=NAME")?;
    let (checks, by) = (query.list("check"), Some(caller.name()));
    let target = ordered(&state, target, checks, by, false, ORDER).await?;
    let targets = vec![target.report.clone()];
    let (started, duration) = (target.swept.unwrap_or_default(), target.took);
    Ok(json(&ReportObject::from(&Report { started, duration, targets })))
}

/// Reads the settings again.
pub(super) async fn reload(
    State(state): State<Arc<WebState>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let (answer, answered) = oneshot::channel();
    if state.orders.try_send(Order::Reload { by: caller.name(), answer }).is_err() {
        return of_error(&OrderError::Busy).into_response();
    }
    match answered.await {
        Ok(Ok(())) => ([plain()], "reloaded\n").into_response(),
        Ok(Err(message)) => refused(StatusCode::UNPROCESSABLE_ENTITY, &message),
        Err(_) => of_error(&OrderError::Busy).into_response(),
    }
}

/// Whether the scheduler is awake.
pub(super) async fn healthy(State(state): State<Arc<WebState>>) -> Response {
    let age = Timestamp::now().duration_since(state.board.last_awake()).unsigned_abs();
    if age < AWAKE {
        return ([plain()], "healthy\n").into_response();
    }
    let message = format!("the scheduler was last awake {} s ago", age.as_secs());
    refused(StatusCode::SERVICE_UNAVAILABLE, &message)
}

/// Whether each target was swept once.
pub(super) async fn ready(State(state): State<Arc<WebState>>) -> Response {
    let targets = state.board.targets();
    let is_waiting = |target: &&Arc<TargetBoard>| match target.holder {
        TargetHolder::Own => target.swept.is_none(),
        TargetHolder::Node(_) => false,
        TargetHolder::Free => true,
    };
    let waiting = targets.iter().filter(is_waiting).count();
    if waiting == 0 || state.probe_only {
        return ([plain()], "ready\n").into_response();
    }
    let message = format!("{waiting} of {} targets were not queried yet", targets.len());
    refused(StatusCode::SERVICE_UNAVAILABLE, &message)
}

/// Orders a run, and waits for it.
pub(super) async fn ordered(
    state: &WebState,
    target: String,
    checks: Vec<String>,
    by: Option<String>,
    only_old: bool,
    within: Duration,
) -> Result<Arc<TargetBoard>, Refusal> {
    let (answer, answered) = oneshot::channel();
    let order = Order::Run { target, checks, by, only_old, answer };
    state.orders.try_send(order).map_err(|_| of_error(&OrderError::Busy))?;
    match tokio::time::timeout(within, answered).await {
        Ok(Ok(Ok(target))) => Ok(target),
        Ok(Ok(Err(error))) => Err(of_error(&error)),
        Ok(Err(_)) => Err(of_error(&OrderError::Busy)),
        Err(_) => {
            let message = format!("no result within {:.1} s", within.as_secs_f64());
            Err(Refusal::new(StatusCode::GATEWAY_TIMEOUT, message))
        }
    }
}

/// The answer for an error.
pub(super) fn of_error(error: &OrderError) -> Refusal {
    let status = match error {
        OrderError::NoSuchTarget(..)
        | OrderError::NoSuchCheck(..)
        | OrderError::NoSuchCheckAnywhere(..)
        | OrderError::NoSuchGroup(..)
        | OrderError::NoSuchSilence(..) => StatusCode::NOT_FOUND,
        OrderError::TooManySilences(..) | OrderError::OfOtherNode(..) => StatusCode::CONFLICT,
        OrderError::OfNoNode(..) | OrderError::Busy => StatusCode::SERVICE_UNAVAILABLE,
    };
    Refusal::new(status, error.to_string())
}
