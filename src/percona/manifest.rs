//! Writes `check.toml` of an imported check.
//!
//! What it says has been decided before.

use toml::{Table, Value};

use super::advice::Advice;
use super::columns::{Named, Shape};
use super::guess::Guess;
use crate::catalog::check::Scope;
use crate::catalog::function::ColumnType;
use crate::text::visible;

/// As many rows as a check of a whole schema may have; PMM has no limit.
const ROWS: i64 = 10_000;

/// The text of the manifest.
pub(super) fn text(advice: &Advice, topic: &str, guess: &Guess, shapes: &[Shape]) -> String {
    let mut manifest = Table::new();
    let mut say = |key: &str, value: &str| {
        manifest.insert(key.to_owned(), Value::String(value.to_owned()));
    };
    say("summary", &one_line(&advice.summary));
    say("topic", topic);
    say("scope", word(guess.scope));
    if guess.apart {
        say("databases", "apart");
    }
    if advice.version == 1 {
        say("docs", "rows");
    }
    if guess.primary {
        say("role", "primary");
    }
    say("owner", guess.owner);
    say("interval", advice.interval);
    manifest.insert("row_limit".to_owned(), Value::Integer(ROWS));
    if let [shape] = shapes {
        manifest.insert("columns".to_owned(), Value::Table(columns(&shape.columns)));
    } else {
        let queries = shapes.iter().zip(&guess.scopes).zip(1..).map(|((shape, scope), number)| {
            let mut query = Table::new();
            if *scope != guess.scope {
                query.insert("scope".to_owned(), Value::String(word(*scope).to_owned()));
            }
            query.insert("columns".to_owned(), Value::Table(columns(&shape.columns)));
            (number.to_string(), Value::Table(query))
        });
        manifest.insert("queries".to_owned(), Value::Table(queries.collect()));
    }
    toml::to_string(&manifest).expect("texts, numbers and tables of them can be written")
}

/// A text without line breaks, and without anything that would steer a terminal.
pub(super) fn one_line(text: &str) -> String {
    visible::visible(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn word(scope: Scope) -> &'static str {
    match scope {
        Scope::Cluster => "cluster",
        Scope::Database => "database",
    }
}

fn columns(columns: &[Named]) -> Table {
    let column = |column: &Named| {
        let mut entry = Table::new();
        for (key, value) in
            [("type", column.sql_type.sql()), ("role", "info"), ("help", help(&column.sql_type))]
        {
            entry.insert(key.to_owned(), Value::String(value.to_owned()));
        }
        (column.name.clone(), Value::Table(entry))
    };
    columns.iter().map(column).collect()
}

/// What the script gets, as the file does not say what the column means.
fn help(sql_type: &ColumnType) -> &'static str {
    match sql_type {
        ColumnType::Boolean => "A truth value for the script",
        ColumnType::Integer(_) => "An integer for the script",
        ColumnType::Float(_) => "A float for the script",
        ColumnType::Time(_) => "For the script an integer, nanoseconds since 1970",
        ColumnType::Text(_) => "A text for the script, as PostgreSQL prints it",
    }
}
