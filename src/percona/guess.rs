//! Guesses from what the queries of a check read how it is to be asked: where, of whom, and as whom.
//!
//! A guess always comes with its reason, for a person to look at.

use super::advice::Asked;
use super::question::Answer;
use super::settings;
use crate::catalog::check::Scope;

/// What was guessed for a check.
#[derive(Debug)]
pub(super) struct Guess {
    /// Of the check.
    pub(super) scope: Scope,
    /// Whether the script is run for each database alone.
    pub(super) apart: bool,
    /// Of each query.
    pub(super) scopes: Vec<Scope>,
    /// Only on a primary.
    pub(super) primary: bool,
    /// The privilege set.
    pub(super) owner: &'static str,
    /// Why, and what else a person should look at.
    pub(super) remarks: Vec<String>,
}

/// A relation or function that a query reads.
#[derive(Debug)]
struct Read<'a> {
    relation: bool,
    schema: &'a str,
    name: &'a str,
    shared: bool,
    kind: &'a str,
    /// The relation that the query names to get there.
    through: &'a str,
}

/// Guesses for the queries of a check and what a server said of each.
pub(super) fn guess(asked: &[Asked], answers: &[Answer]) -> Guess {
    let reads: Vec<Vec<Read<'_>>> = answers.iter().map(reads).collect();
    let mut remarks = Vec::new();
    let differing: Vec<Option<String>> = reads.iter().map(|reads| differs(reads)).collect();
    let any_all = asked.iter().any(|asked| asked.all_databases);
    let apart = !any_all && differing.iter().any(Option::is_some);
    let scopes: Vec<Scope> = asked
        .iter()
        .map(|asked| if asked.all_databases || apart { Scope::Database } else { Scope::Cluster })
        .collect();
    let scope = if any_all || apart { Scope::Database } else { Scope::Cluster };
    remarks.push(where_to(any_all, apart, &differing));
    for ((asked, differs), number) in asked.iter().zip(&differing).zip(1..) {
        if let (true, false, Some(what)) = (any_all, asked.all_databases, differs) {
            remarks.push(format!(
                "Query {number} reads {what}, which differs from database to database, and is asked once, in the home database: PMM asks it in the database that the service was added with. Give it `scope = \"database\"` and the script a dict to read, if that is what is meant."
            ));
        }
    }
    let all: Vec<&Read<'_>> = reads.iter().flatten().collect();
    let writer = all.iter().find(|read| {
        !read.relation
            && (read.name.starts_with("pg_current_wal_")
                || read.name.starts_with("pg_walfile_name"))
    });
    if let Some(read) = writer {
        remarks.push(format!(
            "`role = \"primary\"`, as {}() fails on a standby. In PMM the check ends with an error there.",
            read.name
        ));
    }
    let (owner, reason) = owner(&all, asked, answers);
    match files(&all) {
        Some(nobody) => remarks.push(nobody),
        None => remarks.push(reason),
    }
    remarks.extend(own_settings(asked));
    Guess { scope, apart, scopes, primary: writer.is_some(), owner, remarks }
}

/// Relations that the query itself names, for the page on a check.
pub(super) fn named(answers: &[Answer]) -> Vec<String> {
    let reads: Vec<Read<'_>> = answers.iter().flat_map(reads).collect();
    let mut names: Vec<String> =
        reads
            .iter()
            .filter(|read| {
                if read.relation {
                    read.name == read.through
                } else {
                    read.through.is_empty() && read.name.starts_with("pg_")
                }
            })
            .map(|read| {
                if read.relation {
                    format!("`{}`", read.name)
                } else {
                    format!("`{}()`", read.name)
                }
            })
            .collect();
    names.sort();
    names.dedup();
    names
}

fn reads(answer: &Answer) -> Vec<Read<'_>> {
    answer
        .reads
        .iter()
        .map(|row| {
            let cell = |index: usize| row.get(index).and_then(Option::as_deref).unwrap_or_default();
            Read {
                relation: cell(0) == "relation",
                schema: cell(1),
                name: cell(2),
                shared: cell(3) == "t",
                kind: cell(4),
                through: cell(5),
            }
        })
        .collect()
}

/// Functions that tell of the database they are called in.
const OF_THE_DATABASE: [&str; 9] = [
    "current_database",
    "pg_relation_size",
    "pg_table_size",
    "pg_indexes_size",
    "pg_total_relation_size",
    "pg_available_extensions",
    "pg_available_extension_versions",
    "pg_sequence_last_value",
    "pg_relation_filepath",
];

/// What a query reads that is another thing in another database.
fn differs(reads: &[Read<'_>]) -> Option<String> {
    // The server's own functions behind a view are told by the view.
    let relation = reads.iter().find(|read| {
        read.relation && !read.shared && matches!(read.kind, "r" | "p" | "m" | "f" | "S")
    });
    let function =
        || reads.iter().find(|read| !read.relation && OF_THE_DATABASE.contains(&read.name));
    let found = relation.or_else(function)?;
    Some(match (found.relation, found.through) {
        (true, through) if through == found.name => found.name.to_owned(),
        (true, through) => format!("{} (through {through})", found.name),
        (false, "") => format!("{}()", found.name),
        (false, through) => through.to_owned(),
    })
}

fn where_to(any_all: bool, apart: bool, differing: &[Option<String>]) -> String {
    if any_all {
        return "`scope = \"database\"`, as the check asks for all databases (`all_dbs`)."
            .to_owned();
    }
    match differing.iter().flatten().next().filter(|_| apart) {
        Some(what) => format!(
            "`scope = \"database\"` and `databases = \"apart\"`, as it reads {what}, which differs from database to database. PMM asks in one database only, the one that the service was added with; here the script is run for each database in which posemo is installed."
        ),
        None => "`scope = \"cluster\"`, as all it reads is the same in every database.".to_owned(),
    }
}

/// Functions whose answer is cut for a role that may not see other sessions, or sizes.
const STATISTICS: [&str; 11] = [
    "pg_stat_get_activity",
    "pg_stat_get_wal_senders",
    "pg_stat_get_wal_receiver",
    "pg_stat_get_progress_info",
    "pg_stat_get_subscription",
    "pg_stat_get_backend_activity",
    "pg_database_size",
    "pg_tablespace_size",
    "pg_stat_statements",
    "pg_stat_get_backend_client_addr",
    "pg_get_shmem_allocations",
];

/// Functions that list files, which `pg_monitor` may call.
const LISTINGS: [&str; 9] = [
    "pg_ls_logdir",
    "pg_ls_waldir",
    "pg_ls_archive_statusdir",
    "pg_ls_tmpdir",
    "pg_ls_logicalsnapdir",
    "pg_ls_logicalmapdir",
    "pg_ls_replslotdir",
    "pg_ls_summariesdir",
    "pg_current_logfile",
];

/// Views that show only what belongs to tables or sequences that one may read.
const OF_TABLES: [&str; 4] = ["pg_stats", "pg_stats_ext", "pg_stats_ext_exprs", "pg_sequences"];

/// The privilege set that sees what the queries ask for, and why it was taken.
fn owner(reads: &[&Read<'_>], asked: &[Asked], answers: &[Answer]) -> (&'static str, String) {
    let function = |names: &'static [&'static str]| {
        reads.iter().find(|read| !read.relation && names.contains(&read.name)).map(
            |read| match read.through {
                "" => format!("{}()", read.name),
                through => through.to_owned(),
            },
        )
    };
    let relation = |names: &[&str]| {
        reads
            .iter()
            .find(|read| read.relation && names.contains(&read.name))
            .map(|read| read.name.to_owned())
    };
    let hidden = hidden_setting(asked, answers);
    let listing = function(&LISTINGS);
    let statistics = function(&STATISTICS);
    let standard = || {
        let views = reads.iter().find(|read| read.relation && read.schema == "information_schema");
        views.map(|read| format!("information_schema.{}", read.through))
    };
    let tables =
        relation(&OF_TABLES).or_else(standard).or_else(|| function(&["pg_sequence_last_value"]));
    let foreign = reads.iter().find(|read| {
        read.relation
            && read.schema != "pg_catalog"
            && read.schema != "information_schema"
            && matches!(read.kind, "r" | "p" | "m")
    });
    if let Some(table) = foreign {
        return (
            "plain",
            format!(
                "`owner = \"plain\"`, as it reads the table {0}.{1}: grant posemo_plain SELECT on it.",
                table.schema, table.name
            ),
        );
    }
    if let Some(what) = tables {
        let mut reason = format!(
            "`owner = \"sequences\"`, as {what} shows only what belongs to tables that one may read. Servers before 14 have no role for that: there the check sees only tables that somebody let posemo_sequences read."
        );
        if let Some(other) = listing.or(statistics).or(hidden) {
            reason.push_str(" It reads ");
            reason.push_str(&other);
            reason.push_str(", too, of which that owner sees less than a superuser: no privilege set covers both.");
        }
        return ("sequences", reason);
    }
    match (listing, statistics, hidden) {
        (Some(what), ..) => {
            ("monitor", format!("`owner = \"monitor\"`, as {what} is for members of pg_monitor."))
        }
        (None, Some(what), Some(setting)) => (
            "monitor",
            format!(
                "`owner = \"monitor\"`, as {what} shows only one's own sessions and sizes to other roles, and the setting {setting} is hidden from them."
            ),
        ),
        (None, Some(what), None) => (
            "stats",
            format!(
                "`owner = \"stats\"`, as {what} shows other roles only their own sessions, or sizes of databases that they may connect to."
            ),
        ),
        (None, None, Some(setting)) => (
            "settings",
            format!("`owner = \"settings\"`, as the setting {setting} is hidden from other roles."),
        ),
        (None, None, None) => match relation(&["pg_authid", "pg_shadow"])
            .filter(|_| reads.iter().any(|read| matches!(read.through, "pg_authid" | "pg_shadow")))
        {
            Some(what) => (
                "authid",
                format!(
                    "`owner = \"authid\"`, as {what} is for superusers. That owner may read rolname and rolpassword of pg_authid, and nothing else of it; pg_roles has the rest."
                ),
            ),
            None => (
                "plain",
                "`owner = \"plain\"`, as every role may read all that it reads.".to_owned(),
            ),
        },
    }
}

/// A setting that the text names and that is hidden from roles without rights.
fn hidden_setting(asked: &[Asked], answers: &[Answer]) -> Option<String> {
    let hidden = answers.first().map(|answer| answer.hidden.as_slice()).unwrap_or_default();
    let names = |name: &&String| asked.iter().any(|asked| mentions(asked, name));
    hidden.iter().find(names).cloned()
}

fn mentions(asked: &Asked, setting: &str) -> bool {
    let text = asked.select.as_deref().unwrap_or_default().to_ascii_lowercase();
    text.contains(&format!("'{}'", setting.to_ascii_lowercase()))
}

/// What no privilege set may do.
fn files(reads: &[&Read<'_>]) -> Option<String> {
    const FILES: [&str; 5] =
        ["pg_ls_dir", "pg_stat_file", "pg_read_file", "pg_read_file_old", "pg_read_binary_file"];
    let read = reads.iter().find(|read| !read.relation && FILES.contains(&read.name))?;
    let settings = if reads.iter().any(|read| read.name == "pg_settings") {
        " That owner sees settings that are hidden from others, so its checks return none out of pg_settings: write current_setting('NAME') for each."
    } else {
        ""
    };
    Some(format!(
        "No privilege set may call {}(), so the check cannot be installed as it is. For the WAL write pg_ls_waldir() and `owner = \"monitor\"`; pg_ls_logdir(), pg_ls_tmpdir() and pg_ls_archive_statusdir() list the other directories.{settings}",
        read.name
    ))
}

/// Settings that the session of a run sets for itself.
fn own_settings(asked: &[Asked]) -> Option<String> {
    if asked.iter().any(|asked| asked.select.is_none()) {
        return Some(format!(
            "It reads all settings. Those that are hidden from other roles are left out, and of {} it sees what a run of posemo sets for itself.",
            settings::OWN.join(", ")
        ));
    }
    let named: Vec<&str> = settings::OWN
        .into_iter()
        .filter(|name| asked.iter().any(|asked| mentions(asked, name)))
        .collect();
    (!named.is_empty()).then(|| format!(
        "It reads {}, which a run of posemo sets for itself: it sees that value and not the server's.", named.join(", ")
    ))
}
