//! Guesses how a check runs, from what its queries read: in which databases, on which servers, with which owner set.
//!
//! Each guess has a reason for the reviewer.

use super::advisor_check::AdvisorQuery;
use super::description::QueryDescription;
use super::settings::SET_BY_POSEMO;
use crate::catalog::check::Scope;
use crate::catalog::server_version::NEWEST;
mod owner;
mod reads;
mod session;

pub use owner::{beyond_tables, closed, owner, readable_since, unreadable_files};
pub use reads::{ObjectRead, differs_by_database, named, only_on_primary, reads};
pub use session::of_session;

/// What was guessed for a check.
#[derive(Debug)]
pub(super) struct Guess {
    /// The scope of the check.
    pub(super) scope: Scope,
    /// Whether the script runs once for each database.
    pub(super) apart: bool,
    /// The scope of each query.
    pub(super) scopes: Vec<Scope>,
    /// Whether the check runs only on a primary.
    pub(super) primary: bool,
    /// The owner set.
    pub(super) owner: &'static str,
    /// The reasons, and other remarks for the reviewer.
    pub(super) remarks: Vec<String>,
}

/// Guesses from the queries of a check and their descriptions.
pub(super) fn guess(queries: &[AdvisorQuery], descriptions: &[QueryDescription]) -> Guess {
    let reads: Vec<Vec<ObjectRead<'_>>> = descriptions.iter().map(reads).collect();
    let differing: Vec<Option<String>> =
        reads.iter().map(|reads| differs_by_database(reads)).collect();
    let any_all = queries.iter().any(|query| query.all_databases);
    let apart = !any_all && differing.iter().any(Option::is_some);
    let scope_of = |in_databases| if in_databases { Scope::Database } else { Scope::Cluster };
    let scopes = queries.iter().map(|query| scope_of(query.all_databases || apart)).collect();
    let mut remarks = vec![scope_remark(any_all, apart, &differing)];
    if any_all {
        remarks.extend(home_database_remarks(queries, &differing));
    }
    let all: Vec<&ObjectRead<'_>> = reads.iter().flatten().collect();
    let primary_only = only_on_primary(&all);
    if let Some(read) = primary_only {
        remarks.push(format!(
            "`role = \"primary\"`, as {}() fails on a standby. In PMM the check fails there.",
            read.name
        ));
    }
    let texts: Vec<&str> = queries.iter().filter_map(|query| query.select.as_deref()).collect();
    let (owner, reason) = owner(&all, &texts, descriptions);
    let closed =
        unreadable_files(&all).or_else(|| closed(&all, NEWEST).map(|why| format!("It {why}.")));
    remarks.push(closed.unwrap_or(reason));
    remarks.extend(own_settings(queries));
    let scope = scope_of(any_all || apart);
    Guess { scope, apart, scopes, primary: primary_only.is_some(), owner, remarks }
}

fn scope_remark(any_all: bool, apart: bool, differing: &[Option<String>]) -> String {
    if any_all {
        return "`scope = \"database\"`, as a query runs in all databases (`all_dbs`).".to_owned();
    }
    match differing.iter().flatten().next().filter(|_| apart) {
        Some(what) => format!(
            "`scope = \"database\"` and `databases = \"apart\"`, as it reads {what}, which differs from database to database. PMM runs the query only in the database of the service; posemo runs query and script for each database in which the check is installed."
        ),
        None => {
            "`scope = \"cluster\"`, as all that it reads is the same in every database.".to_owned()
        }
    }
}

/// Remarks on queries that run once although their result depends on the database.
fn home_database_remarks(queries: &[AdvisorQuery], differing: &[Option<String>]) -> Vec<String> {
    let numbered = queries.iter().zip(differing).zip(1..);
    let once = numbered.filter(|((query, _), _)| !query.all_databases);
    once.filter_map(|((_, differing), number)| {
        let what = differing.as_ref()?;
        Some(format!(
            "Query {number} reads {what}, which differs from database to database, but runs once, in the home database. PMM runs it in the database of the service. If it must run in each database, give it `scope = \"database\"`; the script then gets a dict of databases."
        ))
    })
    .collect()
}

/// A remark on settings that posemo sets in its sessions.
fn own_settings(queries: &[AdvisorQuery]) -> Option<String> {
    if queries.iter().any(|query| query.select.is_none()) {
        return Some(format!(
            "It reads all settings. Settings that are hidden from other roles are missing. posemo sets these settings in its sessions: {}.",
            SET_BY_POSEMO.join(", ")
        ));
    }
    let texts: Vec<&str> = queries.iter().filter_map(|query| query.select.as_deref()).collect();
    set_by_posemo(&texts)
}

/// A remark on a query that reads all settings.
pub fn all_settings(reads: &[&ObjectRead<'_>], texts: &[&str]) -> Option<String> {
    let is_all =
        |read: &&ObjectRead<'_>| read.name == "pg_settings" || read.name == "pg_show_all_settings";
    // A query of some settings compares their names.
    let names_some = |text: &&str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let plain = words.join(" ").to_lowercase();
        ["name =", "name=", "name in", "name like", "name ~"]
            .iter()
            .any(|part| plain.contains(part))
    };
    (reads.iter().any(is_all) && !texts.iter().any(names_some)).then(|| {
        format!(
            "It reads all settings. posemo sets these in its sessions, so the query does not see the server's values: {}.",
            SET_BY_POSEMO.join(", ")
        )
    })
}

/// A remark on settings in the texts of queries that posemo sets in its sessions.
pub fn set_by_posemo(texts: &[&str]) -> Option<String> {
    let named = |name: &&str| texts.iter().any(|text| owner::mentions(text, name));
    let named: Vec<&str> = SET_BY_POSEMO.into_iter().filter(named).collect();
    (!named.is_empty()).then(|| {
        format!(
            "It reads {}, which posemo sets in its sessions: the query does not see the server's value.",
            named.join(", ")
        )
    })
}
