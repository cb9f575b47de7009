//! `install` refuses unsafe objects: it reports the object and the remedy, and changes nothing.
//!
//! Each case removes its objects afterwards.

use super::{Traces, only_this_is_unknown, remove_by_hand, reports_on, run_few};
use crate::server::{FEW, Server};

/// An unsafe object in database `app`.
struct Obstacle {
    /// The statements that create it, as a superuser.
    cause: &'static str,
    /// The expected text.
    expected: &'static str,
    /// The statements that remove it.
    undo: &'static str,
    /// Whether to test also that the home database is installed and `app` is not.
    also_beside_home: bool,
}

/// Before there is an installation.
const BEFORE: &[Obstacle] = &[
    Obstacle {
        cause: "SET ROLE mallory; CREATE SCHEMA posemo",
        expected: "schema posemo exists and was not created by posemo",
        undo: "DROP SCHEMA posemo",
        also_beside_home: true,
    },
    // The comment of posemo is not enough.
    Obstacle {
        cause: "SET ROLE mallory; CREATE SCHEMA posemo; COMMENT ON SCHEMA posemo IS '{\"posemo\":true}'",
        expected: "schema posemo exists and was not created by posemo",
        undo: "DROP SCHEMA posemo",
        also_beside_home: false,
    },
    Obstacle {
        cause: "CREATE SCHEMA posemo",
        expected: "schema posemo exists and was not created by posemo",
        undo: "DROP SCHEMA posemo",
        also_beside_home: false,
    },
    // A superuser's schema with the comment of posemo, which contains a function of another role.
    Obstacle {
        cause: "CREATE SCHEMA posemo; COMMENT ON SCHEMA posemo IS '{\"posemo\":true}';
            CREATE FUNCTION posemo.alive() RETURNS TABLE (alive boolean) LANGUAGE sql AS 'SELECT true';
            ALTER FUNCTION posemo.alive() OWNER TO mallory; GRANT EXECUTE ON FUNCTION posemo.alive() TO mallory",
        expected: "function posemo.alive() is not part of posemo",
        undo: "DROP SCHEMA posemo CASCADE",
        also_beside_home: false,
    },
    Obstacle {
        cause: "CREATE SCHEMA posemo; COMMENT ON SCHEMA posemo IS '{\"posemo\":true}';
            CREATE FUNCTION posemo.alive() RETURNS integer LANGUAGE sql AS 'SELECT 1';
            COMMENT ON FUNCTION posemo.alive() IS '{\"posemo\":true}'",
        expected: "function posemo.alive() is not part of posemo",
        undo: "DROP SCHEMA posemo CASCADE",
        also_beside_home: false,
    },
    Obstacle {
        cause: "CREATE SCHEMA posemo; COMMENT ON SCHEMA posemo IS '{\"posemo\":true}'; CREATE TABLE posemo.alive (x integer)",
        expected: "table posemo.alive is not part of posemo",
        undo: "DROP SCHEMA posemo CASCADE",
        also_beside_home: false,
    },
    Obstacle {
        cause: "CREATE FUNCTION evil() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN CREATE ROLE pwned SUPERUSER; END';
            ALTER FUNCTION evil() OWNER TO mallory; CREATE EVENT TRIGGER \"the trap\" ON ddl_command_start EXECUTE FUNCTION evil()",
        expected: "event trigger \"the trap\", whose function belongs to mallory",
        undo: "DROP EVENT TRIGGER \"the trap\"; DROP FUNCTION evil()",
        also_beside_home: false,
    },
    Obstacle {
        cause: "CREATE FUNCTION evil() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN CREATE ROLE pwned SUPERUSER; END';
            ALTER FUNCTION evil() OWNER TO mallory; CREATE EVENT TRIGGER trap ON ddl_command_end EXECUTE FUNCTION evil();
            ALTER EVENT TRIGGER trap ENABLE ALWAYS",
        expected: "event trigger trap, whose function belongs to mallory",
        undo: "DROP EVENT TRIGGER trap; DROP FUNCTION evil()",
        also_beside_home: true,
    },
    // It matches better than the built-in function, so that every call of format() calls it.
    Obstacle {
        cause: "GRANT CREATE ON SCHEMA pg_catalog TO mallory; SET ROLE mallory; CREATE FUNCTION pg_catalog.format(text, name)
            RETURNS text LANGUAGE plpgsql AS 'BEGIN CREATE ROLE pwned SUPERUSER; RETURN $1; END'",
        expected: "another role could run code as you during the installation: schema pg_catalog: role mallory can create objects in it",
        undo: "DROP FUNCTION pg_catalog.format(text, name); REVOKE CREATE ON SCHEMA pg_catalog FROM mallory",
        also_beside_home: true,
    },
    Obstacle {
        cause: "CREATE FUNCTION words(integer) RETURNS text LANGUAGE sql AS 'SELECT ''x''::text'; ALTER FUNCTION words(integer) OWNER TO mallory;
            CREATE CAST (integer AS text) WITH FUNCTION words(integer) AS IMPLICIT",
        expected: "cast from integer to text: its function public.words(integer) belongs to role mallory",
        undo: "DROP CAST (integer AS text); DROP FUNCTION words(integer)",
        also_beside_home: false,
    },
];

/// After an installation: the next one must refuse.
const AFTER: &[Obstacle] = &[
    Obstacle {
        cause: "GRANT posemo_authid TO mallory",
        expected: "role posemo_authid exists and has more privileges",
        undo: "REVOKE posemo_authid FROM mallory",
        also_beside_home: false,
    },
    Obstacle {
        cause: "ALTER ROLE posemo_plain LOGIN",
        expected: "role posemo_plain exists and has more privileges",
        undo: "ALTER ROLE posemo_plain NOLOGIN",
        also_beside_home: false,
    },
    Obstacle {
        cause: "ALTER ROLE posemo_monitor BYPASSRLS",
        expected: "role posemo_monitor exists and has more privileges",
        undo: "ALTER ROLE posemo_monitor NOBYPASSRLS",
        also_beside_home: false,
    },
    Obstacle {
        cause: "GRANT pg_read_server_files TO posemo",
        expected: "role posemo exists and is more than a login role",
        undo: "REVOKE pg_read_server_files FROM posemo",
        also_beside_home: false,
    },
    Obstacle {
        cause: "GRANT posemo_authid TO posemo",
        expected: "role posemo_authid exists and has more privileges",
        undo: "REVOKE posemo_authid FROM posemo",
        also_beside_home: false,
    },
    Obstacle {
        cause: "GRANT posemo TO mallory",
        expected: "role posemo exists and is more than a login role",
        undo: "REVOKE posemo FROM mallory",
        also_beside_home: false,
    },
    Obstacle {
        cause: "ALTER ROLE posemo INHERIT",
        expected: "role posemo exists and is more than a login role",
        undo: "ALTER ROLE posemo NOINHERIT",
        also_beside_home: false,
    },
    Obstacle {
        cause: "ALTER ROLE posemo CREATEROLE",
        expected: "role posemo exists and is more than a login role",
        undo: "ALTER ROLE posemo NOCREATEROLE",
        also_beside_home: false,
    },
    Obstacle {
        cause: "ALTER SCHEMA posemo OWNER TO mallory",
        expected: "schema posemo exists and was not created by posemo",
        undo: "ALTER SCHEMA posemo OWNER TO postgres; REVOKE ALL ON SCHEMA posemo FROM mallory",
        also_beside_home: false,
    },
    Obstacle {
        cause: "CREATE FUNCTION posemo.alive(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        expected: "function posemo.alive(integer) is not part of posemo",
        undo: "DROP FUNCTION posemo.alive(integer)",
        also_beside_home: false,
    },
    Obstacle {
        cause: "CREATE TYPE posemo.text AS ENUM ('a')",
        expected: "type posemo.text is not part of posemo",
        undo: "DROP TYPE posemo.text",
        also_beside_home: false,
    },
    Obstacle {
        cause: "CREATE COLLATION posemo.c FROM \"C\"",
        expected: "collation posemo.c is not part of posemo",
        undo: "DROP COLLATION posemo.c",
        also_beside_home: false,
    },
];

/// A few checks: the refusals do not depend on their number.
const INSTALL: [&str; 7] = ["install", "-U", "postgres", "--database", "app", "--check", FEW];

/// The next installation revokes these.
const EXCESS: &[&str] = &[
    "GRANT mallory TO posemo_stats",
    "GRANT pg_read_all_stats TO posemo_stats WITH ADMIN OPTION",
    "GRANT pg_read_server_files TO posemo_plain",
];

/// Returns the number of refusals. Afterwards posemo is installed in database `app`.
pub(super) fn are_reported(server: &Server, major: u32) -> usize {
    server.superuser("postgres", "CREATE ROLE mallory LOGIN; ALTER DATABASE app OWNER TO mallory");
    for obstacle in BEFORE {
        is_refused(server, obstacle);
    }
    server.install_few(&["--database", "app"]);
    for obstacle in AFTER {
        server.superuser("app", obstacle.cause);
        is_refused_beside_home(server, obstacle);
        server.superuser("app", obstacle.undo);
    }
    let installed = Traces::read(server);
    for excess in EXCESS {
        server.superuser("app", excess);
        server.install_few(&["--database", "app"]);
        installed.assert_same(&Traces::read(server), excess);
    }
    an_extension_is_reported(server, major);
    if major >= 17 {
        a_login_trigger_is_reported(server);
    }
    let output = server.install_few(&["--database", "app"]);
    assert!(
        output.ends_with("nothing to change: everything is installed as expected\n"),
        "{output}"
    );
    let pwned =
        server.superuser("postgres", "SELECT rolname FROM pg_roles WHERE rolname = 'pwned'");
    assert!(pwned.is_empty(), "code of another role ran as a superuser");
    BEFORE.len() + AFTER.len() + 1
}

/// With `app` as the home database the installation is refused, and nothing is changed.
fn is_refused(server: &Server, obstacle: &Obstacle) {
    server.superuser("app", obstacle.cause);
    let before = Traces::read(server);
    let output = server.posemo(&[&INSTALL[..], &["--home", "app"]].concat());
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}: {error}", obstacle.cause);
    assert!(
        error.contains(obstacle.expected) && error.ends_with("Nothing was changed.\n"),
        "{}: {error}",
        obstacle.cause
    );
    assert_eq!(error.lines().count(), 1, "{error}");
    before.assert_same(&Traces::read(server), obstacle.cause);
    if obstacle.also_beside_home {
        is_refused_beside_home(server, obstacle);
        server.superuser("app", obstacle.undo);
        return remove_by_hand(server);
    }
    server.superuser("app", obstacle.undo);
}

/// An obstacle in one database prevents the installation in this one, an obstacle of a role in all.
fn is_refused_beside_home(server: &Server, obstacle: &Obstacle) {
    let before = Traces::read(server);
    let output = server.posemo(&INSTALL);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}: {text}", obstacle.cause);
    assert!(text.contains(obstacle.expected), "{}: {text}", obstacle.cause);
    assert_eq!(before.app, Traces::read(server).app, "{}", obstacle.cause);
}

/// The owner of a database can create a trusted extension in any schema, because its script runs as a superuser.
fn an_extension_is_reported(server: &Server, major: u32) {
    let role = if major >= 13 { "mallory" } else { "postgres" };
    let made = server.ask(role, "app", "CREATE EXTENSION hstore SCHEMA posemo");
    assert!(made.is_ok(), "{made:?}");
    let before = Traces::read(server);
    let output = server.posemo(&INSTALL);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("not installed in database app: ")
            && text.contains("hstore")
            && text.contains("is not part of posemo"),
        "{text}"
    );
    before.assert_same(&Traces::read(server), "a refusal changes nothing");
    server.superuser("app", "DROP EXTENSION hstore");
}

/// A login trigger that raises an error prevents all connections to the database: only this one is Unknown.
fn a_login_trigger_is_reported(server: &Server) {
    let person = server.session("postgres", "app");
    person.ask("CREATE FUNCTION refuse_login() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''login refused''; END';
        CREATE EVENT TRIGGER out ON login EXECUTE FUNCTION refuse_login()").unwrap();
    only_this_is_unknown(server, "app", "login refused");
    let output = server.posemo(&INSTALL);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.code() == Some(1)
            && text.contains("not installed in database app: ")
            && text.contains("login refused"),
        "{text}"
    );
    person.ask("DROP EVENT TRIGGER out; DROP FUNCTION refuse_login()").unwrap();
    let (report, _) = run_few(server);
    assert!(reports_on(&report, "app").0.iter().all(|check| check["state"] == "ok"), "{report:#}");
}
