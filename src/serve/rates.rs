//! Measures the rates of counters from sweep to sweep, and judges them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::catalog::rate::RateName;
use crate::catalog::thresholds::{ObjectName, Thresholds};
use crate::evaluate::rate::{MeasuredRate, too_many};
use crate::finding::metric::Metric;
use crate::finding::report::CheckReport;
use crate::run::job::{Job, PlannedCheck};
use crate::run::suppress::apply_from;
use crate::schedule::rates::{CounterName, CounterValue, Growth, MOST_COUNTERS, RateMemory};

/// Forgets counters without a value for two windows, and those of rates without a range.
pub(super) fn limit(job: &Job, memory: &mut RateMemory, now: Timestamp) {
    if memory.is_empty() {
        return;
    }
    let rates = job.planned().flat_map(|PlannedCheck { check, effective }| {
        let names = effective.thresholds.rate_names();
        names.into_iter().map(|rate| (check.name.as_str(), rate.to_string()))
    });
    let mut used: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (check, rate) in rates {
        used.entry(check).or_default().push(rate);
    }
    memory.limit_to(now, |counter| {
        used.get(counter.check.as_str()).is_some_and(|rates| rates.contains(&counter.rate))
    });
}

/// Adds the rates of a check to its reports, with a finding for each that violates a range. `server` is the start of the
/// server. Returns the rates that are not known yet.
pub(super) fn judge(
    job: &Job,
    planned: &PlannedCheck,
    reports: &mut [CheckReport],
    server: Option<i64>,
    memory: &mut RateMemory,
    now: Timestamp,
) -> BTreeSet<CounterName> {
    let PlannedCheck { check, effective } = planned;
    let thresholds = &effective.thresholds;
    let rates = thresholds.rate_names();
    let mut unknown = BTreeSet::new();
    if rates.is_empty() {
        return unknown;
    }
    for report in reports {
        let (quiet, first) = (report.summary.clone(), report.findings.len());
        for rate in &rates {
            // A rate over a shorter time than the interval is not known.
            let window = thresholds.window(rate).max(effective.interval);
            let mut left_out = false;
            for (counter, value) in counters(rate, thresholds, report) {
                let value = CounterValue { server, ..value };
                let name = CounterName {
                    check: check.name.clone(),
                    rate: rate.to_string(),
                    database: report.database.clone(),
                    object: counter.object.clone(),
                };
                let Ok(growth) = memory.take_in(&name, value, window, now) else {
                    left_out = true;
                    unknown.insert(name);
                    continue;
                };
                let Some(Growth { by, within }) = growth else {
                    unknown.insert(name);
                    continue;
                };
                let one = MeasuredRate { rate, window, growth: by, within };
                let database = report.database.as_deref();
                let object = ObjectName { database, name: counter.object.as_deref() };
                let metric = one.metric(&counter, &thresholds.rate_for_object(rate, object));
                let finding = one.finding(&metric);
                if finding.is_none() && within < window {
                    unknown.insert(name);
                }
                report.findings.extend(finding);
                report.metrics.push(metric);
            }
            if left_out {
                report.findings.push(too_many(rate, MOST_COUNTERS));
            }
        }
        if report.findings.len() > first {
            for finding in &mut report.findings[first..] {
                finding.references = Arc::clone(&check.references);
            }
            apply_from(&job.suppressions, &job.name, report, first, now);
            report.summarize(&quiet);
        }
    }
    unknown
}

/// The counters of a report that a rate is for, by object. Values about the same object are added, so that none
/// can hide another.
fn counters(
    rate: &RateName,
    thresholds: &Thresholds,
    report: &CheckReport,
) -> Vec<(Metric, CounterValue)> {
    let mut found: BTreeMap<Option<&str>, (Metric, CounterValue)> = BTreeMap::new();
    for metric in report.metrics.iter().filter(|metric| metric.name == rate.metric) {
        let object = metric.object.as_deref();
        let name = ObjectName { database: report.database.as_deref(), name: object };
        let levels = thresholds.rate_for_object(rate, name);
        if levels.warning.is_none() && levels.critical.is_none() || !metric.value.is_finite() {
            continue;
        }
        let first = || (metric.clone(), CounterValue { value: 0.0, rows: 0, server: None });
        let (_, sum) = found.entry(object).or_insert_with(first);
        sum.value = (sum.value + metric.value).clamp(f64::MIN, f64::MAX);
        sum.rows += 1;
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests;
