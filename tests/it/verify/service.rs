//! `verify` on a managed service, where the installing role is not a superuser: unavoidable differences are reported as
//! OK.
//!
//! A temporary server with a role that has CREATEROLE and CREATEDB simulates the service.

use std::path::Path;

use posemo::tempserver::ServerOptions;

use crate::server::Server;

/// A few checks, because a plugin prints at most 8 KiB, and each check that is not installed has a line.
const CHECKS: [&str; 4] = ["--check", "alive", "--check", "password_verifiers"];

pub(super) fn suite(bindir: &Path) {
    let server = Server::start(&ServerOptions {
        bindir: Some(bindir.to_owned()),
        ..ServerOptions::default()
    });
    let admin = if server.major() >= 16 { " WITH ADMIN OPTION" } else { "" };
    let customer = format!(
        "CREATE ROLE customer LOGIN CREATEROLE CREATEDB; GRANT pg_monitor TO customer{admin}"
    );
    server.superuser("postgres", &customer);
    server.superuser("postgres", "CREATE DATABASE app OWNER customer");
    let output =
        server.posemo(&[&["install", "-U", "customer", "--database", "app"], &CHECKS[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for user in ["posemo", "customer", "postgres"] {
        let (code, text) = verify(&server, user);
        assert_eq!(code, 0, "{text}");
        for expected in [
            "schema posemo in database posemo: it belongs to role customer, which is not a superuser",
            "database posemo: it belongs to role customer, which is not a superuser",
            "functions with side effects there",
            "posemo.password_verifiers() in database posemo: not installed",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        let admin = text.contains("role posemo: role customer is a member of it");
        assert_eq!(admin, server.major() >= 16, "{text}");
    }
    // Another owner than the installing role is a deviation.
    server.superuser("posemo", "CREATE ROLE mallory; ALTER SCHEMA posemo OWNER TO mallory");
    let (code, text) = verify(&server, "posemo");
    assert_eq!(code, 2, "{text}");
    server.superuser("posemo", "ALTER SCHEMA posemo OWNER TO customer");
    if server.major() >= 16 {
        server.superuser("posemo", "GRANT posemo_plain TO customer WITH INHERIT TRUE");
        let (code, text) = verify(&server, "posemo");
        let expected = "role posemo_plain: role customer is a member of it";
        assert!(code == 2 && text.contains(expected), "{text}");
        server.superuser("posemo", "GRANT posemo_plain TO customer WITH INHERIT FALSE");
        // What the installing role may have is allowed for no other role.
        for role in ["posemo", "posemo_plain"] {
            let grant =
                format!("GRANT {role} TO mallory WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
            server.superuser("posemo", &grant);
            let (code, text) = verify(&server, "posemo");
            let expected = format!("role {role}: role mallory is a member of it");
            assert!(code == 2 && text.contains(&expected), "{text}");
            server.superuser("posemo", &format!("REVOKE {role} FROM mallory"));
        }
        assert_eq!(verify(&server, "posemo").0, 0);
    }
    // Another role with CREATEROLE is not the one that installed, if it owns only one of both.
    server.superuser(
        "posemo",
        "ALTER ROLE mallory CREATEROLE; ALTER DATABASE posemo OWNER TO mallory",
    );
    let (code, text) = verify(&server, "posemo");
    let expected = "database posemo: it belongs to role mallory, which is not a superuser";
    assert!(code == 2 && text.contains(expected), "{text}");
}

fn verify(server: &Server, user: &str) -> (i32, String) {
    let output = server.posemo(&[&["verify", "-U", user, "-o", "nagios"], &CHECKS[..]].concat());
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}
