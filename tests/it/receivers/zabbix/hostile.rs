//! What an attacker would write, and more than anybody reads: both arrive whole.
//!
//! The reports are those of the golden files, made anew in time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use posemo::deliver::deliver;
use posemo::finding::report::Report;
use posemo::output::zabbix::{item_values, write};
use serde_json::{Value, json};

use super::system::System;
use super::{now, receiver};
use crate::output::reports::report;

/// Gives a file to `zabbix_sender`.
fn send_file(system: &System, path: &Path) {
    let sent = Command::new("zabbix_sender")
        .args(["-z", "127.0.0.1", "-p", &system.port.to_string(), "-T", "-N", "-i"])
        .arg(path)
        .output()
        .expect("zabbix_sender is in Debian's package zabbix-agent");
    let said = String::from_utf8_lossy(&sent.stdout).into_owned();
    assert!(sent.status.success() && said.contains("failed: 0;"), "{said}");
}

/// Everything hostile arrives in one piece, under keys that Zabbix itself takes, natively and by file.
pub(super) fn hostile(system: &System) -> usize {
    let mut report = now(report("hostile"));
    for (number, target) in report.targets.iter_mut().enumerate() {
        target.target = format!("hostile {number}");
    }
    let mut hosts = BTreeMap::new();
    let mut expected = BTreeMap::new();
    for value in item_values(&report, str::to_owned).values {
        hosts.entry(value.host.clone()).or_insert_with(|| system.host(&value.host, false, &[]));
        expected.insert((value.host, value.key), value.value);
    }
    make(system, &hosts, expected.keys());
    until_taken(system, &report, 20);
    all_arrived(system, &hosts, &expected);
    let mut text = Vec::new();
    write(&report, &mut text).unwrap();
    let path = system.place.path().join("hostile");
    fs::write(&path, text).unwrap();
    send_file(system, &path);
    all_arrived(system, &hosts, &expected);
    // However often it was sent, each was one value, as it was of one time.
    let ids: Vec<&String> = hosts.values().collect();
    let rows = json!({ "hostids": ids, "history": 4, "countOutput": true });
    let not_empty = expected.values().filter(|value| !value.is_empty()).count();
    let rows = system.ask("history.get", &rows);
    assert!(
        [not_empty, expected.len()].contains(&rows.as_str().unwrap().parse().unwrap()),
        "{rows}"
    );
    expected.len()
}

/// Five thousand objects are discovered, and their numbers taken.
pub(super) fn flood(system: &System) {
    let mut report = now(report("flood"));
    "flood".clone_into(&mut report.targets[0].target);
    let host = system.host("flood", false, &[]);
    let hosts = BTreeMap::from([("flood".to_owned(), host.clone())]);
    let all = item_values(&report, str::to_owned).values.into_iter();
    let all = all.map(|value| ((value.host, value.key), value.value));
    let mut expected: BTreeMap<(String, String), String> = all.collect();
    expected.retain(|(_, key), _| !key.starts_with("posemo.discovery."));
    let is_known = |(_, key): &&(String, String)| !key.starts_with("posemo.metric[");
    make(system, &hosts, expected.keys().filter(is_known));
    let rule = json!({ "hostid": host, "name": "objects", "type": 2,
                       "key_": "posemo.discovery.objects[table_usage]" });
    let rule = system.ask("discoveryrule.create", &rule)["itemids"][0].take();
    system.ask(
        "itemprototype.create",
        &json!({ "hostid": host, "ruleid": rule, "type": 2, "value_type": 0,
                 "name": "used{#PLACE}", "key_": "posemo.metric[table_usage,used,{#DATABASE},{#OBJECT}]" }),
    );
    until_taken(system, &report, 30);
    all_arrived(system, &hosts, &expected);
}

/// Tells Zabbix the same again until all of it is taken.
fn until_taken(system: &System, report: &Report, patience: u64) {
    let receiver = receiver(&[format!("127.0.0.1:{}", system.port)], Duration::from_secs(20));
    let deadline = Instant::now() + Duration::from_secs(patience);
    while let Err(lost) = deliver(&receiver, report) {
        assert!(Instant::now() < deadline, "{lost}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// Each item holds what it was told.
fn all_arrived(
    system: &System,
    hosts: &BTreeMap<String, String>,
    expected: &BTreeMap<(String, String), String>,
) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let found = values(system, hosts);
        let mut wrong = expected.iter().filter(|(key, value)| found.get(*key) != Some(*value));
        let Some((key, value)) = wrong.next() else { return };
        let is = found.get(key);
        assert!(Instant::now() < deadline, "{key:?} should be {value:?}, is {is:?}");
        thread::sleep(Duration::from_millis(100));
    }
}

fn make<'a>(
    system: &System,
    hosts: &BTreeMap<String, String>,
    keys: impl Iterator<Item = &'a (String, String)>,
) {
    let item = |(host, key): &(String, String)| json!({ "hostid": hosts[host], "name": "item", "key_": key, "type": 2, "value_type": 4 });
    let items: Vec<Value> = keys.map(item).collect();
    system.ask("item.create", &json!(items));
}

/// What the items of hosts hold.
fn values(system: &System, hosts: &BTreeMap<String, String>) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for (name, id) in hosts {
        for [key, value, _] in system.items(id) {
            found.insert((name.clone(), key), value);
        }
    }
    found
}
