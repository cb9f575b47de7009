//! Declares the columns of an imported query, and wraps the query where a check cannot have its columns.

use super::description::QueryDescription;
use crate::catalog::function::ColumnType;
use crate::text::sql::identifier;

/// The final text of a query and its columns.
#[derive(Debug, Clone)]
pub(super) struct ImportedQuery {
    /// The text of the file `query.sql`.
    pub(super) text: String,
    /// The columns, in their order.
    pub(super) columns: Vec<ImportedColumn>,
    /// Remarks for the reviewer.
    pub(super) remarks: Vec<String>,
}

/// One column.
#[derive(Debug, Clone)]
pub(super) struct ImportedColumn {
    pub(super) name: String,
    pub(super) sql_type: ColumnType,
    /// The type in the query, where the column is cast.
    pub(super) cast_from: Option<String>,
}

/// Declares the columns of a statement. A statement is wrapped in another query if it has columns that a check cannot
/// have.
pub(super) fn imported(statement: &str, description: &QueryDescription) -> ImportedQuery {
    let mut remarks = Vec::new();
    let mut columns = Vec::new();
    let mut aliases = Vec::new();
    let mut selected = Vec::new();
    let names = &description.names;
    for (index, (name, types)) in names.iter().zip(&description.types).enumerate() {
        let last = !names[index + 1..].contains(name);
        let alias = if last { name.clone() } else { unused(name, names, index) };
        aliases.push(identifier(&alias));
        if !last {
            remarks.push(format!(
                "The query returns several columns named `{name}`. Only the last is kept, as a script gets only the last."
            ));
            continue;
        }
        let column = column(name, types, &mut remarks);
        let quoted = identifier(name);
        selected.push(match &column.cast_from {
            Some(_) => format!("q.{quoted}::{} AS {quoted}", column.sql_type.sql()),
            None => format!("q.{quoted}"),
        });
        columns.push(column);
    }
    let is_plain =
        columns.len() == names.len() && columns.iter().all(|column| column.cast_from.is_none());
    let text = if is_plain {
        format!("{statement}\n")
    } else {
        format!(
            "SELECT {} FROM (\n{statement}\n) AS q ({})\n",
            selected.join(", "),
            aliases.join(", ")
        )
    };
    remarks.dedup();
    ImportedQuery { text, columns, remarks }
}

/// A name for a column that is dropped.
fn unused(name: &str, names: &[String], index: usize) -> String {
    let mut alias = format!("dropped {}", index + 1);
    while names.contains(&alias) || alias == name {
        alias.push('_');
    }
    alias
}

fn column(name: &str, types: &[Option<String>], remarks: &mut Vec<String>) -> ImportedColumn {
    let reported = |index: usize| types.get(index).cloned().flatten().unwrap_or_default();
    let (declared, base) = (reported(0), reported(1));
    let name = name.to_owned();
    if let Ok(sql_type) = ColumnType::parse(&base) {
        let cast_from = (declared != base).then_some(declared);
        if base == "bytea" {
            remarks.push(format!(
                "Column `{name}` is of type bytea. In PMM the script gets raw bytes; in posemo it gets \\x and hexadecimal digits."
            ));
        }
        return ImportedColumn { name, sql_type, cast_from };
    }
    let remark = match base.as_str() {
        "character varying" | "character varying[]" => None,
        "time without time zone" | "time with time zone" => Some(format!(
            "Column `{name}` is of type {base}, which PMM does not support. In posemo the script gets a text."
        )),
        "character" => Some(format!(
            "Column `{name}` is of type character. In posemo its values lose the blanks at the end; PMM keeps them."
        )),
        _ => Some(format!(
            "Column `{name}` is of type {declared} and is cast to text. In PMM the script gets a text, too."
        )),
    };
    remarks.extend(remark);
    ImportedColumn {
        name,
        sql_type: ColumnType::Text("text".to_owned()),
        cast_from: Some(declared),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(columns: &[(&str, &str, &str)]) -> ImportedQuery {
        let description = QueryDescription {
            names: columns.iter().map(|(name, ..)| (*name).to_owned()).collect(),
            types: columns
                .iter()
                .map(|(_, declared, base)| {
                    vec![Some((*declared).to_owned()), Some((*base).to_owned())]
                })
                .collect(),
            ..QueryDescription::default()
        };
        imported("SELECT x", &description)
    }

    #[test]
    fn a_query_with_valid_columns_is_unchanged() {
        let query = import(&[("a", "integer", "integer"), ("?column?", "name[]", "name[]")]);
        assert_eq!(query.text, "SELECT x\n");
        assert!(query.remarks.is_empty(), "{:?}", query.remarks);
    }

    #[test]
    fn a_query_with_other_columns_is_wrapped() {
        let query = import(&[
            ("a", "integer", "integer"),
            ("b", "public.mood", "public.mood"),
            ("a", "information_schema.sql_identifier", "name"),
            ("c", "character varying", "character varying"),
        ]);
        assert_eq!(
            query.text,
            "SELECT q.\"b\"::text AS \"b\", q.\"a\"::name AS \"a\", q.\"c\"::text AS \"c\" FROM (\nSELECT x\n) AS q (\"dropped 1\", \"b\", \"a\", \"c\")\n"
        );
        let names: Vec<&str> = query.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["b", "a", "c"]);
        assert_eq!(query.remarks.len(), 2, "{:?}", query.remarks);
    }
}
