//! What stands in the way of a removal: each is named, nothing is changed, and what is advised mends it.
//!
//! Where a statement is advised, that statement is what mends it here.

use std::time::{Duration, Instant};

use super::snapshot::Snapshot;
use super::{psql_says, said, same, uninstall};
use crate::server::Server;

/// What stands in the way at the same time, in one database.
struct Obstacles {
    database: &'static str,
    /// What is done there, and what is said of it.
    cases: &'static [(&'static str, &'static str)],
    mend: Mend,
}

enum Mend {
    /// This does.
    With(&'static str),
    /// The statements that are advised do, and this takes away what is left.
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
                "schema posemo holds what is not posemo's own: default acl for role postgres in schema posemo on tables; ",
            ),
        ],
        mend: Mend::With(
            "DROP TABLE posemo.\"a\tb\"; DROP FUNCTION posemo.f();
             ALTER DEFAULT PRIVILEGES IN SCHEMA posemo REVOKE SELECT ON TABLES FROM pg_monitor",
        ),
    },
    Obstacles {
        database: "app",
        cases: &[(
            "CREATE VIEW public.v AS SELECT * FROM posemo.sequence_usage()",
            "functions of schema posemo are used by what is not posemo's own: rule \"_RETURN\" on public.v",
        )],
        mend: Mend::With("DROP VIEW public.v"),
    },
    Obstacles {
        database: "app",
        cases: &[(
            "CREATE ROLE mallory; CREATE FUNCTION evil() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
             ALTER FUNCTION evil() OWNER TO mallory; CREATE EVENT TRIGGER trap ON ddl_command_start EXECUTE FUNCTION evil()",
            "event trigger trap, whose function belongs to mallory",
        )],
        mend: Mend::With("DROP EVENT TRIGGER trap; DROP FUNCTION evil(); DROP ROLE mallory"),
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
            ("CREATE TYPE public.mood AS ENUM ('a')", "database posemo, which is to be dropped, holds what is not posemo's own: "),
        ],
        mend: Mend::With(
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
            ("GRANT SELECT, UPDATE ON public.kept TO posemo", "role posemo is named in the rights on table public.kept"),
            (
                "GRANT SELECT (id) ON public.kept TO posemo_stats",
                "role posemo_stats is named in the rights on table column public.kept.id",
            ),
            (
                "GRANT USAGE ON SEQUENCE public.kept_id_seq TO posemo_sequences",
                "role posemo_sequences is named in the rights on sequence public.kept_id_seq",
            ),
            (
                "GRANT SELECT ON pg_catalog.pg_authid TO posemo",
                "role posemo is named in the rights on table pg_catalog.pg_authid",
            ),
            ("GRANT CREATE ON SCHEMA public TO posemo", "role posemo is named in the rights on schema public"),
            (
                "GRANT USAGE ON LANGUAGE plpgsql TO posemo_plain",
                "role posemo_plain is named in the rights on language plpgsql",
            ),
            (
                "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO posemo",
                "role posemo is named in the rights on default acl for role postgres in schema public on tables",
            ),
        ],
        mend: Mend::AsAdvised("DROP TYPE public.mood"),
    },
    Obstacles {
        database: "other",
        cases: &[(
            "CREATE SCHEMA mine AUTHORIZATION posemo_stats",
            "database other: look into database other: roles of posemo's have what posemo did not give them: role posemo_stats owns schema mine",
        )],
        mend: Mend::AsAdvised("DROP SCHEMA mine"),
    },
    Obstacles {
        database: "postgres",
        cases: &[
            ("GRANT CREATE ON DATABASE other TO posemo", "role posemo is named in the rights on database other"),
            (
                "GRANT TEMPORARY ON DATABASE app TO posemo_stats",
                "role posemo_stats is named in the rights on database app",
            ),
            (
                "GRANT CREATE ON TABLESPACE pg_default TO posemo",
                "role posemo is named in the rights on tablespace pg_default",
            ),
            ("GRANT pg_monitor TO posemo", "role posemo is a member of role pg_monitor"),
            ("GRANT boss TO posemo_plain", "role posemo_plain is a member of role boss"),
            ("GRANT posemo_plain TO friend", "role posemo_plain has role friend as a member"),
        ],
        mend: Mend::AsAdvised(""),
    },
    Obstacles {
        database: "postgres",
        cases: &[(
            "ALTER DATABASE posemo IS_TEMPLATE true",
            "a template cannot be dropped: database posemo",
        )],
        mend: Mend::AsAdvised(""),
    },
    Obstacles {
        database: "postgres",
        cases: &[(
            "ALTER DATABASE app ALLOW_CONNECTIONS false",
            "posemo is in database app, which cannot be looked into: it takes no connections",
        )],
        mend: Mend::With("ALTER DATABASE app ALLOW_CONNECTIONS true"),
    },
];

/// Each in turn, and at the end everything is as it was. How many there were.
pub(super) fn all(server: &Server) -> usize {
    server.superuser("postgres", "CREATE ROLE boss; CREATE ROLE friend LOGIN CREATEROLE");
    let clean = Snapshot::of(server);
    server.install(&["--database", "app", "--database", "other"]);
    let installed = Snapshot::of(server);
    for obstacles in OBSTACLES {
        refused(server, obstacles);
    }
    same(server, &installed, "after all that was refused");
    let others = others(server);
    same(server, &installed, "after what else was refused");
    let (code, text) = uninstall(server, &[]);
    assert_eq!(code, 0, "{text}");
    same(server, &clean, "in the end");
    server.superuser("postgres", "DROP ROLE boss, friend");
    OBSTACLES.iter().map(|obstacles| obstacles.cases.len()).sum::<usize>() + others
}

fn refused(server: &Server, Obstacles { database, cases, mend }: &Obstacles) {
    for (prepare, _) in *cases {
        server.superuser(database, prepare);
    }
    let (code, text) = uninstall(server, &[]);
    for (prepare, words) in *cases {
        assert!(code == 1 && text.contains(words), "{prepare}: {text}");
    }
    assert!(text.ends_with("Nothing was changed.\n") && text.lines().count() == 1, "{text}");
    let rest = match mend {
        Mend::With(statement) => statement,
        Mend::AsAdvised(rest) => {
            let advice = text.split_once("To mend it: ").unwrap_or_else(|| panic!("{text}")).1;
            server.superuser(database, advice.split_once(". Nothing was changed").unwrap().0);
            rest
        }
    };
    if !rest.is_empty() {
        server.superuser(database, rest);
    }
}

/// What lies in the words of the command, or in what others are doing.
fn others(server: &Server) -> usize {
    let lock = server.session("postgres", "other");
    lock.ask("SELECT pg_advisory_lock(x'706f73656d6f'::bigint)").unwrap();
    let cases: [(&[&str], &str); 3] = [
        (
            &[],
            "database other: look into database other: another posemo install or uninstall is at work",
        ),
        (
            &["--monitor-role", "boss"],
            "schema posemo is for another monitor than boss: role posemo",
        ),
        (&["-d", "posemo"], "this session is in database posemo, which is to be dropped"),
    ];
    for (arguments, words) in cases {
        let (code, text) = uninstall(server, arguments);
        assert!(
            code == 1 && text.contains(words) && text.ends_with("Nothing was changed.\n"),
            "{text}"
        );
    }
    drop(lock);
    let output = server.posemo(&["uninstall", "-U", "friend"]);
    let stranger = "posemo is in database posemo, which cannot be looked into: ";
    let text = said(&output);
    assert!(output.status.code() == Some(1) && text.contains(stranger), "{text}");
    assert!(text.ends_with("Nothing was changed.\n") && text.lines().count() == 1, "{text}");
    // A script that asks no server has to be told of every database.
    let (success, text) = psql_says(server, &["--database", "app"]);
    assert!(
        !success && text.contains("posemo is where this does not go, or where no connections are taken: database other"),
        "{text}"
    );
    cases.len() + 3
}

/// Somebody in the home database is waited for, as monitoring comes and goes, but not for ever.
pub(super) fn somebody_at_home(server: &Server) {
    server.install(&[]);
    let monitor = server.session("posemo", "posemo");
    let started = Instant::now();
    let (code, text) = uninstall(server, &["--dry-run"]);
    let words =
        text.contains("is to be dropped: process ") && text.contains(" of role posemo (posemo/");
    assert!(code == 1 && words, "{text}");
    assert!(started.elapsed() > Duration::from_secs(4), "it did not wait");
    drop(monitor);
    let (code, text) = uninstall(server, &[]);
    assert_eq!(code, 0, "{text}");
}
