//! `posemo check` and `posemo run` as a monitoring system calls them: output and exit code for each kind of failure.

use std::net::TcpListener;
use std::process::Output;
use std::time::{Duration, Instant};

use posemo::tempserver::ServerOptions;

use crate::catalog::{Folder, README};
use crate::ports::DEAD;
use crate::server::{Server, posemo};
use crate::waiting::{assert_within, until};

/// The first line. Checks what holds for every plugin call.
fn line(output: &Output, code: i32) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(
        output.stderr.is_empty(),
        "a plugin prints nothing on standard error: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines().next().expect("a plugin prints a line").to_owned()
}

/// The name of a check can have any length; the first line has room for the reason.
#[test]
fn a_long_name_is_cut_before_the_reason() {
    for letter in ["x", "ß", "\u{1f4c8}", "ΐ"] {
        let output = posemo(&["check", &letter.repeat(3000)]);
        let printed = String::from_utf8(output.stdout).unwrap();
        let first = printed.lines().next().unwrap();
        assert!(first.contains("... UNKNOWN - check \""), "{first}");
        assert!(first.chars().count() <= 255 && output.status.code() == Some(3), "{first}");
    }
}

/// Invalid arguments and requests for help never exit with 2, which is CRITICAL.
#[test]
fn invalid_arguments_are_unknown() {
    for (arguments, part) in [
        (&["check"][..], "UNKNOWN - the following required arguments were not provided"),
        (&["check", "--help"], "Run one check as a plugin"),
        (&["check", "alive", "--version"], "posemo "),
        (&["check", "alive", "--bogus"], "UNKNOWN - unexpected argument '--bogus'"),
        (&["check", "alive", "-t", "0"], "UNKNOWN - invalid value '0'"),
        (
            &["--config", "/nonexistent", "--color", "never", "check", "alive", "--bogus"],
            "UNKNOWN - unexpected",
        ),
        (&["check"], "<NAME>...; see posemo check --help"),
        (&["check", "alive", "--warn"], "found; a similar argument exists: '--warning'; see"),
        (
            &["check", "alvie"],
            "ALVIE UNKNOWN - check \"alvie\" does not exist; did you mean \"alive\"?",
        ),
        (
            &["check", "database_size", "-w", "5K"],
            "DATABASE_SIZE UNKNOWN - -w 5K: \"5K\" is not a range",
        ),
        (&["check", "database_size", "-w", "-5"], "\"-5\" is not a range"),
        (
            &["check", "database_size", "-c", "sise=5"],
            "has no metric \"sise\"; did you mean \"size\"?",
        ),
        (&["check", "replication_role", "-a", "expcted=standby"], "did you mean \"expected\"?"),
        (
            &["check", "lock_table_usage", "-c", "holders[x]=9"],
            "-c holders[x]=9: lock_table_usage has no column with role = \"object\"",
        ),
        // The message names the options that contradict each other, not the last one.
        (
            &[
                "check",
                "lock_counts",
                "-w",
                "granted[a]=9",
                "-c",
                "granted[a]=2",
                "-c",
                "waiting=1",
            ],
            "UNKNOWN - -c granted[a]=2: warning 9 and critical 2 are in the wrong order",
        ),
        (
            &["check", "connection_usage", "-c", "used=80", "-w", "used=95", "-w", "connections=1"],
            "UNKNOWN - -c used=80: warning 95 and critical 80 are in the wrong order",
        ),
        (&["check", "sequence_usage", "-a", "minimum=many"], "\"many\" is not a valid bigint"),
        (
            &["check", "alive", "--config", "/nonexistent.toml"],
            "ALIVE UNKNOWN - cannot read the settings /nonexistent.toml",
        ),
        (
            &["check", "alive", "--config", "/dev/zero"],
            "ALIVE UNKNOWN - the settings /dev/zero have more than 4 MiB",
        ),
        (&["check", "sequence_usage", "-w", "other.used=95"], "has no metric \"other.used\""),
        (&["check", "sequence_usage", "-a", "other.minimum=5"], "\"other.minimum\""),
        (
            &["check", "uptime,sequence_usage", "--database", "shop"],
            "omit --database for checks that run once for the server: uptime",
        ),
        (&["check", "sequence_usage,index_bloat", "-w", "90"], "write CHECK.METRIC=RANGE"),
        (&["compat"], "see posemo compat --help"),
        (&["check", "alive", "--target", "db1"], "target \"db1\" does not exist"),
        (&["check", "alive", "-d", "postgresql://%zz"], "ALIVE UNKNOWN - "),
    ] {
        let printed = line(&posemo(arguments), 3);
        assert!(printed.contains(part), "{arguments:?}: {printed}");
    }
    let printed = line(&posemo(&["check", "alive", "-w", "3"]), 3);
    assert!(printed.ends_with(" alive has no metric for a threshold"), "{printed}");
    let config = posemo(&["--config", "/nonexistent", "check", "--help"]);
    assert_eq!(config.status.code(), Some(3));
    let run = posemo(&["run", "--bogus"]);
    assert_eq!(run.status.code(), Some(3));
    assert_eq!(posemo(&["list", "--bogus"]).status.code(), Some(2));
    assert_eq!(posemo(&["--help"]).status.code(), Some(0));
}

#[test]
fn unreachable_and_silent_hosts_are_reported_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port().to_string();
    let dead_port = DEAD.to_string();
    for (port, part) in [(&dead_port, "refused"), (&silent_port, "did not accept the login within")]
    {
        let began = Instant::now();
        let printed =
            line(&posemo(&["check", "alive", "-H", "127.0.0.1", "-p", port, "-t", "2"]), 2);
        assert!(
            printed.starts_with("ALIVE CRITICAL - ")
                && printed.contains(part)
                && printed.contains(port),
            "{printed}"
        );
        assert_within(Duration::from_secs(2), began, part);
    }
    drop(silent);
}

/// A server with checks that fail, and others that must not be affected.
struct FailingChecks {
    server: Server,
    checks: Folder,
}

impl FailingChecks {
    fn new() -> FailingChecks {
        let checks = Folder::new("failing");
        let manifest = "summary = \"Failing\"\n\n[columns.n]\ntype = \"bigint\"\nrole = \"info\"\n";
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
        FailingChecks { server, checks }
    }

    fn check(&self, arguments: &[&str]) -> Output {
        let checks = self.checks.path().display().to_string();
        self.server.posemo(&[&["check", "--checks", &checks], arguments].concat())
    }
}

#[test]
fn each_failure_is_unknown_and_in_time() {
    let failing = FailingChecks::new();
    for (arguments, part) in [
        (&["zz_slow", "-t", "2"][..], "ZZ_SLOW UNKNOWN - took longer than 1.6 s and was canceled"),
        (&["zz_endless"], "ZZ_ENDLESS UNKNOWN - "),
        (&["zz_huge"], "ZZ_HUGE UNKNOWN - "),
        (&["zz_many"], "ZZ_MANY UNKNOWN - more than 1000 rows; the others were not judged"),
        (&["zz_error"], "ZZ_ERROR UNKNOWN - zz_error/evaluate.star:2"),
        (&["alive", "-d", "nowhere"], "database \"nowhere\" does not exist"),
        (
            &["alive", "-d", "postgres"],
            "database postgres has no schema posemo: run posemo install",
        ),
        (&["alive", "-U", "nobody_knows"], "role \"nobody_knows\" does not exist"),
    ] {
        let began = Instant::now();
        let printed = line(&failing.check(arguments), 3);
        assert!(printed.contains(part), "{arguments:?}: {printed}");
        // The default of --timeout.
        assert_within(Duration::from_secs(10), began, part);
    }
    let printed = line(&failing.check(&["zz_fine"]), 1);
    assert_eq!(printed, "ZZ_FINE WARNING - n is 1");
    // After a silent host there is time for the next one.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let hosts = format!("127.0.0.1,{}", failing.server.0.socket().display());
    let ports = format!("{},{}", silent.local_addr().unwrap().port(), failing.server.0.port());
    let printed = line(&posemo(&["check", "alive", "-H", &hosts, "-p", &ports, "-t", "6"]), 0);
    assert!(printed.starts_with("ALIVE OK"), "{printed}");
    for (change, part) in [
        ("REVOKE USAGE ON SCHEMA posemo FROM posemo", "permission denied for schema posemo "),
        (
            "GRANT USAGE ON SCHEMA posemo TO posemo; REVOKE EXECUTE ON FUNCTION posemo.alive() FROM posemo",
            "permission denied for function alive ",
        ),
        ("DROP FUNCTION posemo.alive()", "not installed in database posemo: run posemo install"),
        (
            "CREATE FUNCTION posemo.alive(OUT a bool, OUT b bool) LANGUAGE sql AS 'SELECT true, true'",
            "the server's answer cannot be read: it has a value of type record",
        ),
    ] {
        failing.server.superuser("posemo", change);
        let printed = line(&failing.check(&["alive"]), 3);
        assert!(printed.contains(part), "{change}: {printed}");
    }
    // The slow statement was canceled.
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%zz_slow%' AND pid <> pg_backend_pid() AND state = 'active'";
    until("the end of the slow statement", || {
        failing.server.superuser("postgres", running) == ["0"]
    });
}

/// What a server from 14 on reports at the login is enough for a check that needs nothing but its function.
#[test]
fn a_call_of_one_function_is_one_statement() {
    let server = Server::start(&ServerOptions::default());
    server.install_few(&["--check", "alive,superusers,replication_lag"]);
    server.superuser("posemo", "ALTER ROLE posemo SET log_statement = 'all'");
    let calls = |check: &str| {
        let log = || std::fs::read_to_string(server.0.log()).unwrap();
        let before = log().len();
        line(&server.posemo(&["check", check]), 0);
        until("the end of the session", || {
            server.superuser(
                "postgres",
                "SELECT count(*) FROM pg_stat_activity WHERE usename = 'posemo'",
            ) == ["0"]
        });
        let log = log();
        let statements =
            log[before..].lines().filter(|line| line.contains("SELECT") && line.contains("LOG:"));
        statements.map(str::to_owned).collect::<Vec<_>>()
    };
    let first = usize::from(server.major() < 14);
    for (check, expected) in [("alive", 1 + first), ("replication_lag", 1)] {
        let statements = calls(check);
        assert_eq!(statements.len(), expected, "{check}: {statements:#?}");
    }
}

/// A failure of one target or check does not affect the others.
#[test]
fn a_failure_does_not_affect_other_targets_and_checks() {
    let failing = FailingChecks::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Folder::new("run-config");
    let (socket, port) = (failing.server.0.socket().display(), failing.server.0.port());
    config.write(
        "posemo.toml",
        &format!(
            "[targets.good]\nhost = \"{socket}\"\nport = {port}\ngroups = [\"all\"]\nno_answer = \"critical\"\n\n\
             [targets.silent]\nhost = \"127.0.0.1\"\nport = {}\ngroups = [\"all\"]\n\n\
             [checks.alive]\ninterval = \"30s\"\n\n[targets.good.checks.database_size]\nwarning = \"1\"\n\
             objects.template1.enabled = false\n",
            silent.local_addr().unwrap().port()
        ),
    );
    let (config, checks) =
        (config.path().join("posemo.toml"), failing.checks.path().display().to_string());
    let config = config.display().to_string();
    let began = Instant::now();
    let arguments =
        ["run", "all", "--config", &config, "--checks", &checks, "--timeout", "12", "-o", "json"];
    let output = posemo(&arguments);
    assert_within(Duration::from_secs(12), began, "a run");
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let [good, silent] = report["targets"].as_array().unwrap().as_slice() else {
        panic!("{report}")
    };
    assert_eq!((&silent["target"], &silent["state"]), (&"silent".into(), &"critical".into()));
    assert!(
        silent["error"].as_str().unwrap().contains("did not accept the login within "),
        "{silent}"
    );
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

/// Options set thresholds and arguments, and a wrong password is reported without the password.
#[test]
fn options_apply_to_the_check() {
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
    let printed = line(&check("right", &["database_size", "-w", "1", "-c", "~:1e15"]), 1);
    assert!(
        printed.contains("(warning above 1 B)") && printed.contains("'posemo size'="),
        "{printed}"
    );
    // A range for some objects leaves the others as they are.
    for (range, code, part) in [
        ("size[postgres]=1", 2, "CRITICAL - postgres size "),
        ("size[post*]=1", 2, "CRITICAL - postgres size "),
        ("size[a=b]=1", 0, "OK - "),
        ("size[]=1", 3, "has no metric \"size[]\""),
    ] {
        let printed = line(&check("right", &["database_size", "-c", range]), code);
        assert!(printed.contains(part) && !printed.contains("1 more"), "{range}: {printed}");
    }
    let selected = ["database_size", "--object", "nosuch", "--object", "no*"];
    let printed = line(&check("right", &selected), 0);
    assert_eq!(printed, "DATABASE_SIZE OK - no object matches --object no*, --object nosuch");
    let selected = ["database_size", "--object", "nosuch", "--object", "post*"];
    let printed = line(&check("right", &selected), 0);
    assert!(printed.contains(" - postgres size "), "{printed}");
    let printed = line(&check("right", &["replication_role", "-a", "expected=standby"]), 2);
    assert!(printed.starts_with("REPLICATION_ROLE CRITICAL - "), "{printed}");
    let printed = line(&check("right", &["replication_lag"]), 0);
    assert!(printed.contains("not applicable: for a standby, this is a primary"), "{printed}");
    let printed = line(&check("wrong-secret", &["alive"]), 3);
    assert!(
        printed.contains("password authentication failed") && !printed.contains("wrong-secret"),
        "{printed}"
    );
}
