//! Turns the result rows of `verify` into reports: one for each rule and database, or one for all together.
//!
//! The rows contain the states; this file judges nothing.

use crate::finding::metric::Metric;
use crate::finding::report::{CheckReport, Report, TargetReport};
use crate::finding::{Finding, State};

/// The report of a rule, from its result rows.
pub(super) fn report(
    rule: &str,
    database: Option<&str>,
    rows: Vec<Vec<Option<String>>>,
) -> CheckReport {
    let (mut findings, mut metrics) = (Vec::new(), Vec::new());
    let mut unreadable = 0;
    for row in rows {
        let mut values = row.into_iter();
        let mut next = || values.next().flatten();
        let (keyword, object, deviation) =
            (next().unwrap_or_default(), next(), next().unwrap_or_default());
        let (why, fix) = (next(), next());
        let state = match keyword.as_str() {
            "ok" => State::Ok,
            "warning" => State::Warning,
            "critical" => State::Critical,
            "count" => {
                metrics.push(Metric::count(
                    object.unwrap_or_default(),
                    deviation.parse().unwrap_or_default(),
                ));
                continue;
            }
            _ => {
                unreadable += 1;
                continue;
            }
        };
        let fix = fix.map(|statement| format!("Fix: {statement}"));
        let lines: Vec<String> = [why, fix].into_iter().flatten().collect();
        let finding = Finding::new(state, deviation).about(object);
        findings.push(Finding { description: Some(lines.join("\n")), ..finding });
    }
    findings.sort_by_cached_key(|finding: &Finding| {
        (finding.state.rank(), finding.object.clone(), finding.summary.clone())
    });
    let summary = match findings.iter().filter(|finding| finding.state != State::Ok).count() {
        0 => [as_expected(&metrics), remarks(&findings)].concat(),
        // The writers print the only finding instead of a summary.
        1 => String::new(),
        count => format!("{count} deviations"),
    };
    let error = (unreadable > 0).then(|| format!("{unreadable} rows of the result cannot be read"));
    CheckReport { summary, findings, metrics, error, ..empty(rule, database) }
}

/// The report of a rule whose query failed.
pub(super) fn failed(rule: &str, database: Option<&str>, error: &str) -> CheckReport {
    CheckReport { error: Some(format!("not verified: {error}")), ..empty(rule, database) }
}

/// The same report as one check, for formats with one line for each service: every finding contains its object and
/// database, and the summary counts the checked objects. With `quiet`, findings that are OK are omitted.
pub fn folded(report: &Report, quiet: bool) -> Report {
    let fold = |target: &TargetReport| {
        if target.error.is_some() {
            return target.clone();
        }
        let mut findings: Vec<Finding> = target.checks.iter().flat_map(with_places).collect();
        findings.retain(|finding| !quiet || finding.state != State::Ok);
        findings.sort_by_key(|finding| finding.state.rank());
        let metrics = totals(target);
        let worse = findings.iter().filter(|finding| finding.state != State::Ok).count();
        let summary = match (findings.first(), worse) {
            (_, 0) => as_expected(&metrics),
            (Some(worst), 2..) => format!("{}; {} more", worst.summary, worse - 1),
            (Some(worst), _) => worst.summary.clone(),
            (None, _) => String::new(),
        };
        let check = CheckReport { summary, findings, metrics, ..empty("verify", None) };
        TargetReport { checks: vec![check].into(), ..target.clone() }
    };
    Report { targets: report.targets.iter().map(fold).collect(), ..report.clone() }
}

/// The findings of a rule, and its error as one more, each with its object and database in the text.
fn with_places(check: &CheckReport) -> Vec<Finding> {
    let place = check.database.as_ref().map(|name| format!(" in database {name}"));
    let place = place.unwrap_or_default();
    let error = check
        .error
        .iter()
        .map(|error| Finding::new(State::Unknown, format!("{}{place}: {error}", check.check)));
    let findings = check.findings.iter().map(|finding| {
        let object = finding.object.as_deref().unwrap_or(&check.check);
        let summary = format!("{object}{place}: {}", finding.summary);
        Finding { summary, ..finding.clone() }
    });
    error.chain(findings).collect()
}

/// The findings that are OK: the text of the only one, or their number.
fn remarks(findings: &[Finding]) -> String {
    match findings {
        [] => String::new(),
        [only] => {
            let object = only.object.iter().map(|object| format!("{object}: "));
            format!("; {}{}", object.collect::<String>(), only.summary)
        }
        several => format!("; {} remarks", several.len()),
    }
}

/// `13 functions, 7 roles, 2 databases as expected`.
fn as_expected(metrics: &[Metric]) -> String {
    let is_one = |metric: &Metric| metric.value.to_bits() == 1f64.to_bits();
    let counted = metrics.iter().map(|metric| {
        let noun = if is_one(metric) { metric.name.trim_end_matches('s') } else { &metric.name };
        format!("{} {noun}", metric.value)
    });
    let counted = counted.collect::<Vec<_>>().join(", ");
    if metrics.is_empty() { "as expected".to_owned() } else { format!("{counted} as expected") }
}

/// The sums of the counts of all rules and databases.
fn totals(target: &TargetReport) -> Vec<Metric> {
    let mut totals: Vec<Metric> = Vec::new();
    for metric in target.checks.iter().flat_map(|check| &check.metrics) {
        match totals.iter_mut().find(|total| total.name == metric.name) {
            Some(total) => total.value += metric.value,
            None => totals.push(metric.clone()),
        }
    }
    totals
}

fn empty(rule: &str, database: Option<&str>) -> CheckReport {
    CheckReport::new(rule, database.map(str::to_owned))
}
