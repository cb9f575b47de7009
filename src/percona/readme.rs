//! Writes the `README.md` of an imported check: its description, its origin, and remarks for the reviewer.

use std::fmt::Write as _;

use super::advisor_check::AdvisorCheck;
use super::description::QueryDescription;
use super::guess::named;
use super::manifest::one_line;
use crate::text::visible::visible;

/// The text of the page.
pub(super) fn text(
    check: &AdvisorCheck,
    descriptions: &[QueryDescription],
    remarks: &[String],
) -> String {
    let mut page =
        format!("# {}\n\n## What it watches\n\n{}\n", check.folder, harmless_line(&check.summary));
    let named = named(descriptions);
    if !named.is_empty() {
        add(&mut page, format_args!("\nIt reads {}.\n", named.join(", ")));
    }
    if check.judges_document() {
        page.push_str(&document(check));
    }
    add(&mut page, format_args!("\n## Why it matters\n\n{}\n", paragraph(&check.description)));
    page.push_str(
        "\n## What to do\n\nThe description of each finding, or the page that it links to, contains the remedy. The texts are in `evaluate.star`.\n",
    );
    page.push_str("\n## Where it comes from\n\n");
    add(
        &mut page,
        format_args!(
            "- Imported from line {} of `{}`, a file of Percona advisor checks in version {} of the format.\n",
            check.line,
            harmless_line(&check.file),
            check.version
        ),
    );
    add(&mut page, format_args!("- SHA-256 of that file: `{}`\n", check.sha256));
    let mut fact = |what: &str, value: &str| {
        if !value.is_empty() {
            add(&mut page, format_args!("- {what}: {}\n", harmless_line(value)));
        }
    };
    fact("Name in the file", &check.name);
    fact("Advisor", check.advisor.as_deref().unwrap_or_default());
    fact("Category", check.category.as_deref().unwrap_or_default());
    fact("Tiers", &check.tiers.join(", "));
    page.push_str(
        "\n## To review\n\nposemo guessed the following. Remove each line after you have reviewed it.\n\n",
    );
    for remark in remarks {
        add(&mut page, format_args!("- {}\n", harmless_line(remark)));
    }
    page
}

/// How to make the document of a check, and where posemo finds it.
fn document(check: &AdvisorCheck) -> String {
    let name = &check.folder;
    let form = if check.version == 1 {
        "a list of rows, the answer to"
    } else {
        "a list with one item for each query, each of which is a list of rows. The queries are"
    };
    let mut text = format!(
        "\nposemo connects only to PostgreSQL, so the check judges a document in JSON: {form}\n\n"
    );
    for part in &check.document {
        // A line of an indented block ends with the line, whatever it contains.
        add(&mut text, format_args!("    {}\n", one_line(&part.statement)));
    }
    add(
        &mut text,
        format_args!(
            "\nA row is an object with the names of the columns, or the answer of MongoDB. Write the file with a program of \
             MySQL or MongoDB, and name it in posemo.toml: `[targets.NAME.documents]`, `{name} = \"/path/of/{name}.json\"`. \
             `posemo check {name} --docs FILE` judges another file.\n"
        ),
    );
    text
}

/// A description without lines that would change the structure of the page.
fn paragraph(text: &str) -> String {
    text.trim()
        .lines()
        .map(|line| harmless(&visible(line.trim_end())))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A text from the file in one harmless line.
fn harmless_line(text: &str) -> String {
    harmless(&one_line(text))
}

/// A line in which Markdown finds no heading, code block, tag or comment. These could hide the lines after it, and "To
/// review" is the last section.
fn harmless(line: &str) -> String {
    let before = |c: char| c.is_whitespace() || c.is_ascii_digit() || "->*+.)".contains(c);
    let begins = line.trim_start_matches(before);
    let whole = line.trim();
    let underlines =
        ['=', '-'].into_iter().any(|sign| !whole.is_empty() && whole.trim_matches(sign).is_empty());
    let mut harmless = String::new();
    if begins.starts_with('#') || begins.starts_with("```") || begins.starts_with("~~~") {
        harmless.push_str(line[..line.len() - begins.len()].trim_start());
        harmless.push('\\');
        harmless.push_str(begins);
    } else if underlines {
        harmless.push('\\');
        harmless.push_str(whole);
    } else {
        harmless.push_str(line);
    }
    escape_tags(&harmless)
}

/// The line with a backslash before each bracket that begins a tag.
fn escape_tags(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        let tag = |next: &char| next.is_ascii_alphabetic() || matches!(next, '!' | '/' | '?');
        if character == '<' && rest.peek().is_some_and(tag) {
            shown.push('\\');
        }
        shown.push(character);
    }
    shown
}

fn add(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("writing into a String cannot fail");
}
