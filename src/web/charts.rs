//! The charts of a page: the values of metrics in the history, and the latest ones.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use jiff::Timestamp;

use super::WebState;
use super::answer::Refusal;
use super::history::read_history;
use super::query::QueryParameters;
use crate::board::TargetBoard;
use crate::finding::metric::{Metric, MetricKind};
use crate::finding::report::{CheckReport, ids};
use crate::history::block::{SeriesName, TimedValue};
use crate::history::rollup::read_hours;
use crate::history::store::HistoryError;
use crate::history::values::{ValuesFound, ValuesWanted};
use crate::pages::chart::Chart;
use crate::pages::finding::{MOST_CHARTS, SPANS};
use crate::text::number;

/// About the number of values that are read at once.
const MOST: usize = 200_000;

/// The parts that are read for a page.
const MOST_PARTS: usize = 30;

/// Values that are further apart than this many intervals are not connected.
const GAP: i64 = 3;

/// Values are in the file of the history at most this late, in milliseconds: until then only the latest one is known.
const WRITTEN: i64 = 900_000;

/// The shortest span that is drawn, in milliseconds.
const SHORTEST: i64 = 600_000;

/// The name of a span, how people write it, its seconds, and whether its values are those of hours.
pub(super) type ChartSpan = (&'static str, &'static str, i64, bool);

/// The span in the parameters; a day without it.
pub(super) fn span_of(query: &QueryParameters) -> Result<ChartSpan, Refusal> {
    let Some(name) = query.get("span") else { return Ok(SPANS[1]) };
    SPANS.into_iter().find(|(known, ..)| *known == name).ok_or_else(|| {
        let names = SPANS.map(|(name, ..)| name).join(", ");
        Refusal::new(StatusCode::BAD_REQUEST, format!("span={name:?}: write one of {names}"))
    })
}

/// The charts of a check on a target, or of the object of one of its findings.
pub(super) async fn charts(
    state: &WebState,
    target: &TargetBoard,
    check: &str,
    database: Option<&str>,
    finding: Option<&str>,
    (_, lasts, seconds, hours): ChartSpan,
    now: Timestamp,
) -> Vec<Chart> {
    let reports: Vec<&CheckReport> = target
        .known
        .iter()
        .filter(|one| {
            one.check == check && (database.is_none() || one.database.as_deref() == database)
        })
        .collect();
    let wanted: Vec<(&CheckReport, &Metric)> = reports
        .iter()
        .flat_map(|report| {
            metrics(&target.report.target, report, finding)
                .into_iter()
                .map(|metric| (*report, metric))
        })
        .collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let until = now.as_millisecond();
    let from = until - seconds * 1000;
    let mut request = ValuesWanted {
        target: target.report.target.clone(),
        check: check.to_owned(),
        metric: None,
        object: None,
        from,
        until,
        hours,
        most: MOST,
    };
    // Of one object only: a check can have a thousand.
    if let [(_, one), rest @ ..] = wanted.as_slice()
        && rest.iter().all(|(_, metric)| metric.object == one.object)
    {
        request.object.clone_from(&one.object);
    }
    let series_of = |report: &CheckReport, metric: &Metric| SeriesName {
        check: check.to_owned(),
        database: report.database.clone(),
        metric: metric.name.clone(),
        object: metric.object.clone(),
    };
    let drawn: BTreeSet<SeriesName> =
        wanted.iter().take(MOST_CHARTS).map(|(report, metric)| series_of(report, metric)).collect();
    let found =
        read_history(state, move |place| stored(request, &drawn, |part| place.values_of(part)));
    let (series, is_cut) = found.await.unwrap_or_default();
    let chart = |(report, metric): (&CheckReport, &Metric)| {
        let stored = series.get(&series_of(report, metric));
        let mut values: Vec<TimedValue> = match stored {
            Some(values) if hours => read_hours(values)
                .flat_map(|one| [(one.hour, one.min), (one.hour + 1, one.max)])
                .collect(),
            Some(values) => values.clone(),
            None => Vec::new(),
        };
        let at = report.at.map(Timestamp::as_millisecond).filter(|at| *at >= from);
        if let Some(at) = at.filter(|at| values.last().is_none_or(|(last, _)| last < at)) {
            values.push((at, metric.value));
        }
        let interval = report
            .interval
            .map_or(60_000, |one| i64::try_from(one.as_millis()).unwrap_or(i64::MAX / GAP));
        let step = if hours { interval.max(3_600_000) } else { interval };
        // A history that began lately is drawn from its beginning on.
        let first = values.first().map_or(from, |(time, _)| *time);
        let is_short = first - from > (until - from) / 2;
        let start = if is_short { first.min(until - SHORTEST) } else { from };
        let lasts =
            if is_short { number::duration(seconds_of(until - start)) } else { lasts.to_owned() };
        let gap = step.saturating_mul(GAP).max(WRITTEN);
        Chart { metric: metric.clone(), values, span: (start, until), lasts, gap, is_cut }
    };
    wanted.into_iter().map(chart).collect()
}

/// The values of the series that are drawn, by series, and whether the history has more than are read.
type DrawnValues = (BTreeMap<SeriesName, Vec<TimedValue>>, bool);

/// Reads the history part by part. Of each part, only the series that are drawn stay in memory.
fn stored(
    mut request: ValuesWanted,
    drawn: &BTreeSet<SeriesName>,
    read: impl Fn(&ValuesWanted) -> Result<ValuesFound, HistoryError>,
) -> Result<DrawnValues, HistoryError> {
    let mut series: BTreeMap<SeriesName, Vec<TimedValue>> = BTreeMap::new();
    for _ in 0..MOST_PARTS {
        let found = read(&request)?;
        for (name, values) in found.block.series {
            if drawn.contains(&name) {
                series.entry(name).or_default().extend(values);
            }
        }
        match found.next {
            Some(next) if next > request.from => request.from = next,
            _ => return Ok((series, false)),
        }
    }
    Ok((series, true))
}

/// Milliseconds as whole seconds.
#[expect(clippy::cast_precision_loss, reason = "a time of this era is exact")]
fn seconds_of(millis: i64) -> f64 {
    (millis / 1000) as f64
}

/// The metrics of a report, those with a threshold first. For a finding, those of its object; if it has none, those of the
/// server.
fn metrics<'r>(target: &str, report: &'r CheckReport, finding: Option<&str>) -> Vec<&'r Metric> {
    let mut metrics: Vec<&Metric> =
        report.metrics.iter().filter(|metric| metric.kind != MetricKind::Rate).collect();
    if let Some(id) = finding {
        let position = ids(target, report).iter().position(|one| one == id);
        let object = position.and_then(|position| report.findings[position].object.as_ref());
        let of_object = |metric: &&Metric| metric.object.as_ref() == object;
        let has = metrics.iter().any(of_object);
        metrics.retain(|metric| if has { of_object(metric) } else { metric.object.is_none() });
    }
    metrics.sort_by_key(|metric| metric.warning.is_none() && metric.critical.is_none());
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::block::Block;

    fn request() -> ValuesWanted {
        ValuesWanted {
            target: "db1".to_owned(),
            check: "c".to_owned(),
            metric: None,
            object: None,
            from: 0,
            until: 100,
            hours: false,
            most: MOST,
        }
    }

    fn name(metric: &str) -> SeriesName {
        let (check, metric) = ("c".to_owned(), metric.to_owned());
        SeriesName { check, database: None, metric, object: None }
    }

    #[test]
    fn all_parts_are_read_of_the_series_that_are_drawn() {
        let drawn = BTreeSet::from([name("a")]);
        // Each part has one value of two series; the third is the last one.
        let part = |wanted: &ValuesWanted| {
            let mut block = Block::default();
            for metric in ["a", "b"] {
                block.series.insert(name(metric), vec![(wanted.from, 1.0)]);
            }
            let next = (wanted.from < 20).then_some(wanted.from + 10);
            Ok(ValuesFound { block, next })
        };
        let (series, is_cut) = stored(request(), &drawn, part).expect("it is read");
        assert!(!is_cut);
        let expected = vec![(0, 1.0), (10, 1.0), (20, 1.0)];
        assert_eq!(series, BTreeMap::from([(name("a"), expected)]));
    }

    #[test]
    fn a_history_without_an_end_is_cut() {
        let endless = |wanted: &ValuesWanted| {
            Ok(ValuesFound { block: Block::default(), next: Some(wanted.from + 1) })
        };
        let (_, is_cut) = stored(request(), &BTreeSet::new(), endless).expect("it is read");
        assert!(is_cut);
        // A reader that does not go on ends the reading.
        let still = |wanted: &ValuesWanted| {
            Ok(ValuesFound { block: Block::default(), next: Some(wanted.from) })
        };
        let (_, is_cut) = stored(request(), &BTreeSet::new(), still).expect("it is read");
        assert!(!is_cut);
    }
}
