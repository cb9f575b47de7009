//! The classical mistakes of functions with another's rights, each where it is ruled out: a manifest has no
//! word for it, the catalogue refuses the text, the linter refuses the query, or the definition holds the answer.
//!
//! Whether the answer works on a server is shown where functions are installed and attacked.

use posemo::catalog::Catalog;
use posemo::catalog::check::Check;
use posemo::catalog::server_version::ServerVersion;
use posemo::install::{InstallOptions, definitions, script};

use super::{README, complaints, list};
use crate::catalog::Folder;
use crate::server::Server;

/// Where a mistake is ruled out.
enum Ruled {
    /// A line of the manifest is refused.
    Manifest { line: &'static str, words: &'static str },
    /// The text is refused before any server is asked.
    Text { query: &'static str, words: &'static str },
    /// The linter refuses it.
    Query { owner: &'static str, query: &'static str, rule: &'static str, words: &'static str },
    /// The generated definition holds this.
    Holds(&'static str),
    /// The generated definition does not hold this.
    Lacks(&'static str),
    /// A check that asks for a superuser is left out.
    LeftOut(&'static str),
}

use Ruled::{Holds, Lacks, LeftOut, Manifest, Query, Text};

/// What the mistake is, and where it ends.
const MISTAKES: &[(&str, &[Ruled])] = &[
    (
        "01 a search_path that others can fill",
        &[
            Manifest { line: "search_path = \"public\"", words: "search_path: unknown key" },
            Holds("\nSET search_path = pg_catalog, pg_temp\n"),
        ],
    ),
    (
        "02 a type that is found in pg_temp first",
        &[Holds("SET search_path = pg_catalog, pg_temp\n")],
    ),
    (
        "03 a volatile function",
        &[
            Manifest { line: "volatility = \"volatile\"", words: "volatility: unknown key" },
            Holds("LANGUAGE sql STABLE SECURITY DEFINER PARALLEL UNSAFE\n"),
        ],
    ),
    (
        "04 SQL that is put together",
        &[
            Manifest { line: "language = \"plpgsql\"", words: "language: unknown key" },
            Text { query: "DO $$ BEGIN EXECUTE 'SELECT 1'; END $$", words: "begins with \"do\"" },
            Text { query: "EXECUTE p", words: "begins with \"execute\"" },
        ],
    ),
    (
        "05 an argument that becomes SQL",
        &[Query {
            owner: "plain",
            query: "SELECT CAST(query_to_xml('SELECT ' || word, true, false, '') AS text) AS x",
            rule: "function",
            words: "query_to_xml(): runs SQL",
        }],
    ),
    (
        "06 a column with a secret in it",
        &[
            secret("stats", "SELECT query AS x FROM pg_stat_activity", "pg_stat_activity.query"),
            secret(
                "monitor",
                "SELECT options[1] AS x FROM pg_hba_file_rules",
                "pg_hba_file_rules.options",
            ),
            secret(
                "plain",
                "SELECT max(subconninfo) AS x FROM pg_subscription",
                "pg_subscription.subconninfo",
            ),
            secret("authid", "SELECT rolpassword AS x FROM pg_authid", "pg_authid.rolpassword"),
            secret(
                "plain",
                "SELECT array_to_string(histogram_bounds, ',') AS x FROM pg_stats",
                "pg_stats.histogram_bounds",
            ),
        ],
    ),
    (
        "07 a statement_timeout that has no effect",
        &[
            Manifest {
                line: "statement_timeout = \"5s\"",
                words: "statement_timeout: unknown key",
            },
            Lacks("statement_timeout"),
        ],
    ),
    (
        "08 a user's view, or table, under an owner with rights",
        &[
            Query {
                owner: "authid",
                query: "SELECT note AS x FROM public.orders",
                rule: "relation",
                words: "public.orders: is a user's",
            },
            Query {
                owner: "stats",
                query: "SELECT CAST(other AS text) AS x FROM public.open_orders",
                rule: "relation",
                words: "public.open_orders: is neither",
            },
        ],
    ),
    (
        "09 text or JSON of a user's type",
        &[
            Query {
                owner: "stats",
                query: "SELECT CAST(mood AS text) AS x FROM public.orders",
                rule: "type",
                words: "type public.mood: is a user's",
            },
            Query {
                owner: "stats",
                query: "SELECT CAST(json_agg(mood) AS text) AS x FROM public.orders",
                rule: "type",
                words: "type public.mood: is a user's",
            },
        ],
    ),
    (
        "10 SQL from the caller",
        &[
            Text { query: "EXPLAIN SELECT 1", words: "begins with \"explain\"" },
            Query {
                owner: "plain",
                query: "SELECT CAST(query_to_xmlschema(word, true, false, '') AS text) AS x",
                rule: "function",
                words: "query_to_xmlschema(): runs SQL",
            },
        ],
    ),
    (
        "11 files, programs, other sessions",
        &[
            Text { query: "COPY pg_class TO PROGRAM 'sh'", words: "begins with \"copy\"" },
            refused(
                "SELECT CAST(lo_import('/etc/passwd') AS text) AS x",
                "lo_import(): reads or writes",
            ),
            refused("SELECT pg_read_file(word) AS x", "pg_read_file(): reads files"),
            refused("SELECT CAST(pg_cancel_backend(1) AS text) AS x", "pg_cancel_backend(): ends"),
            refused(
                "SELECT set_config('role', word, true) AS x",
                "set_config(): changes a setting",
            ),
        ],
    ),
    ("12 a superuser as owner", &[LeftOut("--allow-superuser-owner")]),
    (
        "13 EXECUTE left with PUBLIC",
        &[
            Manifest { line: "grant = \"public\"", words: "grant: unknown key" },
            Holds("REVOKE ALL ON FUNCTION \"posemo\".\"mistake\"(bigint, text) FROM PUBLIC;\n"),
        ],
    ),
    (
        "14 a backslash that means something else",
        &[Holds("SET standard_conforming_strings = 'on'\n")],
    ),
    (
        "15 a cast of a secret",
        &[Query {
            owner: "authid",
            query: "SELECT CAST(CAST(rolpassword AS integer) > 0 AS text) AS x FROM pg_authid",
            rule: "secret_in_error",
            words: "a cast: is given pg_authid.rolpassword",
        }],
    ),
    // One more than the limit, so that the cut is seen.
    ("16 rows without end", &[Holds(") AS posemo_row\nLIMIT 1001\n")]),
    (
        "17 a lock that is waited for",
        &[
            Text { query: "LOCK TABLE pg_class", words: "begins with \"lock\"" },
            Holds("SET lock_timeout = '2s'\n"),
        ],
    ),
    (
        "18 a body that is bound to columns of this version",
        &[
            Lacks("BEGIN ATOMIC"),
            Query {
                owner: "stats",
                query: "SELECT no_such_column AS x FROM pg_stat_activity",
                rule: "unknown_name",
                words: "query.before-N.sql",
            },
        ],
    ),
    (
        "19 a monitor that owns what it calls",
        &[
            Manifest { line: "monitor = \"posemo\"", words: "monitor: unknown key" },
            Holds(" OWNER TO \"posemo_plain\";"),
            Lacks("OWNER TO \"posemo\""),
            Lacks("GRANT TRIGGER"),
            Lacks("GRANT INSERT"),
        ],
    ),
];

const fn secret(owner: &'static str, query: &'static str, words: &'static str) -> Ruled {
    Query { owner, query, rule: "secret_returned", words }
}

const fn refused(query: &'static str, words: &'static str) -> Ruled {
    Query { owner: "monitor", query, rule: "function", words }
}

/// Tries each, and says how many there are.
pub(crate) fn classical_mistakes(server: &Server) -> usize {
    for (name, places) in MISTAKES {
        for place in *places {
            if let Err(said) = rule_out(server, place) {
                panic!("{name} on {}: {said}", server.version());
            }
        }
    }
    MISTAKES.len()
}

/// Whether a mistake ends where it should; if not, what was said in place of it.
fn rule_out(server: &Server, place: &Ruled) -> Result<(), String> {
    let holds = |said: String, words: &str| {
        if said.contains(words) { Ok(()) } else { Err(format!("{words:?} is not in {said}")) }
    };
    let fine = "SELECT 'a' AS x";
    match place {
        Manifest { line, words } => holds(refused_folder(&folder("plain", line, fine)), words),
        Text { query, words } => holds(refused_folder(&folder("plain", "", query)), words),
        Query { owner, query, rule, words } => {
            let found = complaints(server, &folder(owner, "", query));
            let hit = found.iter().any(|complaint| complaint.rule == *rule);
            holds(format!("{} {hit}", list(&found)), words).and_then(|()| {
                if hit { Ok(()) } else { Err(format!("{rule} is not broken: {}", list(&found))) }
            })
        }
        Holds(words) => holds(definition(server), words),
        Lacks(words) => {
            holds(definition(server), words).map_or(Ok(()), |()| Err((*words).to_owned()))
        }
        LeftOut(words) => {
            let plan = script(
                &[check(&folder("superuser", "", fine))],
                &InstallOptions::default(),
                version(server),
            )
            .unwrap();
            holds(format!("{:?}", plan.skipped), words)
        }
    }
}

fn folder(owner: &str, line: &str, query: &str) -> Folder {
    let folder = Folder::new("mistake");
    let manifest = format!(
        "summary = \"x\"\nowner = \"{owner}\"\n{line}\n[arguments.minimum]\ntype = \"bigint\"\ndefault = 1\n\
         [arguments.word]\ntype = \"text\"\ndefault = \"x\"\n[columns.x]\ntype = \"text\"\nrole = \"info\"\n"
    );
    folder.write("mistake/check.toml", &manifest);
    folder.write("mistake/query.sql", query);
    folder.write("mistake/README.md", README);
    folder
}

fn refused_folder(folder: &Folder) -> String {
    Catalog::empty()
        .add(folder.path())
        .map_or_else(|error| error.to_string(), |()| "nothing".to_owned())
}

fn check(folder: &Folder) -> Check {
    let mut catalog = Catalog::empty();
    catalog.add(folder.path()).unwrap();
    catalog.get("mistake").unwrap()
}

/// Every statement that makes the function of a check.
fn definition(server: &Server) -> String {
    let check = check(&folder("plain", "", "SELECT 'a' AS x"));
    definitions(&check, &InstallOptions::default(), version(server)).unwrap().join("\n")
}

fn version(server: &Server) -> ServerVersion {
    server.version().parse().unwrap()
}
