//! `/probe`: the metrics of one server, for a Prometheus that decides when servers are queried.
//!
//! A server that is not reached is not an error of the request: the answer is 200 with `posemo_up 0`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::WebState;
use super::answer::Refusal;
use super::api::{of_error, ordered};
use super::metrics::answer;
use super::query::QueryParameters;
use crate::board::order::{Order, OrderError};
use crate::finding::report::{Report, TargetReport};
use crate::settings::serve::ProbeHosts;

/// The time that is left for the answer itself.
const MARGIN: Duration = Duration::from_millis(500);

/// The time for a probe whose client has no time limit.
const USUAL: Duration = Duration::from_secs(10);

const TIMEOUT: &str = "x-prometheus-scrape-timeout-seconds";

/// Runs the checks of a target that are due, and answers with its metrics.
pub(super) async fn probe(
    State(state): State<Arc<WebState>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let query = QueryParameters::of_scrape(query.as_deref(), &["target", "check"])?;
    let target = query.required("target", "/probe?target=NAME")?;
    let checks = query.list("check");
    let within = time_limit(&headers);
    let is_known = state.board.target(&target).is_some();
    let report = match split(&target) {
        Some(address) if !is_known && !state.rules().settings.probe_hosts.is_empty() => {
            unknown(&state, &target, address, checks, within).await?
        }
        // The conductor knows the nearest name.
        _ => known(&state, target, checks, within).await?,
    };
    let started = Timestamp::now();
    let report = Report { started, duration: Duration::ZERO, targets: vec![report] };
    Ok(answer(report, "", &headers))
}

/// The report of a target of the settings. If the time is over, its latest results, as a server that is not reached.
async fn known(
    state: &WebState,
    target: String,
    checks: Vec<String>,
    within: Duration,
) -> Result<TargetReport, Refusal> {
    let only: Vec<String> = checks.clone();
    let answer = ordered(state, target.clone(), checks, None, !state.probe_only, within).await;
    let mut report = match answer {
        Ok(board) => board.measured(),
        Err(refusal) if refusal.status == StatusCode::GATEWAY_TIMEOUT => late(target, within),
        Err(refusal) => return Err(refusal),
    };
    if !only.is_empty() {
        report.checks.retain(|check| only.contains(&check.check));
    }
    Ok(report)
}

/// The report of a server that is not in the settings, if its address is allowed.
async fn unknown(
    state: &WebState,
    name: &str,
    (host, port): (&str, u16),
    checks: Vec<String>,
    within: Duration,
) -> Result<TargetReport, Refusal> {
    let allowed = &state.rules().settings.probe_hosts;
    let resolved: Vec<SocketAddr> = match tokio::net::lookup_host((host, port)).await {
        Ok(addresses) => addresses.collect(),
        Err(_) => {
            return Err(Refusal::new(StatusCode::NOT_FOUND, "the name of the host is not known"));
        }
    };
    // Every address must be allowed, and the one that is used is the one that was checked: a name may get other
    // addresses in between.
    let is_allowed = |address: &SocketAddr| is_allowed(allowed, address.ip(), address.port());
    let Some(address) = resolved.first().copied().filter(|_| resolved.iter().all(is_allowed))
    else {
        let message =
            "this server is neither a target of the settings nor within probe_hosts of [serve]";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    };
    let (answer, answered) = oneshot::channel();
    let order = Order::Probe { name: name.to_owned(), address, checks, within, answer };
    state.orders.try_send(order).map_err(|_| of_error(&OrderError::Busy))?;
    match tokio::time::timeout(within, answered).await {
        Ok(Ok(Ok(report))) => Ok(report),
        Ok(Ok(Err(error))) => Err(of_error(&error)),
        Ok(Err(_)) => Err(of_error(&OrderError::Busy)),
        Err(_) => Ok(late(name.to_owned(), within)),
    }
}

/// The report of a server that did not answer in time.
fn late(target: String, within: Duration) -> TargetReport {
    let error = Some(format!("no result within {:.1} s", within.as_secs_f64()));
    TargetReport { target, error, ..TargetReport::default() }
}

fn is_allowed(allowed: &[ProbeHosts], address: IpAddr, port: u16) -> bool {
    allowed.iter().any(|hosts| hosts.contains(address, port))
}

/// Host and port of `HOST:PORT` or `[ADDRESS]:PORT`.
fn split(target: &str) -> Option<(&str, u16)> {
    let (host, port) = target.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let plain = !host.is_empty() && !host.contains(['/', '@', ' ', ',', '%']);
    Some((host, port.parse().ok()?)).filter(|_| plain)
}

/// The time limit of the client, with a margin for the answer.
fn time_limit(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(TIMEOUT).and_then(|value| value.to_str().ok()?.parse::<f64>().ok());
    let given = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let limit = given.map_or(USUAL, |given| given.saturating_sub(MARGIN).max(given / 2));
    limit.clamp(Duration::from_millis(100), Duration::from_secs(120))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_limit_leaves_time_for_the_answer() {
        for (text, expected) in [
            ("10", 9500),
            ("0.6", 300),
            ("x", 10_000),
            ("-1", 10_000),
            ("1e9", 120_000),
            ("0", 100),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(TIMEOUT, text.parse().expect("it is a value"));
            assert_eq!(time_limit(&headers), Duration::from_millis(expected), "{text}");
        }
        assert_eq!(time_limit(&HeaderMap::new()), USUAL);
    }

    #[test]
    fn a_server_has_a_host_and_a_port() {
        assert_eq!(split("db1:5432"), Some(("db1", 5432)));
        assert_eq!(split("[::1]:5432"), Some(("::1", 5432)));
        for wrong in ["db1", "db1:", "db1:x", ":5432", "db1:70000", "/tmp:5432", "a@b:1", "a,b:1"] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
