//! Writes the `README.md` of an imported check: its description, its origin, and remarks for the reviewer.

use std::fmt::Write as _;

use super::advisor_check::AdvisorCheck;
use super::description::QueryDescription;
use super::guess::named;
use super::page_text::{code, harmless_line, harmless_remark, one_line, paragraph};

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
        let named: Vec<String> = named.iter().map(|name| harmless_line(name)).collect();
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
            "- Imported from line {} of {}, a file of Percona advisor checks in version {} of the format.\n",
            check.line,
            code(&check.file),
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
        add(&mut page, format_args!("- {}\n", harmless_remark(remark)));
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

fn add(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("writing into a String cannot fail");
}
