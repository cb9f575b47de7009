//! The tables of the page for authors are complete: keys, words, values and limits, as the program has them.
//!
//! What the program accepts is found out by asking it, not by a second list.

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

/// What a check folder has when nothing else is said.
const COLUMN: &str = "[columns.used]\ntype = \"bigint\"\n";
const README: &str = "## What it watches\n## Why it matters\n## What to do\n";

/// A key that is none, and like none.
const STRANGE: &str = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz = 1\n";

fn text() -> String {
    fs::read_to_string(PAGE).unwrap()
}

/// What is under a heading, up to the next one.
fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let (_, rest) = text
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("there is no {heading}"));
    rest.find("\n#").map_or(rest, |end| &rest[..end])
}

/// The first cells of the rows of a table, without backticks; the head and its line are left out.
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

/// What is said of a folder with this manifest.
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

/// The keys that a table of a manifest takes: they are listed where one is like none of them.
fn accepted(manifest: &str) -> BTreeSet<String> {
    let said = refusal(manifest).unwrap_err();
    let (_, list) =
        said.split_once("; one of ").unwrap_or_else(|| panic!("no list of keys: {said}"));
    list.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_has_its_row_and_every_row_its_key() {
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

/// The same for the keys of cases, which a case with a key that is none makes `test` list.
#[test]
fn every_key_of_a_case_is_there() {
    let text = text();
    let cases = section(&text, "## Cases and stories");
    let listed = |case: &str| -> BTreeSet<String> {
        let folder = Folder::new("cases");
        folder.write("mine/check.toml", &format!("summary = \"x\"\n{COLUMN}"));
        folder.write("mine/README.md", README);
        folder.write("mine/query.sql", "SELECT 1");
        folder.write("mine/cases/case.toml", case);
        let mine = folder.path().join("mine");
        let output = posemo(&["test", "--offline", mine.to_str().unwrap()]);
        let said = String::from_utf8(output.stdout).unwrap();
        let list = said.lines().find_map(|line| line.split_once("; one of ")).map(|(_, list)| list);
        list.unwrap_or_else(|| panic!("no list of keys: {said}"))
            .split(", ")
            .map(str::to_owned)
            .collect()
    };
    let shown: BTreeSet<String> =
        first_cells(cases).iter().map(|row| row[0].replace('`', "")).collect();
    assert_eq!(shown, listed(&format!("{STRANGE}server = 17\n")));
    let expected =
        listed(&format!("server = 17\nrows = []\nexpect = [{{ {} }}]\n", STRANGE.trim()));
    let (_, words) = cases.split_once("What is expected of a finding").unwrap();
    let words = quoted(words);
    assert!(expected.iter().all(|key| words.contains(key)), "{expected:?}");
}

/// A row that says `required` is true: without the key the folder is refused; all others may be missing.
#[test]
fn what_is_required_and_what_is_not() {
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
        let said = refusal(&manifest).unwrap_err();
        assert!(said.contains(missing), "{manifest}\n{said}");
    }
}

/// The lists of words are those of the program, in both directions.
#[test]
fn the_words_are_those_that_are_accepted() {
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
    let said = refusal("summary = \"x\"\n[columns.a]\ntype = \"zzzz\"\n").unwrap_err();
    let (_, list) = said.split_once("spells it: ").unwrap();
    let list = list.trim_end_matches(", or one of these with []").split(", ");
    let mut shown = quoted(types);
    assert!(shown.remove("[]") && shown.contains("text"));
    assert_eq!(shown, list.map(str::to_owned).collect());
    let arguments = row("### `[arguments.NAME]`", "type");
    let said =
        refusal(&format!("summary = \"x\"\n[arguments.a]\ntype = \"z\"\ndefault = 1\n{COLUMN}"))
            .unwrap_err();
    let (_, list) = said.split_once("one of ").unwrap();
    assert_eq!(arguments, list.split(", ").map(str::to_owned).collect());
}

/// The rules of the linter are those in its source: the first text of each complaint.
#[test]
fn every_rule_of_the_linter_is_there() {
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
fn severities_lead_to_the_states_that_the_table_says() {
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
        let (_, state) = found.unwrap_or_else(|| panic!("{} is in no table", severity.name()));
        assert!(state.starts_with(severity.state().label()), "{} is {state}", severity.name());
    }
}

/// Each expression of the table of functions gives what stands beside it.
#[test]
fn expressions_give_what_is_shown() {
    let rows = first_cells(section(&text(), "### Functions"));
    assert!(rows.len() > 8);
    for row in rows {
        let expression = row[0].trim_matches('`');
        assert_eq!(evaluated(expression), row[1].trim_matches('`'), "{expression}");
    }
}

/// The texts of floats beside those of PMM; where both are the same, it is said so.
#[test]
fn floats_are_written_as_is_shown() {
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

/// So is what other expressions give: a row with as many results as expressions, or with an error for all.
#[test]
fn other_expressions_give_what_is_shown() {
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

/// What an expression gives, as text.
fn evaluated(expression: &str) -> String {
    tried(expression).unwrap()
}

fn tried(expression: &str) -> Result<String, ScriptError> {
    let source = format!(
        "def check_context(docs, context):\n    return [{{\"severity\": \"info\", \"summary\": str({expression})}}]\n"
    );
    let judged =
        script::judge("page", &source, &ScriptInput::List(vec![QueryRows::Rows(Rows::default())]))
            .map_err(|unjudged| unjudged.error)?;
    Ok(judged.findings[0].summary.clone())
}

#[test]
fn limits_are_those_in_force() {
    let text = text();
    let limits = section(&text, "### Limits");
    for shown in [
        format!("| time | {} seconds |", sandbox::ALLOWED.as_secs()),
        format!(
            "| findings | {}, with {} MiB of text together |",
            script::MOST_FINDINGS,
            script::MOST_TEXT / 1024 / 1024
        ),
    ] {
        assert!(limits.contains(&shown), "{shown}");
    }
}

/// Pieces of a manifest that stand alone are accepted where they belong.
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
