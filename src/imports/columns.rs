//! Declares the columns of an imported query, and wraps the query so that it returns them with stable names and types.

use std::collections::BTreeSet;

use super::foreign_query::{ColumnUsage, ForeignColumn, ForeignQuery, RestOfColumns};
use super::numbers::{as_number, scaled};
use super::units;
use crate::catalog::LONGEST_NAME;
use crate::catalog::function::ColumnType;
use crate::finding::metric::{MetricKind, Unit};
use crate::percona::description::QueryDescription;
use crate::text::sql::identifier;

/// A column of a check.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct DraftColumn {
    /// The name in the check.
    pub(super) name: String,
    /// The SQL type.
    pub(super) sql_type: &'static str,
    /// A number; absent for a name or a detail.
    pub(super) metric: Option<(MetricKind, Unit)>,
    /// Whether it names what the row is about.
    pub(super) label: bool,
    /// Its meaning.
    pub(super) help: String,
    /// Whether the program compares it with thresholds.
    pub(super) judged: bool,
    /// What was guessed.
    pub(super) guesses: Vec<String>,
}

/// The columns of one text of a query: each with the expression that returns it.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub(super) columns: Vec<(DraftColumn, String)>,
    pub(super) remarks: Vec<String>,
    /// The names of `columns`.
    names: BTreeSet<String>,
    /// The names of the columns of the query, if it must have others than its own.
    aliases: Option<Vec<String>>,
}

/// Columns that all texts of a query return.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) columns: Vec<DraftColumn>,
    pub(super) texts: Vec<String>,
    pub(super) remarks: Vec<String>,
}

impl Shape {
    /// Shows a column with the name of the database of the session as a detail: posemo reports the database in which a check
    /// runs. A query of statements or sessions returns the names of other databases.
    pub(super) fn leave_database_to_posemo(&mut self) {
        let is_of_session = |text: &String| text.to_ascii_lowercase().contains("current_database");
        if !self.texts.iter().all(is_of_session) {
            return;
        }
        let is_database = |name: &str| matches!(name, "datname" | "database" | "dbname");
        for column in
            self.columns.iter_mut().filter(|column| column.label && is_database(&column.name))
        {
            column.label = false;
            column
                .guesses
                .push("role: posemo reports the database in which a check runs".to_owned());
        }
    }
}

/// Gives all texts of a query the same columns. The last text has the names and types of most of them; a column that a text
/// does not have is NULL there.
pub(super) fn shape(texts: &[&str], described: Vec<Described>) -> Shape {
    let mut shape = Shape::default();
    for (column, _) in described.iter().rev().flat_map(|one| &one.columns) {
        if !shape.columns.iter().any(|known| known.name == column.name) {
            shape.columns.push(column.clone());
        }
    }
    for (text, one) in texts.iter().zip(&described) {
        let selected: Vec<String> = shape
            .columns
            .iter()
            .map(|column| {
                let own = one.columns.iter().find(|(own, _)| own.name == column.name);
                let name = identifier(&column.name);
                match own {
                    Some((own, expression)) if own.sql_type == column.sql_type => {
                        format!("{expression} AS {name}")
                    }
                    Some((_, expression)) => {
                        format!("({expression})::{} AS {name}", column.sql_type)
                    }
                    None => format!("NULL::{} AS {name}", column.sql_type),
                }
            })
            .collect();
        let aliases = one.aliases.as_ref().map(|names| format!(" ({})", names.join(", ")));
        shape.texts.push(format!(
            "SELECT {}\nFROM (\n{text}\n) AS q{}\n",
            selected.join(",\n  "),
            aliases.unwrap_or_default()
        ));
    }
    shape.remarks = described.into_iter().flat_map(|one| one.remarks).collect();
    shape.remarks.dedup();
    shape
}

/// The columns that a query returns. An error is the reason for a refusal.
pub(super) fn describe(
    query: &ForeignQuery,
    description: &QueryDescription,
) -> Result<Described, String> {
    let names = &description.names;
    if query.by_position && names.len() != query.columns.len() {
        return Err(format!(
            "returns {} columns, and the file lists {}",
            names.len(),
            query.columns.len()
        ));
    }
    let judged = judged(query, names)?;
    let has_twins = names.iter().collect::<BTreeSet<_>>().len() < names.len();
    let numbered = query.by_position || has_twins;
    let mut described = Described::default();
    if numbered {
        let aliases = (1..=names.len()).map(|number| identifier(&format!("c{number}")));
        described.aliases = Some(aliases.collect());
    }
    for (index, name) in names.iter().enumerate() {
        let source = match &described.aliases {
            Some(aliases) => format!("q.{}", aliases[index]),
            None => format!("q.{}", identifier(name)),
        };
        let base = description.types.get(index).and_then(|types| types.get(1)).cloned().flatten();
        let first = query.judged.as_ref().filter(|_| judged == Some(index));
        let stated = if query.by_position {
            query.columns[index].clone()
        } else if let Some(first) = first {
            ForeignColumn { name: name.clone(), ..first.column.clone() }
        } else {
            stated(query, name)
        };
        let before = described.columns.len();
        column(&stated, &source, &base.unwrap_or_default(), query, &mut described);
        for (column, _) in &mut described.columns[before..] {
            column.judged = first.is_some();
            if column.judged && column.metric.is_none() && query.thresholds != [None, None] {
                described.remarks.push(format!(
                    "Column `{name}` is not a number, so check.toml does not have the thresholds."
                ));
            }
        }
    }
    distinguish(&mut described);
    let missing =
        query.columns.iter().filter(|stated| !query.by_position && !names.contains(&stated.name));
    let missing: Vec<&str> = missing.map(|stated| stated.name.as_str()).collect();
    if !missing.is_empty() {
        described.remarks.push(format!(
            "The file describes columns that the query does not return: {}.",
            missing.join(", ")
        ));
    }
    if described.columns.is_empty() {
        return Err("returns no column that the file exports".to_owned());
    }
    Ok(described)
}

/// Replaces NULL in one of several labels: the name of an object has all of them, so that no two rows have the same name.
fn distinguish(described: &mut Described) {
    let labels = || described.columns.iter().filter(|(column, _)| column.label);
    if labels().count() < 2 {
        return;
    }
    for (_, expression) in described.columns.iter_mut().filter(|(column, _)| column.label) {
        *expression = format!("coalesce({expression}, '-')");
    }
}

/// The position of the column that the program compares with thresholds.
fn judged(query: &ForeignQuery, names: &[String]) -> Result<Option<usize>, String> {
    let Some(judged) = &query.judged else { return Ok(None) };
    let Some(name) = judged.name else { return Ok(Some(0)) };
    let found = names.iter().position(|other| other == name);
    let missing =
        || format!("returns no column {name}, which {} judges; write AS {name}", query.program);
    found.map(Some).ok_or_else(missing)
}

/// What the file states about a column, or what follows from the format.
fn stated(query: &ForeignQuery, name: &str) -> ForeignColumn {
    // The programs compare names without regard to case.
    let same = |known: &&ForeignColumn| known.name.eq_ignore_ascii_case(name);
    if let Some(known) = query.columns.iter().find(same) {
        return ForeignColumn { name: name.to_owned(), ..known.clone() };
    }
    let (usage, renamed) = match &query.rest {
        RestOfColumns::Discarded => (ColumnUsage::Discard, None),
        // Telegraf makes a tag of the name of the database, and leaves out the time.
        RestOfColumns::Shown if name == "datname" => (ColumnUsage::Label, None),
        RestOfColumns::Shown if name == "stats_reset" => (ColumnUsage::Discard, None),
        RestOfColumns::Labels | RestOfColumns::Shown => (ColumnUsage::ByType, None),
        RestOfColumns::Tagged(_) if name == "epoch_ns" => (ColumnUsage::Discard, None),
        RestOfColumns::Tagged(gauges) => match name.strip_prefix("tag_") {
            Some(rest) => (ColumnUsage::Label, Some(rest.to_owned())),
            None if gauges.iter().any(|gauge| gauge == "*" || gauge == name) => {
                (ColumnUsage::ByType, None)
            }
            None => (ColumnUsage::Metric(MetricKind::Counter), None),
        },
    };
    ForeignColumn { name: name.to_owned(), renamed, usage, ..ForeignColumn::default() }
}

fn column(
    stated: &ForeignColumn,
    source: &str,
    base: &str,
    query: &ForeignQuery,
    described: &mut Described,
) {
    let plain =
        matches!(ColumnType::parse(base), Ok(ColumnType::Integer(_) | ColumnType::Float(_)))
            || base == "numeric";
    let shown = match query.rest {
        RestOfColumns::Labels if !matches!(base, "boolean") => ColumnUsage::Label,
        _ => ColumnUsage::Info,
    };
    let (mut usage, mut guesses) = (stated.usage, Vec::new());
    if usage == ColumnUsage::ByType {
        usage = if plain { ColumnUsage::Metric(MetricKind::Gauge) } else { shown };
        if plain {
            guesses.push("role and kind: the file does not contain them".to_owned());
        }
    }
    let kind = match usage {
        ColumnUsage::Discard => return,
        ColumnUsage::Metric(kind) => Some(kind),
        _ => None,
    };
    let wanted = stated.renamed.as_deref().unwrap_or(&stated.name);
    let name = unique(&tidy(wanted), |name| described.names.contains(name));
    described.names.insert(name.clone());
    if name != wanted && stated.renamed.is_none() {
        guesses.push(format!("renamed from {wanted:?}"));
    }
    // pgwatch leaves out a text; the other programs read the number in it.
    let reads_texts = !matches!(query.rest, RestOfColumns::Tagged(_));
    let number = kind.and_then(|kind| Some((kind, as_number(source, base, reads_texts)?)));
    let help = stated.help.clone();
    let column = if let Some((kind, (expression, sql_type, unit, guess))) = number {
        if !guess.is_empty() {
            guesses.push(guess.to_owned());
        }
        let unit = stated.unit.or(unit).unwrap_or_else(|| {
            let guessed = stated.guessed_unit.clone().unwrap_or_else(|| {
                let guess = units::guess(&name, &help, kind, stated.scale);
                (guess.unit, guess.reason)
            });
            guesses.push(guessed.1);
            guessed.0
        });
        let (expression, sql_type) = scaled(stated, expression, sql_type);
        let metric = Some((kind, unit));
        (
            DraftColumn { name, sql_type, metric, help, guesses, ..DraftColumn::default() },
            expression,
        )
    } else {
        if kind.is_some() && !matches!(query.rest, RestOfColumns::Tagged(_)) {
            described.remarks.push(format!(
                "Column `{wanted}` is a metric in the file, but of type {base}, which is not a number: it is shown as a detail. Cast it in the query if it is a number."
            ));
        }
        let label = usage == ColumnUsage::Label;
        let sql_type = "text";
        let column = DraftColumn { name, sql_type, label, help, guesses, ..DraftColumn::default() };
        (column, format!("{source}::text"))
    };
    described.columns.push(column);
}

/// A name that a metric can have: lower-case letters, digits and underscores, beginning with a letter.
pub(super) fn tidy(name: &str) -> String {
    let mut tidy = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        let kept = if character.is_ascii_alphanumeric() { character } else { '_' };
        if !(kept == '_' && tidy.ends_with('_')) {
            tidy.push(kept);
        }
    }
    let begins = tidy.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    // Room for a number at the end.
    let cut: String = begins.chars().take(LONGEST_NAME - 4).collect();
    let cut = cut.trim_end_matches('_');
    if cut.is_empty() { "column".to_owned() } else { cut.to_owned() }
}

/// The name, with a number if it is taken. It is at most as long as a name may be.
pub(super) fn unique(name: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(name) {
        return name.to_owned();
    }
    let numbered = |number: usize| {
        let end = format!("_{number}");
        let begin: String = name.chars().take(LONGEST_NAME - end.len()).collect();
        format!("{}{end}", begin.trim_end_matches('_'))
    };
    // The taken names are finite.
    let mut number = 2;
    while taken(&numbered(number)) {
        number += 1;
    }
    numbered(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_name_is_found_among_many() {
        let long = "x".repeat(LONGEST_NAME);
        let number = |name: &str| name.trim_start_matches(['x', '_']).parse::<usize>();
        let name =
            unique(&long, |name| number(name).is_ok_and(|number| number < 1_200) || name == long);
        assert_eq!((name.len(), number(&name)), (LONGEST_NAME, Ok(1_200)));
    }
}
