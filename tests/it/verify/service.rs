//! Verifying where the installer is no superuser, as on a managed service: what it could not help is said, and
//! is no deviation.
//!
//! The service is simulated with a role that has CREATEROLE and CREATEDB; no real one is asked.

use std::path::Path;

use posemo::tempserver::ServerOptions;

use crate::server::Server;

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
    let output = server.posemo(&["install", "-U", "customer", "--database", "app"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for user in ["posemo", "customer", "postgres"] {
        let (code, said) = look(&server, user);
        assert_eq!(code, 0, "{said}");
        for words in [
            "schema posemo in database posemo: it belongs to role customer, which is no superuser",
            "database posemo: it belongs to role customer, which is no superuser",
            "functions with side effects there",
            "posemo.password_verifiers() in database posemo: not installed",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
        let admin = said.contains("role posemo: role customer is a member of it");
        assert_eq!(admin, server.major() >= 16, "{said}");
    }
    // What the customer has not made is no excuse.
    server.superuser("posemo", "CREATE ROLE mallory; ALTER SCHEMA posemo OWNER TO mallory");
    let (code, said) = look(&server, "posemo");
    assert_eq!(code, 2, "{said}");
    server.superuser("posemo", "ALTER SCHEMA posemo OWNER TO customer");
    if server.major() >= 16 {
        server.superuser("posemo", "GRANT posemo_plain TO customer WITH INHERIT TRUE");
        let (code, said) = look(&server, "posemo");
        let words = "role posemo_plain: role customer is a member of it";
        assert!(code == 2 && said.contains(words), "{said}");
    }
}

fn look(server: &Server, user: &str) -> (i32, String) {
    let output = server.posemo(&["verify", "-U", user, "-o", "nagios"]);
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}
