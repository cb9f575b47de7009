//! Nagios Core: what it is told arrives, by command file and by spool, and what it is given loads and asks.
//!
//! A real Nagios with the templates that come with it.

use std::collections::HashMap;
use std::process::Command;
use std::time::{Duration, Instant};

use posemo::definitions::{self, Plan};
use posemo::deliver::deliver;
use posemo::finding::State;
use posemo::finding::report::Report;
use posemo::output::nagios::PluginOutput;
use posemo::settings::receiver::{Receiver, ReceiverKind};

use super::active;
use super::place::{Place, run};
use super::told::{REPORTS, expected, fresh, in_state, many, plan, receiver};
use crate::waiting::{assert_within, patience};

mod system;

pub(super) use system::Nagios;

fn written(plan: &Plan) -> String {
    let mut out = Vec::new();
    definitions::nagios::write(plan, &mut out).unwrap().unwrap();
    String::from_utf8(out).unwrap()
}

/// Everything that can be said arrives as it was said, by both ways.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn nagios_is_told() {
    let mut nagios = Nagios::new();
    nagios.start(&written(&plan(Duration::from_secs(300))), "");
    let by_pipe = receiver(ReceiverKind::NagiosCommands(nagios.pipe()));
    let by_file = receiver(ReceiverKind::NagiosSpool(nagios.spool()));
    let mut arrived = 0;
    for (way, most) in [(&by_pipe, 4096 - 700), (&by_file, 4096)] {
        for name in REPORTS {
            let report = fresh(name);
            deliver(way, &report).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        arrived += REPORTS.iter().map(|name| compare(&nagios, &fresh(name), most)).sum::<usize>();
        hundreds_in_time(&nagios, way);
    }
    states_follow(&nagios, [&by_pipe, &by_file]);
    nothing_is_left(&nagios);
    names_are_refused(&by_pipe);
    names_are_refused(&by_file);
    let log = nagios.place.read("var/log");
    assert!(!log.contains("could not be found") && !log.contains("Warning"), "{log}");
    super::say(&format!("Nagios: {arrived} results arrived, by command file and by spool"));
}

/// Each service of the report, as Nagios has it: a semicolon of the first line it makes a colon.
fn compare(nagios: &Nagios, report: &Report, most: usize) -> usize {
    let expected = expected(report, most);
    let mut all = nagios.services();
    for (told, code, output) in &expected {
        let name = format!("{}!{}", told.target, told.name);
        let first = output.first.replace(';', ":");
        let metrics = output.metrics.join(" ");
        // What came by the other way was shorter or longer.
        let service = nagios.place.wait_for(&name, || {
            let service = all.remove(&name).or_else(|| nagios.services().remove(&name))?;
            let is_new =
                service["plugin_output"] == first && service["performance_data"] == metrics;
            (is_new && long(&service).len() == below(output).len()).then_some(service)
        });
        assert_eq!(service["current_state"], code.to_string(), "{name}");
        assert_eq!(long(&service), below(output), "{name}");
        assert_eq!(service["check_type"], "1", "{name} was told");
    }
    expected.len()
}

/// The lines below the first, as Nagios has them.
fn long(service: &HashMap<String, String>) -> &str {
    service["long_plugin_output"].trim_end_matches("\\n")
}

fn below(output: &PluginOutput) -> String {
    output.below.join("\\n")
}

/// Both ways at once, each on a host of its own.
fn states_follow(nagios: &Nagios, ways: [&Receiver; 2]) {
    let [hosts, services] =
        [["lag-db1", "day-db2"], ["lag-db1!replication_lag", "day-db2!replication_lag"]];
    for (state, text) in [
        (State::Ok, "all is well"),
        (State::Warning, "it is late"),
        (State::Critical, "it is very late | 'fake'=1 \"quoted\" 100 %"),
        (State::Unknown, "nobody knows"),
        (State::Ok, "it has caught up"),
    ] {
        for (way, host) in ways.iter().zip(hosts) {
            let hosts = [("lag-db1".to_owned(), host.to_owned())].into_iter().collect();
            deliver(&Receiver { hosts, ..(*way).clone() }, &in_state(state, text)).unwrap();
        }
        let said = format!("REPLICATION_LAG {} - {}", state.label(), text.replace('|', "¦"));
        for service in services {
            let service = nagios.wait(service, &said);
            assert_eq!(service["current_state"], state.exit_code().to_string());
            assert!(service["performance_data"].contains("'standby2'=62s;60;300;0"));
        }
    }
}

fn hundreds_in_time(nagios: &Nagios, way: &Receiver) {
    let begun = Instant::now();
    let said = deliver(way, &many(25, 12)).unwrap();
    assert!(said.contains("took 325 results"), "{said}");
    // The default of a receiver's timeout.
    assert_within(Duration::from_secs(10), begun, "hundreds of results");
    nagios.place.wait_for("hundreds of results", || {
        let all = nagios.services();
        let known = all.iter().filter(|(name, service)| {
            name.starts_with("many") && service["has_been_checked"] == "1"
        });
        (known.count() == 325).then_some(())
    });
}

/// Nagios has read and removed what was spooled.
fn nothing_is_left(nagios: &Nagios) {
    nagios.place.wait_for("Nagios to empty its spool", || {
        std::fs::read_dir(nagios.spool()).unwrap().next().is_none().then_some(())
    });
}

/// A host that Nagios could not have is said, and takes no other with it.
fn names_are_refused(way: &Receiver) {
    let mut report = in_state(State::Ok, "well");
    let names = ["a;b", "a\nb", "x!y", "", "it's", "tab\there", " blank"];
    for name in names {
        let target = posemo::finding::report::TargetReport {
            target: name.to_owned(),
            ..report.targets[0].clone()
        };
        report.targets.push(target);
    }
    let error = deliver(way, &report).unwrap_err().to_string();
    assert!(error.contains("took 2 of 16") && error.contains("[receivers.there.hosts]"), "{error}");
    assert!(!error.contains('\n') && !error.contains('\t'), "{error}");
}

/// A service that hears nothing for four intervals says so, and is well again when it hears.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn nagios_notices_silence() {
    let mut nagios = Nagios::new();
    nagios.start(&written(&plan(Duration::from_secs(1))), "");
    let way = receiver(ReceiverKind::NagiosCommands(nagios.pipe()));
    deliver(&way, &in_state(State::Ok, "well")).unwrap();
    nagios.wait("lag-db1!replication_lag", "REPLICATION_LAG OK - well");
    let service =
        nagios.wait("lag-db1!replication_lag", "POSEMO UNKNOWN - nothing was heard in time");
    assert_eq!(service["current_state"], "3");
    assert!(service["plugin_output"].ends_with("posemo run --send does not run"), "{service:?}");
    deliver(&way, &in_state(State::Ok, "well")).unwrap();
    nagios.wait("lag-db1!replication_lag", "REPLICATION_LAG OK - well");
}

/// Definitions of services that ask, on a real server, with the settings and without any.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn nagios_asks() {
    let mut nagios = Nagios::new();
    let scene = active::Scene::new(&nagios.place);
    let listed = scene.print(&["nagios", "--hosts"]);
    let mut hosts = "define hostgroup {\n  hostgroup_name posemo\n}\n".to_owned();
    for (name, _) in scene.hosts() {
        let lines = [
            "use linux-server",
            &format!("host_name {name}"),
            "address 127.0.0.1",
            "hostgroups posemo",
        ];
        hosts.push_str(&["define host {", &lines.join("\n"), "}\n"].join("\n"));
    }
    // No word of the command says a port, so that it is said as the operator would.
    let anywhere = scene.print_anywhere(&["nagios"]);
    let anywhere =
        anywhere.replace("-H '$HOSTADDRESS$'", &format!("-H '$HOSTADDRESS$' -p {}", scene.port()));
    for (definitions, around) in [(listed, ""), (anywhere, hosts.as_str())] {
        nagios.start(&definitions, around);
        for (host, _) in scene.hosts() {
            for (check, state, text) in active::EXPECTED {
                let service = nagios.wait(&format!("{host}!{check}"), text);
                assert_eq!(service["current_state"], state.to_string());
                assert!(check == "alive" || service["performance_data"].contains('='));
            }
        }
        nagios.place.stop();
        let _ = std::fs::remove_file(nagios.place.path().join("var/status.dat"));
    }
}

/// No Nagios there: the run says it at once and leaves nothing that would harm later.
#[test]
fn nobody_is_there() {
    let place = Place::new();
    let report = in_state(State::Ok, "well");
    let says = |kind, words: &str| {
        let begun = Instant::now();
        // At once: a delivery that waits would take all this time.
        let way = Receiver { timeout: 2 * patience(), ..receiver(kind) };
        let error = deliver(&way, &report).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert_within(Duration::ZERO, begun, words);
    };
    let pipe = place.path().join("nagios.cmd");
    says(ReceiverKind::NagiosCommands(pipe.clone()), "there is no such file; Nagios makes it");
    run(Command::new("mkfifo").arg(&pipe));
    says(ReceiverKind::NagiosCommands(pipe.clone()), "is Nagios running");
    let plain = place.write("plain", "");
    says(ReceiverKind::NagiosCommands(plain.clone()), "it is no named pipe");
    assert_eq!(std::fs::read(&plain).unwrap(), b"", "nothing was written");
    says(
        ReceiverKind::NagiosSpool(place.path().join("nowhere")),
        "there is no such directory; the receiver's spool is",
    );
    a_full_pipe(&place, &pipe);
    // Nobody reads the spool: the first results lie there, and later ones say so.
    std::fs::create_dir(place.path().join("spool")).unwrap();
    let spool = receiver(ReceiverKind::NagiosSpool(place.path().join("spool")));
    deliver(&spool, &report).unwrap();
    deliver(&spool, &report).unwrap();
    for entry in std::fs::read_dir(place.path().join("spool")).unwrap() {
        let file = std::fs::File::open(entry.unwrap().path()).unwrap();
        let written = file.metadata().unwrap().modified().unwrap();
        file.set_modified(written - Duration::from_secs(600)).unwrap();
    }
    says(spool.kind.clone(), "have been lying there for 60");
    let left = std::fs::read_dir(place.path().join("spool")).unwrap().count();
    assert_eq!(left, 6, "three runs, two files each");
}

/// Nagios removes a file whose time is in the future, with all results in it.
#[test]
fn the_time_of_a_spooled_file_is_rounded_down() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("spool")).unwrap();
    let mut report = in_state(State::Ok, "well");
    report.started = "2026-11-20T10:00:00.9Z".parse().unwrap();
    deliver(&receiver(ReceiverKind::NagiosSpool(place.path().join("spool"))), &report).unwrap();
    let files = std::fs::read_dir(place.path().join("spool")).unwrap();
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let text: String = texts.collect();
    assert!(text.contains("\nfile_time=1795168800\n"), "{text}");
}

/// Somebody has the pipe open and does not read: what fits is written, the rest is said, in time.
fn a_full_pipe(place: &Place, pipe: &std::path::Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let mut idle = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(pipe).unwrap();
    let way = Receiver {
        timeout: Duration::from_secs(1),
        ..receiver(ReceiverKind::NagiosCommands(pipe.to_owned()))
    };
    let begun = Instant::now();
    let error = deliver(&way, &many(100, 12)).unwrap_err().to_string();
    assert_within(way.timeout, begun, "a full pipe");
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
    assert!(place.path().exists());
}
