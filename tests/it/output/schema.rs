//! JSON reports are valid by the schemas, and the schemas refuse invalid reports.
//!
//! `readers.rs` tests that reports are complete.

use std::fs;
use std::path::Path;

use posemo::output::{Format, OutputOptions};
use serde_json::Value;

use super::reports::report;
use super::{goldens, hard_cases, written};

/// The schema of `ndjson`.
const LINES: &str = "report-lines-1.schema.json";

/// A schema of the repository.
fn document(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(name);
    let text = fs::read_to_string(path).expect("the schema is in the repository");
    serde_json::from_str(&text).expect("the schema is JSON")
}

fn validator(name: &str) -> jsonschema::Validator {
    let schema = document(name);
    jsonschema::draft202012::meta::validate(&schema).expect("the schema is a valid schema");
    jsonschema::validator_for(&schema).expect("the schema can be compiled")
}

#[test]
fn every_json_report_is_valid() {
    let schema = validator("report-1.schema.json");
    let golden = goldens().into_iter().filter(|golden| golden.format == Format::Json);
    let golden = golden.map(|golden| crate::golden::path("output").join(golden.file));
    let golden = golden.map(|file| fs::read_to_string(file).unwrap());
    let hard = hard_cases(Format::Json).into_iter().map(|(_, text)| text);
    for text in golden.chain(hard) {
        assert_eq!(text.matches('\n').count(), 1);
        let document = serde_json::from_str::<Value>(&text).unwrap();
        let errors =
            schema.iter_errors(&document).map(|error| error.to_string()).collect::<Vec<_>>();
        assert_eq!(errors, Vec::<String>::new());
    }
}

#[test]
fn the_schema_refuses_an_invalid_report() {
    let schema = validator("report-1.schema.json");
    let report = report("day");
    let text = written(&report, Format::Json, &OutputOptions::default());
    let document = serde_json::from_str::<Value>(&text).unwrap();
    assert!(schema.is_valid(&document));
    for (pointer, broken) in [
        ("/format", Value::from(2)),
        ("/started", Value::from("2026-11-20 10:00:00")),
        ("/duration_seconds", Value::from(-1)),
        ("/state", Value::from("OK")),
        ("/targets/0/role", Value::from("leader")),
        ("/targets/0/port", Value::from("5432")),
        ("/targets/0/checks/0/skipped", Value::from("other")),
        ("/targets/0/checks/0/metrics/0/value", Value::from("0.0021")),
        ("/targets/0/checks/0/metrics/0/unit", Value::from("ms")),
        ("/targets/0/checks/7/findings/0/id", Value::from("shop")),
        ("/targets/0/checks/7/findings/0/severity", Value::from("major")),
        ("/targets/0/checks/7/findings/0/labels", serde_json::json!({ "number": 1 })),
    ] {
        let mut document = document.clone();
        *document.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = broken;
        assert!(!schema.is_valid(&document), "{pointer}");
    }
    for pointer in [
        "",
        "/targets/0",
        "/targets/0/checks/7",
        "/targets/0/checks/7/findings/0",
        "/targets/0/checks/0/metrics/0",
    ] {
        let object = document.pointer(pointer).unwrap().as_object().unwrap();
        for key in object.keys() {
            let mut document = document.clone();
            document.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key);
            assert!(!schema.is_valid(&document), "{pointer} without {key}");
        }
        let mut document = document.clone();
        document
            .pointer_mut(pointer)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .insert("surprise".into(), Value::Null);
        assert!(!schema.is_valid(&document), "{pointer} with a surprise");
    }
}

#[test]
fn every_ndjson_line_is_valid() {
    let schema = validator(LINES);
    for (_, text) in hard_cases(Format::Ndjson) {
        for line in text.lines() {
            let line = serde_json::from_str::<Value>(line).unwrap();
            let errors = schema.iter_errors(&line).map(|error| error.to_string());
            assert_eq!(errors.collect::<Vec<_>>(), Vec::<String>::new(), "{line}");
        }
    }
}

/// In a line of each type, a missing key, another type of a value and an unknown key are invalid.
#[test]
fn the_schema_of_lines_refuses_an_invalid_line() {
    let schema = validator(LINES);
    let text = written(&report("day"), Format::Ndjson, &OutputOptions::default());
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut seen = std::collections::BTreeSet::new();
    for line in lines.filter(|line| seen.insert(line["type"].to_string())) {
        for key in line.as_object().unwrap().keys() {
            let mut broken = line.clone();
            broken.as_object_mut().unwrap().remove(key);
            assert!(!schema.is_valid(&broken), "without {key}: {line}");
            for value in [Value::from(-1), Value::from(vec![1])] {
                let mut broken = line.clone();
                broken[key] = value;
                // Only the value of a metric may be negative.
                let allowed = key == "value" && broken[key].is_number();
                assert_eq!(schema.is_valid(&broken), allowed, "{broken}");
            }
        }
        let mut broken = line.clone();
        broken["surprise"] = Value::Null;
        assert!(!schema.is_valid(&broken), "{broken}");
    }
    assert_eq!(seen.len(), 5);
}

/// A key that is in both schemas has the same description in both.
#[test]
fn the_schemas_agree() {
    let (report, lines) = (document("report-1.schema.json"), document(LINES));
    for (part, own) in [
        ("finding", &["type", "format", "started", "target", "check", "database"][..]),
        ("metric", &["type", "format", "started", "target", "check", "database"]),
        ("check", &["type", "format", "started", "target", "findings", "metrics"]),
        ("target", &["type", "format", "started", "checks"]),
    ] {
        let described = |schema: &Value| {
            let mut keys = schema["$defs"][part]["properties"].as_object().unwrap().clone();
            keys.retain(|key, _| !own.contains(&key.as_str()));
            keys
        };
        assert_eq!(described(&report), described(&lines), "{part}");
        assert!(described(&lines).len() > 2);
    }
}
