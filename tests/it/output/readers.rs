//! Independent readers get back from every format for programs what went in.
//!
//! What is expected is taken from the report, and by no part of a writer.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use posemo::finding::report::Report;
use posemo::output::{Format, Options};
use serde_json::Value;

use super::reports::report;
use super::said;
use crate::programs::{need, reader};
use crate::waiting::slack;

mod csv;
mod json;
mod junit;
mod markdown;
mod sarif;

/// The reports that are read.
const REPORTS: [&str; 8] =
    ["hostile", "markup", "flood", "day", "script", "skipped", "dead", "empty"];

/// What a reader has understood. What a format has no word for is an empty text.
#[derive(Debug, Default, PartialEq)]
struct Understood {
    /// Target, and why it could not be asked.
    targets: Vec<[String; 2]>,
    /// Target, check, database, state.
    services: Vec<[String; 4]>,
    /// Object, state, summary.
    findings: Vec<[String; 3]>,
    /// Name, object, and the bits of the number.
    metrics: Vec<(String, String, Option<u64>)>,
}

/// What a reader of a format that has everything must understand, where a text is written in this manner.
fn expected(report: &Report, written: fn(&str) -> String) -> Understood {
    let optional = |text: &Option<String>| text.as_deref().map(written).unwrap_or_default();
    let mut expected = Understood::default();
    for target in &report.targets {
        expected.targets.push([written(&target.target), optional(&target.error)]);
        for check in &target.checks {
            expected.services.push([
                written(&target.target),
                check.check.clone(),
                optional(&check.database),
                check.state().name().to_owned(),
            ]);
            expected.findings.extend(check.findings.iter().map(|finding| {
                let state = finding.state.name().to_owned();
                [optional(&finding.object), state, written(&finding.summary)]
            }));
            expected.metrics.extend(check.metrics.iter().map(|metric| {
                let number = Some(metric.value).filter(|value| value.is_finite());
                (written(&metric.name), optional(&metric.object), number.map(f64::to_bits))
            }));
        }
    }
    expected
}

/// A text with everything spelled out that is not to be looked at, by a list and not by a rule.
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

/// Asks a program of Python's, which prints JSON, what it understands.
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
    assert!(output.status.success(), "the program has said on standard error why");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Every number that a format can say, and each name that it promises to keep.
#[test]
fn what_went_in_comes_back() {
    type Reader = fn(&str) -> Understood;
    type Written = fn(&str) -> String;
    need!("python3", "junitparser");
    let readers: [(Format, Reader, Written); 3] = [
        (Format::Json, json::read, str::to_owned),
        (Format::Ndjson, json::read_lines, str::to_owned),
        (Format::Csv, csv::read, spelled),
    ];
    for (format, read, written) in readers {
        for name in REPORTS {
            let report = report(name);
            let said = said(&report, format, &Options::default());
            let (read, expected) = (read(&said), expected(&report, written));
            assert_eq!(read.targets, expected.targets, "{format:?} {name}");
            assert_eq!(read.services, expected.services, "{format:?} {name}");
            assert_eq!(read.findings, expected.findings, "{format:?} {name}");
            assert_eq!(read.metrics, expected.metrics, "{format:?} {name}");
        }
    }
}

/// In a release; what is not optimised may take its time.
#[test]
fn five_thousand_findings_are_said_in_no_time() {
    let report = report("flood");
    let (slow, fast) = (Duration::from_secs(5) + slack(), Duration::from_millis(100));
    let bound = if cfg!(debug_assertions) { slow } else { fast };
    for format in Format::ALL {
        let began = std::time::Instant::now();
        let said = said(&report, format, &Options::default());
        let took = began.elapsed();
        assert!(took < bound, "{} bytes of {format:?} took {took:?}", said.len());
    }
}
