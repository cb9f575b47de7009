//! `/api/1/values`: the values of metrics in the history, part by part.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::WebState;
use super::answer::{json, refused};
use crate::history::block::{Block, TimedValue};
use crate::history::rollup::read_hours;
use crate::history::store::values_of;
use crate::history::values::ValuesWanted;

/// About the number of values in one answer, and the usual number.
const MOST: usize = 10_000;

/// The time before `until` that is read without `from`.
const USUAL: Duration = Duration::from_secs(86_400);

/// The parameters of a request.
#[derive(Debug, Deserialize)]
pub(super) struct ValuesQuery {
    target: String,
    check: String,
    metric: Option<String>,
    object: Option<String>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    #[serde(default)]
    step: ValuesStep,
    limit: Option<usize>,
}

/// What is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ValuesStep {
    /// Each value.
    #[default]
    Value,
    /// The minimum, the average and the maximum of each hour.
    Hour,
}

/// A part of the values.
#[derive(Debug, Serialize)]
struct ValuesPage<'a> {
    target: &'a str,
    check: &'a str,
    step: ValuesStep,
    series: Vec<ListedSeries<'a>>,
    /// The value of `from` for the next part; absent for the last one.
    next: Option<Timestamp>,
}

/// The values of a series.
#[derive(Debug, Serialize)]
struct ListedSeries<'a> {
    database: Option<&'a str>,
    metric: &'a str,
    object: Option<&'a str>,
    values: Vec<ListedValue>,
}

/// The time in seconds since 1970, and the value; for an hour minimum, average and maximum.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ListedValue {
    One(f64, f64),
    Hour(f64, f64, f64, f64),
}

/// The values of one check of a target, the oldest first.
pub(super) async fn values(
    State(state): State<Arc<WebState>>,
    Query(query): Query<ValuesQuery>,
) -> Response {
    let Some(path) = state.board.history().path else {
        return refused(
            StatusCode::NOT_FOUND,
            "no history is kept: store in [history] is \"none\"",
        );
    };
    let until = query.until.unwrap_or_else(Timestamp::now);
    let from = query.from.unwrap_or_else(|| until.checked_sub(USUAL).unwrap_or(Timestamp::MIN));
    let wanted = ValuesWanted {
        target: query.target,
        check: query.check,
        metric: query.metric,
        object: query.object,
        from: from.as_millisecond(),
        until: until.as_millisecond(),
        hours: query.step == ValuesStep::Hour,
        most: query.limit.unwrap_or(MOST).clamp(1, MOST),
    };
    let read = move || values_of(&path, &wanted).map(|found| (wanted, found));
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok((wanted, found))) => json(&ValuesPage {
            target: &wanted.target,
            check: &wanted.check,
            step: query.step,
            series: listed(&found.block, query.step),
            next: found.next.and_then(|next| Timestamp::from_millisecond(next).ok()),
        }),
        Ok(Err(error)) => refused(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "internal error; please report it"),
    }
}

fn listed(block: &Block, step: ValuesStep) -> Vec<ListedSeries<'_>> {
    let values = |values: &[TimedValue]| match step {
        ValuesStep::Value => {
            values.iter().map(|(time, value)| ListedValue::One(seconds(*time), *value)).collect()
        }
        ValuesStep::Hour => read_hours(values)
            .map(|one| ListedValue::Hour(seconds(one.hour), one.min, one.avg, one.max))
            .collect(),
    };
    let series = block.series.iter().map(|(name, of_series)| ListedSeries {
        database: name.database.as_deref(),
        metric: &name.metric,
        object: name.object.as_deref(),
        values: values(of_series),
    });
    series.collect()
}

/// Milliseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "a time of this era is exact")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}
