//! Has a server describe the queries of other monitoring programs, and writes drafts of checks from the result.
//!
//! No query runs: the server analyses each in a transaction that is rolled back. A draft that the linter refuses is not kept.

use std::path::Path;

use super::describe::{DescribingServer, advice, hidden, session};
use super::error::AdminError;
use super::lint;
use super::qualify::{QualifiedQuery, described_with_schemas};
use crate::catalog::check::Check;
use crate::catalog::owner_set::OwnerSet;
use crate::catalog::server_version::Majors;
use crate::catalog::{Catalog, source};
use crate::database::Session;
use crate::database::parameters::Parameters;
use crate::imports::foreign_draft::{DescribedBy, ForeignDraft, VariantAnswer, statements};
use crate::imports::foreign_query::{ForeignQuery, OF_STATEMENTS};
use crate::imports::names::TakenNames;
use crate::imports::own_sets::OwnSets;
use crate::lint::server_error::ServerError;
use crate::lint::tables;
use crate::percona::folders::{self, CheckFolder as _};
use crate::signature::policy::SignaturePolicy;
use crate::text::causes;
use crate::text::mistake::Mistake;
use crate::text::visible::visible;

/// The queries of an import.
#[derive(Debug, Default)]
pub struct ForeignDrafts {
    /// Queries whose folders can be written.
    pub imported: Vec<ForeignDraft>,
    /// Queries that the server, the linter or the catalog refuses.
    pub refused: Vec<Mistake>,
}

/// Writes a draft of each query. `into` is the folder that will contain them, `names` are those of other checks.
pub async fn drafts(
    server: &DescribingServer,
    queries: &[ForeignQuery],
    into: &Path,
    names: &[&str],
) -> Result<ForeignDrafts, AdminError> {
    server.with(async |parameters: &Parameters| on(parameters, queries, into, names).await).await
}

async fn on(
    parameters: &Parameters,
    queries: &[ForeignQuery],
    into: &Path,
    names: &[&str],
) -> Result<ForeignDrafts, AdminError> {
    let session = &session(parameters).await?;
    let version = session.supported_version().await?;
    let mut drafts = ForeignDrafts::default();
    let mut taken = TakenNames::of(names.iter().copied().filter(|name| !into.join(name).exists()));
    lint::begin(session).await?;
    let hidden = hidden(session).await?;
    let database = session.ask("SELECT current_database()").await?.into_iter().flatten().next();
    let database = database.unwrap_or_default();
    let server = DescribedBy { major: version.major(), database: &database };
    let mut found = Vec::new();
    for query in queries {
        let (name, reason) = taken.take(&query.name);
        if into.join(&name).symlink_metadata().is_ok() {
            let place = into.join(&name).display().to_string();
            let message = format!(
                "{place} already exists and was not changed; remove or rename it to import the query again"
            );
            drafts.refused.push(query.mistake(query.line, message));
            continue;
        }
        let mut query = query.clone();
        query.remarks.extend(reason);
        match one(session, &query, &name, &hidden, server).await? {
            Ok(draft) => found.push(draft),
            Err((line, reason)) => drafts.refused.push(query.mistake(line, reason)),
        }
    }
    session.apply("ROLLBACK").await?;
    let mut sets = OwnSets::of(existing_sets(into), into);
    for mut draft in found {
        match judged(session, &mut draft, &mut sets, into, server).await? {
            None => drafts.imported.push(draft),
            Some(reason) => {
                let line = draft.query().line;
                drafts.refused.push(draft.query().mistake(line, reason));
            }
        }
    }
    OwnSets::unite(&mut drafts.imported);
    Ok(drafts)
}

/// The owner sets beside the checks of a folder. Checks with mistakes are reported where they are used.
fn existing_sets(into: &Path) -> Vec<OwnerSet> {
    let mut catalog = Catalog::empty();
    if let Ok(read) = source::read(into, &SignaturePolicy::default()) {
        catalog.add_valid(read);
    }
    catalog.owner_sets().cloned().collect()
}

/// The draft of a query, or the line and the reason of its refusal.
async fn one(
    session: &Session,
    query: &ForeignQuery,
    name: &str,
    hidden: &[String],
    server: DescribedBy<'_>,
) -> Result<Result<ForeignDraft, (usize, String)>, AdminError> {
    let texts = match statements(query) {
        Ok(texts) => texts,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut answers = Vec::with_capacity(texts.len());
    let mut query = query.clone();
    for (variant, sql) in texts {
        let QualifiedQuery { sql, described, remarks, requires_statements } =
            described_with_schemas(session, sql, hidden).await?;
        let described = described.map_err(|error| refusal(&sql, &error));
        query.remarks.extend(remarks);
        query.requires_statements |= requires_statements;
        answers.push(VariantAnswer { sql, variant, described });
    }
    query.remarks.dedup();
    Ok(ForeignDraft::new(&query, name, answers, server))
}

/// Why the server cannot analyze a query, and what to do.
fn refusal(sql: &str, error: &ServerError) -> String {
    if sql.contains("pg_stat_statements") && matches!(error.sqlstate.as_str(), "42P01" | "3F000") {
        return OF_STATEMENTS.to_owned();
    }
    let advice = match error.sqlstate.as_str() {
        "42883" if sql.to_ascii_lowercase().contains("xlog") => {
            "; PostgreSQL 10 renamed such functions: write wal for xlog, and lsn for location"
        }
        other => advice(other),
    };
    format!("the server refuses the query: {}{advice}", visible(&error.message))
}

/// Why a draft is not a check that can be installed.
async fn judged(
    session: &Session,
    draft: &mut ForeignDraft,
    sets: &mut OwnSets,
    into: &Path,
    server: DescribedBy<'_>,
) -> Result<Option<String>, AdminError> {
    let version = session.supported_version().await?;
    let mut refusals = Vec::new();
    // A query that reads a whole row needs the whole table: this is the second turn.
    for _ in 0..2 {
        // A set that exists may have the columns, and not the whole table.
        sets.give(draft);
        let check = match folders::check_of(draft, into) {
            Ok(check) => check,
            Err(error) => {
                let reason = causes::one_line(&error);
                let place = into.join(draft.folder());
                let reason = without_place(&reason, &place);
                return Ok(Some(format!("cannot become a check: {reason}")));
            }
        };
        // Also a check for other versions, as this server analyzed its text.
        let check = Check { servers: Majors::ALL, ..check };
        refusals = match check.own_owner {
            Some(_) => lint::lint_in(session, server.database, &[&check], version).await?,
            None => lint::lint(session, &[&check], version).await?,
        };
        if !refusals.is_empty() && refusals.iter().all(tables::is_of_role) {
            // Another role may install it.
            refusals = lint::lint(session, &[&check], version).await?;
        }
        if !refusals.iter().any(|refusal| refusal.rule == "grant") {
            break;
        }
        draft.grant_whole_tables();
    }
    let place = into.join(draft.folder()).display().to_string();
    Ok(refusals.first().map(|refusal| {
        let text = format!(
            "{}: {}; {} [{}]",
            refusal.place, refusal.problem, refusal.instead, refusal.rule
        );
        format!("the linter refuses the query: {}", text.replace(&place, "").trim())
    }))
}

/// A message without the places of files in a folder that is not written: `into/NAME/check.toml:7: `.
fn without_place(message: &str, folder: &Path) -> String {
    let start = format!("{}/", folder.display());
    let mut parts = message.split(&start);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_alphanumeric() || "._-".contains(c));
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
        plain.push_str(rest.trim_start());
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::without_place;

    #[test]
    fn a_message_names_no_file_that_does_not_exist() {
        for (message, expected) in [
            ("m/a/check.toml:12: columns.x: is wrong", "columns.x: is wrong"),
            ("cannot read m/a/check.toml: no", "cannot read no"),
            ("x: m/a/query.sql:3:4: y; m/a/check.toml:1: z", "x: y; z"),
            ("other", "other"),
        ] {
            assert_eq!(without_place(message, "m/a".as_ref()), expected);
        }
    }
}
