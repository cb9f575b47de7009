//! The head of the page, the columns of a check and its arguments.
//!
//! All of it is from the catalog, without the settings.

use std::io;

use super::page::TerminalPage;
use crate::catalog::Catalog;
use crate::catalog::check::{Check, ExpectedRows, Scope, ScriptDatabases};
use crate::catalog::function::{Argument, Column, ColumnRole, ColumnType, FunctionSignature};
use crate::finding::State;
use crate::finding::metric::Unit;
use crate::finding::report::ServerRole;
use crate::settings::source::argument_text;
use crate::text::interval;
use crate::text::references;

/// The head of the page.
pub(super) fn write(
    check: &Check,
    catalog: &Catalog,
    page: &mut TerminalPage<'_>,
) -> io::Result<()> {
    page.prose(&format!("{}: {}", check.name, check.summary))?;
    page.line("")?;
    let mut facts = vec![("topic", check.topic.clone())];
    match &check.document {
        Some(document) => {
            let age = interval::write(document.age);
            facts.push(("document", format!("{}, too old after {age}", document.name)));
            facts.push(("runs", "for targets with this document; it calls no server".to_owned()));
        }
        None => facts.extend([
            ("scope", scope(check)),
            ("role", role(check).to_owned()),
            ("servers", format!("PostgreSQL {}", check.servers)),
        ]),
    }
    facts.extend([("judged by", judge(check)), ("from", origin(check, catalog))]);
    if let Some(extension) = check.requires {
        facts.push(("requires", format!("extension {}", extension.name)));
    }
    if let Some(hold) = check.hold {
        facts.push(("alarms after", interval::write(hold)));
    }
    if !check.by_default {
        facts.push(("runs", "only if it is named or enabled".to_owned()));
    }
    if check.no_answer != State::Unknown {
        facts.push(("no answer", check.no_answer.name().to_owned()));
    }
    if check.too_many_connections != check.no_answer {
        facts.push(("no connection left", check.too_many_connections.name().to_owned()));
    }
    if let Some(version) = &check.since {
        facts.push(("since", format!("posemo {version}")));
    }
    if !check.was.is_empty() {
        facts.push(("was named", check.was.join(", ")));
    }
    if !check.covers.is_empty() {
        let items: Vec<String> = check.covers.iter().map(ToString::to_string).collect();
        facts.push(("covers", items.join(", ")));
    }
    if !check.references.is_empty() {
        facts
            .push(("references", references::grouped(check.references.iter().map(String::as_str))));
    }
    if let Some(instead) = &check.deprecated {
        facts.push(("deprecated", instead.clone()));
    }
    page.facts(&facts)?;
    page.line("")
}

/// The columns of each query, and the arguments of all.
pub(super) fn columns(check: &Check, page: &mut TerminalPage<'_>) -> io::Result<()> {
    page.heading("Columns")?;
    for query in &check.queries {
        if check.queries.len() > 1 {
            page.line(&format!("{}, {}:", query.signature.function, scope_text(query.scope)))?;
        }
        shape(check, &query.signature, page)?;
    }
    if let Some(document) = &check.document {
        shape(check, &document.rows, page)?;
        if document.rows.columns.is_empty() {
            page.line("The script reads the document as it is.")?;
        }
    }
    if check.arguments.is_empty() {
        return Ok(());
    }
    page.heading("Arguments")?;
    check
        .arguments
        .iter()
        .try_for_each(|argument| page.entry(&argument.name, &bounds(argument), &argument.help))
}

fn shape(
    check: &Check,
    signature: &FunctionSignature,
    page: &mut TerminalPage<'_>,
) -> io::Result<()> {
    let description = |column: &Column| {
        let unit = match column.unit {
            Unit::None => String::new(),
            unit => format!(", {}", unit.name()),
        };
        let role = format!("{:?}", column.role).to_lowercase();
        let judged = match (column.role, &column.sql_type) {
            (ColumnRole::Metric, ColumnType::Boolean) => {
                format!("; false is {}", check.severity.name())
            }
            _ => String::new(),
        };
        format!("{}, {role}{unit}{judged}", column.sql_type.sql())
    };
    signature
        .columns
        .iter()
        .try_for_each(|column| page.entry(&column.name, &description(column), &column.help))
}

fn bounds(argument: &Argument) -> String {
    let default = argument_text(&argument.default);
    let bound = match (argument.minimum, argument.maximum) {
        (None, None) => String::new(),
        (Some(least), None) => format!(", at least {least}"),
        (None, Some(most)) => format!(", at most {most}"),
        (Some(least), Some(most)) => format!(", {least} to {most}"),
    };
    let list = if argument.list { ", a list" } else { "" };
    format!("{}{list}, default {default}{bound}", argument.sql_type.sql())
}

fn scope(check: &Check) -> String {
    match (check.has_query_of(Scope::Cluster), check.has_query_of(Scope::Database)) {
        (true, true) => "some queries in the home database, others in every database".to_owned(),
        (_, false) => scope_text(Scope::Cluster).to_owned(),
        (false, true) if !check.databases.is_all() => {
            format!("in {}, where it is installed", check.databases.with_noun())
        }
        (false, true) => scope_text(Scope::Database).to_owned(),
    }
}

fn role(check: &Check) -> &'static str {
    match check.role.map(ServerRole::name) {
        Some(role) => role,
        None if check.replicated => "primary, as a standby repeats the answer",
        None => "any server",
    }
}

fn scope_text(scope: Scope) -> &'static str {
    match scope {
        Scope::Cluster => "once, in the home database",
        Scope::Database => "in every database where it is installed",
    }
}

fn judge(check: &Check) -> String {
    let apart = check.script_databases == ScriptDatabases::Apart;
    match (&check.script, check.expected) {
        (Some(_), _) if !check.script_judges() => {
            "thresholds, on the rows that a script makes of the document".to_owned()
        }
        (Some(_), _) if apart => "a script, once for each database".to_owned(),
        (Some(_), _) if check.thresholds.levels.is_empty() => "a script".to_owned(),
        (Some(_), _) => "a script and thresholds".to_owned(),
        (None, ExpectedRows::None) => format!("each row is a problem ({})", check.severity.name()),
        (None, ExpectedRows::Any) => "thresholds".to_owned(),
    }
}

fn origin(check: &Check, catalog: &Catalog) -> String {
    let signed = match catalog.signed_by(&check.name) {
        _ if check.shipped => "part of posemo".to_owned(),
        Some(key) => format!("signed with the key {key}"),
        None => "no signature was verified".to_owned(),
    };
    format!("{} ({signed})", check.place)
}
