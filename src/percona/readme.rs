//! Writes `README.md` of an imported check: what it is, where it comes from, and what a person should look at.
//!
//! It adds no opinion of its own on what the check finds.

use std::fmt::Write as _;

use super::advice::Advice;
use super::guess;
use super::manifest::one_line;
use super::question::Answer;
use crate::catalog::quote;

/// The text of the page.
pub(super) fn text(advice: &Advice, answers: &[Answer], remarks: &[String]) -> String {
    let mut page =
        format!("# {}\n\n## What it watches\n\n{}\n", advice.folder, one_line(&advice.summary));
    let named = guess::named(answers);
    if !named.is_empty() {
        add(&mut page, format_args!("\nIt reads {}.\n", named.join(", ")));
    }
    add(&mut page, format_args!("\n## Why it matters\n\n{}\n", paragraph(&advice.description)));
    page.push_str(
        "\n## What to do\n\nEach finding says it in its description, or in the page that it links to; `evaluate.star` has the words.\n",
    );
    page.push_str("\n## Where it comes from\n\n");
    add(
        &mut page,
        format_args!(
            "- Imported from line {} of `{}`, a check of Percona's advisors in version {} of their format.\n",
            advice.line,
            one_line(&advice.file),
            advice.version
        ),
    );
    add(&mut page, format_args!("- SHA-256 of that file: `{}`\n", advice.sha256));
    let mut fact = |what: &str, value: &str| {
        if !value.is_empty() {
            add(&mut page, format_args!("- {what}: {}\n", one_line(value)));
        }
    };
    fact("Name there", &advice.name);
    fact("Advisor", advice.advisor.as_deref().unwrap_or_default());
    fact("Category", advice.category.as_deref().unwrap_or_default());
    fact("Tiers", &advice.tiers.join(", "));
    page.push_str(
        "\n## To review\n\nGuessed while importing; take out what you have looked at.\n\n",
    );
    for remark in remarks {
        add(&mut page, format_args!("- {}\n", one_line(remark)));
    }
    page
}

/// A description as it is, so that no line of it can be taken for a heading of the page.
fn paragraph(text: &str) -> String {
    let escaped = |line: &str| {
        let line = quote::one_line(line.trim_end());
        if line.trim_start().starts_with('#') { format!("\\{}", line.trim_start()) } else { line }
    };
    text.trim().lines().map(escaped).collect::<Vec<_>>().join("\n")
}

fn add(page: &mut String, words: std::fmt::Arguments<'_>) {
    page.write_fmt(words).expect("a String takes everything");
}
