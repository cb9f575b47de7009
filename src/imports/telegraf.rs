//! Reads the queries of Telegraf's inputs `postgresql_extensible` and `sql`.

use toml::de::DeTable;

use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignFile, ForeignQuery, ForeignVariant, RestOfColumns,
};
use super::telegraf_keys::TelegrafTable;
use super::telegraf_sql;
use super::versions::of_telegraf;
use crate::text::mistake::Mistake;

/// The keys of a query that are read, or that do not matter to posemo.
const KEYS: [&str; 9] = [
    "sqlquery",
    "script",
    "version",
    "minversion",
    "maxversion",
    "withdbname",
    "tagvalue",
    "measurement",
    "timestamp",
];

/// Reads the queries of a file.
pub(super) fn read(file: &str, text: &str, content: &mut ForeignFile) {
    let ends: Vec<usize> = text.match_indices('\n').map(|(end, _)| end).collect();
    let line = |offset: usize| ends.partition_point(|end| *end < offset) + 1;
    // Telegraf also accepts a text that continues after a backslash at the end of a line. The offsets remain.
    let joined = text.replace("\\\n", "  ");
    let root =
        match DeTable::parse(text).or_else(|error| DeTable::parse(&joined).map_err(|_| error)) {
            Ok(root) => root,
            Err(error) => {
                let line = line(error.span().map_or(0, |span| span.start));
                content.refused.push(Mistake {
                    file: file.to_owned(),
                    line,
                    key: "telegraf".to_owned(),
                    message: error.message().to_owned(),
                });
                return;
            }
        };
    let root = TelegrafTable::of(root.get_ref());
    let Some(inputs) = root.tables("inputs").into_iter().next() else { return };
    for input in inputs.tables("postgresql_extensible") {
        for (number, query) in (1..).zip(input.tables("query")) {
            if content.is_full() {
                return;
            }
            let line = line(query.start());
            match one(input, query, number) {
                Ok(found) => {
                    let mut found = ForeignQuery { file: file.to_owned(), line, ..found };
                    found.variants[0].line = line;
                    content.queries.push(found);
                }
                Err(message) => content.refused.push(Mistake {
                    file: file.to_owned(),
                    line,
                    key: "postgresql_extensible".to_owned(),
                    message,
                }),
            }
        }
    }
    telegraf_sql::read(file, inputs, &line, content);
}

fn one(
    input: TelegrafTable<'_, '_>,
    query: TelegrafTable<'_, '_>,
    number: usize,
) -> Result<ForeignQuery, String> {
    let Some(sql) = query.text("sqlquery") else {
        return Err(match query.text("script") {
            Some(_) => {
                "script: names a file, which is not read: write its text as sqlquery".to_owned()
            }
            None => "has no sqlquery".to_owned(),
        });
    };
    let databases = input.texts("databases");
    let is_of_databases = query.is_true("withdbname");
    let sql = if is_of_databases { with_databases(sql, &databases) } else { sql.to_owned() };
    let tags = query.text("tagvalue").unwrap_or_default().split(',');
    let tags = tags.map(str::trim).filter(|tag| !tag.is_empty());
    let mut columns: Vec<ForeignColumn> =
        tags.map(|tag| ForeignColumn::of(tag, ColumnUsage::Label)).collect();
    columns
        .extend(query.text("timestamp").map(|name| ForeignColumn::of(name, ColumnUsage::Discard)));
    let from = query.whole("minversion").filter(|number| *number > 0);
    let from =
        from.or_else(|| query.whole("version")).map_or(0, |number| of_telegraf(number, false));
    let until = query.whole("maxversion").filter(|number| *number > 0);
    let until = until.map(|number| of_telegraf(number, true));
    let mut found = ForeignQuery {
        program: "Telegraf",
        name: query
            .text("measurement")
            .map_or_else(|| format!("postgresql_{number}"), str::to_owned),
        interval: input.seconds("interval"),
        columns,
        rest: RestOfColumns::Shown,
        variants: vec![ForeignVariant { line: 0, sql, from, until }],
        remarks: query.unknown(&KEYS),
        ..ForeignQuery::default()
    };
    if is_of_databases {
        found.remarks.push("`withdbname`: Telegraf appends a condition with the names of databases to the query, and the imported query contains it.".to_owned());
    } else if !databases.is_empty() {
        found.remarks.push(format!(
            "The input names the databases {}: set `databases`, or the databases with install --database.",
            databases.join(", ")
        ));
    }
    Ok(found)
}

/// The query with the condition that Telegraf appends for `withdbname`.
fn with_databases(sql: &str, databases: &[String]) -> String {
    if databases.is_empty() {
        return format!("{sql} is not null");
    }
    let names: Vec<String> =
        databases.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
    format!("{sql} IN ({})", names.join(", "))
}
