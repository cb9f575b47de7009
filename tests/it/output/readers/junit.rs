//! Reads the XML of `JUnit` with junitparser, and compares each test case with its check.
//!
//! Attributes that pipelines do not read are not compared.

use posemo::finding::State;
use posemo::finding::report::{CheckReport, Report, TargetReport};
use posemo::output::{Format, OutputOptions};
use serde_json::Value;

use super::{REPORTS, python, report, spelled, text, written};
use crate::programs::need;

const READER: &str = r#"
import json, sys
import junitparser
document = junitparser.JUnitXml.fromroot(junitparser.junitparser.etree.fromstring(sys.stdin.buffer.read()))
def case(case):
    verdicts = [[type(each).__name__, each.type, each.message, each.text] for each in case.result]
    return {"name": case.name, "suite": case.classname, "verdicts": verdicts, "output": case.system_out, "time": case.time}
def counts(each):
    return [each.tests, each.failures, each.errors, each.skipped]
print(json.dumps({"counts": counts(document), "suites": [
    {"name": suite.name, "counts": counts(suite), "cases": [case(each) for each in suite]} for suite in document]}))
"#;

#[test]
fn junitparser_reads_a_case_for_each_check() {
    need!("python3", "junitparser");
    for name in REPORTS {
        let report = report(name);
        let read = python(READER, &written(&report, Format::Junit, &OutputOptions::default()));
        let suites = read["suites"].as_array().unwrap();
        assert_eq!(suites.len(), report.targets.len(), "{name}");
        for (suite, target) in suites.iter().zip(&report.targets) {
            assert_suite(suite, target);
        }
        assert_eq!(read["counts"], sums(suites), "{name}");
        assert_eq!(total(&report), read["counts"][0], "{name}");
    }
}

fn total(report: &Report) -> usize {
    report.targets.iter().map(|target| 1 + target.checks.len()).sum()
}

fn sums(suites: &[Value]) -> Value {
    let sum = |position: usize| {
        suites.iter().map(|suite| suite["counts"][position].as_u64().unwrap()).sum::<u64>()
    };
    [0, 1, 2, 3].map(sum).to_vec().into()
}

fn assert_suite(suite: &Value, target: &TargetReport) {
    let blank = target.target.trim().is_empty();
    let name = if blank { "(no name)".to_owned() } else { spelled(&target.target) };
    assert_eq!(suite["name"], name);
    let (server, services) = suite["cases"].as_array().unwrap().split_first().unwrap();
    assert_eq!(server["name"], "posemo");
    let errors = target.error.as_ref().map(|error| ("Error", "unknown", spelled(error)));
    assert_eq!(verdict(server), errors.map(|(tag, kind, text)| [tag.into(), kind.into(), text]));
    assert_eq!(services.len(), target.checks.len());
    for (case, check) in services.iter().zip(&target.checks) {
        assert_eq!(case["suite"], name);
        assert_case(case, check);
    }
    let tags = suite["cases"].as_array().unwrap().iter().filter_map(verdict);
    let tags = tags.map(|[tag, ..]| tag).collect::<Vec<_>>();
    let counted = |wanted: &str| tags.iter().filter(|tag| *tag == wanted).count();
    let counts = [1 + services.len(), counted("Failure"), counted("Error"), counted("Skipped")];
    assert_eq!(suite["counts"], Value::from(counts.to_vec()));
}

/// The tag, type and message of a case's result; a case has at most one.
fn verdict(case: &Value) -> Option<[String; 3]> {
    let verdicts = case["verdicts"].as_array().unwrap();
    assert!(verdicts.len() <= 1, "{case}");
    verdicts.first().map(|verdict| [0, 1, 2].map(|position| text(&verdict[position])))
}

fn assert_case(case: &Value, check: &CheckReport) {
    let database = check.database.as_deref().map(spelled);
    let name = database.map_or(check.check.clone(), |name| format!("{} ({name})", check.check));
    assert_eq!(case["name"], name);
    assert_eq!(case["time"], check.duration.as_secs_f64());
    let verdict = verdict(case);
    let kinds = verdict.as_ref().map(|[tag, kind, _]| [tag.as_str(), kind.as_str()]);
    let expected = match check.state() {
        State::Ok if check.skipped.is_some() => Some(["Skipped", ""]),
        State::Ok => None,
        State::Warning => Some(["Failure", "warning"]),
        State::Critical => Some(["Failure", "critical"]),
        State::Unknown => Some(["Error", "unknown"]),
    };
    assert_eq!(kinds, expected, "{case}");
    // The heading of a finding is at the start of a line; nothing else may look like one.
    let body = text(&case["verdicts"][0][3]) + "\n" + &text(&case["output"]);
    let states = [State::Ok, State::Warning, State::Critical, State::Unknown];
    let is_heading =
        |line: &&str| states.iter().any(|state| line.starts_with(&format!("[{}] ", state.label())));
    let headings = body.lines().filter(is_heading).collect::<Vec<_>>();
    assert!(headings.len() >= check.findings.len(), "{case}");
    assert!(headings.len() <= check.findings.len() + usize::from(check.error.is_some()), "{case}");
    let mut findings = check.findings.iter().collect::<Vec<_>>();
    findings.sort_by_key(|finding| finding.state.rank());
    // The worst come first. An error may add one heading.
    let mut headings = headings.into_iter();
    for finding in findings {
        let (label, summary) = (finding.state.label(), spelled(&finding.summary));
        let begin = format!("[{label}] ");
        let found = |line: &str| line.starts_with(&begin) && line.contains(summary.trim());
        assert!(headings.any(found), "{finding:?} in {case}");
    }
    let mut lines = body.lines();
    for metric in &check.metrics {
        let object = metric.object.as_deref().map(spelled);
        let object = object.map(|object| format!("{{{object}}}")).unwrap_or_default();
        let begin = format!("{}{object} = ", spelled(&metric.name));
        let number = |line: &str| line.strip_prefix(&begin)?.split(' ').next()?.parse::<f64>().ok();
        let same = |value: f64| value.to_bits() == metric.value.to_bits() || value.is_nan();
        assert!(lines.any(|line| number(line).is_some_and(same)), "{metric:?} in {case}");
    }
}
