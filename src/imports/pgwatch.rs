//! Reads metrics of pgwatch: `metrics.yaml` of version 3, and the folders of version 2.

use std::collections::BTreeMap;

use super::entries::YamlEntries;
use super::foreign_query::{ForeignFile, ForeignQuery, ForeignVariant, RestOfColumns};
use super::postgres_exporter::unknown;
use super::versions::of_expression;
use crate::catalog::code_of_query;
use crate::catalog::server_version::OLDEST;
use crate::finding::report::ServerRole;
use crate::percona::advisor_check::IgnoredPart;
use crate::percona::files::{self, ImportFile};
use crate::percona::yaml::{self, YamlKey, YamlNode, mistake};
use crate::text::mistake::Mistake;

/// The keys of a metric that are read, or that do not matter to posemo.
const KEYS: [&str; 7] = [
    "description",
    "sqls",
    "init_sql",
    "gauges",
    "node_status",
    "is_instance_level",
    "statement_timeout_seconds",
];

/// The key that states that a metric is about the whole server.
const ONCE: &str = "is_instance_level: true";

/// Reads the metrics of a file of version 3.
pub(super) fn read(file: &str, root: YamlEntries<'_>, content: &mut ForeignFile) {
    let metrics = root.map("metrics").map_or(&[][..], |metrics| metrics.0);
    for (key, node) in metrics {
        if content.is_full() {
            return;
        }
        if let Some(reason) = without_query(key, node) {
            content.ignored.push(IgnoredPart {
                file: file.to_owned(),
                line: key.line,
                what: key.text.clone(),
                reason: reason.to_owned(),
            });
            continue;
        }
        match metric(file, key, node) {
            Ok(query) => content.queries.push(query),
            Err(message) => content.refused.push(mistake(file, key.line, &key.text, message)),
        }
    }
    add_intervals(root, content);
}

/// Why a metric has no query for PostgreSQL.
fn without_query(key: &YamlKey, node: &YamlNode) -> Option<&'static str> {
    let sqls = YamlEntries::of(node)?.map("sqls").filter(|sqls| !sqls.0.is_empty())?;
    let texts: Vec<String> =
        sqls.0.iter().map(|(_, text)| text.text().unwrap_or_default()).collect();
    if texts.iter().all(|sql| is_empty(sql)) {
        return Some("has no query: pgwatch computes it from other metrics, or reads a file");
    }
    is_of_console(&key.text, texts.iter().map(String::as_str)).then_some(OF_CONSOLE)
}

/// Why a query of the console of a pooler is not imported.
const OF_CONSOLE: &str = "queries the console of PgBouncer or Pgpool; see posemo's checks pgbouncer_pools and pgbouncer_clients";

/// Whether a metric queries the console of a pooler.
fn is_of_console<'t>(name: &str, texts: impl IntoIterator<Item = &'t str>) -> bool {
    let is_show = |sql: &str| {
        sql.trim_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("show "))
    };
    (name.starts_with("pgbouncer") || name.starts_with("pgpool")) && texts.into_iter().all(is_show)
}

/// Whether a text has no query: only blanks, comments and semicolons.
fn is_empty(sql: &str) -> bool {
    code_of_query(sql)
        .is_some_and(|code| code.chars().all(|letter| letter.is_whitespace() || letter == ';'))
}

fn metric(file: &str, key: &YamlKey, node: &YamlNode) -> Result<ForeignQuery, String> {
    let entries = YamlEntries::of(node).ok_or("must be a mapping with the key sqls")?;
    let sqls = entries.map("sqls").filter(|sqls| !sqls.0.is_empty()).ok_or("has no sqls")?;
    if let Some(text) = entries.text("init_sql") {
        let only_statements = text.split(';').all(|statement| {
            let statement = statement.trim().to_ascii_lowercase();
            let creates = statement.strip_prefix("create extension");
            statement.is_empty() || creates.is_some_and(|rest| rest.ends_with("pg_stat_statements"))
        });
        let message = "init_sql: it needs functions or extensions that a superuser creates first, and posemo creates none: write a query of the system catalogs";
        if !only_statements {
            return Err(message.to_owned());
        }
    }
    let mut variants = Vec::new();
    for (version, text) in sqls.0 {
        let (from, _) = of_expression(&version.text)
            .ok_or_else(|| format!("sqls: \"{}\" is not a version", version.text))?;
        let sql = text.text().unwrap_or_default();
        // A text of one blank or semicolon means that these versions have no query.
        let variant = ForeignVariant { line: text.line, sql, from, until: None };
        if is_second(&variants, &variant) {
            return Err(second(from));
        }
        variants.push(variant);
    }
    Ok(ForeignQuery {
        file: file.to_owned(),
        program: "pgwatch",
        line: key.line,
        name: key.text.clone(),
        summary: first_sentence(&entries.text("description").unwrap_or_default()),
        rest: RestOfColumns::Tagged(entries.texts("gauges")),
        role: match entries.text("node_status").as_deref() {
            Some("primary") => Some(ServerRole::Primary),
            Some("standby") => Some(ServerRole::Standby),
            _ => None,
        },
        once: entries.is_true("is_instance_level").then_some(ONCE),
        remarks: unknown(entries, &KEYS),
        variants: without_empty(variants),
        ..ForeignQuery::default()
    })
}

/// Whether a text is the second for a version that posemo supports. Older versions have two numbers, such as 9.4 and 9.6.
fn is_second(variants: &[ForeignVariant], variant: &ForeignVariant) -> bool {
    variant.from >= OLDEST && variants.iter().any(|other| other.from == variant.from)
}

fn second(version: u32) -> String {
    format!("contains two texts for PostgreSQL {version}; remove one")
}

/// The variants with a text. The one before an empty text ends there.
fn without_empty(mut variants: Vec<ForeignVariant>) -> Vec<ForeignVariant> {
    variants.sort_by_key(|variant| variant.from);
    for index in 1..variants.len() {
        variants[index - 1].until = Some(variants[index].from);
    }
    variants.retain(|variant| !is_empty(&variant.sql));
    variants
}

/// The shortest interval of the presets that contain a metric.
fn add_intervals(root: YamlEntries<'_>, content: &mut ForeignFile) {
    let presets = root.map("presets").map_or(&[][..], |presets| presets.0);
    let lists = presets.iter().filter_map(|(_, node)| YamlEntries::of(node)?.map("metrics"));
    for (key, node) in lists.flat_map(|list| list.0) {
        let seconds = node.text().and_then(|text| super::entries::seconds(&text));
        for query in content.queries.iter_mut().filter(|query| query.name == key.text) {
            query.interval = match (query.interval, seconds) {
                (Some(known), Some(other)) => Some(known.min(other)),
                (known, other) => known.or(other),
            };
        }
    }
}

/// The first sentence of a description.
fn first_sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => line,
    }
}

/// The file of a metric of version 2: the name of the metric, the first version, and the servers. `None` for another file.
pub(super) fn part_of_folder(file: &ImportFile) -> Option<(String, u32, Option<ServerRole>)> {
    let name = file.path.file_name()?.to_str()?;
    let role = match name {
        "metric.sql" => None,
        "metric_master.sql" => Some(ServerRole::Primary),
        "metric_standby.sql" => Some(ServerRole::Standby),
        _ => return None,
    };
    let version = file.path.parent()?;
    let (from, _) = of_expression(version.file_name()?.to_str()?)?;
    Some((version.parent()?.file_name()?.to_str()?.to_owned(), from, role))
}

/// Reads the files of folders of version 2. `attributes` are the files `column_attrs.yaml`.
pub(super) fn read_folders(
    files: &[ImportFile],
    attributes: &[ImportFile],
    content: &mut ForeignFile,
) {
    let mut known = BTreeMap::new();
    let mut folders = BTreeMap::new();
    for file in attributes {
        let gauges = gauges(file);
        content.refused.extend(gauges.as_ref().err().cloned());
        folders.insert(file.path.parent(), (file, gauges.ok()));
    }
    for file in files {
        let (Some((name, from, role)), Some(sql)) = (part_of_folder(file), file.text.clone())
        else {
            continue;
        };
        if content.is_full() {
            return;
        }
        let variant = ForeignVariant { line: 1, sql, from, until: None };
        let folder = file.path.parent().and_then(|version| version.parent());
        // Two collections of metrics can contain the same name.
        if let Some(index) = known.get(&(folder, role.map(ServerRole::name))) {
            let query: &mut ForeignQuery = &mut content.queries[*index];
            if is_second(&query.variants, &variant) {
                content.refused.push(mistake(&file.name, 1, &name, second(from)));
                continue;
            }
            query.other_files.push((file.name.clone(), file.sha256.clone()));
            query.variants.push(variant);
            continue;
        }
        known.insert((folder, role.map(ServerRole::name)), content.queries.len());
        let mut query = ForeignQuery {
            file: file.name.clone(),
            sha256: file.sha256.clone(),
            program: "pgwatch2",
            line: 1,
            name,
            rest: RestOfColumns::Tagged(Vec::new()),
            role,
            variants: vec![variant],
            ..ForeignQuery::default()
        };
        match folders.get(&folder) {
            Some((own, Some(gauges))) => {
                query.rest = RestOfColumns::Tagged(gauges.clone());
                query.other_files.push((own.name.clone(), own.sha256.clone()));
            }
            Some((own, None)) => query.remarks.push(format!(
                "`kind`: `{}` was not read, so every number is a counter.",
                own.name
            )),
            None => {}
        }
        content.queries.push(query);
    }
    for query in content.queries.extract_if(.., |query| {
        is_of_console(&query.name, query.variants.iter().map(|variant| variant.sql.as_str()))
    }) {
        content.ignored.push(IgnoredPart {
            file: query.file,
            line: query.line,
            what: query.name,
            reason: OF_CONSOLE.to_owned(),
        });
    }
    for query in &mut content.queries {
        query.variants = without_empty(std::mem::take(&mut query.variants));
    }
}

/// The columns that are gauges, of a file `column_attrs.yaml`.
fn gauges(file: &ImportFile) -> Result<Vec<String>, Mistake> {
    if let Some(mistake) = files::unreadable(file) {
        return Err(mistake);
    }
    let documents = yaml::documents(&file.name, file.text.as_deref().unwrap_or_default())?;
    let gauges = documents.iter().filter_map(YamlEntries::of).flat_map(|root| {
        let all = root.is_true("prometheus_all_gauge_columns").then(|| "*".to_owned());
        root.texts("prometheus_gauge_columns").into_iter().chain(all)
    });
    Ok(gauges.collect())
}
