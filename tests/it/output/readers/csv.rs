//! Reads CSV with the module of Python's standard library.
//!
//! Takes the apostrophes away by the rule that the format promises.

use super::{Understood, python, text};

const READER: &str = r#"
import csv, io, json, sys
lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="")
print(json.dumps(list(csv.DictReader(lines, strict=True))))
"#;

pub(super) fn read(said: &str) -> Understood {
    assert_eq!(said.matches('\n').count(), said.matches("\r\n").count());
    let mut read = Understood::default();
    let rows = python(READER, said);
    for row in rows.as_array().unwrap() {
        assert!(
            row.as_object().unwrap().values().all(|cell| harmless(cell.as_str().unwrap())),
            "{row}"
        );
        let cell = |key: &str| meant(&text(&row[key]));
        match row["type"].as_str().unwrap() {
            "target" => read.targets.push(["target", "error"].map(cell)),
            "check" => read.services.push(["target", "check", "database", "state"].map(cell)),
            "finding" => read.findings.push(["object", "state", "summary"].map(cell)),
            "metric" => {
                let number = text(&row["value"]).parse::<f64>().ok().map(f64::to_bits);
                read.metrics.push((cell("metric"), cell("object"), number));
            }
            other => panic!("{other} is no type"),
        }
    }
    read
}

/// No spreadsheet computes it, whether it parts cells at commas or at semicolons.
fn harmless(cell: &str) -> bool {
    let is_number = cell.parse::<f64>().is_ok();
    is_number || cell.split(';').all(|part| !part.trim_start().starts_with(['=', '+', '-', '@']))
}

fn meant(cell: &str) -> String {
    let part = |part: &str| {
        let begin = part.len() - part.trim_start().len();
        let (blanks, rest) = part.split_at(begin);
        format!("{blanks}{}", rest.strip_prefix('\'').unwrap_or(rest))
    };
    cell.split(';').map(part).collect::<Vec<_>>().join(";")
}
