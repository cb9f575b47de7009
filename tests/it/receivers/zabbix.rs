//! A real Zabbix: the template, the values of real and hostile reports, and the problems that it opens.
//!
//! `fake` imitates servers that fail.

use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use posemo::catalog::Catalog;
use posemo::deliver::deliver;
use posemo::settings::Settings;
use posemo::settings::receiver::{Receiver, ReceiverKind};
use posemo::tempserver::ServerOptions;
use serde_json::json;

use crate::receivers::samples::current;
use crate::server::{CALM, POSEMO, Server, posemo};
use crate::waiting::{wait_for, wait_with};
use system::ZabbixSystem;

mod fake;
mod hostile;
mod system;

/// The section of the page.
fn page() -> &'static str {
    crate::integrations::section("Zabbix")
}

/// Names with characters that have a meaning in keys, lines, macros or shells.
const DATABASES: [&str; 15] = [
    "plain",
    "com,ma",
    "br]acket",
    "[bracket",
    " lead",
    "\"lead,",
    "in\"quote",
    "back\\slash",
    "endback\\",
    "com,ma endback\\",
    "two\nlines",
    "größe.表.📈",
    "{$SECRET} {#DATABASE}",
    "it's; 50% = $(half) | all",
    "a_63_byte_name_a_63_byte_name_a_63_byte_name_a_63_byte_name_abc",
];

/// A receiver with these servers.
fn receiver(servers: &[String], timeout: Duration) -> Receiver {
    Receiver {
        name: "zabbix".to_owned(),
        kind: ReceiverKind::Zabbix(servers.to_vec()),
        interval: Duration::from_secs(300),
        timeout,
        hosts: IndexMap::new(),
    }
}

/// The monitored server, and settings with the server and Zabbix.
struct MonitoredServer {
    server: Server,
    settings: String,
}

impl MonitoredServer {
    fn new(server: Server, system: &ZabbixSystem) -> MonitoredServer {
        let settings = system.directory.path().join("posemo.toml").display().to_string();
        let (socket, port) = (server.0.socket().display(), server.0.port());
        let text = format!(
            "[targets.db1]\nhost = \"{socket}\"\nport = {port}\n\n\
             [receivers.zabbix]\nkind = \"zabbix\"\nservers = [\"127.0.0.1:{}\"]\ntimeout = \"60s\"\n\n\
             [receivers.gone]\nkind = \"zabbix\"\nservers = [\"127.0.0.1:9\"]\n\n\
             [checks.connection_usage]\nwarning = \"77\"\n\n\
             [receivers.zabbix.hosts]\ndb1 = \"pg a\"\n\n[receivers.gone.hosts]\ndb1 = \"pg a\"\n{}",
            system.port,
            others_disabled()
        );
        fs::write(&settings, text).unwrap();
        MonitoredServer { server, settings }
    }

    fn posemo(&self, arguments: &[&str]) -> Output {
        posemo(&[arguments, &["--config", &self.settings]].concat())
    }

    /// Runs the command of the page that begins with `start`.
    fn shell(&self, system: &ZabbixSystem, start: &str) -> Output {
        let line = page().lines().find(|line| line.starts_with(start)).unwrap();
        let line = line.replace("zabbix.example", &format!("127.0.0.1 -p {}", system.port));
        let programs = Path::new(POSEMO).parent().unwrap().display();
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command.args(["-c", &line]).current_dir(system.directory.path());
        command.env("PATH", path).env("POSEMO_CONFIG", &self.settings).output().unwrap()
    }

    /// Runs posemo in a new second, and sends the report to Zabbix. Returns the exit code and the errors.
    fn run(&self) -> (i32, String) {
        thread::sleep(Duration::from_millis(1050));
        let done = self.posemo(&["run", "--send", "zabbix", "-q"]);
        (done.status.code().unwrap(), String::from_utf8(done.stderr).unwrap())
    }

    /// Runs posemo until Zabbix accepts all values.
    fn run_until_accepted(&self) -> i32 {
        let last = RefCell::new(String::new());
        let log = || last.borrow().clone();
        wait_with("Zabbix to accept every value", log, || {
            let (code, errors) = self.run();
            let accepted = errors.is_empty().then_some(code);
            last.replace(errors);
            accepted
        })
    }
}

/// Settings without most of the catalog: each database multiplies its values.
fn others_disabled() -> String {
    let catalog = Catalog::embedded();
    let others = catalog.names().filter(|name| !CALM.contains(name));
    let sections: Vec<String> =
        others.map(|name| format!("[checks.{name}]\nenabled = false\n")).collect();
    sections.concat()
}

/// A server with hostile database names, with functions in all databases.
fn server_with_hostile_names() -> Server {
    let server = Server::start(&ServerOptions::default());
    for database in DATABASES {
        let quoted = database.replace('"', "\"\"");
        server.superuser("postgres", &format!("CREATE DATABASE \"{quoted}\""));
    }
    // The longest names, so that the test fails if a key is too long for Zabbix.
    let long = "\u{1b}".repeat(63);
    let sql = format!("CREATE SCHEMA \"{long}\"; CREATE SEQUENCE \"{long}\".\"{long}\"");
    server.superuser(DATABASES[14], &sql);
    server.install(&["--all-databases", "--check", &CALM.join(",")]);
    server
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn values_arrive_at_zabbix_and_open_problems() {
    if !ZabbixSystem::is_available() {
        // The test is written for the schema of this version.
        crate::programs::skip("this system has no package of Zabbix 6.0");
        return;
    }
    let began = Instant::now();
    let server = thread::spawn(server_with_hostile_names);
    let system = ZabbixSystem::start();
    let monitored = MonitoredServer::new(server.join().unwrap(), &system);
    monitored.shell(&system, "posemo print-config zabbix > ");
    let template = system.directory.path().join("posemo-zabbix.yaml");
    let template = fs::read_to_string(template).unwrap();
    assert!(template.contains("value: \"77\""), "the threshold of the settings is a limit");
    system.import(&template);
    let host = system.host("pg a", true, &[]);
    let silent = system.host("silent", true, &[("{$POSEMO.NODATA}", "1s")]);
    triggers_describe_what_to_do(&system, &host);
    let values = hostile::hostile(&system);
    hostile::flood(&system);
    one_report_arrives(&system);
    let discovered = first_runs(&system, &monitored, &host);
    states_arrive(&system, &monitored, &host);
    limits_open_problems(&system, &monitored, &host);
    commands_of_the_page_work(&system, &monitored);
    // A second import keeps all items.
    let before = system.items(&host).len();
    system.import(&template);
    assert_eq!(system.items(&host).len(), before);
    wait_for("the problem of a host without reports", || {
        let problems = system.problems(&silent);
        problems.contains(&"posemo has not reported for 1s".to_owned()).then_some(())
    });
    let (log, seconds) = (system.log(), began.elapsed().as_secs());
    assert!(!log.contains("annot"), "{log}");
    topics_open_problems(&system, &monitored);
    writeln!(
        std::io::stdout(),
        "zabbix: {} databases, {discovered} items discovered, {values} hostile values, {seconds} s",
        DATABASES.len()
    )
    .unwrap();
}

fn triggers_describe_what_to_do(system: &ZabbixSystem, host: &str) {
    let name = "archiver_failing: CRITICAL";
    let trigger =
        json!({ "hostids": host, "filter": { "description": name }, "output": ["comments"] });
    let comments = system.call("trigger.get", &trigger)[0]["comments"].clone();
    let comments = comments.as_str().unwrap();
    assert!(
        comments.starts_with("1. Read the server's log") && !comments.contains("# "),
        "{comments}"
    );
}

/// Sends one report for the host `silent`.
fn one_report_arrives(system: &ZabbixSystem) {
    let mut report = current("quiet");
    "silent".clone_into(&mut report.targets[0].target);
    let receiver = receiver(&[format!("127.0.0.1:{}", system.port)], Duration::from_secs(60));
    // Zabbix has not yet discovered the databases of the report, but accepts the other values.
    wait_for("the host", || {
        let error = deliver(&receiver, &report).map_err(|error| error.to_string()).err()?;
        (!error.contains("does not exist")).then_some(())
    });
}

/// Zabbix discovers items and then accepts their values. A failed delivery does not change the result of a run.
fn first_runs(system: &ZabbixSystem, monitored: &MonitoredServer, host: &str) -> usize {
    let (code, errors) = monitored.run();
    // Zabbix may have created the items before the second attempt, or not.
    assert!(errors.is_empty() || errors.contains("the next run sends their values"), "{errors}");
    assert_eq!(monitored.run_until_accepted(), code);
    let alone = monitored.posemo(&["run", "-q"]);
    let gone = monitored.posemo(&["run", "-q", "--send", "gone"]);
    assert_eq!((alone.status.code(), gone.status.code()), (Some(code), Some(code)));
    let errors = String::from_utf8(gone.stderr).unwrap();
    assert_eq!(
        errors,
        "posemo: receiver gone: 127.0.0.1:9: cannot connect: nothing listens there\n"
    );
    let found = system.items(host);
    for database in DATABASES {
        let database = posemo::output::zabbix::key_name(database);
        let key = posemo::output::zabbix::key("posemo.state", &["sequence_usage", &database]);
        let item = found.iter().find(|[found, ..]| *found == key);
        let [_, value, error] = item.unwrap_or_else(|| panic!("no {key} in {found:#?}"));
        assert_eq!((value.as_str(), error.as_str()), ("0", ""), "{key}");
    }
    assert_eq!(system.discovery_errors(host), [""; 0]);
    for (key, expected) in
        [("posemo.up", "1"), ("posemo.state[alive]", "0"), ("posemo.summary[alive]", "alive")]
    {
        let [_, value, _] = found.iter().find(|[found, ..]| found == key).unwrap();
        assert_eq!(value, expected, "{key}");
    }
    let wrong: Vec<_> = found.iter().filter(|[_, _, error]| !error.is_empty()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let is_metric = |key: &str| key.starts_with("posemo.metric[");
    let sizes =
        found.iter().filter(|[key, ..]| key.starts_with("posemo.metric[database_size,size,,"));
    assert!(sizes.clone().count() > DATABASES.len(), "{found:#?}");
    assert!(sizes.clone().all(|[_, size, _]| size.parse::<f64>().unwrap() > 1e6), "{found:#?}");
    found.iter().filter(|[key, ..]| is_metric(key) || key.contains(',')).count()
}

/// Each state opens a problem with the summary of the check, and ends it.
fn states_arrive(system: &ZabbixSystem, monitored: &MonitoredServer, host: &str) {
    let server = &monitored.server;
    let problems = || system.problems(host).join("\n");
    let quiet = problems();
    assert!(!quiet.contains("sequence_usage"), "{quiet}");
    server.superuser(
        "com,ma",
        "CREATE SEQUENCE \"fill,ing\" MAXVALUE 1000; SELECT setval('\"fill,ing\"', 970)",
    );
    server.superuser("postgres", "CREATE ROLE intern SUPERUSER LOGIN");
    server.superuser("posemo", "REVOKE EXECUTE ON FUNCTION posemo.database_size FROM posemo");
    monitored.run_until_accepted();
    for expected in [
        "sequence_usage (com,ma): CRITICAL: public.\"fill,ing\" used 97 % (critical above 95 %)",
        "superusers: WARNING: intern may log in and is a superuser",
        "database_size: UNKNOWN: ",
    ] {
        wait_for(expected, || problems().contains(expected).then_some(()));
    }
    // The state Unknown opens its own problem and does not end the other one.
    server.superuser("com,ma", "REVOKE EXECUTE ON FUNCTION posemo.sequence_usage FROM posemo");
    monitored.run_until_accepted();
    wait_for("UNKNOWN beside CRITICAL", || {
        let problems = problems();
        let both = problems.contains("sequence_usage (com,ma): CRITICAL")
            && problems.contains("sequence_usage (com,ma): UNKNOWN");
        both.then_some(())
    });
    server.superuser("com,ma", "GRANT EXECUTE ON FUNCTION posemo.sequence_usage TO posemo; ALTER SEQUENCE \"fill,ing\" MAXVALUE 1000000");
    server.superuser("postgres", "DROP ROLE intern");
    server.superuser("posemo", "GRANT EXECUTE ON FUNCTION posemo.database_size TO posemo");
    // A server that is not reached is one problem, and does not end the others.
    let settings = fs::read_to_string(&monitored.settings).unwrap();
    fs::write(&monitored.settings, settings.replace("\nport = ", "\nport = 1 # ")).unwrap();
    monitored.run_until_accepted();
    wait_for("the problem of a server that is not reached", || {
        let problems = problems();
        let both = problems.contains("alive: CRITICAL: cannot connect to ")
            && !problems.contains("PostgreSQL could not be asked: ")
            && problems.contains("sequence_usage (com,ma): CRITICAL");
        both.then_some(())
    });
    fs::write(&monitored.settings, settings).unwrap();
    monitored.run_until_accepted();
    wait_for("recovery", || (problems() == quiet).then_some(()));
}

/// Limits of the template that a user enables, with a limit for one object.
fn limits_open_problems(system: &ZabbixSystem, monitored: &MonitoredServer, host: &str) {
    let set = |name: &str, value: &str| {
        system.call("usermacro.create", &json!({ "hostid": host, "macro": name, "value": value }));
    };
    set("{$POSEMO.LIMITS:\"sequence_usage\"}", "1");
    set("{$POSEMO.SEQUENCE_USAGE.USED.WARNING:\"public.\\\"fill,ing\\\"\"}", "0.01");
    let expected = "sequence_usage: used of public.\"fill,ing\" (com,ma) is 0.1 %, above 0.01";
    wait_for(expected, || {
        monitored.run_until_accepted();
        system.problems(host).contains(&expected.to_owned()).then_some(())
    });
}

/// With the template by topic, the problems of its checks are one problem for each state.
fn topics_open_problems(system: &ZabbixSystem, monitored: &MonitoredServer) {
    let template = monitored.posemo(&["print-config", "zabbix", "--by-topic"]);
    let template = String::from_utf8(template.stdout).unwrap();
    system.import_only(&template.replace("delay: \"1m\"", "delay: \"1s\""));
    let host = system.host("pg b", true, &[]);
    let text = fs::read_to_string(&monitored.settings).unwrap();
    fs::write(&monitored.settings, text.replace("[targets.\"pg a\"]", "[targets.\"pg b\"]"))
        .unwrap();
    let server = &monitored.server;
    server.superuser("com,ma", "ALTER SEQUENCE \"fill,ing\" MAXVALUE 1000");
    server.superuser("plain", "CREATE SEQUENCE second MAXVALUE 1000; SELECT setval('second', 990)");
    server.superuser("posemo", "REVOKE EXECUTE ON FUNCTION posemo.database_size FROM posemo");
    monitored.run_until_accepted();
    let log = || {
        let items = system.items(&host).into_iter();
        let topics = items.filter(|[key, ..]| key.starts_with("posemo.topic["));
        format!("{:?} {:?}", system.problems(&host), topics.collect::<Vec<_>>())
    };
    let expected = ["schema: CRITICAL: 2 of the results", "storage: UNKNOWN: 1 of the results"];
    wait_with("a problem for each topic", log, || {
        (system.problems(&host) == expected).then_some(())
    });
    server.superuser("com,ma", "ALTER SEQUENCE \"fill,ing\" MAXVALUE 1000000");
    server.superuser("plain", "DROP SEQUENCE second");
    server.superuser("posemo", "GRANT EXECUTE ON FUNCTION posemo.database_size TO posemo");
    monitored.run_until_accepted();
    wait_with("their end", log, || system.problems(&host).is_empty().then_some(()));
}

/// The commands of the page: a run with --send, and `zabbix_sender` with the output of `--output zabbix`.
fn commands_of_the_page_work(system: &ZabbixSystem, monitored: &MonitoredServer) {
    thread::sleep(Duration::from_millis(1050));
    let run = monitored.shell(system, "posemo run --send zabbix");
    assert!(run.stderr.is_empty() && !run.stdout.is_empty(), "{run:?}");
    // `--output zabbix` has no receiver, so hosts have the names of the targets.
    let text = fs::read_to_string(&monitored.settings).unwrap();
    fs::write(&monitored.settings, text.replace("[targets.db1]", "[targets.\"pg a\"]")).unwrap();
    let sent = monitored.shell(system, "posemo run --output zabbix | ");
    let printed = String::from_utf8_lossy(&sent.stdout).into_owned();
    assert!(sent.status.success() && printed.contains("failed: 0;"), "{printed}");
    let settings = page().split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let settings = Settings::parse("page", settings.to_owned(), &Catalog::embedded()).unwrap();
    assert_eq!(settings.receiver("zabbix").unwrap().host("db1"), "db1.example");
    let interval = settings.receiver("zabbix").unwrap().interval;
    assert_eq!(interval, Duration::from_secs(300));
}
