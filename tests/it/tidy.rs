//! The house rules, as tests: arrows, doors, lengths, module comments.
//!
//! It reads the source as text; what the compiler can say is left to the compiler.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms that each room may use, from the table in `src/lib.rs`.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! ")?.split_once(" → "));
    let mut arrows: BTreeMap<String, BTreeSet<String>> = rows
        .map(|(room, uses)| {
            let uses = uses.split(", ").filter(|name| *name != "–").map(str::to_owned);
            (room.trim().to_owned(), uses.collect())
        })
        .collect();
    let all: BTreeSet<String> = arrows.keys().cloned().collect();
    let cli = arrows.get_mut("cli").unwrap();
    assert_eq!(*cli, ["all of them".to_owned()].into());
    *cli = all;
    arrows.insert("main".to_owned(), ["cli".to_owned()].into());
    arrows.insert("lib".to_owned(), BTreeSet::new());
    arrows
}

/// The one module that may use a heavy dependency.
const DOORS: &[(&str, &str)] = &[
    ("tokio_postgres", "database"),
    ("postgres_types", "database"),
    ("postgres_protocol", "database"),
    ("rustls", "database"),
    ("tokio_rustls", "database"),
    ("webpki", "database"),
    ("x509_cert", "database"),
    ("starlark", "evaluate"),
    ("ureq", "deliver"),
    ("handlebars", "install"),
    ("clap", "cli"),
    ("clap_complete", "cli"),
    ("indicatif", "cli"),
    ("anyhow", "cli"),
    ("tracing_subscriber", "cli"),
    ("minisign_verify", "signature"),
    ("tar", "signature"),
    ("flate2", "signature"),
    ("tempfile", "cluster"),
    ("postcard", "sandbox"),
    ("serde_saphyr", "percona"),
    ("quick_xml", "output"),
    ("csv", "output"),
];

/// No Rust file is longer.
const LONGEST: usize = 400;

/// A source file: the module it belongs to, and its text.
struct Source {
    path: PathBuf,
    module: String,
    text: String,
}

fn sources(root: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
                let module = Path::new(&first).with_extension("").display().to_string();
                found.push(Source { text: fs::read_to_string(&path).unwrap(), module, path });
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// The texts of all Rust files below a folder.
pub(crate) fn texts(root: &str) -> Vec<String> {
    sources(root).into_iter().map(|source| source.text).collect()
}

/// Code without comments: what stands in a comment uses nothing.
fn code(source: &Source) -> impl Iterator<Item = &str> {
    source.text.lines().map(|line| line.split("//").next().unwrap_or_default())
}

/// The names of modules that follow `crate::` (or `posemo::`), nested braces included.
fn used(source: &Source) -> BTreeSet<String> {
    let text: String = code(source).collect::<Vec<_>>().join("\n");
    let mut names = BTreeSet::new();
    for prefix in ["crate::", "posemo::"] {
        for (at, _) in text.match_indices(prefix) {
            let rest = &text[at + prefix.len()..];
            if let Some(list) = rest.strip_prefix('{') {
                names.extend(top_level(list));
            } else {
                names.insert(word(rest));
            }
        }
    }
    names.remove("");
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

/// `a, b::{c, d}}` names `a` and `b`.
fn top_level(list: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = vec![String::new()];
    for character in list.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            other if depth == 0 => names.last_mut().unwrap().push(other),
            _ => {}
        }
    }
    names.iter().map(|name| word(name.trim())).collect()
}

/// The arrows that a file breaks.
fn broken_arrows(source: &Source, arrows: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let path = source.path.display();
    let Some(allowed) = arrows.get(&source.module) else {
        return vec![format!(
            "{path}: room {} has no row in the table of src/lib.rs",
            source.module
        )];
    };
    used(source)
        .iter()
        .filter(|name| {
            arrows.contains_key(*name) && **name != source.module && !allowed.contains(*name)
        })
        .map(|name| format!("{path}: {} may not use {name}", source.module))
        .collect()
}

/// The dependencies that a file uses without being their door.
fn second_doors(source: &Source) -> Vec<String> {
    let text: String = code(source).collect::<Vec<_>>().join("\n");
    DOORS
        .iter()
        .filter(|(dependency, door)| {
            let called = text.match_indices(&format!("{dependency}::")).any(|(at, _)| {
                !text[..at].ends_with(|before: char| {
                    before.is_alphanumeric() || before == '_' || before == ':'
                })
            });
            called && source.module != *door
        })
        .map(|(dependency, door)| {
            format!("{}: {dependency} is for {door} alone", source.path.display())
        })
        .collect()
}

#[test]
fn arrows_hold() {
    let arrows = arrows();
    let sources = sources("src");
    let broken: Vec<String> =
        sources.iter().flat_map(|source| broken_arrows(source, &arrows)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_heavy_dependency_has_one_door() {
    let broken: Vec<String> = sources("src").iter().flat_map(second_doors).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for source in sources("src").iter().chain(&sources("tests")) {
        let (path, lines) = (source.path.display(), source.text.lines().count());
        assert!(lines <= LONGEST, "{path} has {lines} lines; {LONGEST} is the end");
        assert!(source.text.starts_with("//! "), "{path} does not open with a module comment");
        assert!(
            !path.to_string().ends_with("mod.rs"),
            "{path}: a module file stands beside its folder"
        );
    }
}

/// The rules above must be able to fail.
#[test]
fn a_broken_rule_is_found() {
    let source = |module: &str, text: &str| Source {
        path: PathBuf::from("src/x.rs"),
        module: module.to_owned(),
        text: text.to_owned(),
    };
    for (module, text, expected) in [
        ("output", "use crate::finding::report::Report;", 0),
        ("output", "use crate::catalog::check::Check;", 1),
        ("output", "use crate::{finding::report::Report, catalog::{check, range}};", 1),
        ("evaluate", "fn f() { crate::database::open() }", 1),
        ("output", "// crate::database is not for us", 0),
        ("unknown", "", 1),
    ] {
        assert_eq!(broken_arrows(&source(module, text), &arrows()).len(), expected, "{text}");
    }
    for (module, text, expected) in [
        ("database", "use tokio_postgres::Client;", 0),
        ("run", "use tokio_postgres::Client;", 1),
        ("cli", "let x = starlark::Foo;", 1),
        ("cli", "use crate::evaluate::starlark::X;", 0),
    ] {
        assert_eq!(second_doors(&source(module, text)).len(), expected, "{text}");
    }
}
