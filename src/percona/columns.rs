//! The columns of an imported query: their names and types here, and what the query is wrapped into for that.
//!
//! What the server said of them is taken as it is.

use super::question::Answer;
use crate::catalog::function::ColumnType;
use crate::text::sql::identifier;

/// The columns of one query and its final text.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// `query.sql`.
    pub(super) text: String,
    /// In their order.
    pub(super) columns: Vec<Named>,
    /// What a person should look at.
    pub(super) remarks: Vec<String>,
}

/// One column.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) sql_type: ColumnType,
    /// The type in the query, where that is another.
    pub(super) was: Option<String>,
}

/// The shape of a query: as it is where that can be declared, else wrapped.
pub(super) fn shape(statement: &str, answer: &Answer) -> Shape {
    let mut remarks = Vec::new();
    let mut columns = Vec::new();
    let mut aliases = Vec::new();
    let mut selected = Vec::new();
    let names = &answer.names;
    for (index, (name, types)) in names.iter().zip(&answer.types).enumerate() {
        let last = !names[index + 1..].contains(name);
        let alias = if last { name.clone() } else { unused(name, names, index) };
        aliases.push(identifier(&alias));
        if !last {
            remarks.push(format!(
                "Of several columns called `{name}` only the last is kept, as a script sees no other."
            ));
            continue;
        }
        let column = named(name, types, &mut remarks);
        let quoted = identifier(name);
        selected.push(match &column.was {
            Some(_) => format!("q.{quoted}::{} AS {quoted}", column.sql_type.sql()),
            None => format!("q.{quoted}"),
        });
        columns.push(column);
    }
    let is_plain =
        columns.len() == names.len() && columns.iter().all(|column| column.was.is_none());
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
    Shape { text, columns, remarks }
}

/// A name for a column that is dropped.
fn unused(name: &str, names: &[String], index: usize) -> String {
    let mut alias = format!("dropped {}", index + 1);
    while names.contains(&alias) || alias == name {
        alias.push('_');
    }
    alias
}

fn named(name: &str, types: &[Option<String>], remarks: &mut Vec<String>) -> Named {
    let said = |index: usize| types.get(index).cloned().flatten().unwrap_or_default();
    let (declared, base) = (said(0), said(1));
    let name = name.to_owned();
    if let Ok(sql_type) = ColumnType::parse(&base) {
        let was = (declared != base).then_some(declared);
        if base == "bytea" {
            remarks.push(format!(
                "Column `{name}` is of type bytea: a script of PMM gets its raw bytes, here it gets them as \\x and hexadecimal digits."
            ));
        }
        return Named { name, sql_type, was };
    }
    let remark = match base.as_str() {
        "character varying" | "character varying[]" => None,
        "time without time zone" | "time with time zone" => Some(format!(
            "Column `{name}` is of type {base}, on which PMM fails. Here the script gets it as text."
        )),
        "character" => Some(format!(
            "Column `{name}` is of type character, and loses the blanks at its end here, which PMM keeps."
        )),
        _ => Some(format!(
            "Column `{name}` is of type {declared}, and is cast to text, as which a script of PMM gets it, too."
        )),
    };
    remarks.extend(remark);
    Named { name, sql_type: ColumnType::Text("text".to_owned()), was: Some(declared) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(columns: &[(&str, &str, &str)]) -> Shape {
        let answer = Answer {
            names: columns.iter().map(|(name, ..)| (*name).to_owned()).collect(),
            types: columns
                .iter()
                .map(|(_, declared, base)| {
                    vec![Some((*declared).to_owned()), Some((*base).to_owned())]
                })
                .collect(),
            ..Answer::default()
        };
        shape("SELECT x", &answer)
    }

    #[test]
    fn what_can_be_declared_stays_as_it_is() {
        let shape = shaped(&[("a", "integer", "integer"), ("?column?", "name[]", "name[]")]);
        assert_eq!(shape.text, "SELECT x\n");
        assert!(shape.remarks.is_empty(), "{:?}", shape.remarks);
    }

    #[test]
    fn what_cannot_be_declared_is_wrapped() {
        let shape = shaped(&[
            ("a", "integer", "integer"),
            ("b", "public.mood", "public.mood"),
            ("a", "information_schema.sql_identifier", "name"),
            ("c", "character varying", "character varying"),
        ]);
        assert_eq!(
            shape.text,
            "SELECT q.\"b\"::text AS \"b\", q.\"a\"::name AS \"a\", q.\"c\"::text AS \"c\" FROM (\nSELECT x\n) AS q (\"dropped 1\", \"b\", \"a\", \"c\")\n"
        );
        let names: Vec<&str> = shape.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["b", "a", "c"]);
        assert_eq!(shape.remarks.len(), 2, "{:?}", shape.remarks);
    }
}
