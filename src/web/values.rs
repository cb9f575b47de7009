//! `/api/1/values`: the values of metrics in the history, part by part.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::WebState;
use super::answer::{Refusal, json};
use super::api::known;
use super::history::read_history;
use super::query::QueryParameters;
use crate::history::block::{Block, TimedValue};
use crate::history::place::HistoryPlace;
use crate::history::rollup::read_hours;
use crate::history::values::ValuesWanted;

/// About the number of values in one answer, and the usual number.
const MOST: usize = 10_000;

/// The time before `until` that is read without `from`.
const USUAL: Duration = Duration::from_secs(86_400);

/// The parameters of a request.
const PARAMETERS: [&str; 8] =
    ["target", "check", "metric", "object", "from", "until", "step", "limit"];

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum ValuesStep {
    /// Each value.
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
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = QueryParameters::read(query.as_deref(), &PARAMETERS)?;
    let example = "/api/1/values?target=NAME&check=CHECK";
    let until = time(&query, "until")?.unwrap_or_else(Timestamp::now);
    let usual = || until.checked_sub(USUAL).unwrap_or(Timestamp::MIN);
    let step = match query.get("step") {
        None | Some("value") => ValuesStep::Value,
        Some("hour") => ValuesStep::Hour,
        Some(other) => return Err(refusal(&format!("step={other:?}: write value or hour"))),
    };
    let wanted = ValuesWanted {
        target: query.required("target", example)?,
        check: query.required("check", example)?,
        metric: query.get("metric").map(str::to_owned),
        object: query.get("object").map(str::to_owned),
        from: time(&query, "from")?.unwrap_or_else(usual).as_millisecond(),
        until: until.as_millisecond(),
        hours: step == ValuesStep::Hour,
        most: query.number("limit", 1..=MOST)?.unwrap_or(MOST),
    };
    let read = move |place: &HistoryPlace| place.values_of(&wanted).map(|found| (wanted, found));
    let (wanted, found) = read_history(&state, read).await?;
    if found.block.is_empty() {
        // The values of a target that was removed can still be read.
        known(&state, &wanted.target)?;
    }
    Ok(json(&ValuesPage {
        target: &wanted.target,
        check: &wanted.check,
        step,
        series: listed(&found.block, step),
        next: found.next.and_then(|next| Timestamp::from_millisecond(next).ok()),
    }))
}

/// The time in a parameter.
fn time(query: &QueryParameters, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let wrong = || refusal(&format!("{name}={text:?} is not a time; write 2026-11-29T12:00:00Z"));
    text.parse().map(Some).map_err(|_| wrong())
}

fn refusal(message: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, message)
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
