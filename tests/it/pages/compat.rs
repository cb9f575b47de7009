//! The page docs/compat.md: its tables are those of the room `compat`.

use std::fmt::Write as _;
use std::fs;

use posemo::compat::{self, Counterpart, ForeignPlugin};

use super::{assert_page, root};

const START: &str = "<!-- tables: generated -->\n";
const END: &str = "<!-- end of tables -->\n";

fn table(plugin: ForeignPlugin, title: &str, column: &str) -> String {
    let mut text =
        format!("\n## {title}\n\n| {column} | check of posemo | differences |\n|---|---|---|\n");
    for check in compat::checks(plugin) {
        let (answer, differs) = match &check.answer {
            Counterpart::Checks(mapping) => {
                let names = mapping.checks.iter().map(|name| format!("`{name}`"));
                (names.collect::<Vec<_>>().join(", "), check.differs.to_owned())
            }
            Counterpart::Nothing(reason) => ("none".to_owned(), (*reason).to_owned()),
        };
        writeln!(text, "| {} | {answer} | {} |", check.name, differs.trim()).unwrap();
    }
    text
}

#[test]
fn the_page_of_other_plugins_has_their_checks() {
    let file = "docs/compat.md";
    let page = fs::read_to_string(root(file)).unwrap();
    let (before, rest) = page.split_once(START).expect("the page has a place for the tables");
    let (_, after) = rest.split_once(END).expect("the tables have an end");
    let tables = [
        table(ForeignPlugin::CheckPostgres, "Actions of check_postgres", "action"),
        table(ForeignPlugin::CheckPgactivity, "Services of check_pgactivity", "service"),
    ];
    assert_page(file, &format!("{before}{START}{}\n{END}{after}", tables.concat()));
}

/// The tables have the items of docs/coverage.toml. What it leaves out has no counterpart.
#[test]
fn the_tables_of_other_plugins_are_complete() {
    let text = fs::read_to_string(root("docs/coverage.toml")).unwrap();
    let peers: super::IndexMap<String, super::Peer> = toml::from_str(&text).unwrap();
    for (tool, plugin) in [
        ("check_postgres", ForeignPlugin::CheckPostgres),
        ("check_pgactivity", ForeignPlugin::CheckPgactivity),
    ] {
        let checks = compat::checks(plugin);
        let names: Vec<&str> = checks.iter().map(|check| check.name).collect();
        let mut items = peers[tool].items.clone();
        items.sort();
        assert_eq!(names, items, "{tool}");
        for check in checks {
            let is_left_out = peers[tool].left_out.contains_key(check.name);
            let is_mapped = matches!(check.answer, Counterpart::Checks(_));
            assert!(!(is_left_out && is_mapped), "{tool} {}", check.name);
        }
    }
}
