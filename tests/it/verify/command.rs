//! What `verify` prints of a broken installation, in each format, and where it finds databases out.
//!
//! That each deviation is found is shown beside; here it is the command that speaks.

use std::fs;
use std::path::Path;

use posemo::tempserver::ServerOptions;
use serde_json::Value;

use super::Stage;
use crate::catalog::Folder;
use crate::golden::assert_golden;
use crate::server::{Server, posemo};

/// A bit of everything: a hostile name, a second function, a right too many, a login.
const BROKEN: &str = "ALTER FUNCTION posemo.alive() SET search_path = '';
    GRANT EXECUTE ON FUNCTION posemo.alive() TO PUBLIC;
    CREATE TYPE posemo.\"a | b\n[OK] c\" AS ENUM ('x');
    ALTER ROLE posemo_stats LOGIN;
    ALTER ROLE posemo CONNECTION LIMIT -1;";

/// Runs `verify`, and gives exit code and output; nothing may go to standard error.
fn verify(server: &Server, arguments: &[&str]) -> (i32, String) {
    let output = server.posemo(&[&["verify"], arguments].concat());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// The output without what differs from run to run and from machine to machine.
fn normalised(server: &Server, text: &str) -> String {
    let socket = server.0.socket().display().to_string();
    let text = text
        .replace(&format!("{socket}:{}", server.0.port()), "SERVER")
        .replace(&socket, "SOCKET")
        .replace(server.version(), "X.Y")
        .replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let Ok(mut document) = serde_json::from_str::<Value>(&text) else {
        return text.lines().map(|line| counts_left_out(line) + "\n").collect();
    };
    blank(&mut document);
    serde_json::to_string_pretty(&document).unwrap() + "\n"
}

/// A line without the numbers that grow with the catalogue, and without the time it took.
fn counts_left_out(line: &str) -> String {
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
            return words.join(" ").replace("as it should be", "as they should be");
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
                        *value = Value::from(counts_left_out(value.as_str().unwrap_or_default()));
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
fn a_broken_installation_is_said_in_each_format() {
    let Stage { server, .. } = Stage::new(&Server::bindir());
    server.superuser("posemo", BROKEN);
    for format in ["table", "json", "nagios"] {
        let (code, said) = verify(&server, &["--output", format]);
        assert_eq!(code, 2, "{said}");
        let said = normalised(&server, &said);
        assert_golden(&format!("verify/broken.2.{format}"), &said);
    }
}

#[test]
fn what_is_as_it_should_be_is_one_line() {
    let Stage { server, .. } = Stage::new(&Server::bindir());
    for user in ["posemo", "postgres"] {
        let (code, said) = verify(&server, &["-U", user, "-o", "nagios"]);
        let first = said.lines().next().unwrap();
        assert!(code == 0 && first.starts_with("VERIFY OK - "), "{said}");
        let counts = [" functions, 2 databases, ", " roles as they should be | 'functions'="];
        assert!(counts.iter().all(|words| first.contains(words)), "{said}");
        let hidden = said.contains("cannot see whether an owner has a password");
        assert_eq!(hidden, user == "posemo", "{said}");
        let (_, quiet) = verify(&server, &["-U", user, "-o", "nagios", "-q"]);
        assert_eq!(quiet.trim_end(), first);
        let (_, table) = verify(&server, &["-U", user]);
        assert_eq!(table.contains("as they should be; pg_authid: role posemo cannot see"), hidden);
    }
}

/// What somebody has in a database where nothing is installed, and databases that are closed.
#[test]
fn other_databases_are_found() {
    let Stage { server, .. } = Stage::new(&Server::bindir());
    let look = |user: &str| verify(&server, &["-U", user, "-o", "nagios"]);
    server.superuser("sales", "CREATE TABLE bills (x integer); GRANT SELECT ON bills TO posemo");
    let (code, said) = look("posemo");
    let words = "role posemo: it owns 0 objects and has rights on 1 in database sales";
    assert!(code == 2 && said.contains(words), "{said}");
    let (code, said) = look("postgres");
    let words = "role posemo in database sales: it has SELECT on TABLE public.bills";
    assert!(code == 2 && said.contains(words), "{said}");
    let (_, remedy) = said.split_once("Mend it: REVOKE").unwrap();
    let remedy = format!("REVOKE{}", remedy.lines().next().unwrap());
    server.superuser("sales", &remedy);
    assert_eq!(look("posemo").0, 0);
    server.superuser("sales", "DROP TABLE bills");

    server.superuser("postgres", "REVOKE CONNECT ON DATABASE app FROM posemo");
    let (code, said) = look("posemo");
    assert!(code == 1 && said.contains("in database app, where nothing should"), "{said}");
    let (code, said) = look("postgres");
    let words = "schema posemo in database app: is here, but the monitor was not let in";
    assert!(code == 1 && said.contains(words), "{said}");
    server.superuser("postgres", "GRANT CONNECT ON DATABASE app TO posemo");
    assert_eq!(look("posemo").0, 0);

    server.superuser("postgres", "ALTER DATABASE app ALLOW_CONNECTIONS false");
    for user in ["posemo", "postgres"] {
        let (code, said) = look(user);
        assert!(code == 0 && said.contains("database app: it allows no connections"), "{said}");
    }
    server.superuser("postgres", "ALTER DATABASE app ALLOW_CONNECTIONS true CONNECTION LIMIT 0");
    let (code, said) = look("posemo");
    let words = "VERIFY UNKNOWN - connection in database app: cannot be looked at: ";
    assert!(code == 3 && said.starts_with(words), "{said}");
}

/// A home database of somebody else's keeps its PUBLIC, and that is said; other names are no deviation.
#[test]
fn other_names_are_as_good() {
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE DATABASE \"it's $posemo$\"");
    let names = ["--schema", "po \"semo\"", "--monitor-role", "mon\"it'or"];
    server.install(
        &[&names[..], &["--home", "it's $posemo$", "--database", "it's $posemo$"]].concat(),
    );
    let (code, said) = verify(
        &server,
        &[&names[..], &["-d", "dbname='it\\'s $posemo$'", "-o", "nagios"]].concat(),
    );
    assert!(
        code == 0 && said.contains("is not posemo's own, and PUBLIC keeps its rights there: "),
        "{said}"
    );
    let functions =
        "SELECT count(*) FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = 'po \"semo\"'";
    let functions = server.superuser("it's $posemo$", functions);
    let count = format!("'functions'={};", functions[0]);
    assert!(said.contains(&count), "those of one database are looked at as well: {said}");
    server.superuser(
        "it's $posemo$",
        "GRANT EXECUTE ON FUNCTION \"po \"\"semo\"\"\".alive() TO PUBLIC",
    );
    let (code, said) =
        verify(&server, &[&names[..], &["-d", "dbname='it\\'s $posemo$'", "-o", "json"]].concat());
    let remedy = "REVOKE ALL ON FUNCTION \\\"po \\\"\\\"semo\\\"\\\"\\\".alive() FROM PUBLIC";
    assert!(code == 2 && said.contains(remedy), "{said}");
}

/// A selection is looked at alone; a check that was left out is no deviation.
#[test]
fn a_selection_is_no_deviation() {
    let server = Server::start(&ServerOptions::default());
    server.install(&["--check", "alive"]);
    let (code, said) = verify(&server, &["--check", "alive", "-o", "nagios"]);
    assert!(
        code == 0 && said.contains("1 function, 1 database, 2 roles as they should be"),
        "{said}"
    );
    let (code, said) = verify(&server, &["--check", "password_verifiers", "-o", "nagios"]);
    assert!(
        code == 0 && said.contains("not installed, and neither is its owner posemo_authid"),
        "{said}"
    );
    let (code, said) = verify(&server, &["-o", "nagios"]);
    assert!(code == 1 && said.contains("is missing"), "others of that owner are: {said}");
}

/// A function of a superuser's is said every time; what was not allowed is worse.
#[test]
fn a_superuser_as_owner_is_said_every_time() {
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
    let look = |more: &[&str]| verify(&server, &[&selected, more, &["-o", "nagios"]].concat());
    let (code, said) = look(&[]);
    assert_eq!(code, 0, "what was left out is not missing: {said}");
    let (code, said) = look(&["--allow-superuser-owner"]);
    assert!(
        code == 1 && said.contains("posemo.zz_mine() in database posemo: is missing"),
        "{said}"
    );
    server.install(&[&selected[..], &["--allow-superuser-owner"]].concat());
    for (allowed, expected) in [(&["--allow-superuser-owner"][..], 1), (&[], 2)] {
        let (code, said) = look(allowed);
        let words = "posemo.zz_mine() in database posemo: it belongs to superuser postgres, as its check asks";
        assert!(code == expected && said.contains(words), "{said}");
    }
}

/// Whatever cannot be looked at is unknown, in the format that was asked for.
#[test]
fn trouble_is_unknown() {
    let server = Server::start(&ServerOptions::default());
    let (code, said) = verify(&server, &["-o", "nagios"]);
    assert!(code == 3 && said.starts_with("VERIFY UNKNOWN - "), "{said}");
    // What to do is said, and all of it once.
    let (code, said) = verify(&server, &[]);
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!((code, words.matches("does not let user posemo").count()), (3, 1), "{said}");
    assert!(words.contains("posemo install makes the monitor's"), "{said}");
    let output = posemo(&["verify", "--no-such-option"]);
    assert_eq!(output.status.code(), Some(3));
    let (code, said) = verify(&server, &["-o", "nagios", "--config", "/nonexistent.toml"]);
    assert!(code == 3 && said.starts_with("VERIFY UNKNOWN - "), "{said}");
}
