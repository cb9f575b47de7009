//! The tables of the page about writing checks are complete: keys, words, values and limits.
//!
//! The program's messages determine what it accepts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use posemo::catalog::{Catalog, TOPICS, owners};
use posemo::evaluate::script::{self, ScriptError};
use posemo::finding::Severity;
use posemo::finding::metric::Unit;
use posemo::rows::{QueryRows, Rows, ScriptInput};
use posemo::sandbox;

use super::PAGE;
use super::page::{self, Block, Part};
use crate::catalog::Folder;
use crate::server::posemo;

/// A column for manifests without other columns.
const COLUMN: &str = "[columns.used]\ntype = \"bigint\"\n";
const README: &str = "## What it watches\n## Why it matters\n## What to do\n";

/// An unknown key that is not similar to a known one.
const STRANGE: &str = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz = 1\n";

fn text() -> String {
    fs::read_to_string(PAGE).unwrap()
}

/// The text under a heading.
fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let (_, rest) = text
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("{heading} does not exist"));
    rest.find("\n#").map_or(rest, |end| &rest[..end])
}

/// The cells of each row of a table, without the header.
fn first_cells(section: &str) -> Vec<Vec<String>> {
    let rows = section.lines().filter(|line| line.starts_with("| "));
    rows.skip(1)
        .map(|row| row.split(" | ").map(|cell| cell.trim_matches(['|', ' ']).to_owned()).collect())
        .collect()
}

/// The words in backticks of a text.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Adds a folder with this manifest to a catalog.
fn refusal(manifest: &str) -> Result<(), String> {
    let folder = Folder::new("keys");
    folder.write("mine/check.toml", manifest);
    folder.write("mine/README.md", README);
    let several = manifest.contains("[queries.");
    for name in if several { &["query-1.sql", "query-2.sql"][..] } else { &["query.sql"][..] } {
        folder.write(&format!("mine/{name}"), "SELECT 1");
    }
    Catalog::empty().add(folder.path()).map_err(|error| error.to_string())
}

/// The keys that a table of a manifest accepts. The message about an unknown key lists them.
fn accepted(manifest: &str) -> BTreeSet<String> {
    let message = refusal(manifest).unwrap_err();
    let (_, list) =
        message.split_once("; one of ").unwrap_or_else(|| panic!("no list of keys: {message}"));
    list.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_tables_contain_exactly_the_keys_of_a_manifest() {
    let text = text();
    for (heading, manifest) in [
        ("### At the top", format!("{STRANGE}summary = \"x\"\n{COLUMN}")),
        ("### `[columns.NAME]`", format!("summary = \"x\"\n[columns.used]\n{STRANGE}")),
        ("### `[queries.N]`", format!("summary = \"x\"\n[queries.1]\n{STRANGE}")),
        ("### `[arguments.NAME]`", format!("summary = \"x\"\n[arguments.a]\n{STRANGE}")),
        ("### `[thresholds.NAME]`", format!("summary = \"x\"\n[thresholds.used]\n{STRANGE}")),
    ] {
        let rows = first_cells(section(&text, heading));
        let shown: BTreeSet<String> = rows.iter().map(|row| row[0].replace('`', "")).collect();
        assert_eq!(shown.len(), rows.len(), "{heading} has a key twice");
        assert_eq!(shown, accepted(&manifest), "{heading}");
    }
}

/// The message about an unknown key of a case lists the keys.
#[test]
fn the_table_contains_exactly_the_keys_of_a_case() {
    let text = text();
    let cases = section(&text, "## Cases and scenarios");
    let listed = |case: &str| -> BTreeSet<String> {
        let folder = Folder::new("cases");
        folder.write("mine/check.toml", &format!("summary = \"x\"\n{COLUMN}"));
        folder.write("mine/README.md", README);
        folder.write("mine/query.sql", "SELECT 1");
        folder.write("mine/cases/case.toml", case);
        let mine = folder.path().join("mine");
        let output = posemo(&["test", "--offline", mine.to_str().unwrap()]);
        let text = String::from_utf8(output.stdout).unwrap();
        let list = text.lines().find_map(|line| line.split_once("; one of ")).map(|(_, list)| list);
        list.unwrap_or_else(|| panic!("no list of keys: {text}"))
            .split(", ")
            .map(str::to_owned)
            .collect()
    };
    let shown: BTreeSet<String> =
        first_cells(cases).iter().map(|row| row[0].replace('`', "")).collect();
    assert_eq!(shown, listed(&format!("{STRANGE}server = 17\n")));
    let expected =
        listed(&format!("server = 17\nrows = []\nexpect = [{{ {} }}]\n", STRANGE.trim()));
    let (_, words) = cases.split_once("An expected finding has").unwrap();
    let words = quoted(words);
    assert!(expected.iter().all(|key| words.contains(key)), "{expected:?}");
}

/// A manifest without a required key is refused; all other keys can be missing.
#[test]
fn only_required_keys_are_required() {
    assert_eq!(refusal(&format!("summary = \"x\"\n{COLUMN}")), Ok(()));
    for (manifest, missing) in [
        (COLUMN.to_owned(), "the key \"summary\" is missing"),
        ("summary = \"x\"\n".to_owned(), "at least one column"),
        (
            "summary = \"x\"\n[columns.used]\nrole = \"info\"\n".to_owned(),
            "the key \"type\" is missing",
        ),
        (
            format!("summary = \"x\"\n[arguments.a]\ndefault = 1\n{COLUMN}"),
            "the key \"type\" is missing",
        ),
        (
            format!("summary = \"x\"\n[arguments.a]\ntype = \"text\"\n{COLUMN}"),
            "the key \"default\" is missing",
        ),
        (
            "summary = \"x\"\n[queries.1]\nscope = \"cluster\"\n".to_owned(),
            "the key \"columns\" is missing",
        ),
    ] {
        let message = refusal(&manifest).unwrap_err();
        assert!(message.contains(missing), "{manifest}\n{message}");
    }
}

/// The lists of words contain exactly the words that the program accepts.
#[test]
fn the_lists_contain_exactly_the_accepted_words() {
    let text = text();
    let row = |heading: &str, key: &str| {
        let rows = first_cells(section(&text, heading));
        let row = rows.into_iter().find(|row| row[0] == format!("`{key}`"));
        quoted(row.unwrap_or_else(|| panic!("{heading} has no row {key}")).last().unwrap())
    };
    let set =
        |words: &mut dyn Iterator<Item = &str>| words.map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(row("### At the top", "topic"), set(&mut TOPICS.into_iter()));
    let units = row("### `[columns.NAME]`", "unit");
    assert_eq!(units, set(&mut Unit::ALL.into_iter().map(Unit::name)));
    let owned = first_cells(section(&text, "## Owners"));
    let owned: BTreeSet<String> = owned.iter().map(|row| row[0].replace('`', "")).collect();
    assert_eq!(owned, set(&mut owners().map(|(name, _)| name).chain(["superuser"])));
    let types = section(&text, "### `[columns.NAME]`").split("Types: ").nth(1).unwrap();
    let message = refusal("summary = \"x\"\n[columns.a]\ntype = \"zzzz\"\n").unwrap_err();
    let (_, list) = message.split_once("PostgreSQL's names: ").unwrap();
    let list = list.trim_end_matches(", or one of these with []").split(", ");
    let mut shown = quoted(types);
    assert!(shown.remove("[]") && shown.contains("text"));
    assert_eq!(shown, list.map(str::to_owned).collect());
    let arguments = row("### `[arguments.NAME]`", "type");
    let message =
        refusal(&format!("summary = \"x\"\n[arguments.a]\ntype = \"z\"\ndefault = 1\n{COLUMN}"))
            .unwrap_err();
    let (_, list) = message.split_once("one of ").unwrap();
    assert_eq!(arguments, list.split(", ").map(str::to_owned).collect());
}

/// The table contains exactly the rules in the source of the linter.
#[test]
fn the_table_contains_exactly_the_rules_of_the_linter() {
    let mut rules = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lint");
    for folder in [root.clone(), root.join("flow")] {
        for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let Ok(source) = fs::read_to_string(&file) else { continue };
            let begins = if file.ends_with("server_error.rs") { "=>" } else { ".add(" };
            let opens = |c: char| c.is_whitespace() || "({".contains(c);
            let rest = source.split(begins).skip(1).map(|rest| rest.trim_start_matches(opens));
            let first = rest.filter_map(|rest| rest.strip_prefix('"')?.split_once('"'));
            rules.extend(first.map(|(rule, _)| rule.to_owned()));
        }
    }
    rules.insert("unreadable".to_owned());
    let text = text();
    let rows = first_cells(section(&text, "## What is refused"));
    let shown: BTreeSet<String> = rows.iter().flat_map(|row| quoted(&row[0])).collect();
    assert_eq!(shown, rules);
}

#[test]
fn each_severity_has_the_state_of_the_table() {
    let text = text();
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter(|line| line.matches('|').count() == 3);
    let states: Vec<(BTreeSet<String>, &str)> = rows
        .filter_map(|row| row.trim_matches(['|', ' ']).split_once(" | "))
        .map(|(left, right)| (quoted(left), right))
        .collect();
    for severity in Severity::ALL {
        let found = states.iter().find(|(names, _)| names.contains(severity.name()));
        let (_, state) =
            found.unwrap_or_else(|| panic!("{} is missing in the table", severity.name()));
        assert!(state.starts_with(severity.state().label()), "{} is {state}", severity.name());
    }
}

/// Each expression of the table of functions has the value in its row.
#[test]
fn functions_return_the_values_of_the_table() {
    let rows = first_cells(section(&text(), "### Functions"));
    assert!(rows.len() > 8);
    for row in rows {
        let expression = row[0].trim_matches('`');
        assert_eq!(evaluated(expression), row[1].trim_matches('`'), "{expression}");
    }
}

/// Each float is converted into the text in its row.
#[test]
fn floats_have_the_texts_of_the_table() {
    let text = text();
    let (_, rest) = text.split_once("\nFloats as text").unwrap();
    let (table, _) = rest.split_once("\nArithmetic").unwrap();
    let mut compared = 0;
    for row in first_cells(table) {
        let cell = |index: usize| row[index].split('`').skip(1).step_by(2).collect::<Vec<_>>();
        let given = cell(0);
        let shown = [2, 1, 0].map(cell).into_iter().find(|cell| cell.len() == given.len());
        for (number, expected) in given.iter().zip(shown.unwrap()) {
            let named = number.trim_start_matches(['+', '-']).starts_with(char::is_alphabetic);
            let number = if named { format!("float(\"{number}\")") } else { (*number).to_owned() };
            assert_eq!(evaluated(&number), expected, "{number}");
            compared += 1;
        }
    }
    assert!(compared > 12, "{compared} floats");
}

/// Each expression has the value in its row, or is an error.
#[test]
fn other_expressions_have_the_values_of_the_table() {
    let text = text();
    let (_, table) = text.split_once("\nOther expressions:\n").unwrap();
    let mut compared = 0;
    for row in first_cells(table) {
        let cell = |index: usize| row[index].split('`').skip(1).step_by(2).collect::<Vec<_>>();
        let (given, shown) = (cell(0), cell(2));
        if row[2].starts_with("an error") {
            for expression in given.iter().filter(|given| given.contains(['(', '%'])) {
                assert!(tried(expression).is_err(), "{expression}");
                compared += 1;
            }
        } else if given.len() == shown.len() && row[2].starts_with('`') {
            for (expression, expected) in given.iter().zip(shown) {
                assert_eq!(evaluated(expression), expected, "{expression}");
                compared += 1;
            }
        }
    }
    assert!(compared > 35, "{compared} expressions");
}

/// The value of an expression, as text.
fn evaluated(expression: &str) -> String {
    tried(expression).unwrap()
}

fn tried(expression: &str) -> Result<String, ScriptError> {
    let source = format!(
        "def check_context(docs, context):\n    return [{{\"severity\": \"info\", \"summary\": str({expression})}}]\n"
    );
    let judged =
        script::judge("page", &source, &ScriptInput::List(vec![QueryRows::Rows(Rows::default())]))
            .map_err(|failure| failure.error)?;
    Ok(judged.findings[0].summary.clone())
}

#[test]
fn the_limits_are_those_of_the_program() {
    let text = text();
    let limits = section(&text, "### Limits");
    for shown in [
        format!("| time | {} s |", sandbox::ALLOWED.as_secs()),
        format!(
            "| findings | {}, with {} MiB of text in total |",
            script::MOST_FINDINGS,
            script::MOST_TEXT / 1024 / 1024
        ),
    ] {
        assert!(limits.contains(&shown), "{shown}");
    }
}

/// Parts of a manifest are accepted.
#[test]
fn fragments_of_a_manifest_are_accepted() {
    let text = text();
    let mut tried = 0;
    for part in page::parts(&text) {
        let Part::Block(Block { language, before, file: None, text, line }) = part else {
            continue;
        };
        if language != "toml" || !before.ends_with("`check.toml`:") {
            continue;
        }
        let columns = if text.contains("columns.") { "" } else { COLUMN };
        assert_eq!(refusal(&format!("summary = \"x\"\n{text}{columns}")), Ok(()), "line {line}");
        tried += 1;
    }
    assert!(tried > 2, "{tried} fragments");
}
