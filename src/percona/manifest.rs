//! Writes the `check.toml` of an imported check.

use toml::{Table, Value};

use super::advisor_check::AdvisorCheck;
use super::columns::{ImportedColumn, ImportedQuery};
use super::guess::Guess;
use super::page_text::one_line;
use super::script_text::ScriptText;
use crate::catalog::check::Scope;
use crate::catalog::function::ColumnType;
use crate::text::interval;
use crate::text::visible::truncated;

/// A limit for checks that return a row for each object of a schema. The other programs have no limit.
pub const ROW_LIMIT: i64 = 10_000;

/// The text of the manifest.
pub(super) fn text(
    check: &AdvisorCheck,
    topic: &str,
    guess: &Guess,
    queries: &[ImportedQuery],
) -> String {
    let mut manifest = Table::new();
    let mut set = |key: &str, value: &str| {
        manifest.insert(key.to_owned(), Value::String(value.to_owned()));
    };
    set("summary", &one_line(&check.summary));
    set("topic", topic);
    set("scope", scope_name(guess.scope));
    if guess.apart {
        set("databases", "apart");
    }
    if check.version == 1 {
        set("docs", "rows");
    }
    if guess.primary {
        set("role", "primary");
    }
    set("owner", guess.owner);
    set("interval", check.interval);
    manifest.insert("row_limit".to_owned(), Value::Integer(ROW_LIMIT));
    let script = ScriptText::new(&check.script);
    if let [query] = queries {
        manifest.insert("columns".to_owned(), Value::Table(columns(&query.columns, &script)));
    } else {
        let queries = queries.iter().zip(&guess.scopes).zip(1..).map(|((query, scope), number)| {
            let mut entry = Table::new();
            if *scope != guess.scope {
                entry.insert("scope".to_owned(), Value::String(scope_name(*scope).to_owned()));
            }
            entry.insert("columns".to_owned(), Value::Table(columns(&query.columns, &script)));
            (number.to_string(), Value::Table(entry))
        });
        manifest.insert("queries".to_owned(), Value::Table(queries.collect()));
    }
    toml::to_string(&manifest).expect("TOML can represent texts, integers and tables")
}

/// The text of the manifest of a check that judges a document.
pub(super) fn of_document(check: &AdvisorCheck, topic: &str) -> String {
    let mut manifest = Table::new();
    let age = interval::parse(check.interval).map(|interval| interval::write(interval * 2));
    for (key, value) in [
        ("summary", one_line(&check.summary)),
        ("topic", topic.to_owned()),
        ("document", check.folder.clone()),
        ("document_age", age.expect("the intervals of the format are valid")),
        ("interval", check.interval.to_owned()),
    ] {
        manifest.insert(key.to_owned(), Value::String(value));
    }
    toml::to_string(&manifest).expect("TOML can represent texts")
}

fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Cluster => "cluster",
        Scope::Database => "database",
    }
}

fn columns(columns: &[ImportedColumn], script: &ScriptText<'_>) -> Table {
    let column = |column: &ImportedColumn| {
        let mut entry = Table::new();
        let help = help(column, script);
        for (key, value) in
            [("type", column.sql_type.sql()), ("role", "info"), ("help", help.as_str())]
        {
            entry.insert(key.to_owned(), Value::String(value.to_owned()));
        }
        (column.name.clone(), Value::Table(entry))
    };
    columns.iter().map(column).collect()
}

/// The use of a column in the script, and the form in which the script gets the values. An advisor file does not contain
/// the meaning of a column.
fn help(column: &ImportedColumn, script: &ScriptText<'_>) -> String {
    /// The longest line of a script in a help, in characters.
    const LONGEST: usize = 100;
    let form = form(&column.sql_type);
    match script.use_of(&column.name) {
        Some((number, line)) => {
            let line = truncated(&one_line(line), LONGEST);
            format!("{form}, in line {number}: {line}")
        }
        None => form.to_owned(),
    }
}

fn form(sql_type: &ColumnType) -> &'static str {
    match sql_type {
        ColumnType::Boolean => "A boolean for the script",
        ColumnType::Integer(_) => "An integer for the script",
        ColumnType::Float(_) => "A float for the script",
        ColumnType::Time(_) => "An integer for the script: nanoseconds since 1970",
        ColumnType::Text(_) => "A text for the script, as PostgreSQL prints it",
    }
}
