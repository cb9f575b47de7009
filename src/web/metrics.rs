//! `/metrics`: the latest results of all targets, and the state of the server itself.

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jiff::Timestamp;

use super::WebState;
use crate::board::{Board, TargetHolder};
use crate::finding::report::Report;
use crate::output::prometheus::exposition::{Dialect, Exposition};

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers with the format that the client accepts.
pub(super) async fn metrics(State(state): State<Arc<WebState>>, headers: HeaderMap) -> Response {
    let board = &state.board;
    // What other nodes measure is in their answers.
    let targets = board.targets();
    let own = targets.iter().filter(|target| target.holder == TargetHolder::Own);
    let targets = own.map(|target| target.measured()).collect();
    let measured = Report { started: Timestamp::now(), duration: Duration::ZERO, targets };
    answer(measured, &of_server(board), &headers)
}

/// A report as metrics, followed by the metrics of the server itself. It is written while the client reads it.
pub(super) fn answer(measured: Report, own: &str, headers: &HeaderMap) -> Response {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let openmetrics = accepted
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("application/openmetrics-text"));
    let (dialect, content_type, own) = if openmetrics {
        (Dialect::OpenMetrics, OPENMETRICS, own.to_owned())
    } else {
        (Dialect::Text, TEXT, text_names(own))
    };
    let parts = Exposition::followed_by(measured, dialect, own);
    let body = Body::from_stream(stream::iter(parts.map(Ok::<_, Infallible>)));
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// In the text format, the type line of a counter has the name of its samples.
fn text_names(own: &str) -> String {
    let lines = own.lines().map(|line| match line.strip_suffix(" counter") {
        Some(start) => format!("{start}_total counter\n"),
        None => match line.strip_prefix("# HELP ") {
            Some(help) if help.contains(" Number of ") => {
                let (name, text) = help.split_once(' ').unwrap_or((help, ""));
                format!("# HELP {name}_total {text}\n")
            }
            _ => format!("{line}\n"),
        },
    });
    lines.collect()
}

/// The metrics of the server itself, in the names of OpenMetrics.
fn of_server(board: &Board) -> String {
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, f64)]| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let suffix = if kind == "counter" { "_total" } else { "" };
            let _ = writeln!(text, "{name}{suffix}{labels} {value}");
        }
    };
    let whole = |value: u64| vec![(String::new(), number(value))];
    let awake = board.last_awake().as_duration().as_secs_f64();
    family(
        "posemo_serve_awake_timestamp_seconds",
        "gauge",
        "When the scheduler was last awake.",
        &[(String::new(), awake)],
    );
    family(
        "posemo_serve_sweeps",
        "counter",
        "Number of sweeps since the start.",
        &whole(board.sweeps()),
    );
    family(
        "posemo_serve_missed",
        "counter",
        "Number of runs that were left out, as an earlier sweep of the target took too long.",
        &whole(board.missed()),
    );
    let reload = board.reload();
    let read = reload.read.map_or(0.0, |time| time.as_duration().as_secs_f64());
    family(
        "posemo_serve_settings_timestamp_seconds",
        "gauge",
        "When the settings in force were read.",
        &[(String::new(), read)],
    );
    let reloaded = if reload.error.is_none() { 1.0 } else { 0.0 };
    family(
        "posemo_serve_settings_valid",
        "gauge",
        "1 if the last reload succeeded, else 0.",
        &[(String::new(), reloaded)],
    );
    let history = board.history();
    if history.place.is_some() {
        let up = if history.error.is_none() { 1.0 } else { 0.0 };
        let help = "1 if the history was written, else 0.";
        family("posemo_history_up", "gauge", help, &[(String::new(), up)]);
        let help = "Changes of states that wait until the history can be written.";
        family("posemo_history_waiting", "gauge", help, &whole(history.waiting as u64));
        let help = "Number of changes that were dropped, as too many waited.";
        family("posemo_history_dropped", "counter", help, &whole(history.dropped));
        let help = "Number of sweeps and blocks whose values were dropped, as too many waited.";
        let dropped = whole(history.values_dropped);
        family("posemo_history_values_dropped", "counter", help, &dropped);
    }
    let nodes = board.nodes();
    if !nodes.is_empty() {
        let alive = nodes.iter().filter(|node| node.is_alive).count();
        let help = "Nodes that share the history, and whose lease lasts.";
        family("posemo_serve_nodes", "gauge", help, &whole(alive as u64));
        let targets = board.targets();
        let held = targets.iter().filter(|target| target.holder == TargetHolder::Own).count();
        let help = "Targets that this node watches.";
        family("posemo_serve_targets", "gauge", help, &whole(held as u64));
    }
    let receivers = board.receivers();
    let samples = |value: &dyn Fn(&crate::board::ReceiverBoard) -> f64| {
        let all = receivers.iter();
        all.map(|(name, state)| (format!("{{receiver=\"{}\"}}", escaped(name)), value(state)))
            .collect::<Vec<_>>()
    };
    family(
        "posemo_receiver_up",
        "gauge",
        "1 if the last report was delivered to the receiver, else 0.",
        &samples(&|state| if state.error.is_none() { 1.0 } else { 0.0 }),
    );
    family(
        "posemo_receiver_failures",
        "counter",
        "Number of reports that were not delivered, or only partly.",
        &samples(&|state| number(state.failures)),
    );
    family(
        "posemo_receiver_waiting",
        "gauge",
        "Targets whose results wait for the receiver.",
        &samples(&|state| number(state.waiting as u64)),
    );
    text
}

/// A count as a float, exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "a count of this size does not occur")]
fn number(count: u64) -> f64 {
    count as f64
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
