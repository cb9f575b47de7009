//! The pages that are generated from the catalog: docs/checks/, docs/coverage.md, docs/security-coverage.md and the table in
//! README.md.
//!
//! `BLESS=1 cargo test pages::` writes them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use indexmap::IndexMap;
use posemo::catalog::check::{Check, Scope};
use posemo::catalog::covers::PEERS;
use posemo::catalog::function::ColumnRole;
use posemo::catalog::{Catalog, TOPICS};
use posemo::settings::Settings;
use posemo::text::interval;
use posemo::text::references::grouped;
use serde::Deserialize;

mod comparison;
mod compat;
mod security;

/// The items of another tool, from docs/coverage.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Peer {
    /// What the items are, and of which version.
    source: String,
    items: Vec<String>,
    /// The items that no check replaces, with the reason.
    #[serde(default)]
    left_out: IndexMap<String, String>,
}

const GENERATED: &str = "<!-- Generated from the catalog: BLESS=1 cargo test pages:: -->\n";

fn root(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// The checks of each topic, in the order of the topics.
fn by_topic() -> Vec<(&'static str, Vec<Check>)> {
    let mut checks = Catalog::embedded().checks().unwrap();
    checks.sort_by(|a, b| a.name.cmp(&b.name));
    let of = |topic: &'static str| {
        (topic, checks.iter().filter(|check| check.topic == topic).cloned().collect::<Vec<_>>())
    };
    TOPICS.into_iter().map(of).filter(|(_, checks)| !checks.is_empty()).collect()
}

/// Fails unless a file has this text. With `BLESS=1` the file is written first.
fn assert_page(file: &str, text: &str) {
    let path = root(file);
    if env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == expected,
        "{file} is not that of the catalog; BLESS=1 cargo test pages:: writes it"
    );
}

/// Whether a check can alarm without settings.
fn alarms(check: &Check) -> &'static str {
    if check.can_alarm() { "yes" } else { "no" }
}

/// Where and on which servers a check runs.
fn place(check: &Check) -> String {
    let scope = if check.has_query_of(Scope::Database) { "each database" } else { "server" };
    let role = check.role.map_or(String::new(), |role| format!(", {}", role.name()));
    format!("{scope}{role}")
}

#[test]
fn the_pages_of_checks_are_those_of_the_catalog() {
    let topics = by_topic();
    let total: usize = topics.iter().map(|(_, checks)| checks.len()).sum();
    let mut index = format!(
        "{GENERATED}\n# The checks\n\nposemo has {total} checks. Each page contains the checks of a topic: what each watches, why it \
         matters, and what to\ndo. `posemo explain NAME` prints the same page, and the SQL of the check. A check without an alarm has \
         numbers for\ngraphs; its page suggests thresholds where there are good ones.\n"
    );
    for (topic, checks) in &topics {
        writeln!(index, "\n## [{topic}]({topic}.md)\n\n| check | watches | runs | PostgreSQL | every | alarms |\n|---|---|---|---|---|---|").unwrap();
        let mut page = format!("{GENERATED}\n# Checks: {topic}\n");
        for check in checks {
            let name = &check.name;
            let servers = check.servers.to_string();
            let every = interval::write(check.interval);
            writeln!(
                index,
                "| [`{name}`]({topic}.md#{name}) | {} | {} | {servers} | {every} | {} |",
                check.summary,
                place(check),
                alarms(check)
            )
            .unwrap();
            page += &section(check);
        }
        assert_page(&format!("docs/checks/{topic}.md"), &page);
    }
    assert_page("docs/checks/README.md", &index);
    let expected: Vec<String> = topics.iter().map(|(topic, _)| format!("{topic}.md")).collect();
    for file in fs::read_dir(root("docs/checks")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(
            name == "README.md" || expected.contains(&name),
            "docs/checks/{name} belongs to no topic"
        );
    }
}

/// The section of a check: its README, one level lower, and its numbers.
fn section(check: &Check) -> String {
    let mut text = String::new();
    let mut in_code = false;
    for line in check.readme.lines() {
        in_code ^= line.trim_start().starts_with("```");
        let heading = line.starts_with('#') && !in_code;
        writeln!(text, "{}{line}", if heading { "#" } else { "" }).unwrap();
    }
    let mut text = format!("\n{}\n", text.trim_end());
    writeln!(text, "\n### Facts\n").unwrap();
    let hold = check
        .hold
        .map_or(String::new(), |hold| format!(", alarms after {}", interval::write(hold)));
    let demand = if check.by_default { "" } else { ", only on demand" };
    writeln!(
        text,
        "Runs: {}, PostgreSQL {}, every {}{hold}{demand}. Owner: `{}`.",
        place(check),
        check.servers,
        interval::write(check.interval),
        check.owner
    )
    .unwrap();
    if !check.references.is_empty() {
        let references = grouped(check.references.iter().map(String::as_str));
        writeln!(text, "\nReferences: {references}.").unwrap();
    }
    let metrics: Vec<_> =
        check.columns().filter(|column| column.role == ColumnRole::Metric).collect();
    if !metrics.is_empty() {
        text += "\n| metric | unit | warning | critical | meaning |\n|---|---|---|---|---|\n";
        for column in metrics {
            let levels = check.thresholds.levels.get(&column.name).cloned().unwrap_or_default();
            let range = |range: Option<posemo::finding::range::Range>| {
                range.map_or(String::new(), |range| range.written().to_owned())
            };
            let unit = if column.unit.name() == "none" { "" } else { column.unit.name() };
            writeln!(
                text,
                "| `{}` | {unit} | {} | {} | {} |",
                column.name,
                range(levels.warning),
                range(levels.critical),
                column.help
            )
            .unwrap();
        }
    }
    if !check.arguments.is_empty() {
        text += "\n| argument | type | default | meaning |\n|---|---|---|---|\n";
        for argument in &check.arguments {
            let default = posemo::settings::source::argument_text(&argument.default);
            let default =
                if default.is_empty() { "empty".to_owned() } else { format!("`{default}`") };
            writeln!(
                text,
                "| `{}` | {} | {default} | {} |",
                argument.name,
                argument.sql_type.sql(),
                argument.help
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn the_readme_has_the_number_of_checks_of_each_topic() {
    let topics = by_topic();
    let total: usize = topics.iter().map(|(_, checks)| checks.len()).sum();
    let mut table = format!(
        "posemo has {total} checks: [docs/checks](docs/checks/README.md) describes each.\n\n| topic | checks |\n|---|---|\n"
    );
    for (topic, checks) in &topics {
        let names: Vec<String> = checks.iter().map(|check| format!("`{}`", check.name)).collect();
        writeln!(table, "| [{topic}](docs/checks/{topic}.md) | {} |", names.join(", ")).unwrap();
    }
    let readme = fs::read_to_string(root("README.md")).unwrap();
    let (begin, end) = ("<!-- checks: generated -->\n", "<!-- end of checks -->\n");
    let (before, rest) = readme.split_once(begin).expect("README.md has the table of checks");
    let (_, after) = rest.split_once(end).expect("README.md has the end of the table");
    assert_page("README.md", &format!("{before}{begin}{table}{end}{after}"));
}

#[test]
fn the_page_of_coverage_has_every_item_of_other_tools() {
    let text = fs::read_to_string(root("docs/coverage.toml")).unwrap();
    let peers: IndexMap<String, Peer> = toml::from_str(&text).unwrap();
    let mut covered: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let checks = Catalog::embedded().checks().unwrap();
    for check in &checks {
        for item in &check.covers {
            covered.entry((item.tool, &item.item)).or_default().push(&check.name);
        }
    }
    let mut wrong = Vec::new();
    for ((tool, item), names) in &covered {
        if peers.get(*tool).is_none_or(|peer| !peer.items.iter().any(|known| known == item)) {
            wrong.push(format!(
                "docs/coverage.toml has no item \"{item}\" of {tool}, which {} covers",
                names.join(", ")
            ));
        }
    }
    let mut page = format!(
        "{GENERATED}\n# What posemo covers of other tools\n\nEach table lists what another tool watches, and the check of posemo that watches it, or the reason why none does.\n"
    );
    for (tool, peer) in &peers {
        assert!(PEERS.contains(&tool.as_str()), "docs/coverage.toml: {tool} is unknown");
        let count = peer
            .items
            .iter()
            .filter(|item| covered.contains_key(&(tool.as_str(), item.as_str())))
            .count();
        writeln!(page, "\n## {tool}\n\n{}. {count} of {} are covered.\n\n| item | check of posemo |\n|---|---|", peer.source, peer.items.len()).unwrap();
        for item in &peer.items {
            let reason = peer.left_out.get(item);
            let cell = match (covered.get(&(tool.as_str(), item.as_str())), reason) {
                (Some(names), None) => {
                    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                }
                (None, Some(reason)) => format!("none: {reason}"),
                (Some(_), Some(_)) => {
                    wrong.push(format!("{tool}: \"{item}\" is covered and left out"));
                    continue;
                }
                (None, None) => {
                    wrong.push(format!("{tool}: \"{item}\" is neither covered nor left out"));
                    continue;
                }
            };
            writeln!(page, "| {item} | {cell} |").unwrap();
        }
        for item in peer.left_out.keys().filter(|item| !peer.items.contains(item)) {
            wrong.push(format!("{tool}: left_out has \"{item}\", which is not an item"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_page("docs/coverage.md", &page);
}

/// A person copies the settings of a README into posemo.toml.
#[test]
fn the_settings_in_the_readmes_are_valid() {
    let (catalog, mut count) = (Catalog::embedded(), 0);
    for check in catalog.checks().unwrap() {
        let blocks = check.readme.split("```toml\n").skip(1);
        for block in blocks.map(|rest| rest.split("```").next().unwrap()) {
            let place = format!("{}/README.md", check.place);
            if let Err(error) = Settings::parse(&place, block.to_owned(), &catalog) {
                panic!("{error}\n{block}");
            }
            count += 1;
        }
    }
    assert!(count > 40, "{count} blocks");
}

/// The sixteen checks of Posemo 0.8, by the names of their functions.
#[test]
fn the_checks_of_the_earlier_posemo_have_their_names() {
    let catalog = Catalog::embedded();
    for (former, now, class) in [
        ("activity", "session_states", "Activity"),
        ("alive", "alive", "Alive"),
        ("allocated_buffers", "background_writes", "AllocatedBuffers"),
        ("bg_writer_pressure", "background_writes", "BGWriterPressure"),
        ("cache_hit_ratio", "cache_hit_ratio", "CacheHitRatio"),
        ("checkpoint_time", "checkpoint_pressure", "CheckpointTime"),
        ("checkpoints", "checkpoint_pressure", "Checkpoints"),
        ("connection_limit", "connection_usage", "ConnectionLimit"),
        ("crud_count", "database_activity", "CRUDCount"),
        ("db_size", "database_size", "DBSize"),
        ("primary", "replication_role", "Primary"),
        ("read_write_time", "database_activity", "ReadWriteTime"),
        ("slave_lag", "replication_lag", "SlaveLag"),
        ("transactions", "database_activity", "Transactions"),
        ("writeable", "writeable", "Writeable"),
        // Its name is that of another check now.
        ("exclusive_backup", "exclusive_backup", "BackupAge"),
    ] {
        let check = catalog.get(former).unwrap();
        assert_eq!(check.name, now, "{former}");
        let covers = format!("posemo: {class}");
        assert!(check.covers.iter().any(|item| item.to_string() == covers), "{former}");
    }
}
