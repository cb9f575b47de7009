//! Reports with hostile names and with thousands of objects arrive complete.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use posemo::deliver::deliver;
use posemo::finding::report::Report;
use posemo::output::zabbix::{item_values, write};
use serde_json::{Value, json};

use super::receiver;
use super::system::ZabbixSystem;
use crate::receivers::samples::current;
use crate::waiting::wait_with;

/// Sends a file with `zabbix_sender`.
fn send_file(system: &ZabbixSystem, path: &Path) {
    let sent = Command::new("zabbix_sender")
        .args(["-z", "127.0.0.1", "-p", &system.port.to_string(), "-T", "-N", "-i"])
        .arg(path)
        .output()
        .expect("zabbix_sender is in Debian's package zabbix-agent");
    let printed = String::from_utf8_lossy(&sent.stdout).into_owned();
    assert!(sent.status.success() && printed.contains("failed: 0;"), "{printed}");
}

/// Hostile names and texts arrive unchanged, through the protocol and through `zabbix_sender`. Returns their number.
pub(super) fn hostile(system: &ZabbixSystem) -> usize {
    let mut report = current("hostile");
    for (number, target) in report.targets.iter_mut().enumerate() {
        target.target = format!("hostile {number}");
    }
    let mut hosts = BTreeMap::new();
    let mut expected = BTreeMap::new();
    for value in item_values(&report, str::to_owned).values {
        hosts.entry(value.host.clone()).or_insert_with(|| system.host(&value.host, false, &[]));
        expected.insert((value.host, value.key), value.value);
    }
    create_items(system, &hosts, expected.keys());
    deliver_until_accepted(system, &report);
    assert_arrived(system, &hosts, &expected);
    let mut text = Vec::new();
    write(&report, &mut text).unwrap();
    let path = system.directory.path().join("hostile");
    fs::write(&path, text).unwrap();
    send_file(system, &path);
    assert_arrived(system, &hosts, &expected);
    // Each value was sent several times and stored once, as its time is the same.
    let ids: Vec<&String> = hosts.values().collect();
    let rows = json!({ "hostids": ids, "history": 4, "countOutput": true });
    let not_empty = expected.values().filter(|value| !value.is_empty()).count();
    let rows = system.call("history.get", &rows);
    assert!(
        [not_empty, expected.len()].contains(&rows.as_str().unwrap().parse().unwrap()),
        "{rows}"
    );
    expected.len()
}

/// Zabbix discovers 5000 objects, and accepts their values.
pub(super) fn flood(system: &ZabbixSystem) {
    let mut report = current("flood");
    "flood".clone_into(&mut report.targets[0].target);
    let host = system.host("flood", false, &[]);
    let hosts = BTreeMap::from([("flood".to_owned(), host.clone())]);
    let all = item_values(&report, str::to_owned).values.into_iter();
    let all = all.map(|value| ((value.host, value.key), value.value));
    let mut expected: BTreeMap<(String, String), String> = all.collect();
    expected.retain(|(_, key), _| !key.starts_with("posemo.discovery."));
    let is_known = |(_, key): &&(String, String)| !key.starts_with("posemo.metric[");
    create_items(system, &hosts, expected.keys().filter(is_known));
    let rule = json!({ "hostid": host, "name": "objects", "type": 2,
                       "key_": "posemo.discovery.objects[table_usage]" });
    let rule = system.call("discoveryrule.create", &rule)["itemids"][0].take();
    system.call(
        "itemprototype.create",
        &json!({ "hostid": host, "ruleid": rule, "type": 2, "value_type": 0,
                 "name": "used{#PLACE}", "key_": "posemo.metric[table_usage,used,{#DATABASE},{#OBJECT}]" }),
    );
    deliver_until_accepted(system, &report);
    assert_arrived(system, &hosts, &expected);
}

/// Sends a report again until Zabbix accepts all values.
fn deliver_until_accepted(system: &ZabbixSystem, report: &Report) {
    let receiver = receiver(&[format!("127.0.0.1:{}", system.port)], Duration::from_secs(60));
    let last = RefCell::new(String::new());
    let log = || last.borrow().clone();
    wait_with("Zabbix to accept all values of a report", log, || {
        thread::sleep(Duration::from_millis(200));
        let error = deliver(&receiver, report).err();
        last.replace(error.as_ref().map(ToString::to_string).unwrap_or_default());
        error.is_none().then_some(())
    });
}

/// Waits until each item has its value.
fn assert_arrived(
    system: &ZabbixSystem,
    hosts: &BTreeMap<String, String>,
    expected: &BTreeMap<(String, String), String>,
) {
    let last = RefCell::new(String::new());
    let log = || last.borrow().clone();
    wait_with("each item to have its value", log, || {
        let found = values(system, hosts);
        let mut wrong = expected.iter().filter(|(key, value)| found.get(*key) != Some(*value));
        let Some((key, value)) = wrong.next() else { return Some(()) };
        last.replace(format!("{key:?} should be {value:?}, is {:?}", found.get(key)));
        None
    });
}

fn create_items<'a>(
    system: &ZabbixSystem,
    hosts: &BTreeMap<String, String>,
    keys: impl Iterator<Item = &'a (String, String)>,
) {
    let item = |(host, key): &(String, String)| json!({ "hostid": hosts[host], "name": "item", "key_": key, "type": 2, "value_type": 4 });
    let items: Vec<Value> = keys.map(item).collect();
    system.call("item.create", &json!(items));
}

/// The values of the items of hosts, by host and key.
fn values(
    system: &ZabbixSystem,
    hosts: &BTreeMap<String, String>,
) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for (name, id) in hosts {
        for [key, value, _] in system.items(id) {
            found.insert((name.clone(), key), value);
        }
    }
    found
}
