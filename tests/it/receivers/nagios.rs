//! A real Nagios Core: results through its command file and its spool directory, and the printed definitions.

use std::collections::HashMap;
use std::process::Command;
use std::time::{Duration, Instant};

use posemo::definitions::{self, DefinitionPlan};
use posemo::deliver::deliver;
use posemo::finding::State;
use posemo::finding::report::Report;
use posemo::output::nagios::PluginOutput;
use posemo::settings::receiver::{Receiver, ReceiverKind};

use super::monitored::{self, MonitoredServer};
use super::samples::{REPORTS, expected, in_state, many, now_on_own_hosts, plan, receiver};
use super::work_directory::{WorkDirectory, run};
use crate::waiting::{assert_within, patience};

mod system;

pub(super) use system::Nagios;

fn written(plan: &DefinitionPlan) -> String {
    let mut out = Vec::new();
    definitions::nagios::write(plan, &mut out).unwrap().unwrap();
    String::from_utf8(out).unwrap()
}

/// Every report arrives unchanged, through the command file and the spool directory.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn results_arrive_at_nagios() {
    let mut nagios = Nagios::new();
    nagios.start(&written(&plan(Duration::from_secs(300))), "");
    let by_pipe = receiver(ReceiverKind::NagiosCommands(nagios.pipe()));
    let by_file = receiver(ReceiverKind::NagiosSpool(nagios.spool()));
    let mut arrived = 0;
    for (receiver, most) in [(&by_pipe, 4096 - 700), (&by_file, 4096)] {
        for name in REPORTS {
            let report = now_on_own_hosts(name);
            deliver(receiver, &report).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        arrived += REPORTS
            .iter()
            .map(|name| compare(&nagios, &now_on_own_hosts(name), most))
            .sum::<usize>();
        hundreds_arrive_in_time(&nagios, receiver);
    }
    states_arrive(&nagios, [&by_pipe, &by_file]);
    spool_is_emptied(&nagios);
    wrong_host_names_are_refused(&by_pipe);
    wrong_host_names_are_refused(&by_file);
    let log = nagios.directory.read("var/log");
    assert!(!log.contains("could not be found") && !log.contains("Warning"), "{log}");
    super::print_line(&format!(
        "Nagios: {arrived} results arrived through command file and spool directory"
    ));
}

/// Compares each service of the report with its status. Nagios replaces semicolons in the first line by colons.
fn compare(nagios: &Nagios, report: &Report, most: usize) -> usize {
    let expected = expected(report, most);
    let mut all = nagios.services();
    for (expected, code, output) in &expected {
        let name = format!("{}!{}", expected.target, expected.name);
        let first = output.first.replace(';', ":");
        let metrics = output.metrics.join(" ");
        // The result that came through the other receiver has another length.
        let service = nagios.directory.wait_for(&name, || {
            let service = all.remove(&name).or_else(|| nagios.services().remove(&name))?;
            let is_new =
                service["plugin_output"] == first && service["performance_data"] == metrics;
            (is_new && long(&service).len() == below(output).len()).then_some(service)
        });
        assert_eq!(service["current_state"], code.to_string(), "{name}");
        assert_eq!(long(&service), below(output), "{name}");
        assert_eq!(service["check_type"], "1", "{name} has a passive result");
    }
    expected.len()
}

/// The lines below the first, from the status file.
fn long(service: &HashMap<String, String>) -> &str {
    service["long_plugin_output"].trim_end_matches("\\n")
}

fn below(output: &PluginOutput) -> String {
    output.below.join("\\n")
}

/// Results through both receivers, each for a separate host.
fn states_arrive(nagios: &Nagios, receivers: [&Receiver; 2]) {
    let [hosts, services] =
        [["lag-db1", "day-db2"], ["lag-db1!replication_lag", "day-db2!replication_lag"]];
    for (state, text) in [
        (State::Ok, "no delay"),
        (State::Warning, "late"),
        (State::Critical, "very late | 'fake'=1 \"quoted\" 100 %"),
        (State::Unknown, "no value"),
        (State::Ok, "no delay any more"),
    ] {
        for (receiver, host) in receivers.iter().zip(hosts) {
            let hosts = [("lag-db1".to_owned(), host.to_owned())].into_iter().collect();
            deliver(&Receiver { hosts, ..(*receiver).clone() }, &in_state(state, text)).unwrap();
        }
        let expected = format!("REPLICATION_LAG {} - {}", state.label(), text.replace('|', "¦"));
        for service in services {
            let service = nagios.wait(service, &expected);
            assert_eq!(service["current_state"], state.exit_code().to_string());
            assert!(service["performance_data"].contains("'standby2'=62s;60;300;0"));
        }
    }
}

fn hundreds_arrive_in_time(nagios: &Nagios, receiver: &Receiver) {
    let begun = Instant::now();
    let sent = deliver(receiver, &many(25, 12)).unwrap();
    assert!(sent.contains("accepted 325 results"), "{sent}");
    // The default of a receiver's timeout.
    assert_within(Duration::from_secs(10), begun, "hundreds of results");
    nagios.directory.wait_for("hundreds of results", || {
        let all = nagios.services();
        let known = all.iter().filter(|(name, service)| {
            name.starts_with("many") && service["has_been_checked"] == "1"
        });
        (known.count() == 325).then_some(())
    });
}

/// Nagios reads and removes the files in the spool directory.
fn spool_is_emptied(nagios: &Nagios) {
    nagios.directory.wait_for("Nagios to empty its spool", || {
        std::fs::read_dir(nagios.spool()).unwrap().next().is_none().then_some(())
    });
}

/// A host name that Nagios does not allow is refused; the other results are sent.
fn wrong_host_names_are_refused(receiver: &Receiver) {
    let mut report = in_state(State::Ok, "no delay");
    let names = ["a;b", "a\nb", "x!y", "", "it's", "tab\there", " blank"];
    for name in names {
        let target = posemo::finding::report::TargetReport {
            target: name.to_owned(),
            ..report.targets[0].clone()
        };
        report.targets.push(target);
    }
    let error = deliver(receiver, &report).unwrap_err().to_string();
    assert!(
        error.contains("accepted 2 of 16") && error.contains("[receivers.there.hosts]"),
        "{error}"
    );
    assert!(!error.contains('\n') && !error.contains('\t'), "{error}");
}

/// A service becomes UNKNOWN if no result arrives for four intervals, and OK with the next result.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn nagios_reports_missing_results() {
    let mut nagios = Nagios::new();
    nagios.start(&written(&plan(Duration::from_secs(1))), "");
    let receiver = receiver(ReceiverKind::NagiosCommands(nagios.pipe()));
    deliver(&receiver, &in_state(State::Ok, "no delay")).unwrap();
    nagios.wait("lag-db1!replication_lag", "REPLICATION_LAG OK - no delay");
    let service =
        nagios.wait("lag-db1!replication_lag", "POSEMO UNKNOWN - no result arrived in time");
    assert_eq!(service["current_state"], "3");
    assert!(service["plugin_output"].ends_with("posemo run --send does not run"), "{service:?}");
    deliver(&receiver, &in_state(State::Ok, "no delay")).unwrap();
    nagios.wait("lag-db1!replication_lag", "REPLICATION_LAG OK - no delay");
}

/// Definitions of services that call posemo, with settings and without them.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn nagios_calls_posemo() {
    let mut nagios = Nagios::new();
    let monitored = MonitoredServer::new(&nagios.directory);
    let listed = monitored.definitions(&["nagios", "--hosts"]);
    let mut hosts = "define hostgroup {\n  hostgroup_name posemo\n}\n".to_owned();
    for (name, _) in monitored.hosts() {
        let lines = [
            "use linux-server",
            &format!("host_name {name}"),
            "address 127.0.0.1",
            "hostgroups posemo",
        ];
        hosts.push_str(&["define host {", &lines.join("\n"), "}\n"].join("\n"));
    }
    // The command contains no port, so the test adds it, as a user would.
    let anywhere = monitored.definitions_without_settings(&["nagios"]);
    let anywhere = anywhere
        .replace("-H '$HOSTADDRESS$'", &format!("-H '$HOSTADDRESS$' -p {}", monitored.port()));
    for (definitions, around) in [(listed, ""), (anywhere, hosts.as_str())] {
        nagios.start(&definitions, around);
        for (host, _) in monitored.hosts() {
            for (check, state, text) in monitored::EXPECTED {
                let service = nagios.wait(&format!("{host}!{check}"), text);
                assert_eq!(service["current_state"], state.to_string());
                assert!(check == "alive" || service["performance_data"].contains('='));
            }
        }
        nagios.directory.stop();
        let _ = std::fs::remove_file(nagios.directory.path().join("var/status.dat"));
    }
}

/// Without a running Nagios a delivery fails at once, and writes nothing into a file that is not a pipe.
#[test]
fn a_missing_nagios_is_an_error() {
    let directory = WorkDirectory::new();
    let report = in_state(State::Ok, "no delay");
    let fails = |kind, expected: &str| {
        let begun = Instant::now();
        // A delivery that waits would take all this time.
        let receiver = Receiver { timeout: 2 * patience(), ..receiver(kind) };
        let error = deliver(&receiver, &report).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_within(Duration::ZERO, begun, expected);
    };
    let pipe = directory.path().join("nagios.cmd");
    fails(ReceiverKind::NagiosCommands(pipe.clone()), "the file does not exist; Nagios creates");
    run(Command::new("mkfifo").arg(&pipe));
    fails(ReceiverKind::NagiosCommands(pipe.clone()), "no program reads it; start Nagios");
    let plain = directory.write("plain", "");
    fails(ReceiverKind::NagiosCommands(plain.clone()), "it is not a named pipe");
    assert_eq!(std::fs::read(&plain).unwrap(), b"", "nothing was written");
    let spool = directory.path().join("spool");
    fails(ReceiverKind::NagiosSpool(spool.clone()), "the directory does not exist; set spool");
    results_that_do_not_fit_into_the_pipe(&pipe);
    // Nagios does not read the spool directory: later deliveries report that.
    std::fs::create_dir(&spool).unwrap();
    let receiver = receiver(ReceiverKind::NagiosSpool(spool.clone()));
    deliver(&receiver, &report).unwrap();
    deliver(&receiver, &report).unwrap();
    for entry in std::fs::read_dir(&spool).unwrap() {
        let file = std::fs::File::open(entry.unwrap().path()).unwrap();
        let written = file.metadata().unwrap().modified().unwrap();
        file.set_modified(written - Duration::from_secs(600)).unwrap();
    }
    fails(receiver.kind.clone(), "Nagios has not read results for 60");
    let left = std::fs::read_dir(&spool).unwrap().count();
    assert_eq!(left, 6, "three runs, two files each");
}

/// Nagios removes a file whose time is in the future, and ignores its results.
#[test]
fn the_time_of_a_spooled_file_is_rounded_down() {
    let directory = WorkDirectory::new();
    let spool = directory.path().join("spool");
    std::fs::create_dir(&spool).unwrap();
    let mut report = in_state(State::Ok, "no delay");
    report.started = "2026-11-20T10:00:00.9Z".parse().unwrap();
    deliver(&receiver(ReceiverKind::NagiosSpool(spool.clone())), &report).unwrap();
    let files = std::fs::read_dir(&spool).unwrap();
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let text: String = texts.collect();
    assert!(text.contains("\nfile_time=1795168800\n"), "{text}");
}

/// A program has opened the pipe and does not read: results that fit are written, the others are an error.
fn results_that_do_not_fit_into_the_pipe(pipe: &std::path::Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let mut idle = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(pipe).unwrap();
    let receiver = Receiver {
        timeout: Duration::from_secs(1),
        ..receiver(ReceiverKind::NagiosCommands(pipe.to_owned()))
    };
    let begun = Instant::now();
    let error = deliver(&receiver, &many(100, 12)).unwrap_err().to_string();
    assert_within(receiver.timeout, begun, "a full pipe");
    assert!(error.contains("of 1300") && error.contains("the pipe is full"), "{error}");
    let mut read = Vec::new();
    let _ = std::io::Read::read_to_end(&mut idle, &mut read);
    let text = String::from_utf8(read).unwrap();
    assert!(text.ends_with('\n') && text.lines().count() > 100);
    for line in text.lines() {
        assert!(
            line.starts_with('[') && line.contains("] PROCESS_SERVICE_CHECK_RESULT;many"),
            "{line}"
        );
        assert!(line.len() < 4096);
    }
}
