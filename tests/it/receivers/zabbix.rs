//! A real Zabbix is told of real and of hostile reports, and asked what it has understood.
//!
//! Servers that are down, slow or confused are played in `fake`.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use posemo::catalog::Catalog;
use posemo::deliver::deliver;
use posemo::finding::report::Report;
use posemo::settings::Settings;
use posemo::settings::receiver::{Kind, Receiver};
use posemo::tempserver::ServerOptions;
use serde_json::json;

use crate::output::reports::report;
use crate::server::{POSEMO, Server, posemo};
use crate::waiting::wait_for;
use system::System;

mod fake;
mod hostile;
mod system;

/// What the page says of Zabbix.
fn page() -> &'static str {
    crate::integrations::section("Zabbix")
}

/// Names that a key, a line, a macro or a shell would take for something else.
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

/// A receiver of the given servers.
fn receiver(servers: &[String], timeout: Duration) -> Receiver {
    Receiver {
        name: "zabbix".to_owned(),
        kind: Kind::Zabbix(servers.to_vec()),
        interval: Duration::from_secs(300),
        timeout,
        hosts: IndexMap::new(),
    }
}

/// The monitored server, with the settings that lead to it and to Zabbix.
struct Watched {
    server: Server,
    settings: String,
}

impl Watched {
    fn new(server: Server, system: &System) -> Watched {
        let settings = system.place.path().join("posemo.toml").display().to_string();
        let (socket, port) = (server.0.socket().display(), server.0.port());
        let text = format!(
            "[targets.db1]\nhost = \"{socket}\"\nport = {port}\n\n\
             [receivers.zabbix]\nkind = \"zabbix\"\nservers = [\"127.0.0.1:{}\"]\n\n\
             [receivers.gone]\nkind = \"zabbix\"\nservers = [\"127.0.0.1:9\"]\n\n\
             [checks.connection_usage]\nwarning = \"77\"\n\n\
             [receivers.zabbix.hosts]\ndb1 = \"pg a\"\n\n[receivers.gone.hosts]\ndb1 = \"pg a\"\n",
            system.port
        );
        fs::write(&settings, text).unwrap();
        Watched { server, settings }
    }

    fn posemo(&self, arguments: &[&str]) -> Output {
        posemo(&[arguments, &["--config", &self.settings]].concat())
    }

    /// Runs a command as it stands on the page, by its beginning.
    fn shell(&self, system: &System, start: &str) -> Output {
        let line = page().lines().find(|line| line.starts_with(start)).unwrap();
        let line = line.replace("zabbix.example", &format!("127.0.0.1 -p {}", system.port));
        let programs = Path::new(POSEMO).parent().unwrap().display();
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command.args(["-c", &line]).current_dir(system.place.path());
        command.env("PATH", path).env("POSEMO_CONFIG", &self.settings).output().unwrap()
    }

    /// A run that is told to Zabbix, in a second of its own; what it could not tell is given.
    fn run(&self) -> (i32, String) {
        thread::sleep(Duration::from_millis(1050));
        let done = self.posemo(&["run", "--send", "zabbix", "-q"]);
        (done.status.code().unwrap(), String::from_utf8(done.stderr).unwrap())
    }

    /// The same until everything is taken.
    fn run_until_taken(&self) -> i32 {
        wait_for("Zabbix to take every value", || {
            let (code, lost) = self.run();
            lost.is_empty().then_some(code)
        })
    }
}

/// A server with hostile databases, all of them watched.
fn monitored() -> Server {
    let server = Server::start(&ServerOptions::default());
    for database in DATABASES {
        let quoted = database.replace('"', "\"\"");
        server.superuser("postgres", &format!("CREATE DATABASE \"{quoted}\""));
    }
    // As long as names can be, so that nothing that is made of them is too long for Zabbix.
    let long = "\u{1b}".repeat(63);
    let sql = format!("CREATE SCHEMA \"{long}\"; CREATE SEQUENCE \"{long}\".\"{long}\"");
    server.superuser(DATABASES[14], &sql);
    server.install(&["--all-databases"]);
    server
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn a_real_zabbix_understands() {
    if !System::can_be_here() {
        // Other versions have another schema, which this test does not know.
        crate::programs::skip("this system has no package of Zabbix 6.0");
        return;
    }
    let began = Instant::now();
    let server = thread::spawn(monitored);
    let system = System::start();
    let watched = Watched::new(server.join().unwrap(), &system);
    watched.shell(&system, "posemo print-config zabbix > ");
    let template = system.place.path().join("posemo-zabbix.yaml");
    let template = fs::read_to_string(template).unwrap();
    assert!(template.contains("value: \"77\""), "the settings' threshold is a limit");
    system.import(&template);
    let host = system.host("pg a", true, &[]);
    let silent = system.host("silent", true, &[("{$POSEMO.NODATA}", "1s")]);
    whoever_is_woken_reads_what_to_do(&system, &host);
    let counted = hostile::hostile(&system);
    hostile::flood(&system);
    fell_silent(&system);
    let discovered = first_runs(&system, &watched, &host);
    states_arrive(&system, &watched, &host);
    limits_of_zabbix(&system, &watched, &host);
    page_is_true(&system, &watched);
    // Again over what is there: everything keeps its identity, and nothing is lost.
    let before = system.items(&host).len();
    system.import(&template);
    assert_eq!(system.items(&host).len(), before);
    wait_for("the alarm about a runner that is gone", || {
        let problems = system.problems(&silent);
        problems.contains(&"posemo has not reported for 1s".to_owned()).then_some(())
    });
    let (log, seconds) = (system.log(), began.elapsed().as_secs());
    assert!(!log.contains("annot"), "{log}");
    writeln!(
        std::io::stdout(),
        "zabbix: {} databases, {discovered} items discovered, {counted} hostile values, {seconds} s",
        DATABASES.len()
    )
    .unwrap();
}

fn whoever_is_woken_reads_what_to_do(system: &System, host: &str) {
    let name = "archiver_failing: CRITICAL";
    let trigger =
        json!({ "hostids": host, "filter": { "description": name }, "output": ["comments"] });
    let comments = system.ask("trigger.get", &trigger)[0]["comments"].clone();
    let comments = comments.as_str().unwrap();
    assert!(
        comments.starts_with("1. Read the server's log") && !comments.contains("# "),
        "{comments}"
    );
}

/// One value, and then no more.
fn fell_silent(system: &System) {
    let mut report = now(report("quiet"));
    "silent".clone_into(&mut report.targets[0].target);
    let receiver = receiver(&[format!("127.0.0.1:{}", system.port)], Duration::from_secs(5));
    // The report is of databases that nobody has discovered yet; the rest is taken.
    wait_for("the host", || {
        let lost = deliver(&receiver, &report).map_err(|error| error.to_string()).err()?;
        (!lost.contains("knows no host")).then_some(())
    });
}

/// The report, as if it were made now: Zabbix keeps nothing that is too old.
fn now(mut report: Report) -> Report {
    report.started = jiff::Timestamp::now() - report.duration;
    report
}

/// Discovery, and then values for what it has made; the run's own result is the same as without.
fn first_runs(system: &System, watched: &Watched, host: &str) -> usize {
    let (code, lost) = watched.run();
    // Zabbix may have made the items before the second try, or not.
    assert!(lost.is_empty() || lost.contains("told with the next run"), "{lost}");
    assert_eq!(watched.run_until_taken(), code);
    let alone = watched.posemo(&["run", "-q"]);
    let gone = watched.posemo(&["run", "-q", "--send", "gone"]);
    assert_eq!((alone.status.code(), gone.status.code()), (Some(code), Some(code)));
    let lost = String::from_utf8(gone.stderr).unwrap();
    assert_eq!(lost, "posemo: receiver gone: 127.0.0.1:9: cannot connect: nothing listens there\n");
    let found = system.items(host);
    for database in DATABASES {
        let database = posemo::output::zabbix::spelled(database);
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

/// OK, WARNING, CRITICAL, UNKNOWN and recovery, each as a problem with the text that posemo says.
fn states_arrive(system: &System, watched: &Watched, host: &str) {
    let server = &watched.server;
    let problems = || system.problems(host).join("\n");
    let quiet = problems();
    assert!(!quiet.contains("sequence_usage"), "{quiet}");
    server.superuser(
        "com,ma",
        "CREATE SEQUENCE \"fill,ing\" MAXVALUE 1000; SELECT setval('\"fill,ing\"', 970)",
    );
    server.superuser("postgres", "CREATE ROLE intern SUPERUSER LOGIN");
    server.superuser("posemo", "REVOKE EXECUTE ON FUNCTION posemo.database_size FROM posemo");
    watched.run_until_taken();
    for expected in [
        "sequence_usage (com,ma): CRITICAL: public.\"fill,ing\" used 97 % (critical above 95 %)",
        "superusers: WARNING: intern may log in and is a superuser",
        "database_size: UNKNOWN: ",
    ] {
        wait_for(expected, || problems().contains(expected).then_some(()));
    }
    // What cannot be found out is said, and ends nothing that was known.
    server.superuser("com,ma", "REVOKE EXECUTE ON FUNCTION posemo.sequence_usage FROM posemo");
    watched.run_until_taken();
    wait_for("UNKNOWN beside CRITICAL", || {
        let problems = problems();
        let both = problems.contains("sequence_usage (com,ma): CRITICAL")
            && problems.contains("sequence_usage (com,ma): UNKNOWN");
        both.then_some(())
    });
    server.superuser("com,ma", "GRANT EXECUTE ON FUNCTION posemo.sequence_usage TO posemo; ALTER SEQUENCE \"fill,ing\" MAXVALUE 1000000");
    server.superuser("postgres", "DROP ROLE intern");
    server.superuser("posemo", "GRANT EXECUTE ON FUNCTION posemo.database_size TO posemo");
    // A server that is not there is one problem, and no recovery of any other.
    let settings = fs::read_to_string(&watched.settings).unwrap();
    fs::write(&watched.settings, settings.replace("\nport = ", "\nport = 1 # ")).unwrap();
    watched.run_until_taken();
    wait_for("the server that is not there", || {
        let problems = problems();
        let both = problems.contains("PostgreSQL could not be asked: ")
            && problems.contains("sequence_usage (com,ma): CRITICAL");
        both.then_some(())
    });
    fs::write(&watched.settings, settings).unwrap();
    watched.run_until_taken();
    wait_for("recovery", || (problems() == quiet).then_some(()));
}

/// The limits of the template, where a user wants them, with an own one for an object.
fn limits_of_zabbix(system: &System, watched: &Watched, host: &str) {
    let set = |name: &str, value: &str| {
        system.ask("usermacro.create", &json!({ "hostid": host, "macro": name, "value": value }));
    };
    set("{$POSEMO.LIMITS:\"sequence_usage\"}", "1");
    set("{$POSEMO.SEQUENCE_USAGE.USED.WARNING:\"public.\\\"fill,ing\\\"\"}", "0.01");
    let expected = "sequence_usage: used of public.\"fill,ing\" (com,ma) is 0.1 %, above 0.01";
    wait_for(expected, || {
        watched.run_until_taken();
        system.problems(host).contains(&expected.to_owned()).then_some(())
    });
}

/// The page's commands: a run that is told, and Zabbix's own sender with what `--output zabbix` writes.
fn page_is_true(system: &System, watched: &Watched) {
    thread::sleep(Duration::from_millis(1050));
    let told = watched.shell(system, "posemo run --send zabbix");
    assert!(told.stderr.is_empty() && !told.stdout.is_empty(), "{told:?}");
    // Without the section for hosts, these are called like the targets.
    let text = fs::read_to_string(&watched.settings).unwrap();
    fs::write(&watched.settings, text.replace("[targets.db1]", "[targets.\"pg a\"]")).unwrap();
    let sent = watched.shell(system, "posemo run --output zabbix | ");
    let said = String::from_utf8_lossy(&sent.stdout).into_owned();
    assert!(sent.status.success() && said.contains("failed: 0;"), "{said}");
    let settings = page().split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let settings = Settings::parse("page", settings.to_owned(), &Catalog::embedded()).unwrap();
    assert_eq!(settings.receiver("zabbix").unwrap().host("db1"), "db1.example");
    let interval = settings.receiver("zabbix").unwrap().interval;
    assert_eq!(interval, Duration::from_secs(300));
}
