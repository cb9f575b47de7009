//! The alerting rules and the dashboard of `posemo print-config`, with Prometheus' own programs.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::work_directory::{WorkDirectory, output_of};
use crate::server::posemo;

/// Series and the alerts that they cause: `alertname|object|severity`, with the summary.
type RuleCase = (&'static [(&'static str, &'static str)], &'static str, &'static [Alert]);

/// Name, severity, labels beside those and topic, and the summary.
type Alert = (&'static str, &'static str, &'static str, &'static str);

/// A threshold on a rate.
const SETTINGS: &str =
    "[checks.deadlocks.thresholds.\"deadlocks per hour\"]\nwarning = \"5\"\nwindow = \"30m\"\n";

const CASES: [RuleCase; 11] = [
    // A healthy server is quiet.
    (
        &[
            ("posemo_up{target='db1'}", "1"),
            ("posemo_check_state{target='db1',check='sequence_usage',database='shop'}", "0"),
            (
                "posemo_sequence_usage_used_ratio{target='db1',check='sequence_usage',database='shop',object='a'}",
                "0.5",
            ),
        ],
        "PosemoSequenceUsage",
        &[],
    ),
    // Each object beyond its limit, with its value, and no other.
    (
        &[
            ("posemo_check_state{target='db1',check='sequence_usage',database='shop'}", "2"),
            (
                "posemo_sequence_usage_used_ratio{target='db1',check='sequence_usage',database='shop',object='a'}",
                "0.97",
            ),
            (
                "posemo_sequence_usage_used_ratio{target='db1',check='sequence_usage',database='shop',object='b'}",
                "0.85",
            ),
            (
                "posemo_sequence_usage_used_ratio{target='db1',check='sequence_usage',database='shop',object='c'}",
                "0.1",
            ),
        ],
        "PosemoSequenceUsage",
        &[
            (
                "PosemoSequenceUsage",
                "critical",
                "target: db1, check: sequence_usage, database: shop, object: a, metric: used",
                "db1 (shop): sequence_usage a used 97% (critical above 95 %)",
            ),
            (
                "PosemoSequenceUsage",
                "warning",
                "target: db1, check: sequence_usage, database: shop, object: b, metric: used",
                "db1 (shop): sequence_usage b used 85% (warning above 80 %)",
            ),
        ],
    ),
    // The settings of this target have a higher limit: the state decides.
    (
        &[
            ("posemo_check_state{target='db1',check='sequence_usage',database='shop'}", "0"),
            (
                "posemo_sequence_usage_used_ratio{target='db1',check='sequence_usage',database='shop',object='a'}",
                "0.97",
            ),
        ],
        "PosemoSequenceUsage",
        &[],
    ),
    // They have a lower one.
    (
        &[
            ("posemo_check_state{target='db1',check='sequence_usage',database='shop'}", "2"),
            (
                "posemo_sequence_usage_used_ratio{target='db1',check='sequence_usage',database='shop',object='a'}",
                "0.6",
            ),
        ],
        "PosemoSequenceUsage",
        &[(
            "PosemoSequenceUsage",
            "critical",
            "target: db1, check: sequence_usage, database: shop",
            "db1 (shop): sequence_usage is CRITICAL",
        )],
    ),
    // A script judged.
    (
        &[("posemo_check_state{target='db1',check='superusers'}", "1")],
        "PosemoSuperusers",
        &[(
            "PosemoSuperusers",
            "warning",
            "target: db1, check: superusers",
            "db1: superusers is WARNING",
        )],
    ),
    // A server that does not answer is one alert.
    (
        &[
            ("posemo_up{target='db1'}", "0"),
            ("posemo_check_state{target='db1',check='alive'}", "2"),
        ],
        "PosemoTargetDown",
        &[("PosemoTargetDown", "critical", "target: db1", "db1 does not answer")],
    ),
    (
        &[
            ("posemo_up{target='db1'}", "0"),
            ("posemo_check_state{target='db1',check='alive'}", "2"),
        ],
        "PosemoAlive",
        &[],
    ),
    // A counter that grows, of which posemo does not know the rate.
    (
        &[
            ("posemo_check_state{target='db1',check='deadlocks'}", "0"),
            (
                "posemo_deadlocks_deadlocks_total{target='db1',check='deadlocks',object='shop'}",
                "0+1",
            ),
            ("posemo_deadlocks_deadlocks_total{target='db1',check='deadlocks',object='app'}", "9"),
        ],
        "PosemoDeadlocks",
        &[(
            "PosemoDeadlocks",
            "warning",
            "target: db1, check: deadlocks, object: shop, metric: deadlocks_per_hour",
            "db1: deadlocks shop deadlocks per hour 10 (warning above 5)",
        )],
    ),
    // The statistics were reset.
    (
        &[
            ("posemo_check_state{target='db1',check='deadlocks'}", "0"),
            (
                "posemo_deadlocks_deadlocks_total{target='db1',check='deadlocks',object='shop'}",
                "900x2 1",
            ),
        ],
        "PosemoDeadlocks",
        &[],
    ),
    // posemo serve measures the rate, and the settings of this target have a higher limit.
    (
        &[
            ("posemo_check_state{target='db1',check='deadlocks'}", "0"),
            (
                "posemo_deadlocks_deadlocks_total{target='db1',check='deadlocks',object='shop'}",
                "0+1",
            ),
            (
                "posemo_deadlocks_deadlocks_per_hour{target='db1',check='deadlocks',object='shop'}",
                "60",
            ),
        ],
        "PosemoDeadlocks",
        &[],
    ),
    // They have the same.
    (
        &[
            ("posemo_check_state{target='db1',check='deadlocks'}", "1"),
            (
                "posemo_deadlocks_deadlocks_total{target='db1',check='deadlocks',object='shop'}",
                "0+1",
            ),
            (
                "posemo_deadlocks_deadlocks_per_hour{target='db1',check='deadlocks',object='shop'}",
                "60",
            ),
        ],
        "PosemoDeadlocks",
        &[(
            "PosemoDeadlocks",
            "warning",
            "target: db1, check: deadlocks, object: shop, metric: deadlocks_per_hour",
            "db1: deadlocks shop deadlocks per hour 60 (warning above 5)",
        )],
    ),
];

fn printed(system: &str, options: &[&str]) -> String {
    let output = posemo(&[&["print-config", system], options].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn topic_of(name: &str) -> &'static str {
    match name {
        "PosemoDeadlocks" => "locks",
        "PosemoSequenceUsage" => "schema",
        "PosemoSuperusers" => "security",
        _ => "availability",
    }
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn promtool_accepts_the_rules_and_fires_the_right_alerts() {
    let directory = WorkDirectory::new();
    let settings = directory.write("posemo.toml", SETTINGS);
    let rules = printed("prometheus", &["--config", &settings.display().to_string()]);
    let file = directory.write("posemo.yml", &rules);
    let mut text = "rule_files: [posemo.yml]\nevaluation_interval: 1m\ntests:\n".to_owned();
    for (series, name, alerts) in CASES {
        text += " - interval: 1m\n   input_series:\n";
        for (series, value) in series {
            let series = series.replace('\'', "\\\"");
            writeln!(text, "    - {{series: \"{series}\", values: '{value}x9'}}").unwrap();
        }
        write!(
            text,
            "   alert_rule_test:\n    - eval_time: 5m\n      alertname: {name}\n      exp_alerts:\n"
        )
        .unwrap();
        for (name, severity, labels, summary) in alerts {
            let description = description_of(&rules, name);
            write!(
                text,
                "       - exp_labels: {{severity: {severity}, topic: {}, {labels}}}\n         exp_annotations: {{summary: '{summary}', description: {description}}}\n",
                topic_of(name)
            ).unwrap();
        }
    }
    let promtool = |command: &str, file: &Path| {
        output_of("promtool", &[command, "rules", &file.display().to_string()], "")
    };
    let (output, code) = promtool("check", &file);
    assert!(code == 0 && !output.contains("duplicate"), "{output}");
    let (output, code) = promtool("test", &directory.write("test.yml", &text));
    assert_eq!(code, 0, "{output}");
    // promtool must be able to refuse an expectation.
    let wrong = directory.write("test.yml", &text.replace("used 97%", "used 98%"));
    assert_ne!(promtool("test", &wrong).1, 0);
}

/// The quoted description of the rules of an alert, which is the same for each of them.
fn description_of<'r>(rules: &'r str, name: &str) -> &'r str {
    let (_, rest) = rules.split_once(&format!("alert: \"{name}\"")).unwrap();
    let (_, rest) = rest.split_once("description: ").unwrap();
    rest.lines().next().unwrap()
}

/// Each expression of the dashboard is valid, and refers to series that posemo writes.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn promtool_accepts_each_expression_of_the_dashboard() {
    let dashboard: Value = serde_json::from_str(&printed("grafana", &[])).unwrap();
    let mut expressions = BTreeSet::new();
    let mut ids = BTreeSet::new();
    let panels = dashboard["panels"].as_array().unwrap();
    let inner = panels.iter().filter_map(|panel| panel["panels"].as_array()).flatten();
    for panel in panels.iter().chain(inner) {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel:#}");
        for target in panel["targets"].as_array().into_iter().flatten() {
            expressions.insert(target["expr"].as_str().unwrap().to_owned());
        }
    }
    assert!(expressions.len() > 15, "{expressions:?}");
    // Grafana replaces its variables before it asks Prometheus.
    let mut rules = String::new();
    for (number, expression) in expressions.iter().enumerate() {
        let asked = expression.replace("$target", "db1|db2").replace("$__rate_interval", "5m");
        writeln!(rules, "  - {{record: 'r{number}', expr: '{asked}'}}").unwrap();
    }
    let directory = WorkDirectory::new();
    let file = directory.write("all.yml", &format!("groups:\n- name: all\n  rules:\n{rules}"));
    let (output, code) =
        output_of("promtool", &["check", "rules", &file.display().to_string()], "");
    assert_eq!(code, 0, "{output}");
}
