//! Two installations on one server: each leaves the other alone.

use std::path::Path;

use super::{server, text};
use crate::server::{FEW, Server};
use crate::uninstall::snapshot::Snapshot;

const SECOND: [&str; 6] = ["--home", "mon_b", "--schema", "mon_b", "--monitor-role", "mon_b"];
const VERIFY_SECOND: [&str; 6] = ["-d", "mon_b", "--schema", "mon_b", "--monitor-role", "mon_b"];

/// Both orders of installation and removal, with a database where both have a schema.
pub(super) fn two_installations(bindir: &Path) {
    let server = server(bindir, &[]);
    server.superuser("postgres", "CREATE DATABASE app");
    let before = Snapshot::of(&server);
    for (first, second) in [(&[][..], &SECOND[..]), (&SECOND[..], &[][..])] {
        install(&server, first);
        let alone = Snapshot::of(&server);
        let output = install(&server, second);
        assert!(output.contains("the home database of another installation"), "{output}");
        assert!(!output.contains("DROP DATABASE"), "{output}");
        verify_both(&server);
        // Again: the second run must change nothing of the other installation.
        for names in [first, second] {
            assert!(install(&server, names).contains("nothing to change"));
        }
        for database in ["posemo", "mon_b"] {
            let other = if database == "posemo" { "mon_b" } else { "posemo" };
            let schema = format!("SELECT 1 FROM pg_namespace WHERE nspname = '{other}'");
            assert!(server.superuser(database, &schema).is_empty(), "{other} in {database}");
        }
        uninstall(&server, second);
        same(&server, &alone, "without the second installation");
        uninstall(&server, first);
        same(&server, &before, "without both installations");
        // The first installation goes first.
        install(&server, first);
        install(&server, second);
        uninstall(&server, first);
        let rest = if second.is_empty() { &[][..] } else { &VERIFY_SECOND[..] };
        verify(&server, &[rest, &["-U", "postgres"]].concat());
        uninstall(&server, second);
        same(&server, &before, "without both installations");
    }
    schema_of_another_installation(&server);
}

/// The second installation needs its own schema where both are in one database.
fn schema_of_another_installation(server: &Server) {
    install(server, &[]);
    let names = ["--home", "mon_b", "--monitor-role", "mon_b", "--database", "app", "--check", FEW];
    let output = server.posemo(&[&["install", "-U", "postgres"][..], &names].concat());
    let expected = "schema posemo is part of the installation with monitor role posemo";
    assert!(!output.status.success() && text(&output).contains(expected), "{}", text(&output));
    verify(server, &["-U", "postgres"]);
}

fn verify_both(server: &Server) {
    for user in [&[][..], &["-U", "postgres"]] {
        verify(server, user);
        verify(server, &[&VERIFY_SECOND[..], user].concat());
    }
    verify(server, &["-U", "mon_b", "-d", "mon_b", "--schema", "mon_b", "--monitor-role", "mon_b"]);
}

fn verify(server: &Server, arguments: &[&str]) {
    let output = server.posemo(&[&["verify", "--check", FEW], arguments].concat());
    assert!(output.status.success(), "{arguments:?}\n{}", text(&output));
}

fn install(server: &Server, names: &[&str]) -> String {
    let arguments = ["install", "-U", "postgres", "--all-databases", "--check", FEW];
    let output = server.posemo(&[&arguments[..], names].concat());
    assert!(output.status.success(), "{names:?}\n{}", text(&output));
    text(&output)
}

fn uninstall(server: &Server, names: &[&str]) {
    let output = server.posemo(&[&["uninstall", "-U", "postgres"], names].concat());
    assert!(output.status.success(), "{names:?}\n{}", text(&output));
}

fn same(server: &Server, expected: &Snapshot, when: &str) {
    let differing = expected.against(&Snapshot::of(server));
    assert!(differing.is_empty(), "{when}: {differing:#?}");
}
