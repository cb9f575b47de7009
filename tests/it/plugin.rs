//! `posemo check` and `posemo run` as a scheduler calls them: one line, one code, whatever goes wrong.
//!
//! Each trouble is made for real; none is imagined.

use std::net::TcpListener;
use std::process::Output;
use std::time::{Duration, Instant};

use posemo::tempserver::ServerOptions;

use crate::catalog::Folder;
use crate::ports::DEAD;
use crate::server::{Server, posemo};
use crate::waiting::{assert_within, until};

const README: &str =
    "# x\n\n## What it watches\n\nx\n\n## Why it matters\n\nx\n\n## What to do\n\nx\n";

/// The first line, after a look at everything that holds for every plugin call.
fn line(output: &Output, code: i32) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(
        output.stderr.is_empty(),
        "a plugin is silent on standard error: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines().next().expect("a plugin says something").to_owned()
}

/// Anybody may ask for a check of any name; the first line keeps room for the reason.
#[test]
fn a_name_without_end_leaves_room_for_the_reason() {
    for letter in ["x", "ß", "\u{1f4c8}", "ΐ"] {
        let output = posemo(&["check", &letter.repeat(3000)]);
        let said = String::from_utf8(output.stdout).unwrap();
        let first = said.lines().next().unwrap();
        assert!(first.contains("... UNKNOWN - there is no check \""), "{first}");
        assert!(first.chars().count() <= 255 && output.status.code() == Some(3), "{first}");
    }
}

/// Arguments that are wrong, and requests for help: never 2, which would be CRITICAL.
#[test]
fn bad_arguments_are_unknown() {
    for (arguments, words) in [
        (&["check"][..], "UNKNOWN - the following required arguments were not provided"),
        (&["check", "--help"], "One check, as a Nagios"),
        (&["check", "alive", "--version"], "UNKNOWN - unexpected argument '--version'"),
        (&["check", "alive", "--bogus"], "UNKNOWN - unexpected argument '--bogus'"),
        (&["check", "alive", "-t", "0"], "UNKNOWN - invalid value '0'"),
        (
            &["--config", "/nonexistent", "--color", "never", "check", "alive", "--bogus"],
            "UNKNOWN - unexpected",
        ),
        (&["check"], "<NAME>; see posemo check --help"),
        (&["check", "alive", "--warn"], "found; a similar argument exists: '--warning'; see"),
        (
            &["check", "alvie"],
            "ALVIE UNKNOWN - there is no check \"alvie\"; did you mean \"alive\"?",
        ),
        (
            &["check", "database_size", "-w", "5K"],
            "DATABASE_SIZE UNKNOWN - -w 5K: \"5K\" is no range",
        ),
        (&["check", "database_size", "-w", "-5"], "\"-5\" is no range"),
        (
            &["check", "database_size", "-c", "sise=5"],
            "has no metric \"sise\"; did you mean \"size\"?",
        ),
        (&["check", "replication_role", "-a", "expcted=standby"], "did you mean \"expected\"?"),
        (&["check", "sequence_usage", "-a", "minimum=many"], "\"many\" is no bigint"),
        (
            &["check", "alive", "--config", "/nonexistent.toml"],
            "ALIVE UNKNOWN - cannot read the settings /nonexistent.toml",
        ),
        (&["check", "alive", "--target", "db1"], "there is no target \"db1\""),
        (&["check", "alive", "-d", "postgresql://%zz"], "ALIVE UNKNOWN - "),
    ] {
        let said = line(&posemo(arguments), 3);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    let said = line(&posemo(&["check", "alive", "-w", "3"]), 3);
    assert!(said.ends_with(" alive has no metric that a threshold could be for"), "{said}");
    let config = posemo(&["--config", "/nonexistent", "check", "--help"]);
    assert_eq!(config.status.code(), Some(3));
    let run = posemo(&["run", "--bogus"]);
    assert_eq!(run.status.code(), Some(3));
    assert_eq!(posemo(&["list", "--bogus"]).status.code(), Some(2));
    assert_eq!(posemo(&["--help"]).status.code(), Some(0));
}

#[test]
fn a_dead_host_and_a_silent_one_end_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port().to_string();
    let dead_port = DEAD.to_string();
    for (port, words) in [(&dead_port, "refused"), (&silent_port, "took longer than")] {
        let began = Instant::now();
        let said = line(&posemo(&["check", "alive", "-H", "127.0.0.1", "-p", port, "-t", "2"]), 3);
        assert!(
            said.starts_with("ALIVE UNKNOWN - ") && said.contains(words) && said.contains(port),
            "{said}"
        );
        assert_within(Duration::from_secs(2), began, words);
    }
    drop(silent);
}

/// A server with site-local checks that misbehave, and the ones that must not suffer from them.
struct Trouble {
    server: Server,
    checks: Folder,
}

impl Trouble {
    fn new() -> Trouble {
        let checks = Folder::new("trouble");
        let manifest = "summary = \"Trouble\"\n\n[columns.n]\ntype = \"bigint\"\nrole = \"info\"\n";
        let script = |body: &str| format!("def check_context(docs, context):\n{body}\n");
        let many = "SELECT generate_series(1, 5000)::bigint AS n";
        let quick = "SELECT 1::bigint AS n";
        for (name, query, star) in [
            ("zz_slow", "SELECT count(*) AS n FROM generate_series(1, 100000000000)", None),
            (
                "zz_endless",
                quick,
                Some(script(
                    "    for i in range(2000000000):\n        for j in range(2000000000):\n            pass\n    return []",
                )),
            ),
            ("zz_huge", quick, Some(script("    x = 'x' * 10000000000\n    return []"))),
            ("zz_many", many, Some(script("    return []"))),
            (
                "zz_error",
                quick,
                Some(script("    return [{'summary': docs[0][0]['m'], 'severity': 'error'}]")),
            ),
            (
                "zz_fine",
                quick,
                Some(script(
                    "    return [{'summary': 'n is %d' % docs[0][0]['n'], 'severity': 'warning', 'labels': {'object': 'n'}}]",
                )),
            ),
        ] {
            checks.write(&format!("{name}/check.toml"), manifest);
            checks.write(&format!("{name}/query.sql"), query);
            checks.write(&format!("{name}/README.md"), README);
            if let Some(star) = star {
                checks.write(&format!("{name}/evaluate.star"), &star);
            }
        }
        let server = Server::start(&ServerOptions::default());
        server.install(&["--checks", &checks.path().display().to_string()]);
        Trouble { server, checks }
    }

    fn check(&self, arguments: &[&str]) -> Output {
        let checks = self.checks.path().display().to_string();
        self.server.posemo(&[&["check", "--checks", &checks], arguments].concat())
    }
}

#[test]
fn every_trouble_is_one_unknown_in_time() {
    let trouble = Trouble::new();
    for (arguments, words) in [
        (&["zz_slow", "-t", "2"][..], "ZZ_SLOW UNKNOWN - took longer than 1.6 s and was stopped"),
        (&["zz_endless"], "ZZ_ENDLESS UNKNOWN - "),
        (&["zz_huge"], "ZZ_HUGE UNKNOWN - "),
        (&["zz_many"], "ZZ_MANY UNKNOWN - more than 1000 rows; the rest was not looked at"),
        (&["zz_error"], "ZZ_ERROR UNKNOWN - zz_error/evaluate.star:2"),
        (&["alive", "-d", "nowhere"], "database \"nowhere\" does not exist"),
        (
            &["alive", "-d", "postgres"],
            "there is no schema posemo in database postgres: run posemo install",
        ),
        (&["alive", "-U", "nobody_knows"], "role \"nobody_knows\" does not exist"),
    ] {
        let began = Instant::now();
        let said = line(&trouble.check(arguments), 3);
        assert!(said.contains(words), "{arguments:?}: {said}");
        // The default of --timeout.
        assert_within(Duration::from_secs(10), began, words);
    }
    let said = line(&trouble.check(&["zz_fine"]), 1);
    assert_eq!(said, "ZZ_FINE WARNING - n is 1");
    // A silent host leaves time for the next one.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let hosts = format!("127.0.0.1,{}", trouble.server.0.socket().display());
    let ports = format!("{},{}", silent.local_addr().unwrap().port(), trouble.server.0.port());
    let said = line(&posemo(&["check", "alive", "-H", &hosts, "-p", &ports, "-t", "6"]), 0);
    assert!(said.starts_with("ALIVE OK"), "{said}");
    trouble.server.superuser("posemo", "DROP FUNCTION posemo.alive()");
    let said = line(&trouble.check(&["alive"]), 3);
    assert!(said.contains("not installed in database posemo: run posemo install"), "{said}");
    // The slow statement is not left running.
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%zz_slow%' AND pid <> pg_backend_pid() AND state = 'active'";
    until("the end of the slow statement", || {
        trouble.server.superuser("postgres", running) == ["0"]
    });
}

/// One target's trouble is not another's, and one check's not its neighbours'.
#[test]
fn a_run_goes_on_whatever_happens() {
    let trouble = Trouble::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Folder::new("run-config");
    let (socket, port) = (trouble.server.0.socket().display(), trouble.server.0.port());
    config.write(
        "posemo.toml",
        &format!(
            "[targets.good]\nhost = \"{socket}\"\nport = {port}\ngroups = [\"all\"]\n\n\
             [targets.silent]\nhost = \"127.0.0.1\"\nport = {}\ngroups = [\"all\"]\n\n\
             [checks.alive]\ninterval = \"30s\"\n\n[targets.good.checks.database_size]\nwarning = \"1\"\n\
             objects.template1.enabled = false\n",
            silent.local_addr().unwrap().port()
        ),
    );
    let (config, checks) =
        (config.path().join("posemo.toml"), trouble.checks.path().display().to_string());
    let config = config.display().to_string();
    let began = Instant::now();
    let arguments =
        ["run", "all", "--config", &config, "--checks", &checks, "--timeout", "12", "-o", "json"];
    let output = posemo(&arguments);
    assert_within(Duration::from_secs(12), began, "a run");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let [good, silent] = report["targets"].as_array().unwrap().as_slice() else {
        panic!("{report}")
    };
    assert_eq!((&silent["target"], &silent["state"]), (&"silent".into(), &"unknown".into()));
    assert!(silent["error"].as_str().unwrap().contains("took longer than"), "{silent}");
    let state = |name: &str| {
        let checks = good["checks"].as_array().unwrap();
        let check = checks
            .iter()
            .find(|check| check["check"] == name)
            .unwrap_or_else(|| panic!("no {name} in {good}"));
        check["state"].as_str().unwrap().to_owned()
    };
    for (name, expected) in [
        ("alive", "ok"),
        ("zz_fine", "warning"),
        ("zz_slow", "unknown"),
        ("zz_endless", "unknown"),
        ("zz_huge", "unknown"),
        ("zz_error", "unknown"),
        ("database_size", "warning"),
    ] {
        assert_eq!(state(name), expected, "{name}");
    }
    let sizes = good["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["check"] == "database_size")
        .unwrap();
    let metrics = sizes["metrics"].as_array().unwrap();
    assert!(
        metrics.iter().all(|metric| metric["object"] != "template1") && !metrics.is_empty(),
        "{metrics:?}"
    );
}

/// Thresholds and arguments of the command line, and a wrong password.
#[test]
fn options_reach_the_check() {
    let hba = "local all postgres trust\nlocal all all scram-sha-256\n".to_owned();
    let server = Server::start(&ServerOptions { hba: Some(hba), ..ServerOptions::default() });
    server.install(&[]);
    server.superuser("postgres", "ALTER ROLE posemo PASSWORD 'right'");
    let home = Folder::new("passwords");
    let passfile = home.path().join("pgpass");
    let check = |password: &str, arguments: &[&str]| {
        home.write("pgpass", &format!("*:*:*:posemo:{password}\n"));
        let set = std::process::Command::new("chmod").arg("600").arg(&passfile).status().unwrap();
        assert!(set.success());
        let connection = server.connection();
        std::process::Command::new(crate::server::POSEMO)
            .arg("check")
            .args(arguments)
            .args(&connection)
            .env_clear()
            .env("PGPASSFILE", &passfile)
            .output()
            .unwrap()
    };
    let said = line(&check("right", &["database_size", "-w", "1", "-c", "~:1e15"]), 1);
    assert!(said.contains("(warning above 1 B)") && said.contains("'posemo size'="), "{said}");
    let said = line(&check("right", &["replication_role", "-a", "expected=standby"]), 2);
    assert!(said.starts_with("REPLICATION_ROLE CRITICAL - "), "{said}");
    let said = line(&check("right", &["replication_lag"]), 0);
    assert!(said.contains("not applicable: for a standby, this is a primary"), "{said}");
    let said = line(&check("wrong-secret", &["alive"]), 3);
    assert!(
        said.contains("password authentication failed") && !said.contains("wrong-secret"),
        "{said}"
    );
}
