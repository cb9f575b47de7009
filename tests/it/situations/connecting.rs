//! Situations in which other tools cannot connect, or leave something behind.

use std::path::Path;
use std::thread;

use super::{proxy, server, text};
use crate::server::posemo;
use crate::waiting::until;

/// Two monitoring systems that start all their plugins at once exceed the connection limit of the monitor role.
pub(super) fn plugins_side_by_side(bindir: &Path) {
    let server = server(bindir, &[]);
    server.install_few(&["--all-databases"]);
    let names = posemo::catalog::Catalog::embedded();
    // As many calls as the limit, from each of the two.
    let checks: Vec<String> = names.names().map(str::to_owned).take(20).collect();
    let server = &server;
    thread::scope(|scope| {
        let calls: Vec<_> = [1, 2]
            .iter()
            .flat_map(|_| &checks)
            .map(|check| scope.spawn(move || text(&server.posemo(&["check", check]))))
            .collect();
        for call in calls {
            let line = call.join().unwrap();
            assert!(!line.contains("too many connections"), "{line}");
        }
    });
}

/// Poolers and proxies refuse the startup parameter `options` with different codes and texts.
pub(super) fn pooler_refuses_options(bindir: &Path) {
    let server = server(bindir, &[]);
    server.install_few(&[]);
    let socket = server.0.socket().join(format!(".s.PGSQL.{}", server.0.port()));
    for (sqlstate, message) in [
        ("08P01", "unsupported startup parameter: options"),
        (
            "08P01",
            "unsupported startup parameter in options: search_path. Please use unpooled connection or remove this parameter from the startup package.",
        ),
        (
            "0A000",
            "Feature not supported: RDS Proxy currently doesn’t support command-line options.",
        ),
        ("42704", "unrecognized configuration parameter"),
        ("22023", "no such parameter here"),
        ("08000", "options"),
    ] {
        let port = proxy::start(socket.clone(), sqlstate, message).to_string();
        for command in [&["check", "alive"][..], &["run", "--check", "alive"]] {
            let output = posemo(&[command, &["-H", "127.0.0.1", "-p", &port]].concat());
            assert_eq!(output.status.code(), Some(0), "{sqlstate}: {}", text(&output));
        }
    }
}

/// A login event trigger that writes, as in PostgreSQL's manual, or that needs the `search_path` of the database.
pub(super) fn login_trigger(bindir: &Path) {
    let server = server(bindir, &[]);
    for database in ["app", "app2"] {
        server.superuser("postgres", &format!("CREATE DATABASE {database}"));
    }
    server.install_few(&["--all-databases"]);
    server.superuser(
        "app",
        "CREATE TABLE public.user_login_log (who text, at timestamptz); GRANT INSERT ON user_login_log TO public; \
         CREATE FUNCTION log_login() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF pg_is_in_recovery() THEN \
         RETURN; END IF; INSERT INTO public.user_login_log VALUES (session_user, now()); END $$; \
         CREATE EVENT TRIGGER log_login ON login EXECUTE FUNCTION log_login(); \
         ALTER EVENT TRIGGER log_login ENABLE ALWAYS",
    );
    server.superuser(
        "app2",
        "CREATE TABLE login_log (who text); GRANT INSERT ON login_log TO public; \
         CREATE FUNCTION log_login() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
         INSERT INTO login_log VALUES (session_user); END $$; \
         CREATE EVENT TRIGGER log_login ON login EXECUTE FUNCTION log_login(); \
         ALTER EVENT TRIGGER log_login ENABLE ALWAYS",
    );
    let output = server.posemo(&["run", "--check", "sequence_usage", "--output", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for check in report["targets"][0]["checks"].as_array().unwrap() {
        assert_eq!(check["state"], "ok", "{check}");
    }
    let changes = server.install_few(&["--all-databases"]);
    assert!(changes.contains("nothing to change"), "{changes}");
}

/// A session that ends without Terminate is counted as abandoned.
pub(super) fn sessions_end_with_terminate(bindir: &Path) {
    let server = server(bindir, &[]);
    server.superuser("postgres", "CREATE DATABASE app");
    server.install_few(&["--all-databases"]);
    for command in [
        &["check", "alive"][..],
        &["run"],
        &["verify"],
        &["check", "no_such_check"],
        &["install", "-U", "postgres", "--dry-run"],
        &["uninstall", "-U", "postgres", "--dry-run"],
        &["uninstall", "-U", "postgres"],
    ] {
        server.posemo(command);
    }
    let sessions = "SELECT count(*)::text FROM pg_stat_activity WHERE application_name LIKE 'posemo/%' AND pid <> pg_backend_pid()";
    until("all sessions have ended", || server.superuser("postgres", sessions) == ["0"]);
    let abandoned = "SELECT coalesce(sum(sessions_abandoned), 0)::text FROM pg_stat_database";
    until("the statistics have arrived", || {
        server.superuser("postgres", "SELECT (sum(sessions) > 5)::text FROM pg_stat_database")
            == ["true"]
    });
    assert_eq!(server.superuser("postgres", abandoned), ["0"]);
}

/// Roles and databases with limits that would end an installation or a run.
pub(super) fn time_outs_of_roles(bindir: &Path) {
    let server = server(bindir, &[]);
    server.install_few(&[]);
    let mut settings = vec![
        ("statement_timeout", "1ms"),
        ("lock_timeout", "1ms"),
        ("idle_in_transaction_session_timeout", "1ms"),
    ];
    settings.extend((server.major() >= 14).then_some(("idle_session_timeout", "5ms")));
    settings.extend((server.major() >= 17).then_some(("transaction_timeout", "5ms")));
    for (setting, value) in settings {
        for target in ["ROLE postgres", "ROLE posemo", "DATABASE posemo"] {
            // The session of the test keeps its own settings.
            server.superuser("template1", &format!("ALTER {target} SET {setting} = '{value}'"));
        }
    }
    let removed = server.posemo(&["uninstall", "-U", "postgres"]);
    assert_eq!(removed.status.code(), Some(0), "{}", text(&removed));
    let changes = server.install_few(&["-d", "template1"]);
    assert!(changes.contains("installed: "), "{changes}");
    let output = server.posemo(&["run", "--check", "alive", "--check", "superusers"]);
    assert!(!text(&output).contains("UNKNOWN"), "{}", text(&output));
}

/// A commit that waits for a synchronous standby which does not exist would wait without end.
pub(super) fn missing_synchronous_standby(bindir: &Path) {
    let server = server(bindir, &[("synchronous_standby_names", "missing")]);
    let changes = server.install_few(&[]);
    assert!(changes.contains("installed: "), "{changes}");
    let removed = server.posemo(&["uninstall", "-U", "postgres"]);
    assert_eq!(removed.status.code(), Some(0), "{}", text(&removed));
}
