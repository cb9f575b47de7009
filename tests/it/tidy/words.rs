//! Words that puzzle readers are not used, in texts for users and in comments.

use std::fs;
use std::path::Path;

use super::source::sources;

/// Refused words, and what to write.
const REFUSED: [(&str, &str); 22] = [
    ("say", "report, print, set"),
    ("says", "reports, prints, is set by"),
    ("said", "reported, printed, set"),
    ("tell", "report, send"),
    ("tells", "reports, sends"),
    ("told", "reported, sent"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("nobody", "no role, no user"),
    ("whoever", "the user who, the role that"),
    ("somebody", "a user, another role"),
    ("anybody", "any user, any role"),
    ("lest", "so that ... not"),
    ("so many", "the number of"),
    ("is no", "is not a"),
    ("are no", "are not"),
    ("is none", "does not exist"),
    ("let in", "allowed to connect"),
    ("of its own", "its own"),
    ("of their own", "their own"),
    ("as it is to be", "as expected"),
];

/// The refused words in a line of text.
fn refused(line: &str) -> Vec<&'static str> {
    let lower = line.to_lowercase();
    let word = |character: char| character.is_alphanumeric() || character == '_';
    let found = REFUSED.iter().filter(|(refused, _)| {
        lower.match_indices(refused).any(|(at, _)| {
            let rest = &lower[at + refused.len()..];
            let alone = !lower[..at].ends_with(word) && !rest.starts_with(word);
            // A quoted name, such as that of the user `nobody`.
            let quote = ['`', '"'];
            let quoted = lower[..at].ends_with(quote) && rest.starts_with(quote);
            alone
                && !(quoted && *refused == "nobody")
                && !(refused.ends_with(" no")
                    && (rest.starts_with(" longer") || rest.starts_with(" more")))
        })
    });
    found.map(|(refused, _)| *refused).collect()
}

/// Each line with refused words: file, line number, words, and what to write.
fn findings<'t>(file: &str, lines: impl Iterator<Item = (usize, &'t str)>) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in lines {
        for word in refused(line) {
            let instead = REFUSED.iter().find(|(refused, _)| *refused == word).unwrap().1;
            findings.push(format!(
                "{file}:{}: \"{word}\" (write: {instead}): {}",
                number + 1,
                line.trim()
            ));
        }
    }
    findings
}

/// The line without what is in it as code: comments have `//` or `#` before them.
fn comment(line: &str) -> Option<&str> {
    let at = line.find("//")?;
    // `https://` is not a comment.
    (!line[..at].ends_with(':')).then(|| &line[at..])
}

#[test]
fn texts_for_users_are_plain() {
    let mut found = Vec::new();
    for source in sources("src") {
        let text = source.text.split("#[cfg(test)]").next().unwrap();
        let code = text.lines().enumerate().map(|(number, line)| {
            // Help texts are the documentation of options.
            let visible =
                if source.room() == "cli" { line } else { line.split("//").next().unwrap() };
            (number, visible)
        });
        found.extend(findings(&source.path.display().to_string(), code));
    }
    for file in pages() {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).unwrap();
        found.extend(findings(&file, text.lines().enumerate()));
    }
    assert!(found.is_empty(), "{} lines:\n{}", found.len(), found.join("\n"));
}

#[test]
fn comments_are_plain() {
    let mut found = Vec::new();
    for source in sources("src").iter().chain(&sources("tests")).chain(&sources("fuzz")) {
        let file = source.path.display().to_string();
        if file.ends_with("tidy/words.rs") {
            continue;
        }
        let lines = source.text.lines().enumerate();
        let comments = lines.filter_map(|(number, line)| Some((number, comment(line)?)));
        found.extend(findings(&file, comments));
    }
    assert!(found.is_empty(), "{} comments:\n{}", found.len(), found.join("\n"));
}

/// Files that users read: pages, checks, the SQL that is installed, scripts.
fn pages() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let first = name.split('/').next().unwrap();
            let last = name.rsplit('/').next().unwrap();
            if path.is_dir() {
                if ["checks", "docs", "sql", "bin", "schema", ".ci", ".github"].contains(&first) {
                    folders.push(path);
                }
            } else if ["md", "toml", "sql", "hbs", "star", "json", "yml"]
                .iter()
                .any(|ending| last.ends_with(&format!(".{ending}")))
                && first != "Cargo.lock"
                || first == "bin"
                || first == "Makefile"
            {
                files.push(name);
            }
        }
    }
    // The page about words names them.
    files.retain(|file| !["CONTRIBUTING.md", "CHANGELOG.md"].contains(&file.as_str()));
    files.sort();
    assert!(files.len() > 100, "{files:?}");
    files
}

/// The tests above must be able to fail.
#[test]
fn a_refused_word_is_found() {
    for (line, expected) in [
        ("It says so.", vec!["says"]),
        ("whoever is told", vec!["told", "whoever"]),
        ("there is no check", vec!["is no"]),
        ("the row is no longer there", vec![]),
        ("it essays to retell and recommends", vec![]),
        ("Mend it", vec!["mend"]),
        ("the user `nobody`", vec![]),
    ] {
        assert_eq!(refused(line), expected, "{line}");
    }
}
