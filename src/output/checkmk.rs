//! Writes a report as local checks for Checkmk's agent, one line for each service.
//!
//! Each line has its state, so that Checkmk does not judge; it only draws the levels.

use std::collections::HashSet;
use std::io::{self, Write};

use crate::finding::metric::{Metric, Unit};
use crate::finding::range::Range;
use crate::finding::report::Report;

use super::nagios::{
    LabelRules, MOST_BYTES, OutputBudget, bounds, decimal, first_message, labelled_metrics,
    other_lines,
};
use super::services::{ServiceReport, services};

/// The characters of the names of metrics.
const METRICS: LabelRules = LabelRules { allowed: "_", usual: " .-", mark: '_' };

/// Writes the report as `<<<local>>>` sections, for the agent's output or its spool directory.
///
/// With `piggyback` each target is a separate host, to which Checkmk assigns the services. Characters for which Checkmk
/// would drop a line are replaced.
pub fn write(report: &Report, piggyback: bool, out: &mut dyn Write) -> io::Result<()> {
    let services = services(report);
    if !piggyback {
        return section(&services, out);
    }
    let mut hosts = CheckmkNames::default();
    let mut rest = services.as_slice();
    while let Some(first) = rest.first() {
        // The services of each target begin with posemo's own, which separates two targets with the same name.
        let next = rest.iter().skip(1).position(|service| service.name == first.name);
        let (host, others) = rest.split_at(next.map_or(rest.len(), |next| next + 1));
        writeln!(out, "<<<<{}>>>>", hosts.unique(&first.target, ".-"))?;
        section(host, out)?;
        writeln!(out, "<<<<>>>>")?;
        rest = others;
    }
    Ok(())
}

fn section(services: &[ServiceReport], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<<<local:sep(0)>>>")?;
    let mut names = CheckmkNames::default();
    for service in services {
        let name = names.unique(&service.name, ".-");
        writeln!(out, "{}", line(&name, service))?;
    }
    Ok(())
}

/// `STATE NAME METRICS TEXT`, separated by one blank; the first three contain no blank.
fn line(name: &str, service: &ServiceReport) -> String {
    let report = &service.report;
    let message = first_message(report);
    let lines = other_lines(report, &message);
    let output = OutputBudget::new(MOST_BYTES).fit(&message, &metrics(report), &lines);
    let metrics = match output.metrics.as_slice() {
        [] => "-".to_owned(),
        metrics => metrics.join("|"),
    };
    let state = report.state().exit_code();
    // Checkmk reads these two characters as the end of a line. The text contains no other backslash.
    let text = output.text().replace('\n', "\\n");
    format!("{state} {name} {metrics} {text}")
}

fn metrics(report: &Report) -> Vec<String> {
    let (wanted, metrics): (Vec<_>, Vec<_>) = labelled_metrics(report, false).into_iter().unzip();
    METRICS
        .labels(&wanted)
        .into_iter()
        .zip(metrics)
        .filter_map(|(label, metric)| {
            let value = decimal(metric.value)?;
            let (smallest, largest) = bounds(metric);
            let (warning, critical) = levels(metric);
            let item = format!("={value};{warning};{critical};{smallest};{largest}");
            Some(format!("{label}{}", item.trim_end_matches(';')))
        })
        .collect()
}

/// The levels that Checkmk can draw with the same meaning.
///
/// Its syntax cannot express a range without an upper end or one with `@`, and Checkmk would use a critical level without
/// a warning level for both.
fn levels(metric: &Metric) -> (String, String) {
    let level = |range: &Option<Range>| {
        range.as_ref().and_then(|range| bounds_of_level(range, metric)).unwrap_or_default()
    };
    match (level(&metric.warning), level(&metric.critical)) {
        (warning, _) if warning.is_empty() => (warning, String::new()),
        both => both,
    }
}

/// `UPPER` or `LOWER:UPPER`.
fn bounds_of_level(range: &Range, metric: &Metric) -> Option<String> {
    let upper = decimal(range.end()).filter(|_| !range.inside())?;
    let below_zero = matches!(metric.unit, Unit::None | Unit::Boolean) || metric.value < 0.0;
    match decimal(range.start()) {
        None => Some(upper),
        Some(_) if range.start() == 0.0 && !below_zero => Some(upper),
        Some(lower) => Some(format!("{lower}:{upper}")),
    }
}

/// The names of hosts and services used so far, with only the characters that Checkmk accepts everywhere.
#[derive(Default)]
struct CheckmkNames(HashSet<String>);

impl CheckmkNames {
    fn unique(&mut self, wanted: &str, also: &str) -> String {
        let safe = |character: char| {
            character.is_ascii_alphanumeric() || character == '_' || also.contains(character)
        };
        let name =
            wanted.trim().chars().map(|character| if safe(character) { character } else { '_' });
        let name = name.collect::<String>();
        // A host name may become the name of a file: a dot first could name another directory.
        let name = match name.strip_prefix(['.', '-']) {
            Some(rest) => format!("_{rest}"),
            None if name.is_empty() => "unnamed".to_owned(),
            None => name,
        };
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let mut candidates = std::iter::once(name.clone()).chain(numbered);
        let free = candidates.find(|candidate| !self.0.contains(candidate));
        let free = free.expect("one of the numbered names is not used");
        self.0.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::metric::MetricKind;

    #[test]
    fn a_host_name_is_not_a_path_or_an_option() {
        let mut names = CheckmkNames::default();
        let hosts = ["..", ".", "../a", "-rf", "db1.example", "", "a>>>>\n<<<<b"];
        let unique = hosts.map(|host| names.unique(host, ".-"));
        let expected = ["_.", "_", "_._a", "_rf", "db1.example", "unnamed", "a_________b"];
        assert_eq!(unique, expected);
    }

    #[test]
    fn only_levels_with_the_same_meaning_are_written() {
        for (warning, critical, unit, value, expected) in [
            ("60", "300", Unit::Seconds, 1.0, ("60", "300")),
            ("60", "300", Unit::None, 1.0, ("0:60", "0:300")),
            ("60", "", Unit::Seconds, -1.0, ("0:60", "")),
            ("~:5", "~:9", Unit::None, 1.0, ("5", "9")),
            ("0:5", "-3:9", Unit::Percent, 1.0, ("5", "-3:9")),
            ("95:", "90:", Unit::Percent, 1.0, ("", "")),
            ("", "90", Unit::Percent, 1.0, ("", "")),
            ("@1:2", "5", Unit::Count, 1.0, ("", "")),
            ("1e3", "1e4", Unit::Count, 1.0, ("1000", "10000")),
            ("~:", "~:7", Unit::Count, 1.0, ("", "")),
        ] {
            let range = |text: &str| text.parse().ok();
            let metric = Metric {
                name: "x".to_owned(),
                object: None,
                value,
                unit,
                kind: MetricKind::Gauge,
                warning: range(warning),
                critical: range(critical),
            };
            let (low, high) = levels(&metric);
            assert_eq!((low.as_str(), high.as_str()), expected, "{warning} {critical}");
        }
    }
}
