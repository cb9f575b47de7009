//! Icinga 2: what it is told arrives, what it is given as definitions loads, and it reads what was meant.
//!
//! A real Icinga on loopback, but for the answers that no Icinga of today gives.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use posemo::definitions;
use posemo::deliver::deliver;
use posemo::finding::State;
use posemo::finding::metric::Metric;
use posemo::finding::report::Report;
use posemo::output::services::services;
use posemo::settings::receiver::{HttpSettings, Receiver, ReceiverKind};
use serde_json::Value;

use super::told::{REPORTS, expected, fresh, in_state, many, plan, receiver};
use super::{active, perfdata};
use crate::ports::DEAD;
use crate::waiting::assert_within;

mod system;

pub(super) use system::Icinga;

fn written(plan: &definitions::Plan) -> String {
    let mut out = Vec::new();
    definitions::icinga2::write(plan, &mut out).unwrap().unwrap();
    String::from_utf8(out).unwrap()
}

/// Everything that can be said arrives as it was said, and what cannot arrive is told.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn icinga_is_told() {
    let mut icinga = Icinga::new();
    icinga.start(&written(&plan(Duration::from_secs(300))));
    let receiver = icinga.receiver();
    let mut arrived = 0;
    for name in REPORTS {
        let report = fresh(name);
        // In its first minute Icinga asks every service once. Where it was asking at that very moment, its
        // own result came last, and the next run says it again.
        for _ in 0..5 {
            let said =
                deliver(&receiver, &report).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(said.contains(&format!("took {} results", services(&report).len())), "{said}");
            if !overtaken(&icinga, &report) {
                break;
            }
        }
        arrived += compare(&icinga, &report);
    }
    states_follow(&icinga, &receiver);
    what_is_missing_is_named(&receiver);
    wrong_secrets(&icinga);
    hundreds_in_time(&receiver);
    let parsed = perfdata_is_understood(&icinga);
    silence_is_noticed(&icinga);
    super::say(&format!(
        "Icinga 2: {arrived} results arrived, {parsed} metrics read by its own parser"
    ));
}

/// Whether a service of the report shows what Icinga says of silence, and not what it was told.
fn overtaken(icinga: &Icinga, report: &Report) -> bool {
    let told = services(report);
    let names = told.iter().map(|told| format!("{}!{}", told.target, told.name));
    let names = names.collect::<std::collections::HashSet<_>>();
    icinga.services().iter().any(|service| {
        service["name"].as_str().is_some_and(|name| names.contains(name))
            && service["attrs"]["last_check_result"]["active"] == true
    })
}

/// Each service of the report, as Icinga has it.
fn compare(icinga: &Icinga, report: &Report) -> usize {
    let all = icinga.services();
    let expected = expected(report, 32 * 1024);
    for (told, code, output) in &expected {
        let name = format!("{}!{}", told.target, told.name);
        let service = all.iter().find(|service| service["name"] == name.as_str()).unwrap();
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

fn states_follow(icinga: &Icinga, receiver: &Receiver) {
    for (state, text) in [
        (State::Ok, "all is well"),
        (State::Warning, "it is late"),
        (State::Critical, "it is very late | 'fake'=1 ; \"quoted\" 100 %"),
        (State::Unknown, "nobody knows"),
        (State::Ok, "it has caught up"),
    ] {
        deliver(receiver, &in_state(state, text)).unwrap();
        let service = icinga.service("lag-db1!replication_lag");
        assert_eq!(service["state"].as_f64(), Some(f64::from(state.exit_code())));
        let output = service["last_check_result"]["output"].as_str().unwrap().to_owned();
        let expected = format!("REPLICATION_LAG {} - {}", state.label(), text.replace('|', "¦"));
        assert_eq!(output, expected);
        let metrics = &service["last_check_result"]["performance_data"];
        assert_eq!(metrics[1], "'standby2'=62s;60;300;0");
    }
}

/// One that is not there does not take the others with it.
fn what_is_missing_is_named(receiver: &Receiver) {
    let mut report = in_state(State::Ok, "well");
    let unheard = report.targets[0].checks[0].clone();
    report.targets[0]
        .checks
        .push(posemo::finding::report::CheckReport { check: "unheard_of".to_owned(), ..unheard });
    let nameless = posemo::finding::report::TargetReport {
        target: "a!b\u{1b}".to_owned(),
        ..report.targets[0].clone()
    };
    report.targets.push(nameless);
    let error = deliver(receiver, &report).unwrap_err().to_string();
    assert!(error.contains("took 2 of 6"), "{error}");
    assert!(error.contains("lag-db1!unheard_of: there is no such service"), "{error}");
    assert!(error.contains("posemo print-config icinga2 --passive"), "{error}");
    assert!(error.contains("[receivers.there.hosts]") && !error.contains('\u{1b}'), "{error}");
    let hosts = [("a!b\u{1b}".to_owned(), "databases-db1".to_owned())].into_iter().collect();
    let error = deliver(&Receiver { hosts, ..receiver.clone() }, &report).unwrap_err().to_string();
    assert!(error.contains("took 3 of 6") && error.contains("databases-db1!unheard_of"), "{error}");
    let hosts = [("a!b\u{1b}".to_owned(), "lag-db1".to_owned())].into_iter().collect();
    let error = deliver(&Receiver { hosts, ..receiver.clone() }, &report).unwrap_err().to_string();
    assert!(error.contains("are one host"), "{error}");
}

fn wrong_secrets(icinga: &Icinga) {
    let with = |change: &dyn Fn(&mut HttpSettings)| {
        let mut http = icinga.http("posemo");
        change(&mut http);
        let begun = Instant::now();
        let receiver = receiver(ReceiverKind::Icinga2(http));
        let answer = deliver(&receiver, &in_state(State::Ok, "well"));
        assert_within(Duration::from_secs(4), begun, "a refusal");
        answer.map_err(|error| error.to_string())
    };
    let wrong = icinga.place.path().join("wrong");
    let error = with(&|http| http.password_file = Some(wrong.clone())).unwrap_err();
    assert!(error.contains("401") && !error.contains("guess"), "{error}");
    let error = with(&|http| http.user = Some("reader".to_owned())).unwrap_err();
    assert!(error.contains("lacks the permission \"actions/process-check-result\""), "{error}");
    let error = with(&|http| http.sslrootcert = None).unwrap_err();
    assert!(error.contains("UnknownIssuer; ") && error.contains("in sslrootcert"), "{error}");
    let closed = format!("https://localhost:{DEAD}");
    let error = with(&|http| http.urls = vec![closed.clone()]).unwrap_err();
    assert!(error.contains("nothing listens there"), "{error}");
    with(&|http| http.urls.insert(0, closed.clone())).unwrap();
}

fn hundreds_in_time(receiver: &Receiver) {
    let begun = Instant::now();
    let said = deliver(receiver, &many(25, 12)).unwrap();
    assert!(said.contains("took 325 results"), "{said}");
    // The default of a receiver's timeout.
    assert_within(Duration::from_secs(10), begun, "hundreds of results");
}

/// Icinga's own parser finds in every metric of every report what was meant.
fn perfdata_is_understood(icinga: &Icinga) -> usize {
    let mut meant = Vec::<(String, Metric)>::new();
    for name in REPORTS {
        meant.extend(perfdata::meant(&fresh(name), 60));
    }
    for pieces in meant.chunks(100) {
        let items = pieces.iter().map(|(item, _)| item.clone()).collect::<Vec<_>>();
        for ((item, metric), parsed) in pieces.iter().zip(icinga.parsed(&items)) {
            perfdata::agree_with_icinga(item, metric, &parsed);
        }
    }
    meant.len()
}

/// A service that hears nothing for four intervals says so.
fn silence_is_noticed(icinga: &Icinga) {
    deliver(&icinga.receiver(), &in_state(State::Ok, "well")).unwrap();
    assert_eq!(icinga.service("lag-db1!replication_lag")["state"].as_f64(), Some(0.0));
    let receiver = Receiver { interval: Duration::from_secs(1), ..icinga.receiver() };
    deliver(&receiver, &in_state(State::Ok, "well")).unwrap();
    let said = icinga.place.wait_for("Icinga to notice the silence", || {
        let service = icinga.service("lag-db1!replication_lag");
        let silent = service["state"].as_f64() == Some(3.0);
        silent.then(|| service["last_check_result"]["output"].as_str().unwrap().to_owned())
    });
    assert!(said.contains("nothing was heard in time"), "{said}");
    assert!(said.contains("the service posemo of this host says"), "{said}");
    deliver(&icinga.receiver(), &in_state(State::Ok, "well again")).unwrap();
    assert_eq!(icinga.service("lag-db1!replication_lag")["state"].as_f64(), Some(0.0));
}

/// A name that would be a macro, a string's end or an option, if it were taken for one.
const HOSTILE: &str = "a$b$ --x $HOSTADDRESS$ {{{x}}} \"q\" \\ ' ;|%{";

/// Definitions of services that ask, on a real server, with the settings and without any.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn icinga_asks() {
    let mut icinga = Icinga::new();
    let scene = active::Scene::new(&icinga.place);
    scene.add(&scene.target(HOSTILE));
    let listed = scene.print(&["icinga2", "--hosts"]);
    let mut hosts = String::new();
    for (name, variables) in scene.hosts() {
        writeln!(hosts, "object Host {} {{ check_command = \"dummy\"; address = \"127.0.0.1\"; vars.posemo = true; {variables} }}", Value::from(name)).unwrap();
    }
    let names = scene.hosts().map(|(name, _)| name);
    for (definitions, names) in [
        (listed, vec![names[0], names[1], HOSTILE]),
        (scene.print_anywhere(&["icinga2"]) + &hosts, names.to_vec()),
    ] {
        let quick = definitions.lines().map(|line| match line.trim() {
            line if line.starts_with("check_interval =") => "check_interval = 1s",
            line if line.starts_with("retry_interval =") => "retry_interval = 1s",
            _ => line,
        });
        icinga.start(&quick.collect::<Vec<_>>().join("\n"));
        for host in names {
            for (check, state, text) in active::EXPECTED {
                let name = format!("{host}!{check}");
                let service = icinga.place.wait_for(&name, || {
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
        icinga.place.stop();
    }
    assert!(Path::new(&scene.settings).is_file());
}
