//! Makes reports of the answers to the questions of `verify`: one a rule and database, or one of them all.
//!
//! States come with the answers; nothing is judged here.

use crate::finding::metric::Metric;
use crate::finding::report::{CheckReport, Report, TargetReport};
use crate::finding::{Finding, State};

/// The report of a rule, from the rows of its answer.
pub(super) fn report(
    rule: &str,
    database: Option<&str>,
    rows: Vec<Vec<Option<String>>>,
) -> CheckReport {
    let (mut findings, mut metrics) = (Vec::new(), Vec::new());
    let mut unread = 0;
    for row in rows {
        let mut values = row.into_iter();
        let mut next = || values.next().flatten();
        let (word, object, what) = (next().unwrap_or_default(), next(), next().unwrap_or_default());
        let (why, mend) = (next(), next());
        let state = match word.as_str() {
            "ok" => State::Ok,
            "warning" => State::Warning,
            "critical" => State::Critical,
            "count" => {
                metrics.push(Metric::count(
                    object.unwrap_or_default(),
                    what.parse().unwrap_or_default(),
                ));
                continue;
            }
            _ => {
                unread += 1;
                continue;
            }
        };
        let mend = mend.map(|statement| format!("Mend it: {statement}"));
        let lines: Vec<String> = [why, mend].into_iter().flatten().collect();
        let finding = Finding::new(state, what).about(object);
        findings.push(Finding { description: Some(lines.join("\n")), ..finding });
    }
    findings.sort_by_cached_key(|finding: &Finding| {
        (finding.state.rank(), finding.object.clone(), finding.summary.clone())
    });
    let summary = match findings.iter().filter(|finding| finding.state != State::Ok).count() {
        0 => [fine(&metrics), remarked(&findings)].concat(),
        // The writers say the only one in place of a summary.
        1 => String::new(),
        count => format!("{count} deviations"),
    };
    let error = (unread > 0).then(|| format!("{unread} rows of the answer cannot be read"));
    CheckReport { summary, findings, metrics, error, ..empty(rule, database) }
}

/// The report of a rule that could not be asked.
pub(super) fn failed(rule: &str, database: Option<&str>, error: &str) -> CheckReport {
    CheckReport { error: Some(format!("cannot be looked at: {error}")), ..empty(rule, database) }
}

/// The same report as that of one service, for formats that have a line for each: every finding says by
/// itself where it is, and the summary counts what was looked at.
///
/// What is no deviation is left out where only the others are asked for.
pub fn folded(report: &Report, quiet: bool) -> Report {
    let fold = |target: &TargetReport| {
        if target.error.is_some() {
            return target.clone();
        }
        let mut findings: Vec<Finding> = target.checks.iter().flat_map(placed).collect();
        findings.retain(|finding| !quiet || finding.state != State::Ok);
        findings.sort_by_key(|finding| finding.state.rank());
        let metrics = totals(target);
        let worse = findings.iter().filter(|finding| finding.state != State::Ok).count();
        let summary = match (findings.first(), worse) {
            (_, 0) => fine(&metrics),
            (Some(worst), 2..) => format!("{}; {} more", worst.summary, worse - 1),
            (Some(worst), _) => worst.summary.clone(),
            (None, _) => String::new(),
        };
        let check = CheckReport { summary, findings, metrics, ..empty("verify", None) };
        TargetReport { checks: vec![check], ..target.clone() }
    };
    Report { targets: report.targets.iter().map(fold).collect(), ..report.clone() }
}

/// The findings of a rule, and its error as one more, each with its object and database in the text.
fn placed(check: &CheckReport) -> Vec<Finding> {
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

/// What else there is to say, without being a deviation: in words, where it is only one thing.
fn remarked(findings: &[Finding]) -> String {
    match findings {
        [] => String::new(),
        [only] => {
            let object = only.object.iter().map(|object| format!("{object}: "));
            format!("; {}{}", object.collect::<String>(), only.summary)
        }
        several => format!("; {} remarks", several.len()),
    }
}

/// `13 functions, 7 roles, 2 databases as they should be`.
fn fine(metrics: &[Metric]) -> String {
    let is_one = |metric: &Metric| metric.value.to_bits() == 1f64.to_bits();
    let counted = metrics.iter().map(|metric| {
        let noun = if is_one(metric) { metric.name.trim_end_matches('s') } else { &metric.name };
        format!("{} {noun}", metric.value)
    });
    let counted = counted.collect::<Vec<_>>().join(", ");
    match metrics {
        [] => "as it should be".to_owned(),
        [only] if is_one(only) => format!("{counted} as it should be"),
        _ => format!("{counted} as they should be"),
    }
}

/// The counts of all rules and databases, added up.
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
