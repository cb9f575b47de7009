//! Obstacles to an uninstall: each is reported, nothing is changed, and the advised fix removes it.
//!
//! If the message advises statements, the test runs them.

use std::time::{Duration, Instant};

use super::snapshot::Snapshot;
use super::{run_in_psql, same, text_of, uninstall};
use crate::server::Server;

/// Several obstacles at the same time, in one database.
struct Obstacles {
    database: &'static str,
    /// The statements that cause an obstacle, and the expected text.
    cases: &'static [(&'static str, &'static str)],
    fix: Fix,
}

enum Fix {
    /// These statements.
    With(&'static str),
    /// The advised statements, and then these.
    AsAdvised(&'static str),
}

const OBSTACLES: &[Obstacles] = &[
    Obstacles {
        database: "app",
        cases: &[
            ("CREATE TABLE posemo.\"a\tb\" ()", "table posemo.\"a\\tb\""),
            ("CREATE FUNCTION posemo.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function posemo.f()"),
            (
                "ALTER DEFAULT PRIVILEGES IN SCHEMA posemo GRANT SELECT ON TABLES TO pg_monitor",
                "schema posemo contains objects that are not part of posemo: default acl for role postgres in schema posemo on tables; ",
            ),
        ],
        fix: Fix::With(
            "DROP TABLE posemo.\"a\tb\"; DROP FUNCTION posemo.f();
             ALTER DEFAULT PRIVILEGES IN SCHEMA posemo REVOKE SELECT ON TABLES FROM pg_monitor",
        ),
    },
    Obstacles {
        database: "app",
        cases: &[(
            "CREATE VIEW public.v AS SELECT * FROM posemo.sequence_usage()",
            "functions of schema posemo are used by objects that are not part of posemo: rule \"_RETURN\" on public.v",
        )],
        fix: Fix::With("DROP VIEW public.v"),
    },
    Obstacles {
        database: "app",
        cases: &[(
            "CREATE ROLE mallory; CREATE FUNCTION evil() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
             ALTER FUNCTION evil() OWNER TO mallory; CREATE EVENT TRIGGER trap ON ddl_command_start EXECUTE FUNCTION evil()",
            "event trigger trap, whose function belongs to mallory",
        )],
        fix: Fix::With("DROP EVENT TRIGGER trap; DROP FUNCTION evil(); DROP ROLE mallory"),
    },
    Obstacles {
        database: "posemo",
        cases: &[
            ("CREATE TABLE public.mine ()", "table public.mine"),
            ("CREATE SCHEMA mine", "schema mine"),
            ("SELECT lo_create(4711)", "large object 4711"),
            ("CREATE PUBLICATION mine", "publication mine"),
            ("CREATE COLLATION public.coll (locale = 'C')", "collation public.coll"),
            ("CREATE CONVERSION public.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8", "conversion public.conv"),
            ("CREATE OPERATOR FAMILY public.fam USING btree", "operator family public.fam USING btree"),
            ("CREATE TEXT SEARCH TEMPLATE public.tt (LEXIZE = dsimple_lexize)", "text search template public.tt"),
            ("CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function public.f()"),
            ("CREATE TYPE public.mood AS ENUM ('a')", "database posemo, which would be dropped, contains objects that are not part of posemo: "),
        ],
        fix: Fix::With(
            "DROP TABLE public.mine; DROP SCHEMA mine; SELECT lo_unlink(4711); DROP PUBLICATION mine;
             DROP COLLATION public.coll; DROP CONVERSION public.conv; DROP OPERATOR FAMILY public.fam USING btree; DROP TEXT SEARCH TEMPLATE public.tt; DROP FUNCTION public.f(); DROP TYPE public.mood",
        ),
    },
    Obstacles {
        database: "app",
        cases: &[
            ("ALTER TABLE public.kept OWNER TO posemo_plain", "role posemo_plain owns table public.kept"),
            (
                "CREATE TYPE public.mood AS ENUM ('a'); ALTER TYPE public.mood OWNER TO posemo",
                "role posemo owns type public.mood",
            ),
            ("GRANT SELECT, UPDATE ON public.kept TO posemo", "role posemo has privileges on table public.kept"),
            (
                "GRANT SELECT (id) ON public.kept TO posemo_stats",
                "role posemo_stats has privileges on table column public.kept.id",
            ),
            (
                "GRANT USAGE ON SEQUENCE public.kept_id_seq TO posemo_sequences",
                "role posemo_sequences has privileges on sequence public.kept_id_seq",
            ),
            (
                "GRANT SELECT ON pg_catalog.pg_authid TO posemo",
                "role posemo has privileges on table pg_catalog.pg_authid",
            ),
            ("GRANT CREATE ON SCHEMA public TO posemo", "role posemo has privileges on schema public"),
            (
                "GRANT USAGE ON LANGUAGE plpgsql TO posemo_plain",
                "role posemo_plain has privileges on language plpgsql",
            ),
            (
                "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO posemo",
                "role posemo has privileges on default acl for role postgres in schema public on tables",
            ),
        ],
        fix: Fix::AsAdvised("DROP TYPE public.mood"),
    },
    Obstacles {
        database: "other",
        cases: &[(
            "CREATE SCHEMA mine AUTHORIZATION posemo_stats",
            "database other: check database other: roles of posemo have objects or privileges that posemo did not give them: role posemo_stats owns schema mine",
        )],
        fix: Fix::AsAdvised("DROP SCHEMA mine"),
    },
    Obstacles {
        database: "postgres",
        cases: &[
            ("GRANT CREATE ON DATABASE other TO posemo", "role posemo has privileges on database other"),
            (
                "GRANT TEMPORARY ON DATABASE app TO posemo_stats",
                "role posemo_stats has privileges on database app",
            ),
            (
                "GRANT CREATE ON TABLESPACE pg_default TO posemo",
                "role posemo has privileges on tablespace pg_default",
            ),
            ("GRANT pg_monitor TO posemo", "role posemo is a member of role pg_monitor"),
            ("GRANT boss TO posemo_plain", "role posemo_plain is a member of role boss"),
            ("GRANT posemo_plain TO friend", "role posemo_plain has role friend as a member"),
        ],
        fix: Fix::AsAdvised(""),
    },
    Obstacles {
        database: "postgres",
        cases: &[(
            "ALTER DATABASE posemo IS_TEMPLATE true",
            "PostgreSQL does not drop a template database: database posemo",
        )],
        fix: Fix::AsAdvised(""),
    },
    Obstacles {
        database: "postgres",
        cases: &[(
            "ALTER DATABASE app ALLOW_CONNECTIONS false",
            "posemo is installed in database app, which cannot be inspected: it allows no connections",
        )],
        fix: Fix::With("ALTER DATABASE app ALLOW_CONNECTIONS true"),
    },
];

/// All obstacles, one group after the other. At the end everything is as before. Returns the number of refusals.
pub(super) fn all(server: &Server) -> usize {
    server.superuser("postgres", "CREATE ROLE boss; CREATE ROLE friend LOGIN CREATEROLE");
    let clean = Snapshot::of(server);
    server.install(&["--database", "app", "--database", "other"]);
    let installed = Snapshot::of(server);
    for obstacles in OBSTACLES {
        refused(server, obstacles);
    }
    same(server, &installed, "after all refusals");
    let others = others(server);
    same(server, &installed, "after the other refusals");
    let (code, text) = uninstall(server, &[]);
    assert_eq!(code, 0, "{text}");
    same(server, &clean, "at the end");
    server.superuser("postgres", "DROP ROLE boss, friend");
    OBSTACLES.iter().map(|obstacles| obstacles.cases.len()).sum::<usize>() + others
}

fn refused(server: &Server, Obstacles { database, cases, fix }: &Obstacles) {
    for (prepare, _) in *cases {
        server.superuser(database, prepare);
    }
    let (code, text) = uninstall(server, &[]);
    for (prepare, expected) in *cases {
        assert!(code == 1 && text.contains(expected), "{prepare}: {text}");
    }
    assert!(text.ends_with("Nothing was changed.\n") && text.lines().count() == 1, "{text}");
    let rest = match fix {
        Fix::With(statement) => statement,
        Fix::AsAdvised(rest) => {
            let advice = text.split_once("To fix it: ").unwrap_or_else(|| panic!("{text}")).1;
            server.superuser(database, advice.split_once(". Nothing was changed").unwrap().0);
            rest
        }
    };
    if !rest.is_empty() {
        server.superuser(database, rest);
    }
}

/// Refusals because of the arguments, or because of other sessions.
fn others(server: &Server) -> usize {
    let lock = server.session("postgres", "other");
    lock.ask("SELECT pg_advisory_lock(x'706f73656d6f'::bigint)").unwrap();
    let cases: [(&[&str], &str); 3] = [
        (&[], "database other: check database other: another posemo install or uninstall runs"),
        (
            &["--monitor-role", "boss"],
            "schema posemo has another monitor role than boss: role posemo",
        ),
        (&["-d", "posemo"], "this session is connected to database posemo, which would be dropped"),
    ];
    for (arguments, expected) in cases {
        let (code, text) = uninstall(server, arguments);
        assert!(
            code == 1 && text.contains(expected) && text.ends_with("Nothing was changed.\n"),
            "{text}"
        );
    }
    drop(lock);
    let output = server.posemo(&["uninstall", "-U", "friend"]);
    let expected = "posemo is installed in database posemo, which cannot be inspected: ";
    let text = text_of(&output);
    assert!(output.status.code() == Some(1) && text.contains(expected), "{text}");
    assert!(text.ends_with("Nothing was changed.\n") && text.lines().count() == 1, "{text}");
    // A script written without a server must name every database.
    let (success, text) = run_in_psql(server, &["--database", "app"]);
    assert!(
        !success && text.contains("posemo is also installed in databases that this command does not cover or cannot connect to: database other"),
        "{text}"
    );
    cases.len() + 3
}

/// An uninstall waits some seconds for open connections to the home database, and then reports them.
pub(super) fn open_connections_are_waited_for(server: &Server) {
    server.install(&[]);
    let monitor = server.session("posemo", "posemo");
    let started = Instant::now();
    let (code, text) = uninstall(server, &["--dry-run"]);
    let reported = text.contains("which would be dropped, has open connections: process ")
        && text.contains(" of role posemo (posemo/");
    assert!(code == 1 && reported, "{text}");
    assert!(started.elapsed() > Duration::from_secs(4), "it did not wait");
    drop(monitor);
    let (code, text) = uninstall(server, &[]);
    assert_eq!(code, 0, "{text}");
}
