//! Reads the queries of Telegraf's input `sql`.

use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignFile, ForeignQuery, ForeignVariant, MOST_COLUMNS,
    RestOfColumns,
};
use super::telegraf_keys::TelegrafTable;
use crate::finding::metric::MetricKind;
use crate::percona::advisor_check::IgnoredPart;
use crate::text::mistake::Mistake;

/// The keys of a query that are read, without their underscores.
const KEYS: [&str; 11] = [
    "query",
    "queryscript",
    "measurement",
    "timecolumn",
    "timeformat",
    "tagcolumnsinclude",
    "fieldcolumnsinclude",
    "fieldcolumnsexclude",
    "fieldcolumnsfloat",
    "fieldcolumnsint",
    "fieldcolumnsuint",
];

/// Reads the queries of all inputs `sql` of a file.
pub(super) fn read(
    file: &str,
    inputs: TelegrafTable<'_, '_>,
    line: &dyn Fn(usize) -> usize,
    content: &mut ForeignFile,
) {
    for input in inputs.tables("sql") {
        let driver = input.text("driver").unwrap_or_default().to_ascii_lowercase();
        let is_postgres = driver.is_empty() || driver.contains("postgres") || driver == "pgx";
        for (number, query) in (1..).zip(input.tables("query")) {
            if content.is_full() {
                return;
            }
            let line = line(query.start());
            let name =
                query.text("measurement").map_or_else(|| format!("sql_{number}"), str::to_owned);
            if !is_postgres {
                content.ignored.push(IgnoredPart {
                    file: file.to_owned(),
                    line,
                    what: name,
                    reason: "asks another kind of database than PostgreSQL".to_owned(),
                });
                continue;
            }
            match one(query) {
                Ok(found) => {
                    let interval = input.seconds("interval");
                    let mut found =
                        ForeignQuery { file: file.to_owned(), line, name, interval, ..found };
                    found.variants[0].line = line;
                    content.queries.push(found);
                }
                Err(message) => content.refused.push(Mistake {
                    file: file.to_owned(),
                    line,
                    key: name,
                    message: message.to_owned(),
                }),
            }
        }
    }
}

fn one(query: TelegrafTable<'_, '_>) -> Result<ForeignQuery, &'static str> {
    let Some(sql) = query.text("query") else {
        return Err(match query.text("query_script") {
            Some(_) => "query_script: names a file, which is not read: write its text as query",
            None => "has no query",
        });
    };
    let included = query.texts("field_columns_include");
    let numbers = ["field_columns_float", "field_columns_int", "field_columns_uint"];
    let lists = [
        (query.texts("tag_columns_include"), ColumnUsage::Label),
        (query.text("time_column").into_iter().map(str::to_owned).collect(), ColumnUsage::Discard),
        (query.texts("field_columns_exclude"), ColumnUsage::Discard),
        (
            numbers.iter().flat_map(|key| query.texts(key)).collect(),
            ColumnUsage::Metric(MetricKind::Gauge),
        ),
        (included.clone(), ColumnUsage::ByType),
    ];
    let (mut columns, mut remarks) = (Vec::<ForeignColumn>::new(), query.unknown(&KEYS));
    for (name, usage) in
        lists.iter().flat_map(|(names, usage)| names.iter().map(move |name| (name, *usage)))
    {
        if name.contains(['*', '?', '[']) {
            remarks.push(format!(
                "The pattern `{name}` of columns was not read: review the roles of the columns."
            ));
        } else if columns.len() <= MOST_COLUMNS && !columns.iter().any(|one| one.name == *name) {
            columns.push(ForeignColumn::of(name, usage));
        }
    }
    let has_pattern = included.iter().any(|name| name.contains(['*', '?', '[']));
    let rest = if included.is_empty() || has_pattern {
        RestOfColumns::Shown
    } else {
        RestOfColumns::Discarded
    };
    Ok(ForeignQuery {
        program: "Telegraf",
        columns,
        rest,
        variants: vec![ForeignVariant { sql: sql.to_owned(), ..ForeignVariant::default() }],
        remarks,
        ..ForeignQuery::default()
    })
}
