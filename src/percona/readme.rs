//! Writes `README.md` of an imported check: what it is, where it comes from, and what a person should look at.
//!
//! It adds no opinion of its own on what the check finds.

use std::fmt::Write as _;

use super::advice::Advice;
use super::guess;
use super::manifest::one_line;
use super::question::Answer;
use crate::text::visible;

/// The text of the page.
pub(super) fn text(advice: &Advice, answers: &[Answer], remarks: &[String]) -> String {
    let mut page =
        format!("# {}\n\n## What it watches\n\n{}\n", advice.folder, words(&advice.summary));
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
            words(&advice.file),
            advice.version
        ),
    );
    add(&mut page, format_args!("- SHA-256 of that file: `{}`\n", advice.sha256));
    let mut fact = |what: &str, value: &str| {
        if !value.is_empty() {
            add(&mut page, format_args!("- {what}: {}\n", words(value)));
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
        add(&mut page, format_args!("- {}\n", words(remark)));
    }
    page
}

/// A description as it is, less what would make another page of this one.
fn paragraph(text: &str) -> String {
    text.trim()
        .lines()
        .map(|line| harmless(&visible::visible(line.trim_end())))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Words of others on one line, from which no reader of the page sees more or less than they are.
fn words(text: &str) -> String {
    harmless(&one_line(text))
}

/// A line that is no heading, and begins neither code nor a tag or comment: these could hide what follows, and
/// "To review" stands last.
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
    tags(&harmless)
}

/// The line with a backslash before each bracket that begins a tag.
fn tags(line: &str) -> String {
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

fn add(page: &mut String, words: std::fmt::Arguments<'_>) {
    page.write_fmt(words).expect("a String takes everything");
}
