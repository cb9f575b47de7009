//! What the pages contain: settings, commands of posemo, units of systemd, and files of Prometheus.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{PAGES, blocks, folder, is_a_command_of_posemo, settings_are_valid};
use crate::programs::skip;
use crate::server::POSEMO;

#[test]
fn every_page_is_tested_and_linked() {
    let paths = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, PAGES);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (page, link) in [("README.md", "docs/deployment/"), ("docs/server.md", "deployment/")] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        for name in PAGES {
            assert!(text.contains(&format!("]({link}{name})")), "{page}: {name}");
        }
    }
}

#[test]
fn settings_of_the_pages_are_valid() {
    let mut valid = 0;
    for page in PAGES {
        for block in blocks(page, "toml") {
            settings_are_valid(page, &block);
            valid += 1;
        }
    }
    assert!(valid >= 5, "{valid}");
}

#[test]
fn commands_of_the_pages_exist() {
    let mut found = 0;
    for page in PAGES {
        for line in blocks(page, "sh").iter().flat_map(|block| block.lines()) {
            // The program may have another name, or run in a pod.
            let line = line.split_once(" -- ").map_or(line, |(_, command)| command);
            let command = line.strip_prefix("posemo.new ").or_else(|| line.strip_prefix("posemo "));
            if let Some(command) = command {
                is_a_command_of_posemo(command);
                found += 1;
            }
            for file in line.split_whitespace().filter(|word| word.starts_with("docs/")) {
                let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
                assert!(file.exists(), "{line}");
            }
        }
    }
    assert!(found >= 8, "{found}");
}

/// Where a page writes a block: the last path in code before it.
fn place(page: &str, block: &str) -> String {
    let text = fs::read_to_string(folder().join(page)).unwrap();
    let (before, _) = text.split_once(block).unwrap();
    let path = before.split('`').rfind(|code| code.starts_with("/etc/systemd/system/"));
    path.unwrap().rsplit_once("/system/").unwrap().1.to_owned()
}

/// The messages of systemd about a unit with the drop-ins and units of the pages.
fn verified(unit: &str, files: &[(String, String)]) -> Option<(bool, String)> {
    let directory = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let service = fs::read_to_string(root.join("systemd/posemo.service")).unwrap();
    let own = [("posemo.service".to_owned(), service)];
    for (name, text) in own.iter().chain(files) {
        let file = directory.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text.replace("/usr/bin/posemo", POSEMO)).unwrap();
    }
    let mut command = Command::new("systemd-analyze");
    command.args(["verify", "--man=no"]).arg(directory.path().join(unit));
    let Ok(output) = command.output() else {
        skip("systemd-analyze is missing: apt-get install systemd");
        return None;
    };
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8(text).unwrap()))
}

#[test]
fn systemd_accepts_the_units_of_the_pages() {
    let mut count = 0;
    for page in ["one-machine.md", "prometheus.md", "two-nodes.md"] {
        let blocks = blocks(page, "ini");
        let files: Vec<(String, String)> =
            blocks.into_iter().map(|block| (place(page, &block), block)).collect();
        for (name, _) in &files {
            let unit = name.split_once(".d/").map_or(name.as_str(), |(unit, _)| unit);
            let Some((success, text)) = verified(unit, &files) else { return };
            assert!(success && text.is_empty(), "{page}: {name}: {text}");
            count += 1;
        }
        // It must be able to fail.
        let broken: Vec<(String, String)> = files
            .iter()
            .map(|(name, text)| (name.clone(), text.replace("[Service]", "[Service]\nNice=low")))
            .collect();
        let unit = files[0].0.split_once(".d/").map_or(files[0].0.as_str(), |(unit, _)| unit);
        let (_, text) = verified(unit, &broken).unwrap();
        assert!(text.contains("low"), "{page}: {text}");
    }
    assert_eq!(count, 4);
}

/// The answer of promtool, which runs in a folder with the files of the page.
fn promtool(arguments: &[&str], more: &[(&str, &str)]) -> Option<(bool, String)> {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    let files = blocks("prometheus.md", "yaml");
    let [configuration, replicas] = files.as_slice() else { panic!("{files:?}") };
    let rules = crate::server::posemo(&["print-config", "prometheus"]).stdout;
    write("prometheus.yml", configuration);
    write("posemo-replicas.yml", replicas);
    write("posemo-rules.yml", &String::from_utf8(rules).unwrap());
    for (name, text) in more {
        write(name, text);
    }
    let mut command = Command::new("promtool");
    let Ok(output) = command.args(arguments).current_dir(&directory).output() else {
        skip("promtool is missing: apt-get install prometheus");
        return None;
    };
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8(text).unwrap()))
}

#[test]
fn prometheus_accepts_the_files_of_the_page() {
    let commands = blocks("prometheus.md", "sh").concat();
    for line in commands.lines().filter_map(|line| line.strip_prefix("promtool ")) {
        let arguments: Vec<&str> = line.split(' ').collect();
        let Some((success, text)) = promtool(&arguments, &[]) else { return };
        assert!(success && !text.contains("FAILED"), "{line}\n{text}");
    }
    assert_eq!(commands.matches("promtool ").count(), 1, "{commands}");
}

/// A target that is down does not alarm. All targets that are down do, and so does another Prometheus.
const SITUATIONS: &str = r#"
rule_files: [posemo-replicas.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    external_labels: {replica: 0a}
    input_series:
      - {series: 'up{job="posemo-probe", instance="db1"}', values: '0x20'}
      - {series: 'up{job="posemo-probe", instance="db2"}', values: '1x5 0x15'}
      - {series: 'up{job="prometheus", instance="prometheus-0b"}', values: '1x5 0x15'}
    alert_rule_test:
      - {eval_time: 5m, alertname: PosemoProbeDown, exp_alerts: []}
      - {eval_time: 5m, alertname: PosemoReplicaMissing, exp_alerts: []}
      - eval_time: 10m
        alertname: PosemoProbeDown
        exp_alerts:
          - exp_labels: {severity: critical}
            exp_annotations: {summary: '0a: posemo does not answer; the other replica still has all of its targets'}
      - eval_time: 10m
        alertname: PosemoReplicaMissing
        exp_alerts:
          - exp_labels: {severity: warning, job: prometheus, instance: prometheus-0b}
            exp_annotations: {summary: 'prometheus-0b does not answer; the targets of its number have one replica'}
"#;

#[test]
fn a_replica_that_is_missing_alarms() {
    let test = |situations: &str| promtool(&["test", "rules", "s.yml"], &[("s.yml", situations)]);
    let Some((success, text)) = test(SITUATIONS) else { return };
    assert!(success, "{text}");
    // It must be able to fail.
    let (success, _) = test(&SITUATIONS.replace("severity: critical", "severity: low")).unwrap();
    assert!(!success);
}
