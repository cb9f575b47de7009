//! Guesses the owner set: the smallest one that sees everything that the queries read.

use super::reads::ObjectRead;
use super::session::reads_less;
use crate::catalog::owners;
use crate::percona::description::QueryDescription;

/// Functions that return less for a role without `pg_read_all_stats`.
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

/// Functions that list files, and that members of `pg_monitor` may call.
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

/// Views with rows only for tables and sequences that the role may read.
const OF_TABLES: [&str; 4] = ["pg_stats", "pg_stats_ext", "pg_stats_ext_exprs", "pg_sequences"];

/// Functions that read any file. No owner set may call them.
const FILES: [&str; 5] =
    ["pg_ls_dir", "pg_stat_file", "pg_read_file", "pg_read_file_old", "pg_read_binary_file"];

/// Relations with passwords.
const PASSWORDS: [&str; 2] = ["pg_authid", "pg_shadow"];

/// The reader of an object that only superusers may read.
const ONLY_SUPERUSER: &str = "superuser";

/// What needs the privileges of an owner set; each is the object in the text of the query.
struct Needs {
    tables: Option<String>,
    listing: Option<String>,
    statistics: Option<String>,
    setting: Option<String>,
    passwords: Option<String>,
    /// An owner set that alone may read an object, and the object.
    special: Option<(SpecialSet, String)>,
}

/// The owner set for queries with these texts, and the reason.
pub fn owner(
    reads: &[&ObjectRead<'_>],
    texts: &[&str],
    descriptions: &[QueryDescription],
) -> (&'static str, String) {
    if let Some(table) = user_table(reads) {
        return (
            "plain",
            format!(
                "`owner = \"plain\"`, which cannot read the table {0}.{1}: write an owner set with it, `owners/NAME.toml` beside the check, and set `owner = \"NAME\"`. docs/writing-checks.md, section Checks on tables of users, describes it. A GRANT to posemo_plain would be for the functions of all checks with this owner, and posemo verify reports it.",
                table.schema, table.name
            ),
        );
    }
    owner_for(needs(reads, texts, descriptions))
}

/// What queries on tables of users read besides, of which an owner set with these tables sees less than a superuser.
pub fn beyond_tables(
    reads: &[&ObjectRead<'_>],
    texts: &[&str],
    descriptions: &[QueryDescription],
) -> Option<String> {
    let Needs { tables, listing, statistics, setting, passwords, special } =
        needs(reads, texts, descriptions);
    let setting = setting.map(|name| format!("the setting {name}"));
    [special.map(|(_, what)| what), tables, listing, statistics, setting, passwords]
        .into_iter()
        .flatten()
        .next()
}

fn needs(reads: &[&ObjectRead<'_>], texts: &[&str], descriptions: &[QueryDescription]) -> Needs {
    Needs {
        tables: relation(reads, &OF_TABLES)
            .or_else(|| standard_view(reads))
            .or_else(|| function(reads, &["pg_sequence_last_value"])),
        listing: function(reads, &LISTINGS).or_else(|| for_role(reads, "pg_monitor")),
        statistics: function(reads, &STATISTICS).or_else(|| for_role(reads, "pg_read_all_stats")),
        setting: hidden_setting(texts, descriptions)
            .or_else(|| for_role(reads, "pg_read_all_settings")),
        passwords: password_view(reads),
        special: reads.iter().find_map(|read| Some((special(read)?, read.in_query()))),
    }
}

/// An object that only members of a predefined role may read.
fn for_role(reads: &[&ObjectRead<'_>], role: &str) -> Option<String> {
    reads.iter().find(|read| read.readers == role).map(|read| read.in_query())
}

/// An owner set that may read an object which no predefined role may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SpecialSet {
    name: &'static str,
    /// The first major version in which it may.
    since: u32,
    /// The columns that it may read, if not all.
    columns: Option<&'static str>,
}

/// The owner set that may read an object which no predefined role may.
fn special(read: &ObjectRead<'_>) -> Option<SpecialSet> {
    set_for(read).filter(|_| !PASSWORDS.contains(&read.name))
}

/// The same, also for relations with passwords.
fn set_for(read: &ObjectRead<'_>) -> Option<SpecialSet> {
    if read.readers != ONLY_SUPERUSER {
        return None;
    }
    let name = format!("pg_catalog.{}", read.name);
    owners().find_map(|(set, text)| {
        let mut places = text.match_indices(&name).map(|(at, _)| at);
        let at = places.find(|at| text[at + name.len()..].starts_with([' ', '(']))?;
        let before = &text[..at];
        let grant = before.lines().next_back().unwrap_or_default();
        let columns = grant.split_once("SELECT (").and_then(|(_, rest)| rest.split(')').next());
        Some(SpecialSet { name: set, since: since(before), columns })
    })
}

/// The version of the condition that is open at the end of a template; 0 without one.
fn since(before: &str) -> u32 {
    let open = before.rsplit_once("{{#if (since ").map(|(_, rest)| rest);
    let open = open.filter(|rest| !rest.contains("{{/if}}") && !rest.contains("{{else}}"));
    let digits = open.and_then(|rest| rest.split(')').next());
    digits.and_then(|digits| digits.trim().parse().ok()).unwrap_or(0)
}

/// The first major version in which an owner set may read all objects; 0 if in each.
pub fn readable_since(reads: &[&ObjectRead<'_>]) -> u32 {
    reads.iter().filter_map(|read| special(read)).map(|set| set.since).max().unwrap_or(0)
}

/// Why no owner set may read an object, or a column of it, on a server of a major version.
pub fn closed(reads: &[&ObjectRead<'_>], major: u32) -> Option<String> {
    let only_superuser = reads.iter().filter(|read| read.readers == ONLY_SUPERUSER).find_map(|read| {
        let (when, advice) = match set_for(read) {
            Some(set) if set.since > major => (format!(" before PostgreSQL {}", set.since), ""),
            Some(set) => return columns_closed(read, set),
            None if read.name == "pg_shadow" => {
                (String::new(), "; read rolname and rolpassword of pg_authid")
            }
            None => (String::new(), ""),
        };
        let (reads, read_it) =
            if read.in_query().ends_with("()") { ("calls", "call") } else { ("reads", "read") };
        Some(format!(
            "{reads} {}, which only superusers may {read_it}{when}: no owner set has this right, so the check would always fail{advice}",
            read.in_query(),
        ))
    });
    only_superuser.or_else(|| reads_less(reads))
}

/// Why an owner set may not read a column of a relation.
fn columns_closed(read: &ObjectRead<'_>, set: SpecialSet) -> Option<String> {
    let allowed = set.columns?;
    let beyond = read.columns_beyond(allowed);
    let column = match *beyond.first()? {
        "*" => "whole rows".to_owned(),
        column => format!("the column {column}"),
    };
    let advice = if read.name == "pg_authid" { "; pg_roles has the other columns" } else { "" };
    Some(format!(
        "reads {column} of {}, which only superusers may read: the owner set {} may read only {allowed}, so the check would always fail{advice}",
        read.name, set.name
    ))
}

fn owner_for(needs: Needs) -> (&'static str, String) {
    match needs {
        Needs { special: Some((set, what)), listing, statistics, .. } => {
            let set_name = set.name;
            let mut reason =
                format!("`owner = \"{set_name}\"`, as only that owner may read {what}.");
            if let Some(columns) = set.columns {
                reason.push_str(&[" It may read only ", columns, "."].concat());
            }
            if let Some(other) = listing.or(statistics) {
                reason.push_str(&[
                    " It also reads ",
                    &other,
                    ", of which that owner sees less than a superuser: no owner set covers both.",
                ].concat());
            }
            (set.name, reason)
        }
        Needs { tables: Some(what), listing, statistics, setting, .. } => {
            ("sequences", tables_reason(&what, listing.or(statistics).or(setting)))
        }
        Needs { listing: Some(what), .. } => {
            ("monitor", format!("`owner = \"monitor\"`, as {what} is for members of pg_monitor."))
        }
        Needs { statistics: Some(what), setting: Some(setting), .. } => (
            "monitor",
            format!(
                "`owner = \"monitor\"`, as {what} returns to other roles only their own sessions and sizes, and the setting {setting} is hidden from them."
            ),
        ),
        Needs { statistics: Some(what), .. } => (
            "stats",
            format!(
                "`owner = \"stats\"`, as {what} returns to other roles only their own sessions, or sizes of databases that they may connect to."
            ),
        ),
        Needs { setting: Some(setting), .. } => (
            "settings",
            format!("`owner = \"settings\"`, as the setting {setting} is hidden from other roles."),
        ),
        Needs { passwords: Some(what), .. } => (
            "authid",
            format!(
                "`owner = \"authid\"`, as {what} is for superusers. That owner may read only rolname and rolpassword of pg_authid; pg_roles has the other columns."
            ),
        ),
        _ => ("plain", "`owner = \"plain\"`, as every role may read all that it reads.".to_owned()),
    }
}

fn tables_reason(what: &str, other: Option<String>) -> String {
    let mut reason = format!(
        "`owner = \"sequences\"`, as {what} has rows only for tables that the role may read. Servers before 14 have no role for that: there the check sees only tables on which posemo_sequences was granted SELECT."
    );
    if let Some(other) = other {
        reason.push_str(" It also reads ");
        reason.push_str(&other);
        reason.push_str(
            ", of which that owner sees less than a superuser: no owner set covers both.",
        );
    }
    reason
}

fn user_table<'r, 'd>(reads: &[&'r ObjectRead<'d>]) -> Option<&'r ObjectRead<'d>> {
    reads.iter().copied().find(|read| read.is_table_of_users())
}

fn function(reads: &[&ObjectRead<'_>], names: &[&str]) -> Option<String> {
    let found = reads.iter().find(|read| !read.is_relation && names.contains(&read.name))?;
    Some(found.in_query())
}

fn relation(reads: &[&ObjectRead<'_>], names: &[&str]) -> Option<String> {
    let found = reads.iter().find(|read| read.is_relation && names.contains(&read.name))?;
    Some(found.name.to_owned())
}

fn standard_view(reads: &[&ObjectRead<'_>]) -> Option<String> {
    let found =
        reads.iter().find(|read| read.is_relation && read.schema == "information_schema")?;
    Some(format!("information_schema.{}", found.through))
}

/// `pg_authid` or `pg_shadow`, if the query itself names one of them.
fn password_view(reads: &[&ObjectRead<'_>]) -> Option<String> {
    let in_query = reads.iter().any(|read| PASSWORDS.contains(&read.through));
    relation(reads, &PASSWORDS).filter(|_| in_query)
}

/// A setting that the text of a query names and that is hidden from roles without privileges.
fn hidden_setting(texts: &[&str], descriptions: &[QueryDescription]) -> Option<String> {
    let hidden = descriptions.first().map(|description| description.hidden.as_slice());
    let is_named = |name: &&String| texts.iter().any(|text| mentions(text, name));
    hidden.unwrap_or_default().iter().find(is_named).cloned()
}

/// Whether a text contains the name of a setting in quotes.
pub(super) fn mentions(text: &str, setting: &str) -> bool {
    text.to_ascii_lowercase().contains(&format!("'{}'", setting.to_ascii_lowercase()))
}

/// A remark on functions that no owner set may call.
pub fn unreadable_files(reads: &[&ObjectRead<'_>]) -> Option<String> {
    let read = reads.iter().find(|read| !read.is_relation && FILES.contains(&read.name))?;
    let settings = if reads.iter().any(|read| read.name == "pg_settings") {
        " That owner sees settings that are hidden from other roles, so its checks must not return rows of pg_settings: write current_setting('NAME') for each setting."
    } else {
        ""
    };
    Some(format!(
        "No owner set may call {}(), so the check cannot be installed. For the WAL write pg_ls_waldir() and `owner = \"monitor\"`; pg_ls_logdir(), pg_ls_tmpdir() and pg_ls_archive_statusdir() list other directories.{settings}",
        read.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_set_may_read_what_its_file_grants() {
        let read = |name, readers| ObjectRead {
            is_relation: true,
            schema: "pg_catalog",
            name,
            shared: true,
            kind: "v",
            through: name,
            readers,
            columns: "",
        };
        let origins = read("pg_replication_origin_status", ONLY_SUPERUSER);
        let set = SpecialSet { name: "origins", since: 14, columns: None };
        assert_eq!(special(&origins), Some(set));
        let statistics = special(&read("pg_statistic", ONLY_SUPERUSER)).unwrap();
        assert!(statistics.columns.is_some_and(|columns| columns.contains("stanullfrac")));
        assert!(closed(&[&read("pg_shadow", ONLY_SUPERUSER)], 18).is_some());
        for (columns, reason) in [
            ("", None),
            ("rolname, rolpassword", None),
            ("rolname, rolsuper", Some("reads the column rolsuper of pg_authid, ")),
            ("*, rolname", Some("reads whole rows of pg_authid, ")),
        ] {
            let authid = ObjectRead { columns, ..read("pg_authid", ONLY_SUPERUSER) };
            let closed = closed(&[&authid], 18);
            assert_eq!(closed.is_some(), reason.is_some(), "{closed:?}");
            assert!(closed.unwrap_or_default().starts_with(reason.unwrap_or_default()));
        }
        assert_eq!(closed(&[&origins], 14), None);
        assert!(
            closed(&[&origins], 13).is_some_and(|reason| reason.contains("before PostgreSQL 14"))
        );
        // The name of another object begins in the same way.
        assert_eq!(special(&read("pg_file", ONLY_SUPERUSER)), None);
        assert!(closed(&[&read("pg_largeobject", ONLY_SUPERUSER)], 18).is_some());
        assert_eq!(closed(&[&read("pg_class", "")], 18), None);
        assert_eq!(since("{{#if (since 14)}} a {{/if}} b"), 0);
    }
}
