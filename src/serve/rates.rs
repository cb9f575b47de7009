//! Measures the rates of counters from sweep to sweep, and judges them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::catalog::rate::RateName;
use crate::catalog::thresholds::{ObjectName, Thresholds};
use crate::evaluate::rate::{MeasuredRate, too_many};
use crate::finding::metric::Metric;
use crate::finding::report::CheckReport;
use crate::run::job::PlannedCheck;
use crate::schedule::rates::{CounterName, CounterValue, MOST_COUNTERS, RateMemory};

/// Adds the rates of a check to its reports, with a finding for each that violates a range. `server` is the start of the
/// server.
pub(super) fn judge(
    planned: &PlannedCheck,
    reports: &mut [CheckReport],
    server: Option<i64>,
    memory: &mut RateMemory,
    now: Timestamp,
) {
    let PlannedCheck { check, effective } = planned;
    let thresholds = &effective.thresholds;
    let rates = thresholds.rate_names();
    if !memory.is_empty() {
        let names: Vec<String> = rates.iter().map(ToString::to_string).collect();
        memory
            .limit_to(now, |counter| counter.check != check.name || names.contains(&counter.rate));
    }
    for rate in rates {
        // A rate over a shorter time than the interval is not known.
        let window = thresholds.window(rate).max(effective.interval);
        for report in &mut *reports {
            let measured = counters(rate, thresholds, report);
            let mut left_out = false;
            for (counter, value) in measured {
                let value = CounterValue { server, ..value };
                let name = CounterName {
                    check: check.name.clone(),
                    rate: rate.to_string(),
                    database: report.database.clone(),
                    object: counter.object.clone(),
                };
                let growth = match memory.take_in(&name, value, window, now) {
                    Ok(Some(growth)) => growth,
                    Ok(None) => continue,
                    Err(_) => {
                        left_out = true;
                        continue;
                    }
                };
                let within = growth.within;
                let one = MeasuredRate { rate, window, growth: growth.by, within };
                let database = report.database.as_deref();
                let object = ObjectName { database, name: counter.object.as_deref() };
                let metric = one.metric(&counter, &thresholds.rate_for_object(rate, object));
                report.findings.extend(one.finding(&metric));
                report.metrics.push(metric);
            }
            if left_out {
                report.findings.push(too_many(rate, MOST_COUNTERS));
            }
        }
    }
    for report in reports {
        let quiet = report.summary.clone();
        if report.findings.iter().any(|finding| finding.labels.contains_key("rate")) {
            report.summarize(&quiet);
        }
    }
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
        sum.value += metric.value;
        sum.rows += 1;
    }
    found.into_values().collect()
}
