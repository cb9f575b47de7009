//! Reads the two JSON formats. `schema.rs` tests that they are valid.

use serde_json::Value;

use super::{Contents, text};

pub(super) fn read(output: &str) -> Contents {
    let document = serde_json::from_str::<Value>(output).unwrap();
    let mut read = Contents::default();
    for target in document["targets"].as_array().unwrap() {
        read.targets.push(["target", "error"].map(|key| text(&target[key])));
        for check in target["checks"].as_array().unwrap() {
            let [name, database, state] =
                ["check", "database", "state"].map(|key| text(&check[key]));
            read.services.push([text(&target["target"]), name, database, state]);
            check["findings"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(|value| finding(value, &mut read));
            check["metrics"].as_array().unwrap().iter().for_each(|value| metric(value, &mut read));
        }
    }
    read
}

/// Each line is complete without the others, and the numbers of parts show whether lines are missing.
pub(super) fn read_lines(output: &str) -> Contents {
    let mut read = Contents::default();
    let mut announced = 1;
    for (position, line) in output.lines().enumerate() {
        let value = serde_json::from_str::<Value>(line).unwrap();
        let count = |key: &str| value[key].as_u64().unwrap();
        match value["type"].as_str().unwrap() {
            "run" => {
                assert_eq!(position, 0);
                announced += count("targets");
            }
            "target" => {
                read.targets.push(["target", "error"].map(|key| text(&value[key])));
                announced += count("checks");
            }
            "check" => {
                let keys = ["target", "check", "database", "state"];
                read.services.push(keys.map(|key| text(&value[key])));
                announced += count("findings") + count("metrics");
            }
            kind @ ("finding" | "metric") => {
                let service = read.services.last().unwrap();
                let keys = ["target", "check", "database"];
                assert_eq!(keys.map(|key| text(&value[key])), service[..3]);
                if kind == "finding" {
                    finding(&value, &mut read);
                } else {
                    metric(&value, &mut read);
                }
            }
            other => panic!("unknown type {other}"),
        }
    }
    assert_eq!(announced, output.lines().count() as u64);
    read
}

fn finding(value: &Value, read: &mut Contents) {
    read.findings.push(["object", "state", "summary"].map(|key| text(&value[key])));
}

fn metric(value: &Value, read: &mut Contents) {
    let number = value["value"].as_f64().map(f64::to_bits);
    read.metrics.push((text(&value["name"]), text(&value["object"]), number));
}
