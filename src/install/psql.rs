//! Prints a script for psql: one file, whose result is that of a direct installation or removal.
//!
//! What several steps contain is printed once, at the beginning, as a psql variable. psql has no loops, but its variables remain
//! after `\connect`, and `\gexec` executes the texts that a query returns.

use std::collections::BTreeMap;

use super::error::InstallError;
use super::script::{Piece, Script, ScriptStep, When};
use crate::text::sql::dollar_quoted;
use crate::text::visible::visible;

/// The first statements of each session under psql; the direct installation sets the same in its startup packet.
/// No setting of a database or a role changes their meaning.
pub(super) const PIN: &str = "SET search_path = pg_catalog, pg_temp;\nSET standard_conforming_strings = on;\nSET ROLE NONE;\n";

impl Script {
    /// The script for `psql -f`, which makes the same changes as `posemo install`.
    pub fn for_psql(&self, version: &str, installer: &str) -> Result<String, InstallError> {
        let mut text = format!(
            "-- Installs posemo {} on PostgreSQL {version}.\n\
             -- Run it as {installer}:  psql -X -d postgres -f FILE\n\\set ON_ERROR_STOP on\n\\set QUIET on\n\
             \\encoding UTF8\n{PIN}",
            env!("CARGO_PKG_VERSION")
        );
        for (check, reason) in &self.skipped {
            let skipped = ["-- Not installed: ", &visible(check), ": ", &visible(reason), "\n"];
            text.push_str(&skipped.concat());
        }
        for note in &self.notes {
            text.push_str(&["-- Note: ", &visible(note), "\n"].concat());
        }
        let common = CommonTexts::of(&self.steps);
        text.push_str(&common.definitions());
        for step in &self.steps {
            text.push_str(&common.step(step)?);
        }
        text.push_str("\n\\echo 'posemo: installed'\n");
        Ok(text)
    }
}

/// The queries that return the statements of pieces which several steps contain.
pub(super) struct CommonTexts {
    /// In the order of their first use, each with a description.
    queries: Vec<(String, String)>,
    /// The position of each in `queries`.
    positions: BTreeMap<String, usize>,
}

impl CommonTexts {
    pub(super) fn of(steps: &[ScriptStep]) -> CommonTexts {
        let mut uses: BTreeMap<String, usize> = BTreeMap::new();
        let mut first_uses = Vec::new();
        for (step, piece) in pieces(steps) {
            let Some(query) = shareable(step, piece) else { continue };
            let count = uses.entry(query.clone()).or_default();
            *count += 1;
            if *count == 1 {
                first_uses.push((query, description(step, piece)));
            }
        }
        first_uses.retain(|(query, _)| uses.get(query).is_some_and(|count| *count > 1));
        let position = |(index, (query, _)): (usize, &(String, String))| (query.clone(), index);
        let positions = first_uses.iter().enumerate().map(position).collect();
        CommonTexts { queries: first_uses, positions }
    }

    /// The statements that store the texts in psql variables.
    pub(super) fn definitions(&self) -> String {
        let mut text = String::new();
        if !self.queries.is_empty() {
            text.push_str("\n-- What several steps do. Nothing is changed here.\n");
        }
        for (index, (query, what)) in self.queries.iter().enumerate() {
            let definition =
                format!("\n-- {what}\nSELECT {} AS {} \\gset\n", dollar_quoted(query), name(index));
            text.push_str(&definition);
        }
        text
    }

    pub(super) fn step(&self, step: &ScriptStep) -> Result<String, InstallError> {
        let mut text = String::new();
        if let Some(database) = &step.database {
            let connect = ["\n\\connect -reuse-previous=on ", &connect_argument(database)?, "\n"];
            text.push_str(&connect.concat());
            text.push_str(PIN);
        }
        if step.transaction {
            text.push_str("BEGIN;\n");
        }
        for piece in &step.pieces {
            text.push_str(&self.piece(step, piece));
        }
        if step.transaction {
            text.push_str("COMMIT;\n");
        }
        Ok(text)
    }

    fn piece(&self, step: &ScriptStep, piece: &Piece) -> String {
        let what = visible(&piece.what);
        let position = shareable(step, piece).and_then(|query| self.positions.get(&query));
        if let Some(index) = position {
            return format!("-- {what}\n:{} \\gexec\n", name(*index));
        }
        match condition(piece) {
            None => format!("\n-- {what}\n{}\n", piece.sql),
            Some(done) => {
                let sql = &piece.sql;
                format!(
                    "\n-- {what}\nSELECT {done} AS done \\gset\n\\if :done\n\\else\n{sql}\n\\endif\n"
                )
            }
        }
    }
}

fn pieces(steps: &[ScriptStep]) -> impl Iterator<Item = (&ScriptStep, &Piece)> {
    steps.iter().flat_map(|step| step.pieces.iter().map(move |piece| (step, piece)))
}

/// The query that returns the statements of a piece, unless they are made already; nothing if a variable cannot contain it.
///
/// The database of the first session can have another encoding than the others, so it gets only ASCII.
fn shareable(step: &ScriptStep, piece: &Piece) -> Option<String> {
    // Several statements in one message are one transaction anyway.
    if !step.transaction || piece.secret {
        return None;
    }
    let statements = dollar_quoted(&piece.sql);
    let query = match condition(piece) {
        None => format!("SELECT {statements}"),
        Some(done) => format!("SELECT {statements}\nWHERE ({done}) IS NOT TRUE"),
    };
    query.is_ascii().then_some(query)
}

/// The condition under which a piece is made already. Without one, the statements of a piece are always executed.
fn condition(piece: &Piece) -> Option<&str> {
    match &piece.when {
        When::First | When::Last => None,
        // These statements loop over the objects to change, so without any they change nothing.
        When::Unless(_) if piece.names.is_some() => None,
        When::Unless(done) => Some(done),
    }
}

/// The description of a piece, without the database of its first use.
fn description(step: &ScriptStep, piece: &Piece) -> String {
    let database = step.database.as_deref().unwrap_or_default();
    visible(&piece.what.replacen(&format!(" in database {database}"), "", 1))
}

fn name(index: usize) -> String {
    format!("posemo_text_{}", index + 1)
}

/// `dbname='…'` in the double quotes of psql's command line.
fn connect_argument(database: &str) -> Result<String, InstallError> {
    if database.chars().any(char::is_control) {
        return Err(InstallError::Unprintable { database: database.to_owned() });
    }
    let value = database.replace('\\', "\\\\").replace('\'', "\\'").replace('"', "\"\"");
    Ok(format!("\"dbname='{value}'\""))
}
