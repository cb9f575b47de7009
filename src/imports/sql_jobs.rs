//! Reads jobs of the other program with the name `sql_exporter`, which Debian packages: queries with labels and values.

use super::entries::YamlEntries;
use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignFile, ForeignQuery, ForeignVariant, MOST_COLUMNS,
    RestOfColumns,
};
use crate::finding::metric::MetricKind;
use crate::percona::advisor_check::IgnoredPart;
use crate::percona::yaml::{YamlNode, mistake};
use crate::text::visible::visible;

/// The keys of a query that are read, or that have no meaning for a check.
const KNOWN: [&str; 7] =
    ["name", "help", "labels", "values", "query", "query_ref", "allow_zero_rows"];

/// Whether a document contains jobs with queries.
pub(super) fn has_jobs(root: YamlEntries<'_>) -> bool {
    let mut jobs = root.list("jobs").iter().filter_map(YamlEntries::of);
    jobs.any(|job| !job.list("queries").is_empty())
}

/// Reads the jobs of a file.
pub(super) fn read(file: &str, root: YamlEntries<'_>, content: &mut ForeignFile) {
    for job in root.list("jobs") {
        let Some(entries) = YamlEntries::of(job) else {
            let message = "must be a mapping with the key queries";
            content.refused.push(mistake(file, job.line, "jobs", message));
            continue;
        };
        let connections = entries.texts("connections");
        let is_other = !connections.is_empty() && !connections.iter().any(|one| is_postgres(one));
        for item in entries.list("queries") {
            if content.is_full() {
                return;
            }
            let name = YamlEntries::of(item).and_then(|query| query.text("name"));
            let name = name.unwrap_or_else(|| "query".to_owned());
            if is_other {
                content.ignored.push(IgnoredPart {
                    file: file.to_owned(),
                    line: item.line,
                    what: name,
                    reason: "asks another kind of database than PostgreSQL".to_owned(),
                });
                continue;
            }
            match query(root, item, &name) {
                Ok(mut query) => {
                    file.clone_into(&mut query.file);
                    query.interval = entries.seconds("interval");
                    query.remarks.extend(of_job(entries, &connections));
                    content.queries.push(query);
                }
                Err(message) => content.refused.push(mistake(file, item.line, &name, message)),
            }
        }
    }
}

fn query(root: YamlEntries<'_>, item: &YamlNode, name: &str) -> Result<ForeignQuery, String> {
    let entries = YamlEntries::of(item).ok_or("must be a mapping with the key query")?;
    let node = match (entries.get("query"), entries.text("query_ref")) {
        (Some(node), _) => node,
        (None, Some(reference)) => {
            let found = root.map("queries").and_then(|queries| queries.get(&reference));
            found.ok_or_else(|| {
                format!("query_ref: the query \"{}\" does not exist", visible(&reference))
            })?
        }
        (None, None) => return Err("has neither query nor query_ref".to_owned()),
    };
    let sql = node.text().filter(|sql| !sql.trim().is_empty()).ok_or("has no text of a query")?;
    let column = |usage: ColumnUsage| {
        move |name: String| ForeignColumn { name, usage, ..ForeignColumn::default() }
    };
    let labels = entries.texts("labels").into_iter().map(column(ColumnUsage::Label));
    let values = entries.texts("values").into_iter();
    let values = values.map(column(ColumnUsage::Metric(MetricKind::Gauge)));
    let other: Vec<String> = entries
        .0
        .iter()
        .filter(|(key, _)| !KNOWN.contains(&key.text.as_str()))
        .map(|(key, _)| format!("`{}`", visible(&key.text)))
        .collect();
    let remark =
        (!other.is_empty()).then(|| format!("These keys were not read: {}.", other.join(", ")));
    Ok(ForeignQuery {
        program: "sql_exporter",
        line: entries.line(),
        name: name.to_owned(),
        summary: entries.text("help").unwrap_or_default(),
        variants: vec![ForeignVariant { line: node.line, sql, ..ForeignVariant::default() }],
        columns: labels.chain(values).take(MOST_COLUMNS + 1).collect(),
        rest: RestOfColumns::Discarded,
        remarks: remark.into_iter().collect(),
        ..ForeignQuery::default()
    })
}

/// What a job sets for its queries. Connections can contain passwords, so only the names of databases are repeated.
fn of_job(job: YamlEntries<'_>, connections: &[String]) -> Vec<String> {
    let mut remarks = Vec::new();
    let databases: Vec<String> = connections
        .iter()
        .filter_map(|one| database(one))
        .map(|name| format!("`{}`", visible(name)))
        .collect();
    if !databases.is_empty() {
        remarks.push(format!(
            "`connections`: the job asks {}. For a check that runs in each database, name them in `databases`.",
            databases.join(", ")
        ));
    }
    if job.get("startup_sql").is_some() {
        remarks.push(
            "`startup_sql`: posemo sets the limits of its sessions, and runs no other statement before a query.".to_owned(),
        );
    }
    remarks
}

/// Whether a connection is one to PostgreSQL.
fn is_postgres(connection: &str) -> bool {
    let scheme = connection.split("://").next().unwrap_or_default().to_ascii_lowercase();
    scheme.contains("postgres") || scheme == "pg" || !connection.contains("://")
}

/// The name of the database in a connection: the path of its URL, without what looks like a part of a password.
fn database(connection: &str) -> Option<&str> {
    let (_, rest) = connection.split_once("://")?;
    let rest = rest.split(['?', '#']).next()?;
    let (_, host) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (_, name) = host.split_once('/')?;
    Some(name).filter(|name| !name.is_empty() && !name.contains(['/', '@', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_a_connection_is_named() {
        for (connection, expected) in [
            ("postgres://u:p@localhost/app?sslmode=disable", Some("app")),
            ("postgres://u:a/b@c@db:5432/app", Some("app")),
            ("postgres://localhost", None),
            ("postgres://localhost/", None),
            ("host=db password=x dbname=app", None),
        ] {
            assert_eq!(database(connection), expected, "{connection}");
        }
        assert!(is_postgres("rds-postgres://x") && !is_postgres("snowflake://u:p@h/s"));
    }
}
