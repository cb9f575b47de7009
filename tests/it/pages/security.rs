//! docs/security-coverage.md: what security assessments ask, and what answers it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::{env, fs};

use indexmap::{IndexMap, IndexSet};
use posemo::catalog::Catalog;
use posemo::text::references::grouped;
use serde::Deserialize;

use super::{GENERATED, assert_page, root};

/// A question of an assessment, from docs/security-coverage.toml. One of the last three keys answers it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecurityItem {
    topic: String,
    what: String,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    checks: Vec<String>,
    command: Option<String>,
    left_out: Option<String>,
}

impl SecurityItem {
    /// The last column; an error if not exactly one key answers.
    fn answer(&self, id: &str, known: &[&str]) -> Result<String, String> {
        for name in &self.checks {
            if !known.contains(&name.as_str()) {
                return Err(format!("{id}: check {name} does not exist"));
            }
        }
        match (self.checks.as_slice(), &self.command, &self.left_out) {
            ([], Some(command), None) => Ok(format!("`{command}`")),
            ([], None, Some(reason)) => Ok(format!("none: {reason}")),
            (checks, None, None) if !checks.is_empty() => {
                let checks = checks.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
                Ok(checks.join(", "))
            }
            _ => Err(format!("{id}: exactly one of checks, command and left_out must answer")),
        }
    }
}

#[test]
fn the_page_of_security_answers_each_question() {
    let text = fs::read_to_string(root("docs/security-coverage.toml")).unwrap();
    let items: IndexMap<String, SecurityItem> = toml::from_str(&text).unwrap();
    let checks = Catalog::embedded().checks().unwrap();
    let known: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    let covered = items.values().filter(|item| item.left_out.is_none()).count();
    assert!(covered >= 95, "{covered} are covered");
    let mut page = format!(
        "{GENERATED}\n# What security assessments ask\n\nEach table lists what an assessment of a PostgreSQL server asks, where the question comes from, and the check that answers it, or the reason why none does. {covered} of {} questions are answered. The references are numbers of sections and rules: CIS of the CIS PostgreSQL Benchmark, with the numbers that pgdsat uses, too; STIG of the DISA STIG for Crunchy Data PostgreSQL; BSI of IT-Grundschutz and Grundschutz++; dev-sec of its postgres baseline; splinter of Supabase's lints.\n",
        items.len()
    );
    let mut wrong = Vec::new();
    let mut topic = "";
    for (id, item) in &items {
        if item.topic != topic {
            topic = &item.topic;
            writeln!(
                page,
                "\n## {topic}\n\n| id | question | references | answer |\n|---|---|---|---|"
            )
            .unwrap();
        }
        match item.answer(id, &known) {
            Ok(answer) => {
                let references = grouped(item.references.iter().map(String::as_str));
                writeln!(page, "| {id} | {} | {references} | {answer} |", item.what).unwrap();
            }
            Err(problem) => wrong.push(problem),
        }
    }
    let used: BTreeSet<&str> =
        items.values().flat_map(|item| &item.checks).map(String::as_str).collect();
    let unused = checks.iter().filter(|check| check.topic == "security");
    for check in unused.filter(|check| !used.contains(check.name.as_str())) {
        wrong.push(format!("docs/security-coverage.toml has no question for {}", check.name));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_page("docs/security-coverage.md", &page);
}

/// The findings of a check have the references of the questions that it answers. docs/security-coverage.toml is their source:
/// with `BLESS=1`, this test writes them into check.toml.
#[test]
fn a_check_has_the_references_of_its_questions() {
    let text = fs::read_to_string(root("docs/security-coverage.toml")).unwrap();
    let items: IndexMap<String, SecurityItem> = toml::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for check in Catalog::embedded().checks().unwrap() {
        let questions = items.values().filter(|item| item.checks.contains(&check.name));
        // The name of a tool without a number is for the page only.
        let references =
            questions.flat_map(|item| &item.references).filter(|one| one.contains(' '));
        let references: IndexSet<&String> = references.collect();
        if references.iter().copied().eq(check.references.iter()) {
            continue;
        }
        let path = root(&format!("checks/{}/check.toml", check.name));
        if env::var_os("BLESS").is_some() {
            let manifest = fs::read_to_string(&path).unwrap();
            fs::write(&path, with_references(&manifest, &references)).unwrap();
        }
        wrong.push(format!("{}: {references:?}", path.display()));
    }
    assert!(
        wrong.is_empty(),
        "other references than in docs/security-coverage.toml; BLESS=1 cargo test pages:: writes them, then build again:\n{}",
        wrong.join("\n")
    );
}

/// The manifest with these references: at the end of the keys at the top.
fn with_references(manifest: &str, references: &IndexSet<&String>) -> String {
    let (top, tables) = manifest.split_once("\n[").unwrap();
    let (before, after) = top.split_once("\nreferences = [").map_or((top, ""), |(before, rest)| {
        (before, rest.split_once(']').map_or("", |(_, after)| after))
    });
    let top = format!("{}{}", before.trim_end(), after.trim_end());
    if references.is_empty() {
        return format!("{top}\n\n[{tables}");
    }
    let list: String =
        references.iter().fold(String::new(), |list, one| format!("{list}    \"{one}\",\n"));
    format!("{top}\nreferences = [\n{list}]\n\n[{tables}")
}
