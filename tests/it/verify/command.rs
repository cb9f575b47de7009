//! The output of `verify` in each format, and how it finds databases.
//!
//! Other tests show that it finds each deviation.

use std::fs;
use std::path::Path;

use posemo::tempserver::ServerOptions;
use serde_json::Value;

use super::installed;
use crate::catalog::Folder;
use crate::golden::assert_golden;
use crate::server::{Server, posemo};

/// Several kinds of deviations, one with a name that contains special characters.
const BROKEN: &str = "ALTER FUNCTION posemo.alive() SET search_path = '';
    GRANT EXECUTE ON FUNCTION posemo.alive() TO PUBLIC;
    CREATE TYPE posemo.\"a | b\n[OK] c\" AS ENUM ('x');
    ALTER ROLE posemo_stats LOGIN;
    ALTER ROLE posemo CONNECTION LIMIT -1;";

/// Runs `verify`, and returns exit code and output. Standard error must be empty.
fn verify(server: &Server, arguments: &[&str]) -> (i32, String) {
    let output = server.posemo(&[&["verify"], arguments].concat());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// The output without values that depend on the run or on the machine.
fn normalised(server: &Server, text: &str) -> String {
    let socket = server.0.socket().display().to_string();
    let text = text
        .replace(&format!("{socket}:{}", server.0.port()), "SERVER")
        .replace(&socket, "SOCKET")
        .replace(server.version(), "X.Y")
        .replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let Ok(mut document) = serde_json::from_str::<Value>(&text) else {
        return text.lines().map(|line| without_counts(line) + "\n").collect();
    };
    blank(&mut document);
    serde_json::to_string_pretty(&document).unwrap() + "\n"
}

/// A line without the numbers that depend on the catalog, and without the duration.
fn without_counts(line: &str) -> String {
    let line = match line.rsplit_once(" (") {
        Some((before, seconds)) if seconds.ends_with(" s)") => format!("{before} (SECONDS)"),
        _ => line.split(" | 'functions'=").next().unwrap_or_default().to_owned(),
    };
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    for index in 1..words.len() {
        let noun = words[index].trim_end_matches('s').to_owned();
        let counted = words[index - 1].parse::<u32>().is_ok();
        if counted && ["function", "role"].contains(&noun.as_str()) {
            words.splice(index - 1..=index, ["N".to_owned(), format!("{noun}s")]);
            return words.join(" ");
        }
    }
    words.join(" ")
}

fn blank(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "started" | "duration_seconds" | "id" | "port" | "target" | "value" => {
                        *value = Value::from(key.to_uppercase());
                    }
                    "summary" => {
                        *value = Value::from(without_counts(value.as_str().unwrap_or_default()));
                    }
                    _ => blank(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(blank),
        _ => {}
    }
}

#[test]
fn deviations_are_reported_in_each_format() {
    let server = installed(&Server::bindir());
    server.superuser("posemo", BROKEN);
    for format in ["table", "json", "nagios"] {
        let (code, text) = verify(&server, &["--output", format]);
        assert_eq!(code, 2, "{text}");
        let text = normalised(&server, &text);
        assert_golden(&format!("verify/broken.2.{format}"), &text);
    }
}

#[test]
fn an_installation_without_deviations_is_one_line() {
    let server = installed(&Server::bindir());
    for user in ["posemo", "postgres"] {
        let (code, text) = verify(&server, &["-U", user, "-o", "nagios"]);
        let first = text.lines().next().unwrap();
        assert!(code == 0 && first.starts_with("VERIFY OK - "), "{text}");
        let counts = [" functions, 2 databases, ", " roles as expected | 'functions'="];
        assert!(counts.iter().all(|count| first.contains(count)), "{text}");
        let hidden = text.contains("cannot read whether an owner role has a password");
        assert_eq!(hidden, user == "posemo", "{text}");
        let (_, quiet) = verify(&server, &["-U", user, "-o", "nagios", "-q"]);
        assert_eq!(quiet.trim_end(), first);
        let (_, table) = verify(&server, &["-U", user]);
        assert_eq!(table.contains("as expected; pg_authid: role posemo cannot read"), hidden);
    }
}

/// Privileges in a database without an installation, and databases that allow no connections.
#[test]
fn other_databases_are_found() {
    let server = installed(&Server::bindir());
    let run = |user: &str| verify(&server, &["-U", user, "-o", "nagios"]);
    server.superuser("sales", "CREATE TABLE bills (x integer); GRANT SELECT ON bills TO posemo");
    let (code, text) = run("posemo");
    let expected = "role posemo: it owns 0 objects and has privileges on 1 in database sales";
    assert!(code == 2 && text.contains(expected), "{text}");
    let (code, text) = run("postgres");
    let expected = "role posemo in database sales: it has SELECT on TABLE public.bills";
    assert!(code == 2 && text.contains(expected), "{text}");
    let (_, fix) = text.split_once("Fix: REVOKE").unwrap();
    let fix = format!("REVOKE{}", fix.lines().next().unwrap());
    server.superuser("sales", &fix);
    assert_eq!(run("posemo").0, 0);
    server.superuser("sales", "DROP TABLE bills");

    server.superuser("postgres", "REVOKE CONNECT ON DATABASE app FROM posemo");
    let (code, text) = run("posemo");
    assert!(code == 1 && text.contains("in database app, where nothing should"), "{text}");
    let (code, text) = run("postgres");
    let expected = "schema posemo in database app: exists, but the monitor role has no CONNECT on the database";
    assert!(code == 1 && text.contains(expected), "{text}");
    server.superuser("postgres", "GRANT CONNECT ON DATABASE app TO posemo");
    assert_eq!(run("posemo").0, 0);

    server.superuser("postgres", "ALTER DATABASE app ALLOW_CONNECTIONS false");
    for user in ["posemo", "postgres"] {
        let (code, text) = run(user);
        assert!(code == 0 && text.contains("database app: it allows no connections"), "{text}");
    }
    assert!(server.install(&[]).contains("nothing to change"), "its checks remain installed");
    server.superuser("postgres", "ALTER DATABASE app ALLOW_CONNECTIONS true CONNECTION LIMIT 0");
    let (code, text) = run("posemo");
    let expected = "VERIFY UNKNOWN - connection in database app: not verified: ";
    assert!(code == 3 && text.starts_with(expected), "{text}");
}

/// A home database that posemo did not create keeps the privileges of PUBLIC, which is reported as OK. Other names are
/// not deviations.
#[test]
fn other_names_are_not_deviations() {
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE DATABASE \"it's $posemo$\"");
    let names = ["--schema", "po \"semo\"", "--monitor-role", "mon\"it'or"];
    server.install(
        &[&names[..], &["--home", "it's $posemo$", "--database", "it's $posemo$"]].concat(),
    );
    let (code, text) = verify(
        &server,
        &[&names[..], &["-d", "dbname='it\\'s $posemo$'", "-o", "nagios"]].concat(),
    );
    assert!(
        code == 0
            && text.contains("posemo did not create it, so PUBLIC keeps its privileges there: "),
        "{text}"
    );
    let functions =
        "SELECT count(*) FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = 'po \"semo\"'";
    let functions = server.superuser("it's $posemo$", functions);
    let count = format!("'functions'={};", functions[0]);
    assert!(text.contains(&count), "the functions of the home database are checked: {text}");
    server.superuser(
        "it's $posemo$",
        "GRANT EXECUTE ON FUNCTION \"po \"\"semo\"\"\".alive() TO PUBLIC",
    );
    let (code, text) =
        verify(&server, &[&names[..], &["-d", "dbname='it\\'s $posemo$'", "-o", "json"]].concat());
    let remedy = "REVOKE ALL ON FUNCTION \\\"po \\\"\\\"semo\\\"\\\"\\\".alive() FROM PUBLIC";
    assert!(code == 2 && text.contains(remedy), "{text}");
}

/// A selection of checks is verified alone; a check that was not installed is not a deviation.
#[test]
fn a_selection_is_not_a_deviation() {
    let server = Server::start(&ServerOptions::default());
    server.install(&["--check", "alive"]);
    let (code, text) = verify(&server, &["--check", "alive", "-o", "nagios"]);
    assert!(code == 0 && text.contains("1 function, 1 database, 2 roles as expected"), "{text}");
    let (code, text) = verify(&server, &["--check", "password_verifiers", "-o", "nagios"]);
    assert!(
        code == 0 && text.contains("not installed, and neither is its owner role posemo_authid"),
        "{text}"
    );
    let (code, text) = verify(&server, &["-o", "nagios"]);
    assert!(
        code == 1 && text.contains("is missing"),
        "others of that owner role are missing: {text}"
    );
}

/// A function of a superuser is always reported; without permission it is critical.
#[test]
fn a_superuser_as_owner_is_always_reported() {
    let folder = Folder::new("superuser");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks/alive");
    for file in ["check.toml", "query.sql", "README.md"] {
        let text = fs::read_to_string(shipped.join(file)).unwrap();
        let owner = if file == "check.toml" { "owner = \"superuser\"\n" } else { "" };
        folder.write(&format!("zz_mine/{file}"), &(owner.to_owned() + &text));
    }
    let checks = folder.path().display().to_string();
    let server = Server::start(&ServerOptions::default());
    let selected = ["--checks", &checks, "--check", "zz_mine", "--check", "alive"];
    server.install(&selected);
    let run = |more: &[&str]| verify(&server, &[&selected, more, &["-o", "nagios"]].concat());
    let (code, text) = run(&[]);
    assert_eq!(code, 0, "a check that was not installed is not missing: {text}");
    let (code, text) = run(&["--allow-superuser-owner"]);
    assert!(
        code == 1 && text.contains("posemo.zz_mine() in database posemo: is missing"),
        "{text}"
    );
    server.install(&[&selected[..], &["--allow-superuser-owner"]].concat());
    for (allowed, state) in [(&["--allow-superuser-owner"][..], 1), (&[], 2)] {
        let (code, text) = run(allowed);
        let expected = "posemo.zz_mine() in database posemo: it belongs to superuser postgres, as its check requires";
        assert!(code == state && text.contains(expected), "{text}");
    }
}

/// What cannot be verified is UNKNOWN, in the given format.
#[test]
fn errors_are_unknown() {
    let server = Server::start(&ServerOptions::default());
    let (code, text) = verify(&server, &["-o", "nagios"]);
    assert!(code == 3 && text.starts_with("VERIFY UNKNOWN - "), "{text}");
    // The remedy is printed once.
    let (code, text) = verify(&server, &[]);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!((code, words.matches("rejects user posemo").count()), (3, 1), "{text}");
    assert!(words.contains("posemo install creates the monitor role"), "{text}");
    let output = posemo(&["verify", "--no-such-option"]);
    assert_eq!(output.status.code(), Some(3));
    let (code, text) = verify(&server, &["-o", "nagios", "--config", "/nonexistent.toml"]);
    assert!(code == 3 && text.starts_with("VERIFY UNKNOWN - "), "{text}");
}

/// Without its comment, the home database is inspected as before, and an installation restores the comment.
#[test]
fn the_comment_does_not_decide_what_is_inspected() {
    let server = Server::start(&ServerOptions::default());
    let names = ["--home", "mon", "--schema", "mon", "--monitor-role", "mon"];
    server.install(&names);
    let run = || {
        let names = ["--schema", "mon", "--monitor-role", "mon", "-d", "mon", "-U", "mon"];
        verify(&server, &[&names[..], &["-o", "nagios"]].concat())
    };
    assert_eq!(run().0, 0);
    server
        .superuser("mon", "COMMENT ON DATABASE mon IS NULL; CREATE TABLE public.mine (x integer)");
    let (code, text) = run();
    assert_eq!(code, 2, "{text}");
    for expected in ["table public.mine", "database mon: it has no comment of posemo"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let text = server.install(&names);
    assert!(text.contains("restore the comment on database mon"), "{text}");
    server.superuser("mon", "DROP TABLE public.mine");
    let (code, text) = run();
    assert_eq!(code, 0, "{text}");
}

/// An object of a user on a function that an upgrade replaces: both commands name it, and nothing is changed.
#[test]
fn a_view_on_a_function_is_named() {
    let server = installed(&Server::bindir());
    server.superuser("app", "CREATE VIEW public.mine AS SELECT * FROM posemo.sequence_usage(1)");
    server.superuser(
        "app",
        "COMMENT ON FUNCTION posemo.sequence_usage IS '{\"posemo\":\"0.0.1\",\"sha256\":\"\"}'",
    );
    let (code, text) = verify(&server, &["-o", "nagios"]);
    let expected = "view public.mine depends on it";
    assert!(code == 1 && text.contains(expected), "{text}");
    let output = server.posemo(&["install", "-U", "postgres", "--database", "app"]);
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let expected = "view public.mine depends on function posemo.sequence_usage(bigint)";
    assert!(!output.status.success() && text.contains(expected), "{text}");
    assert!(text.contains("DROP VIEW public.mine"), "{text}");
    server.superuser("app", "DROP VIEW public.mine");
    server.install(&["--database", "app"]);
    let (code, text) = verify(&server, &["-o", "nagios"]);
    assert_eq!(code, 0, "{text}");
}
