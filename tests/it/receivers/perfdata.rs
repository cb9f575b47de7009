//! Compares posemo's performance data with the values that other parsers read: Icinga's and Perl's.
//!
//! The comparison leaves out ranges that these parsers do not support.

use std::io::Write;
use std::process::{Command, Stdio};

use posemo::finding::metric::{Metric, MetricKind, Unit};
use posemo::finding::report::Report;
use posemo::output::nagios::{PluginOutput, PluginSubject};
use serde_json::Value;

use super::samples::{REPORTS, now_on_own_hosts};

/// Reads lines of performance data and prints the fields of each item, one item on a line.
const READER: &str = r#"
use strict; use warnings; use Monitoring::Plugin::Performance; use Monitoring::Plugin::Range;
while (my $line = <STDIN>) {
  chomp $line;
  my @items = Monitoring::Plugin::Performance->parse_perfstring($line);
  print scalar(@items), "\n";
  for my $item (@items) {
    print join("\t", map { defined $_ ? "$_" : "" } $item->label, $item->value, $item->uom,
      $item->warning, $item->critical, $item->min, $item->max), "\n";
  }
}
"#;

/// Prints whether numbers are outside of ranges. A line of input is a range, a tab and a number.
const JUDGE: &str = r#"
use strict; use warnings; use Monitoring::Plugin::Range;
while (my $line = <STDIN>) {
  chomp $line; my ($range, $value) = split /\t/, $line;
  my $parsed = Monitoring::Plugin::Range->parse_range_string($range);
  print defined $parsed ? ($parsed->check_range($value) ? 1 : 0) : "invalid", "\n";
}
"#;

/// The items of a report, at most `most` for each service, with their metrics.
pub(super) fn expected(report: &Report, most: usize) -> Vec<(String, Metric)> {
    let mut expected = Vec::new();
    for service in posemo::output::services::services(report) {
        let output =
            PluginOutput::new(&service.report, PluginSubject::Check(&service.name), usize::MAX / 2);
        let checks = service.report.targets.iter().flat_map(|target| &target.checks);
        let metrics = checks.flat_map(|check| &check.metrics);
        let finite = metrics.filter(|metric| metric.value.is_finite()).collect::<Vec<_>>();
        assert_eq!(finite.len(), output.metrics.len());
        let pairs = output.metrics.into_iter().zip(finite.into_iter().cloned());
        expected.extend(pairs.take(most));
    }
    expected
}

/// Compares an item with Icinga's fields. Icinga keeps only ranges with one number.
pub(super) fn compare_with_icinga(item: &str, metric: &Metric, parsed: &Value) {
    let label = item[1..].split_once('\'').unwrap().0;
    assert_eq!(parsed["label"], label, "{item}");
    assert_eq!(parsed["value"].as_f64(), Some(metric.value + 0.0), "{item}");
    // Icinga 2.13 does not report that an item was a counter. It must not read a gauge as a counter.
    assert!(metric.kind == MetricKind::Counter || parsed["counter"] == false, "{item}");
    let unit = match (metric.kind, metric.unit) {
        (MetricKind::Gauge, Unit::Bytes) => "bytes",
        (MetricKind::Gauge, Unit::Seconds) => "seconds",
        (MetricKind::Gauge, Unit::Percent) => "percent",
        _ => "",
    };
    assert_eq!(parsed["unit"].as_str().unwrap_or(""), unit, "{item}");
    for (key, range) in [("warn", &metric.warning), ("crit", &metric.critical)] {
        let plain = range.as_ref().and_then(|range| range.as_str().parse::<f64>().ok());
        assert_eq!(
            parsed[key].as_f64(),
            plain.filter(|number| number.is_finite()),
            "{key} of {item}"
        );
    }
}

/// Perl's library reads the label, value, unit and ranges of every item.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn perl_reads_each_metric() {
    let mut count = 0;
    for name in REPORTS {
        for service in posemo::output::services::services(&now_on_own_hosts(name)) {
            let output =
                PluginOutput::new(&service.report, PluginSubject::Check(&service.name), 60_000);
            if output.metrics.is_empty() {
                continue;
            }
            let printed = perl(READER, &format!("{}\n", output.metrics.join(" ")));
            let mut lines = printed.lines();
            assert_eq!(
                lines.next().unwrap(),
                output.metrics.len().to_string(),
                "{name}: {printed}"
            );
            for (item, line) in output.metrics.iter().zip(lines) {
                compare_fields(item, line);
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
    super::print_line(&format!("Monitoring::Plugin::Performance: {count} metrics read"));
}

fn compare_fields(item: &str, line: &str) {
    let fields = line.split('\t').collect::<Vec<_>>();
    let (label, rest) = item[1..].split_once("'=").unwrap();
    assert_eq!(fields[0], label, "{item}");
    let mut parts = rest.split(';');
    let value = parts.next().unwrap();
    let unit = value.trim_start_matches(|character: char| "-.0123456789".contains(character));
    let number = |text: &str| text.parse::<f64>().unwrap();
    let expected = number(value.trim_end_matches(unit));
    // Perl prints a number with 15 digits.
    assert!(
        (number(fields[1]).min(f64::MAX) - expected).abs() <= expected.abs() * 1e-14,
        "{item}: {line}"
    );
    assert_eq!(fields[2], unit, "{item}");
    for (position, range) in parts.take(2).enumerate() {
        // The library drops ranges with @.
        if !range.starts_with('@') {
            let read = fields[3 + position];
            assert!(same_range(read, range), "{item}: {read} for {range}");
        }
    }
}

/// `0:10` and `10` are the same, and so are `1000` and `1e3`.
fn same_range(read: &str, written: &str) -> bool {
    let ends = |range: &str| {
        let (start, end) = range.split_once(':').unwrap_or(("0", range));
        [start, end].map(|end| match end {
            "" => "0".to_owned(),
            "~" => "~".to_owned(),
            number => number.parse::<f64>().map_or(number.to_owned(), |number| number.to_string()),
        })
    };
    (read.is_empty() && written.is_empty()) || ends(read) == ends(written)
}

/// Perl's library and posemo have the same result for each range and number.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn perl_evaluates_ranges_as_posemo() {
    let ranges =
        ["10", "10:", "~:10", "10:20", "@10:20", "-5:5", "0:0", "1.5:2.5", "@~:0", "~:", ":10"];
    let values = [-1e9, -5.0, -0.5, 0.0, 1.5, 2.5, 9.99, 10.0, 10.01, 20.0, 20.5, 1e9];
    let pairs = ranges.iter().flat_map(|range| values.iter().map(move |value| (*range, *value)));
    let lines = pairs.clone().map(|(range, value)| format!("{range}\t{value}\n"));
    let input = lines.collect::<Vec<_>>().concat();
    let printed = perl(JUDGE, &input);
    assert_eq!(printed.lines().count(), ranges.len() * values.len());
    for ((range, value), printed) in pairs.zip(printed.lines()) {
        let ours = range.parse::<posemo::finding::range::Range>().unwrap().alarms(value);
        assert_eq!(printed, if ours { "1" } else { "0" }, "{range} {value}");
    }
}

fn perl(program: &str, input: &str) -> String {
    let mut command = Command::new("perl");
    command.args(["-e", program]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child =
        command.spawn().expect("perl is missing: apt-get install libmonitoring-plugin-perl");
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "apt-get install libmonitoring-plugin-perl");
    writer.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
