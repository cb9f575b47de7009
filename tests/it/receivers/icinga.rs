//! A real Icinga 2: results through its API, the printed definitions, and its parser of performance data.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use posemo::definitions;
use posemo::deliver::deliver;
use posemo::finding::State;
use posemo::finding::metric::Metric;
use posemo::finding::report::Report;
use posemo::settings::receiver::{HttpSettings, Receiver, ReceiverKind};
use serde_json::Value;

use super::monitored::{self, MonitoredServer};
use super::perfdata;
use super::samples::{REPORTS, expected, in_state, many, now_on_own_hosts, plan, receiver};
use crate::ports::DEAD;
use crate::waiting::assert_within;

mod fake;
mod system;
mod zones;

pub(super) use system::Icinga;

fn written(plan: &definitions::DefinitionPlan) -> String {
    let mut out = Vec::new();
    definitions::icinga2::write(plan, &mut out).unwrap().unwrap();
    String::from_utf8(out).unwrap()
}

/// Every report arrives unchanged; a refused result is an error.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn results_arrive_at_icinga() {
    let mut icinga = Icinga::new();
    icinga.start(&written(&plan(Duration::from_secs(300))));
    let receiver = icinga.receiver();
    let mut arrived = 0;
    for name in REPORTS {
        let (report, services) = icinga.deliver(&receiver, || now_on_own_hosts(name));
        arrived += compare(&services, &report);
    }
    states_arrive(&icinga, &receiver);
    missing_services_are_named(&receiver);
    wrong_secrets_are_refused(&icinga);
    hundreds_arrive_in_time(&receiver);
    let parsed = perfdata_is_parsed(&icinga);
    missing_results_are_reported(&icinga);
    super::print_line(&format!(
        "Icinga 2: {arrived} results arrived, {parsed} metrics parsed by Icinga"
    ));
}

/// Compares each service of the report with its object.
fn compare(services: &[Value], report: &Report) -> usize {
    let expected = expected(report, 32 * 1024);
    for (expected, code, output) in &expected {
        let name = format!("{}!{}", expected.target, expected.name);
        let service = services.iter().find(|service| service["name"] == name.as_str()).unwrap();
        let result = &service["attrs"]["last_check_result"];
        assert_eq!(service["attrs"]["state"].as_f64(), Some(f64::from(*code)), "{name}: {result}");
        assert_eq!(result["output"], output.text().as_str(), "{name}");
        let metrics = result["performance_data"].as_array().unwrap();
        let metrics = metrics.iter().map(|metric| metric.as_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(metrics, output.metrics, "{name}");
        assert_eq!(result["ttl"].as_f64(), Some(1200.0), "{name}");
        assert_eq!(result["active"], false, "{name}");
        let took =
            result["execution_end"].as_f64().unwrap() - result["execution_start"].as_f64().unwrap();
        assert!((0.0..0.05).contains(&took), "{name} took {took} s");
        let machine = rustix::system::uname().nodename().to_str().unwrap().to_owned();
        assert_eq!(result["check_source"], machine.as_str());
    }
    expected.len()
}

fn replication_lag(services: &[Value]) -> &Value {
    let is_so = |service: &&Value| service["name"] == "lag-db1!replication_lag";
    &services.iter().find(is_so).unwrap()["attrs"]
}

fn states_arrive(icinga: &Icinga, receiver: &Receiver) {
    for (state, text) in [
        (State::Ok, "no delay"),
        (State::Warning, "late"),
        (State::Critical, "very late | 'fake'=1 ; \"quoted\" 100 %"),
        (State::Unknown, "no value"),
        (State::Ok, "no delay any more"),
    ] {
        let (_, services) = icinga.deliver(receiver, || in_state(state, text));
        let service = replication_lag(&services);
        assert_eq!(service["state"].as_f64(), Some(f64::from(state.exit_code())));
        let output = service["last_check_result"]["output"].as_str().unwrap().to_owned();
        let expected = format!("REPLICATION_LAG {} - {}", state.label(), text.replace('|', "¦"));
        assert_eq!(output, expected);
        let metrics = &service["last_check_result"]["performance_data"];
        assert_eq!(metrics[1], "'standby2'=62s;60;300;0");
    }
}

/// A missing service is named; the results of the others are sent.
fn missing_services_are_named(receiver: &Receiver) {
    let mut report = in_state(State::Ok, "no delay");
    let missing = report.targets[0].checks[0].clone();
    report.targets[0]
        .checks
        .push(posemo::finding::report::CheckReport { check: "missing".to_owned(), ..missing });
    let wrong_name = posemo::finding::report::TargetReport {
        target: "a!b\u{1b}".to_owned(),
        ..report.targets[0].clone()
    };
    report.targets.push(wrong_name);
    let error = deliver(receiver, &report).unwrap_err().to_string();
    assert!(error.contains("accepted 2 of 6"), "{error}");
    assert!(error.contains("lag-db1!missing: the service does not exist"), "{error}");
    assert!(error.contains("posemo print-config icinga2 --passive"), "{error}");
    assert!(error.contains("[receivers.there.hosts]") && !error.contains('\u{1b}'), "{error}");
    let hosts = [("a!b\u{1b}".to_owned(), "databases-db1".to_owned())].into_iter().collect();
    let error = deliver(&Receiver { hosts, ..receiver.clone() }, &report).unwrap_err().to_string();
    assert!(
        error.contains("accepted 3 of 6") && error.contains("databases-db1!missing"),
        "{error}"
    );
    let hosts = [("a!b\u{1b}".to_owned(), "lag-db1".to_owned())].into_iter().collect();
    let error = deliver(&Receiver { hosts, ..receiver.clone() }, &report).unwrap_err().to_string();
    assert!(error.contains("have the same host name"), "{error}");
}

fn wrong_secrets_are_refused(icinga: &Icinga) {
    let with = |change: &dyn Fn(&mut HttpSettings)| {
        let mut http = icinga.http("posemo");
        change(&mut http);
        let begun = Instant::now();
        let receiver = receiver(ReceiverKind::Icinga2(http));
        let answer = deliver(&receiver, &in_state(State::Ok, "no delay"));
        assert_within(Duration::from_secs(4), begun, "a refusal");
        answer.map_err(|error| error.to_string())
    };
    let wrong = icinga.directory.path().join("wrong");
    let error = with(&|http| http.password_file = Some(wrong.clone())).unwrap_err();
    assert!(error.contains("401") && !error.contains("guess"), "{error}");
    let error = with(&|http| http.user = Some("reader".to_owned())).unwrap_err();
    assert!(error.contains("lacks the permission \"actions/process-check-result\""), "{error}");
    let error = with(&|http| http.sslrootcert = None).unwrap_err();
    assert!(error.contains("UnknownIssuer; ") && error.contains("set sslrootcert"), "{error}");
    let closed = format!("https://localhost:{DEAD}");
    let error = with(&|http| http.urls = vec![closed.clone()]).unwrap_err();
    assert!(error.contains("nothing listens there"), "{error}");
    with(&|http| http.urls.insert(0, closed.clone())).unwrap();
}

fn hundreds_arrive_in_time(receiver: &Receiver) {
    let begun = Instant::now();
    let sent = deliver(receiver, &many(25, 12)).unwrap();
    assert!(sent.contains("accepted 325 results"), "{sent}");
    // The default of a receiver's timeout.
    assert_within(Duration::from_secs(10), begun, "hundreds of results");
}

/// Icinga parses every metric of every report to its value.
fn perfdata_is_parsed(icinga: &Icinga) -> usize {
    let mut expected = Vec::<(String, Metric)>::new();
    for name in REPORTS {
        expected.extend(perfdata::expected(&now_on_own_hosts(name), 60));
    }
    for pieces in expected.chunks(100) {
        let items = pieces.iter().map(|(item, _)| item.clone()).collect::<Vec<_>>();
        for ((item, metric), parsed) in pieces.iter().zip(icinga.parsed(&items)) {
            perfdata::compare_with_icinga(item, metric, &parsed);
        }
    }
    expected.len()
}

/// A service becomes UNKNOWN if no result arrives for four intervals, and OK with the next result.
fn missing_results_are_reported(icinga: &Icinga) {
    let receiver = Receiver { interval: Duration::from_secs(1), ..icinga.receiver() };
    deliver(&receiver, &in_state(State::Ok, "no delay")).unwrap();
    let output = icinga.directory.wait_for("Icinga to report missing results", || {
        let service = icinga.service("lag-db1!replication_lag");
        let is_unknown = service["state"].as_f64() == Some(3.0);
        is_unknown.then(|| service["last_check_result"]["output"].as_str().unwrap().to_owned())
    });
    assert!(output.contains("no result arrived in time"), "{output}");
    assert!(output.contains("The service posemo of this host reports"), "{output}");
    let (_, services) = icinga.deliver(&icinga.receiver(), || in_state(State::Ok, "no delay"));
    assert_eq!(replication_lag(&services)["state"].as_f64(), Some(0.0));
}

/// A name with characters that end strings, and parts that look like macros and options.
const HOSTILE: &str = "a$b$ --x $HOSTADDRESS$ {{{x}}} \"q\" \\ ' ;|%{";

/// Definitions of services that call posemo, with settings and without them.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn icinga_calls_posemo() {
    let mut icinga = Icinga::new();
    let monitored = MonitoredServer::new(&icinga.directory);
    monitored.add(&monitored.target(HOSTILE));
    let listed = monitored.definitions(&["icinga2", "--hosts"]);
    let mut hosts = String::new();
    for (name, variables) in monitored.hosts() {
        writeln!(hosts, "object Host {} {{ check_command = \"dummy\"; address = \"127.0.0.1\"; vars.posemo = true; {variables} }}", Value::from(name)).unwrap();
    }
    let names = monitored.hosts().map(|(name, _)| name);
    for (definitions, names) in [
        (listed, vec![names[0], names[1], HOSTILE]),
        (monitored.definitions_without_settings(&["icinga2"]) + &hosts, names.to_vec()),
    ] {
        let quick = definitions.lines().map(|line| match line.trim() {
            line if line.starts_with("check_interval =") => "check_interval = 1s",
            line if line.starts_with("retry_interval =") => "retry_interval = 1s",
            _ => line,
        });
        icinga.start(&quick.collect::<Vec<_>>().join("\n"));
        for host in names {
            for (check, state, text) in monitored::EXPECTED {
                let name = format!("{host}!{check}");
                let service = icinga.directory.wait_for(&name, || {
                    let service = icinga.service(&name);
                    service["last_check_result"]["output"].is_string().then_some(service)
                });
                let output = service["last_check_result"]["output"].as_str().unwrap();
                assert!(output.starts_with(text), "{name}: {output}");
                assert_eq!(service["state"].as_f64(), Some(state), "{output}");
                let metrics = service["last_check_result"]["performance_data"].as_array();
                assert!(check == "alive" || !metrics.unwrap().is_empty(), "{output}");
            }
        }
        icinga.directory.stop();
    }
    assert!(Path::new(&monitored.settings).is_file());
}
