//! Reads the queries of Telegraf's input `postgresql_extensible`.

use toml::de::{DeTable, DeValue};

use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignFile, ForeignQuery, ForeignVariant, RestOfColumns,
};
use super::versions::of_telegraf;
use crate::text::mistake::Mistake;

/// Reads the queries of a file.
pub(super) fn read(file: &str, text: &str, content: &mut ForeignFile) {
    let ends: Vec<usize> = text.match_indices('\n').map(|(end, _)| end).collect();
    let line = |offset: usize| ends.partition_point(|end| *end < offset) + 1;
    let refused = |line: usize, message: String| Mistake {
        file: file.to_owned(),
        line,
        key: "postgresql_extensible".to_owned(),
        message,
    };
    // Telegraf also accepts a text that continues after a backslash at the end of a line. The offsets remain.
    let joined = text.replace("\\\n", "  ");
    let root =
        match DeTable::parse(text).or_else(|error| DeTable::parse(&joined).map_err(|_| error)) {
            Ok(root) => root,
            Err(error) => {
                let line = line(error.span().map_or(0, |span| span.start));
                content.refused.push(refused(line, error.message().to_owned()));
                return;
            }
        };
    let inputs = root.get_ref().get("inputs").and_then(|inputs| match inputs.get_ref() {
        DeValue::Table(table) => table.get("postgresql_extensible"),
        _ => None,
    });
    for input in inputs.map(|input| tables(input.get_ref())).unwrap_or_default() {
        let databases = list(input.get("databases").map(toml::Spanned::get_ref));
        let interval = input.get("interval").and_then(|value| value.get_ref().as_str());
        let interval = interval.and_then(super::entries::seconds);
        let Some(queries) = input.get("query") else { continue };
        for (number, query) in (1..).zip(tables(queries.get_ref())) {
            if content.is_full() {
                return;
            }
            let start = query.iter().map(|(key, _)| key.span().start).min();
            let line = line(start.unwrap_or_else(|| queries.span().start));
            match one(query, number) {
                Ok(found) => {
                    let mut found = ForeignQuery { file: file.to_owned(), line, interval, ..found };
                    found.variants[0].line = line;
                    if found.databases.is_empty() && !databases.is_empty() {
                        found.remarks.push(format!(
                            "The input names the databases {}: set `databases`, or the databases with install --database.",
                            databases.join(", ")
                        ));
                    }
                    content.queries.push(found);
                }
                Err(message) => content.refused.push(refused(line, message)),
            }
        }
    }
}

/// The tables of a list, or a single table.
fn tables<'t, 'i>(value: &'t DeValue<'i>) -> Vec<&'t DeTable<'i>> {
    match value {
        DeValue::Table(table) => vec![table],
        DeValue::Array(items) => items
            .iter()
            .filter_map(|item| match item.get_ref() {
                DeValue::Table(table) => Some(table),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn list(value: Option<&DeValue<'_>>) -> Vec<String> {
    match value {
        Some(DeValue::Array(items)) => {
            items.iter().filter_map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

fn one(query: &DeTable<'_>, number: usize) -> Result<ForeignQuery, String> {
    let text = |key: &str| {
        let value = query.get(key).and_then(|value| value.get_ref().as_str());
        value.filter(|text| !text.trim().is_empty())
    };
    let whole = |key: &str| {
        let value = query.get(key).map(toml::Spanned::get_ref)?;
        match value {
            DeValue::Integer(number) => number.as_str().parse::<u32>().ok(),
            _ => None,
        }
    };
    let Some(sql) = text("sqlquery") else {
        return Err(match text("script") {
            Some(_) => {
                "script: names a file, which is not read: write its text as sqlquery".to_owned()
            }
            None => "has no sqlquery".to_owned(),
        });
    };
    let tags = text("tagvalue").unwrap_or_default().split(',');
    let tags = tags.map(str::trim).filter(|tag| !tag.is_empty());
    let mut columns: Vec<ForeignColumn> = tags.map(|tag| column(tag, ColumnUsage::Label)).collect();
    columns.extend(text("timestamp").map(|name| column(name, ColumnUsage::Discard)));
    let from = whole("minversion")
        .or_else(|| whole("version"))
        .map_or(0, |number| of_telegraf(number, false));
    let until =
        whole("maxversion").filter(|number| *number > 0).map(|number| of_telegraf(number, true));
    let variant = ForeignVariant { line: 0, sql: sql.to_owned(), from, until };
    let mut found = ForeignQuery {
        program: "Telegraf",
        name: text("measurement").map_or_else(|| format!("postgresql_{number}"), str::to_owned),
        columns,
        rest: RestOfColumns::Shown,
        variants: vec![variant],
        ..ForeignQuery::default()
    };
    if query.get("withdbname").is_some_and(|value| value.get_ref().as_bool() == Some(true)) {
        found.remarks.push("`withdbname`: Telegraf appends a condition with the names of databases to the query. The imported query does not have it.".to_owned());
    }
    Ok(found)
}

fn column(name: &str, usage: ColumnUsage) -> ForeignColumn {
    ForeignColumn { name: name.to_owned(), usage, ..ForeignColumn::default() }
}
