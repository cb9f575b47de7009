//! What the installer must not touch: it refuses, names the object, says what to do, and changes nothing.
//!
//! Data through one function; what each case leaves behind it takes away again.

use super::{Traces, forget, reports_on, run, unknown_alone};
use crate::server::Server;

/// Something that is wrong in database `app`.
struct Wrong {
    /// What somebody did there, as superuser.
    done: &'static str,
    /// What the installer says.
    said: &'static str,
    /// How it is put right.
    mended: &'static str,
    /// Whether to see, before there is an installation, that the home is installed and `app` is not.
    beside: bool,
}

/// Before there is an installation.
const BEFORE: &[Wrong] = &[
    Wrong {
        done: "SET ROLE mallory; CREATE SCHEMA posemo",
        said: "schema posemo exists and is not posemo's own",
        mended: "DROP SCHEMA posemo",
        beside: true,
    },
    // The mark of posemo's on it makes it no more posemo's own.
    Wrong {
        done: "SET ROLE mallory; CREATE SCHEMA posemo; COMMENT ON SCHEMA posemo IS '{\"posemo\":true}'",
        said: "schema posemo exists and is not posemo's own",
        mended: "DROP SCHEMA posemo",
        beside: false,
    },
    Wrong {
        done: "CREATE SCHEMA posemo",
        said: "schema posemo exists and is not posemo's own",
        mended: "DROP SCHEMA posemo",
        beside: false,
    },
    // A superuser's schema, the right mark, and in it a function of a stranger's with a stranger's grants.
    Wrong {
        done: "CREATE SCHEMA posemo; COMMENT ON SCHEMA posemo IS '{\"posemo\":true}';
            CREATE FUNCTION posemo.alive() RETURNS TABLE (alive boolean) LANGUAGE sql AS 'SELECT true';
            ALTER FUNCTION posemo.alive() OWNER TO mallory; GRANT EXECUTE ON FUNCTION posemo.alive() TO mallory",
        said: "function posemo.alive() is not posemo's own",
        mended: "DROP SCHEMA posemo CASCADE",
        beside: false,
    },
    Wrong {
        done: "CREATE SCHEMA posemo; COMMENT ON SCHEMA posemo IS '{\"posemo\":true}';
            CREATE FUNCTION posemo.alive() RETURNS integer LANGUAGE sql AS 'SELECT 1';
            COMMENT ON FUNCTION posemo.alive() IS '{\"posemo\":true}'",
        said: "function posemo.alive() is not posemo's own",
        mended: "DROP SCHEMA posemo CASCADE",
        beside: false,
    },
    Wrong {
        done: "CREATE SCHEMA posemo; COMMENT ON SCHEMA posemo IS '{\"posemo\":true}'; CREATE TABLE posemo.alive (x integer)",
        said: "table posemo.alive is not posemo's own",
        mended: "DROP SCHEMA posemo CASCADE",
        beside: false,
    },
    Wrong {
        done: "CREATE FUNCTION evil() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN CREATE ROLE pwned SUPERUSER; END';
            ALTER FUNCTION evil() OWNER TO mallory; CREATE EVENT TRIGGER \"the trap\" ON ddl_command_start EXECUTE FUNCTION evil()",
        said: "event trigger \"the trap\", whose function belongs to mallory",
        mended: "DROP EVENT TRIGGER \"the trap\"; DROP FUNCTION evil()",
        beside: false,
    },
    Wrong {
        done: "CREATE FUNCTION evil() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN CREATE ROLE pwned SUPERUSER; END';
            ALTER FUNCTION evil() OWNER TO mallory; CREATE EVENT TRIGGER trap ON ddl_command_end EXECUTE FUNCTION evil();
            ALTER EVENT TRIGGER trap ENABLE ALWAYS",
        said: "event trigger trap, whose function belongs to mallory",
        mended: "DROP EVENT TRIGGER trap; DROP FUNCTION evil()",
        beside: true,
    },
    // It fits better than the server's own, so that whoever calls format() calls it.
    Wrong {
        done: "GRANT CREATE ON SCHEMA pg_catalog TO mallory; SET ROLE mallory; CREATE FUNCTION pg_catalog.format(text, name)
            RETURNS text LANGUAGE plpgsql AS 'BEGIN CREATE ROLE pwned SUPERUSER; RETURN $1; END'",
        said: "others could run code as you during the install: schema pg_catalog: role mallory may create in it",
        mended: "DROP FUNCTION pg_catalog.format(text, name); REVOKE CREATE ON SCHEMA pg_catalog FROM mallory",
        beside: true,
    },
    Wrong {
        done: "CREATE FUNCTION words(integer) RETURNS text LANGUAGE sql AS 'SELECT ''x''::text'; ALTER FUNCTION words(integer) OWNER TO mallory;
            CREATE CAST (integer AS text) WITH FUNCTION words(integer) AS IMPLICIT",
        said: "cast from integer to text: its function public.words(integer) belongs to role mallory",
        mended: "DROP CAST (integer AS text); DROP FUNCTION words(integer)",
        beside: false,
    },
];

/// After an installation, which the next one must not go on with.
const DRIFT: &[Wrong] = &[
    Wrong {
        done: "GRANT posemo_authid TO mallory",
        said: "role posemo_authid exists and may do more",
        mended: "REVOKE posemo_authid FROM mallory",
        beside: false,
    },
    Wrong {
        done: "ALTER ROLE posemo_plain LOGIN",
        said: "role posemo_plain exists and may do more",
        mended: "ALTER ROLE posemo_plain NOLOGIN",
        beside: false,
    },
    Wrong {
        done: "ALTER ROLE posemo_monitor BYPASSRLS",
        said: "role posemo_monitor exists and may do more",
        mended: "ALTER ROLE posemo_monitor NOBYPASSRLS",
        beside: false,
    },
    Wrong {
        done: "GRANT pg_read_server_files TO posemo",
        said: "role posemo exists and is not a bare login role",
        mended: "REVOKE pg_read_server_files FROM posemo",
        beside: false,
    },
    Wrong {
        done: "GRANT posemo_authid TO posemo",
        said: "role posemo_authid exists and may do more",
        mended: "REVOKE posemo_authid FROM posemo",
        beside: false,
    },
    Wrong {
        done: "GRANT posemo TO mallory",
        said: "role posemo exists and is not a bare login role",
        mended: "REVOKE posemo FROM mallory",
        beside: false,
    },
    Wrong {
        done: "ALTER ROLE posemo INHERIT",
        said: "role posemo exists and is not a bare login role",
        mended: "ALTER ROLE posemo NOINHERIT",
        beside: false,
    },
    Wrong {
        done: "ALTER ROLE posemo CREATEROLE",
        said: "role posemo exists and is not a bare login role",
        mended: "ALTER ROLE posemo NOCREATEROLE",
        beside: false,
    },
    Wrong {
        done: "ALTER SCHEMA posemo OWNER TO mallory",
        said: "schema posemo exists and is not posemo's own",
        mended: "ALTER SCHEMA posemo OWNER TO postgres; REVOKE ALL ON SCHEMA posemo FROM mallory",
        beside: false,
    },
    Wrong {
        done: "CREATE FUNCTION posemo.alive(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        said: "function posemo.alive(integer) is not posemo's own",
        mended: "DROP FUNCTION posemo.alive(integer)",
        beside: false,
    },
    Wrong {
        done: "CREATE TYPE posemo.text AS ENUM ('a')",
        said: "type posemo.text is not posemo's own",
        mended: "DROP TYPE posemo.text",
        beside: false,
    },
    Wrong {
        done: "CREATE COLLATION posemo.c FROM \"C\"",
        said: "collation posemo.c is not posemo's own",
        mended: "DROP COLLATION posemo.c",
        beside: false,
    },
];

/// What an owner got, the next installation takes away.
const EXCESS: &[&str] = &[
    "GRANT mallory TO posemo_stats",
    "GRANT pg_read_all_stats TO posemo_stats WITH ADMIN OPTION",
    "GRANT pg_read_server_files TO posemo_plain",
];

/// Gives how many refusals there were. Leaves posemo installed in database `app`.
pub(super) fn name_what_is_wrong(server: &Server, major: u32) -> usize {
    server.superuser("postgres", "CREATE ROLE mallory LOGIN; ALTER DATABASE app OWNER TO mallory");
    for wrong in BEFORE {
        is_refused(server, wrong);
    }
    server.install(&["--database", "app"]);
    for wrong in DRIFT {
        server.superuser("app", wrong.done);
        is_refused_beside(server, wrong);
        server.superuser("app", wrong.mended);
    }
    let installed = Traces::of(server);
    for excess in EXCESS {
        server.superuser("app", excess);
        server.install(&["--database", "app"]);
        installed.assert_same(&Traces::of(server), excess);
    }
    extension_is_found(server, major);
    if major >= 17 {
        login_trigger_is_told(server);
    }
    let said = server.install(&["--database", "app"]);
    assert!(said.ends_with("nothing to change: everything is as it should be\n"), "{said}");
    let pwned =
        server.superuser("postgres", "SELECT rolname FROM pg_roles WHERE rolname = 'pwned'");
    assert!(pwned.is_empty(), "a stranger's code ran as superuser");
    BEFORE.len() + DRIFT.len() + 1
}

/// With `app` as the home the whole is refused, and nothing is changed.
fn is_refused(server: &Server, wrong: &Wrong) {
    server.superuser("app", wrong.done);
    let before = Traces::of(server);
    let output =
        server.posemo(&["install", "-U", "postgres", "--home", "app", "--database", "app"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}: {said}", wrong.done);
    assert!(
        said.contains(wrong.said) && said.ends_with("Nothing was changed.\n"),
        "{}: {said}",
        wrong.done
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    before.assert_same(&Traces::of(server), wrong.done);
    if wrong.beside {
        is_refused_beside(server, wrong);
        server.superuser("app", wrong.mended);
        return forget(server);
    }
    server.superuser("app", wrong.mended);
}

/// What is wrong in one database keeps posemo out of that one, and what is wrong with a role out of all.
fn is_refused_beside(server: &Server, wrong: &Wrong) {
    let before = Traces::of(server);
    let output = server.posemo(&["install", "-U", "postgres", "--database", "app"]);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}: {said}", wrong.done);
    assert!(said.contains(wrong.said), "{}: {said}", wrong.done);
    assert_eq!(before.app, Traces::of(server).app, "{}", wrong.done);
}

/// The owner of a database may put a trusted extension into any schema, as its script runs as superuser.
fn extension_is_found(server: &Server, major: u32) {
    let role = if major >= 13 { "mallory" } else { "postgres" };
    let made = server.ask(role, "app", "CREATE EXTENSION hstore SCHEMA posemo");
    assert!(made.is_ok(), "{made:?}");
    let before = Traces::of(server);
    let output = server.posemo(&["install", "-U", "postgres", "--database", "app"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("not installed in database app: ")
            && said.contains("hstore")
            && said.contains("is not posemo's own"),
        "{said}"
    );
    before.assert_same(&Traces::of(server), "a refusal changed something");
    server.superuser("app", "DROP EXTENSION hstore");
}

/// One that raises keeps everybody out of the database: that is Unknown there, and only there.
fn login_trigger_is_told(server: &Server) {
    let person = server.session("postgres", "app");
    person.ask("CREATE FUNCTION keep_out() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''nobody gets in''; END';
        CREATE EVENT TRIGGER out ON login EXECUTE FUNCTION keep_out()").unwrap();
    unknown_alone(server, "app", "nobody gets in");
    let output = server.posemo(&["install", "-U", "postgres", "--database", "app"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.code() == Some(1)
            && said.contains("not installed in database app: ")
            && said.contains("nobody gets in"),
        "{said}"
    );
    person.ask("DROP EVENT TRIGGER out; DROP FUNCTION keep_out()").unwrap();
    let (report, _) = run(server);
    assert!(reports_on(&report, "app").0.iter().all(|check| check["state"] == "ok"), "{report:#}");
}
