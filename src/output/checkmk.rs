//! Says a report as local checks in sections of Checkmk's agent, one service a line.
//!
//! It has no state judged by Checkmk: every line names its own, and levels are there to be drawn.

use std::collections::HashSet;
use std::io::{self, Write};

use crate::finding::metric::{Metric, Unit};
use crate::finding::range::Range;
use crate::finding::report::Report;

use super::nagios::budget::{Budget, MOST_BYTES};
use super::nagios::perfdata::{bounds, decimal, distinct};
use super::nagios::{lines_of, message_of};
use super::services::{Service, services};

/// Says the report as `<<<local>>>` sections, for the agent's output or its spool directory.
///
/// With `piggyback` each target is a host of its own, to which Checkmk hands the services on. A name, a
/// metric or a text that Checkmk would drop a line for never gets into one.
pub fn write(report: &Report, piggyback: bool, out: &mut dyn Write) -> io::Result<()> {
    let services = services(report);
    if !piggyback {
        return section(&services, out);
    }
    let mut hosts = Names::default();
    let mut rest = services.as_slice();
    while let Some(first) = rest.first() {
        // Each target's services begin with its own one, so that two of the same name stay two.
        let next = rest.iter().skip(1).position(|service| service.name == first.name);
        let (host, others) = rest.split_at(next.map_or(rest.len(), |next| next + 1));
        writeln!(out, "<<<<{}>>>>", hosts.unique(&first.target, ".-"))?;
        section(host, out)?;
        writeln!(out, "<<<<>>>>")?;
        rest = others;
    }
    Ok(())
}

fn section(services: &[Service], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<<<local:sep(0)>>>")?;
    let mut names = Names::default();
    for service in services {
        let name = names.unique(&service.name, ".-");
        writeln!(out, "{}", line(&name, service))?;
    }
    Ok(())
}

/// `STATE NAME METRICS TEXT`, with one blank between them and never one inside of the first three.
fn line(name: &str, service: &Service) -> String {
    let report = &service.report;
    let message = message_of(report);
    let lines = lines_of(report, &message);
    let said = Budget::of(MOST_BYTES).fit(&message, &metrics(report), &lines);
    let metrics = if said.metrics.is_empty() { "-".to_owned() } else { said.metrics.join("|") };
    let state = report.state().exit_code();
    // Two characters that Checkmk makes one line's end of; no other backslash is in the text.
    let text = said.text().replace('\n', "\\n");
    format!("{state} {name} {metrics} {text}")
}

fn metrics(report: &Report) -> Vec<String> {
    let mut names = Names::default();
    let named = distinct(report, false).into_iter();
    named
        .filter_map(|(label, metric)| {
            let value = decimal(metric.value)?;
            let (smallest, largest) = bounds(metric);
            let (warning, critical) = levels(metric);
            let item = format!("={value};{warning};{critical};{smallest};{largest}");
            Some(format!("{}{}", names.unique(&label, ""), item.trim_end_matches(';')))
        })
        .collect()
}

/// The levels that can be drawn without saying anything else than what is in force.
///
/// There is no word for a range that is left from below only or from inside, and Checkmk would take a
/// critical level alone for a warning level too.
fn levels(metric: &Metric) -> (String, String) {
    let level_of = |range: &Option<Range>| {
        range.as_ref().and_then(|range| level(range, metric)).unwrap_or_default()
    };
    match (level_of(&metric.warning), level_of(&metric.critical)) {
        (warning, _) if warning.is_empty() => (warning, String::new()),
        both => both,
    }
}

/// `UPPER` or `LOWER:UPPER`.
fn level(range: &Range, metric: &Metric) -> Option<String> {
    let upper = decimal(range.end()).filter(|_| !range.inside())?;
    let below_zero = matches!(metric.unit, Unit::None | Unit::Boolean) || metric.value < 0.0;
    match decimal(range.start()) {
        None => Some(upper),
        Some(_) if range.start() == 0.0 && !below_zero => Some(upper),
        Some(lower) => Some(format!("{lower}:{upper}")),
    }
}

/// The names given so far, each made of the characters that Checkmk takes everywhere.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    fn unique(&mut self, wanted: &str, also: &str) -> String {
        let safe = |character: char| {
            character.is_ascii_alphanumeric() || character == '_' || also.contains(character)
        };
        let name =
            wanted.trim().chars().map(|character| if safe(character) { character } else { '_' });
        let name = name.collect::<String>();
        // A host may become the name of a file, and a dot first would lead to another directory.
        let name = match name.strip_prefix(['.', '-']) {
            Some(rest) => format!("_{rest}"),
            None if name.is_empty() => "unnamed".to_owned(),
            None => name,
        };
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let mut candidates = std::iter::once(name.clone()).chain(numbered);
        let free = candidates.find(|candidate| !self.0.contains(candidate));
        let free = free.expect("there are more numbers than names");
        self.0.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::metric::MetricKind;

    #[test]
    fn a_host_is_no_path_and_no_option() {
        let mut names = Names::default();
        let hosts = ["..", ".", "../a", "-rf", "db1.example", "", "a>>>>\n<<<<b"];
        let said = hosts.map(|host| names.unique(host, ".-"));
        let expected = ["_.", "_", "_._a", "_rf", "db1.example", "unnamed", "a_________b"];
        assert_eq!(said, expected);
    }

    #[test]
    fn levels_are_said_where_they_are_true() {
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
            let said = levels(&metric);
            assert_eq!((said.0.as_str(), said.1.as_str()), expected, "{warning} {critical}");
        }
    }
}
