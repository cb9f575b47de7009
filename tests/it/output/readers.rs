//! Independent readers of the formats for programs find everything that the report contains.
//!
//! The expected values come from the report, not from a part of a writer.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use posemo::finding::report::Report;
use posemo::output::{Format, OutputOptions};
use serde_json::Value;

use super::reports::report;
use super::written;
use crate::programs::{need, reader};
use crate::waiting::slack;

mod csv;
mod html;
mod json;
mod junit;
mod markdown;
mod sarif;

/// The reports that are read.
const REPORTS: [&str; 8] =
    ["hostile", "markup", "flood", "day", "script", "skipped", "dead", "empty"];

/// The contents of a format. Values that a format does not have are empty texts.
#[derive(Debug, Default, PartialEq)]
struct Contents {
    /// Target, error.
    targets: Vec<[String; 2]>,
    /// Target, check, database, state.
    services: Vec<[String; 4]>,
    /// Object, state, summary.
    findings: Vec<[String; 3]>,
    /// Name, object, bits of the value.
    metrics: Vec<(String, String, Option<u64>)>,
}

/// The contents of a format that has all values. `text` returns a text as the format writes it.
fn expected(report: &Report, text: fn(&str) -> String) -> Contents {
    let optional = |value: &Option<String>| value.as_deref().map(text).unwrap_or_default();
    let mut expected = Contents::default();
    for target in &report.targets {
        expected.targets.push([text(&target.target), optional(&target.error)]);
        for check in &target.checks {
            expected.services.push([
                text(&target.target),
                check.check.clone(),
                optional(&check.database),
                check.state().name().to_owned(),
            ]);
            expected.findings.extend(check.findings.iter().map(|finding| {
                let state = finding.state.name().to_owned();
                [optional(&finding.object), state, text(&finding.summary)]
            }));
            expected.metrics.extend(check.metrics.iter().map(|metric| {
                let number = Some(metric.value).filter(|value| value.is_finite());
                (text(&metric.name), optional(&metric.object), number.map(f64::to_bits))
            }));
        }
    }
    expected
}

/// A text in which characters that are not plain are spelled out, after a list of the characters in the reports.
fn spelled(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\0'..='\x1f' | '\x7f' => format!("\\x{:02x}", u32::from(character)),
            '\u{80}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fdd0}'
            | '\u{fffe}'..='\u{ffff}' => format!("\\u{{{:x}}}", u32::from(character)),
            other => other.to_string(),
        })
        .collect()
}

/// Runs a Python program that reads a text and prints JSON.
fn python(program: &str, text: &str) -> Value {
    let mut child = Command::new("python3")
        .args(["-c", program])
        .env("PYTHONPATH", reader("python"))
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = text.to_owned();
    let writing = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success(), "standard error has the reason");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// This includes all finite numbers, bit by bit.
#[test]
fn readers_find_everything_that_a_report_contains() {
    type Reader = fn(&str) -> Contents;
    type Text = fn(&str) -> String;
    need!("python3", "junitparser");
    let readers: [(Format, Reader, Text); 3] = [
        (Format::Json, json::read, str::to_owned),
        (Format::Ndjson, json::read_lines, str::to_owned),
        (Format::Csv, csv::read, spelled),
    ];
    for (format, read, text) in readers {
        for name in REPORTS {
            let report = report(name);
            let output = written(&report, format, &OutputOptions::default());
            let (read, expected) = (read(&output), expected(&report, text));
            assert_eq!(read.targets, expected.targets, "{format:?} {name}");
            assert_eq!(read.services, expected.services, "{format:?} {name}");
            assert_eq!(read.findings, expected.findings, "{format:?} {name}");
            assert_eq!(read.metrics, expected.metrics, "{format:?} {name}");
        }
    }
}

/// The limit for a build without optimization is only there to notice a quadratic loop.
#[test]
fn five_thousand_findings_are_written_within_the_limit() {
    let report = report("flood");
    let (slow, fast) = (Duration::from_secs(5) + slack(), Duration::from_millis(100));
    let bound = if cfg!(debug_assertions) { slow } else { fast };
    for format in Format::ALL {
        let began = std::time::Instant::now();
        let output = written(&report, format, &OutputOptions::default());
        let took = began.elapsed();
        assert!(took < bound, "{} bytes of {format:?} took {took:?}", output.len());
    }
}
