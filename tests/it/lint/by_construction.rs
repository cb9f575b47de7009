//! The classical mistakes of SECURITY DEFINER functions, and what prevents each: `check.toml` has no key for it, the
//! catalog refuses the text, the linter refuses the query, or the generated definition prevents it.
//!
//! The tests of installations and attacks show that the definition works.

use posemo::catalog::Catalog;
use posemo::catalog::check::Check;
use posemo::catalog::server_version::ServerVersion;
use posemo::install::{InstallOptions, definitions, script};

use super::{README, list, refusals};
use crate::catalog::Folder;
use crate::server::Server;

/// What prevents a mistake.
enum Prevention {
    /// A line of the manifest is refused.
    Manifest { line: &'static str, text: &'static str },
    /// The catalog refuses the text without a server.
    Text { query: &'static str, text: &'static str },
    /// The linter refuses it.
    Query { owner: &'static str, query: &'static str, rule: &'static str, text: &'static str },
    /// The generated definition contains this.
    Contains(&'static str),
    /// The generated definition does not contain this.
    Lacks(&'static str),
    /// A check that requires a superuser is not installed.
    Skipped(&'static str),
}

use Prevention::{Contains, Lacks, Manifest, Query, Skipped, Text};

/// Each mistake, with everything that prevents it.
const MISTAKES: &[(&str, &[Prevention])] = &[
    (
        "01 a search_path with schemas that others can write to",
        &[
            Manifest { line: "search_path = \"public\"", text: "search_path: unknown key" },
            Contains("\nSET search_path = pg_catalog, pg_temp\n"),
        ],
    ),
    (
        "02 a type that is found in pg_temp first",
        &[Contains("SET search_path = pg_catalog, pg_temp\n")],
    ),
    (
        "03 a volatile function",
        &[
            Manifest { line: "volatility = \"volatile\"", text: "volatility: unknown key" },
            Contains("LANGUAGE sql STABLE SECURITY DEFINER PARALLEL UNSAFE\n"),
        ],
    ),
    (
        "04 dynamic SQL",
        &[
            Manifest { line: "language = \"plpgsql\"", text: "language: unknown key" },
            Text { query: "DO $$ BEGIN EXECUTE 'SELECT 1'; END $$", text: "begins with \"do\"" },
            Text { query: "EXECUTE p", text: "begins with \"execute\"" },
        ],
    ),
    (
        "05 an argument that becomes SQL",
        &[Query {
            owner: "plain",
            query: "SELECT CAST(query_to_xml('SELECT ' || word, true, false, '') AS text) AS x",
            rule: "function",
            text: "query_to_xml(): runs SQL",
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
            Manifest { line: "statement_timeout = \"5s\"", text: "statement_timeout: unknown key" },
            Lacks("statement_timeout"),
        ],
    ),
    (
        "08 a user's view or table, read by an owner role with privileges",
        &[
            Query {
                owner: "authid",
                query: "SELECT note AS x FROM public.orders",
                rule: "relation",
                text: "public.orders: is a user's",
            },
            Query {
                owner: "stats",
                query: "SELECT CAST(other AS text) AS x FROM public.open_orders",
                rule: "relation",
                text: "public.open_orders: is neither",
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
                text: "type public.mood: is a user's",
            },
            Query {
                owner: "stats",
                query: "SELECT CAST(json_agg(mood) AS text) AS x FROM public.orders",
                rule: "type",
                text: "type public.mood: is a user's",
            },
        ],
    ),
    (
        "10 SQL from the caller",
        &[
            Text { query: "EXPLAIN SELECT 1", text: "begins with \"explain\"" },
            Query {
                owner: "plain",
                query: "SELECT CAST(query_to_xmlschema(word, true, false, '') AS text) AS x",
                rule: "function",
                text: "query_to_xmlschema(): runs SQL",
            },
        ],
    ),
    (
        "11 files, programs, other sessions",
        &[
            Text { query: "COPY pg_class TO PROGRAM 'sh'", text: "begins with \"copy\"" },
            refused(
                "SELECT CAST(lo_import('/etc/passwd') AS text) AS x",
                "lo_import(): reads or writes",
            ),
            refused("SELECT pg_read_file(word) AS x", "pg_read_file(): reads files"),
            refused(
                "SELECT CAST(pg_cancel_backend(1) AS text) AS x",
                "pg_cancel_backend(): cancels queries",
            ),
            refused(
                "SELECT set_config('role', word, true) AS x",
                "set_config(): changes a setting",
            ),
        ],
    ),
    ("12 a superuser as owner", &[Skipped("--allow-superuser-owner")]),
    (
        "13 EXECUTE left with PUBLIC",
        &[
            Manifest { line: "grant = \"public\"", text: "grant: unknown key" },
            Contains("REVOKE ALL ON FUNCTION \"posemo\".\"mistake\"(bigint, text) FROM PUBLIC;\n"),
        ],
    ),
    (
        "14 a backslash that means something else",
        &[Contains("SET standard_conforming_strings = 'on'\n")],
    ),
    (
        "15 a cast of a secret",
        &[Query {
            owner: "authid",
            query: "SELECT CAST(CAST(rolpassword AS integer) > 0 AS text) AS x FROM pg_authid",
            rule: "secret_in_error",
            text: "a cast: reads pg_authid.rolpassword",
        }],
    ),
    // One more than the limit, so that the runner detects the cut.
    ("16 rows without end", &[Contains(") AS posemo_row\nLIMIT 100001\n")]),
    (
        "17 waiting for a lock",
        &[
            Text { query: "LOCK TABLE pg_class", text: "begins with \"lock\"" },
            Contains("SET lock_timeout = '100ms'\n"),
        ],
    ),
    (
        "18 a body that depends on the columns of this version",
        &[
            Lacks("BEGIN ATOMIC"),
            Query {
                owner: "stats",
                query: "SELECT no_such_column AS x FROM pg_stat_activity",
                rule: "unknown_name",
                text: "query.before-N.sql",
            },
        ],
    ),
    (
        "19 a monitor that owns what it calls",
        &[
            Manifest { line: "monitor = \"posemo\"", text: "monitor: unknown key" },
            Contains(" OWNER TO \"posemo_plain\";"),
            Lacks("OWNER TO \"posemo\""),
            Lacks("GRANT TRIGGER"),
            Lacks("GRANT INSERT"),
        ],
    ),
];

const fn secret(owner: &'static str, query: &'static str, text: &'static str) -> Prevention {
    Query { owner, query, rule: "secret_returned", text }
}

const fn refused(query: &'static str, text: &'static str) -> Prevention {
    Query { owner: "monitor", query, rule: "function", text }
}

/// Tests each mistake, and returns their number.
pub(crate) fn classical_mistakes(server: &Server) -> usize {
    for (name, preventions) in MISTAKES {
        for prevention in *preventions {
            if let Err(error) = verify(server, prevention) {
                panic!("{name} on {}: {error}", server.version());
            }
        }
    }
    MISTAKES.len()
}

/// Whether a mistake is prevented as expected.
fn verify(server: &Server, prevention: &Prevention) -> Result<(), String> {
    let contains = |output: String, text: &str| {
        if output.contains(text) { Ok(()) } else { Err(format!("{text:?} is not in {output}")) }
    };
    let fine = "SELECT 'a' AS x";
    match prevention {
        Manifest { line, text } => contains(refused_folder(&folder("plain", line, fine)), text),
        Text { query, text } => contains(refused_folder(&folder("plain", "", query)), text),
        Query { owner, query, rule, text } => {
            let found = refusals(server, &folder(owner, "", query));
            let hit = found.iter().any(|refusal| refusal.rule == *rule);
            contains(format!("{} {hit}", list(&found)), text).and_then(|()| {
                if hit { Ok(()) } else { Err(format!("{rule} is not broken: {}", list(&found))) }
            })
        }
        Contains(text) => contains(definition(server), text),
        Lacks(text) => {
            contains(definition(server), text).map_or(Ok(()), |()| Err((*text).to_owned()))
        }
        Skipped(text) => {
            let plan = script(
                &[check(&folder("superuser", "", fine))],
                &InstallOptions::default(),
                version(server),
            )
            .unwrap();
            contains(format!("{:?}", plan.skipped), text)
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

/// The statements that create the function of a check.
fn definition(server: &Server) -> String {
    let check = check(&folder("plain", "", "SELECT 'a' AS x"));
    definitions(&check, &InstallOptions::default(), version(server)).unwrap().join("\n")
}

fn version(server: &Server) -> ServerVersion {
    server.version().parse().unwrap()
}
