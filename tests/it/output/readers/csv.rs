//! Reads CSV with Python's standard library, and removes the apostrophes as the documentation describes.

use super::{Contents, python, text};

const READER: &str = r#"
import csv, io, json, sys
lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="")
print(json.dumps(list(csv.DictReader(lines, strict=True))))
"#;

pub(super) fn read(output: &str) -> Contents {
    assert_eq!(output.matches('\n').count(), output.matches("\r\n").count());
    let mut read = Contents::default();
    let rows = python(READER, output);
    for row in rows.as_array().unwrap() {
        assert!(
            row.as_object().unwrap().values().all(|cell| harmless(cell.as_str().unwrap())),
            "{row}"
        );
        let cell = |key: &str| original(&text(&row[key]));
        match row["type"].as_str().unwrap() {
            "target" => read.targets.push(["target", "error"].map(cell)),
            "check" => read.services.push(["target", "check", "database", "state"].map(cell)),
            "finding" => read.findings.push(["object", "state", "summary"].map(cell)),
            "metric" => {
                let number = text(&row["value"]).parse::<f64>().ok().map(f64::to_bits);
                read.metrics.push((cell("metric"), cell("object"), number));
            }
            other => panic!("unknown type {other}"),
        }
    }
    read
}

/// Whether a spreadsheet computes nothing in a cell, also if it separates cells at semicolons.
fn harmless(cell: &str) -> bool {
    let is_number = cell.parse::<f64>().is_ok();
    is_number || cell.split(';').all(|part| !part.trim_start().starts_with(['=', '+', '-', '@']))
}

/// The text of a cell without the added apostrophes.
fn original(cell: &str) -> String {
    let part = |part: &str| {
        let begin = part.len() - part.trim_start().len();
        let (blanks, rest) = part.split_at(begin);
        format!("{blanks}{}", rest.strip_prefix('\'').unwrap_or(rest))
    };
    cell.split(';').map(part).collect::<Vec<_>>().join(";")
}
