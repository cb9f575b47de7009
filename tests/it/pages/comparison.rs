//! The page docs/comparison.md: what each tool sees, from the catalog, and the parts that `make comparison` writes.

use std::fmt::Write as _;
use std::fs;

use indexmap::IndexMap;
use posemo::catalog::Catalog;
use posemo::catalog::check::Check;

use super::{Peer, assert_page, by_topic, root};

/// The tools of the page, with their names there.
const TOOLS: [(&str, &str); 5] = [
    ("check_postgres", "check_postgres"),
    ("check_pgactivity", "check_pgactivity"),
    ("postgres_exporter", "postgres_exporter"),
    ("pgwatch", "pgwatch"),
    ("percona", "Percona's checks"),
];

fn row(text: &mut String, what: &str, cells: &[usize]) {
    let cells: Vec<String> = cells.iter().map(usize::to_string).collect();
    writeln!(text, "| {what} | {} |", cells.join(" | ")).unwrap();
}

fn covers(check: &Check, tool: &str) -> bool {
    check.covers.iter().any(|item| item.tool == tool)
}

/// The numbers of checks, by topic and tool.
fn seen() -> String {
    let names: Vec<&str> = TOOLS.iter().map(|(_, name)| *name).collect();
    let mut text = format!(
        "| topic | posemo | {} | none of them |\n|---|{}\n",
        names.join(" | "),
        "---:|".repeat(TOOLS.len() + 2)
    );
    let mut total = vec![0; TOOLS.len() + 2];
    for (topic, checks) in by_topic() {
        let of = |tool: &str| checks.iter().filter(|check| covers(check, tool)).count();
        let alone = |check: &&Check| !TOOLS.iter().any(|(tool, _)| covers(check, tool));
        let mut cells = vec![checks.len()];
        cells.extend(TOOLS.map(|(tool, _)| of(tool)));
        cells.push(checks.iter().filter(alone).count());
        total.iter_mut().zip(&cells).for_each(|(sum, cell)| *sum += cell);
        row(&mut text, &format!("[{topic}](checks/{topic}.md)"), &cells);
    }
    row(&mut text, "all", &total);
    text
}

/// What the other tools have, and what of it posemo does not have.
fn missing() -> String {
    let peers = fs::read_to_string(root("docs/coverage.toml")).unwrap();
    let peers: IndexMap<String, Peer> = toml::from_str(&peers).unwrap();
    let mut text = String::from(
        "\nThe second table counts the items of the other tools, and those that posemo has.\n\n| tool | items | posemo has | posemo does not have |\n|---|---:|---:|---|\n",
    );
    for (tool, name) in TOOLS {
        let peer = &peers[tool];
        let (all, without) = (peer.items.len(), peer.left_out.len());
        let left: Vec<String> = peer.left_out.keys().map(|item| format!("`{item}`")).collect();
        let (has, left) = (all - without, left.join(" "));
        writeln!(text, "| [{name}](coverage.md#{tool}) | {all} | {has} | {left} |").unwrap();
    }
    text
}

#[test]
fn the_page_of_the_comparison_counts_the_checks_of_the_catalog() {
    let page = fs::read_to_string(root("docs/comparison.md")).unwrap();
    let (begin, end) = ("<!-- coverage: generated -->\n", "<!-- end of coverage -->\n");
    let (before, rest) = page.split_once(begin).expect("the page has the part coverage");
    let (_, after) = rest.split_once(end).expect("the part coverage ends");
    let text = format!("{before}{begin}{}{}{end}{after}", seen(), missing());
    assert_page("docs/comparison.md", &text);
}

/// The texts of a key of a file of the comparison, in their order.
fn texts(file: &str, list: &str, key: &str) -> Vec<String> {
    let text = fs::read_to_string(root(&format!("benches/comparison/{file}"))).unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    let entries = table[list].as_array().unwrap();
    entries.iter().filter_map(|entry| Some(entry.get(key)?.as_str()?.to_owned())).collect()
}

#[test]
fn the_page_of_the_comparison_has_every_question_and_situation() {
    let page = fs::read_to_string(root("docs/comparison.md")).unwrap();
    let questions = texts("questions.toml", "question", "what");
    let situations = texts("situations.toml", "situation", "name");
    assert_eq!(questions.len(), 20);
    for question in &questions {
        assert!(page.contains(&format!("\n| {question} | ")), "make comparison: {question}");
    }
    for (place, name) in situations.iter().enumerate() {
        let number = place + 1;
        for part in [format!("\n### {number}. {name}\n"), format!("\n| {number}. {name} | ")] {
            assert!(page.contains(&part), "make comparison: {name}");
        }
    }
    let headings = page.matches("\n### ").count();
    assert_eq!(headings, situations.len() + 2, "the situations, and two tables of times");
}

#[test]
fn the_comparison_calls_checks_of_the_catalog() {
    let catalog = Catalog::embedded();
    let questions = texts("questions.toml", "question", "posemo");
    let situations = texts("situations.toml", "situation", "posemo");
    assert_eq!(questions.len(), 20, "posemo answers each question");
    for call in questions.iter().chain(&situations) {
        let mut words = call.split(' ');
        let check = catalog.get(words.next().unwrap()).unwrap();
        for word in words.filter_map(|word| word.split_once('=')) {
            let known = check.columns().any(|column| column.name == word.0)
                || check.arguments.iter().any(|argument| argument.name == word.0);
            assert!(known, "{call}: {} is neither a metric nor an argument", word.0);
        }
    }
}
