//! The house rules, as tests: arrows, doors, lengths, module comments, circles, names and words.
//!
//! They read the source as text; the compiler checks the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use source::{Source, sources, uses};

mod circles;
mod names;
mod source;
mod words;

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

/// The one room that may use a heavy dependency.
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
    ("rusqlite", "history"),
    ("axum", "web"),
    ("hyper", "web"),
    ("hyper_util", "web"),
    ("maud", "pages"),
    ("pulldown_cmark", "pages"),
    ("handlebars", "template"),
    ("clap", "cli"),
    ("clap_complete", "cli"),
    ("indicatif", "cli"),
    ("anyhow", "cli"),
    ("tracing_subscriber", "cli"),
    ("minisign_verify", "signature"),
    ("tar", "signature"),
    ("flate2", "packing"),
    ("tempfile", "cluster"),
    ("postcard", "sandbox"),
    ("serde_saphyr", "percona"),
    ("quick_xml", "text"),
    ("csv", "output"),
];

/// The texts of all Rust files below a folder.
pub(crate) fn texts(folder: &str) -> Vec<String> {
    sources(folder).into_iter().map(|source| source.text).collect()
}

/// No Rust file is longer.
const LONGEST: usize = 400;

/// The dependencies that a file uses although another room is their door.
fn second_doors(source: &Source) -> Vec<String> {
    let code = source.code();
    DOORS
        .iter()
        .filter(|(dependency, door)| {
            let used = code.match_indices(&format!("{dependency}::")).any(|(at, _)| {
                !code[..at].ends_with(|before: char| {
                    before.is_alphanumeric() || before == '_' || before == ':'
                })
            });
            used && source.room() != *door
        })
        .map(|(dependency, door)| {
            format!("{}: only {door} may use {dependency}", source.path.display())
        })
        .collect()
}

/// The arrows that files break.
fn broken_arrows(sources: &[Source], arrows: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut broken = Vec::new();
    let uses = uses(sources);
    for source in sources {
        let (path, room) = (source.path.display(), source.room());
        let Some(allowed) = arrows.get(room) else {
            broken.push(format!("{path}: room {room} has no row in the table of src/lib.rs"));
            continue;
        };
        let rooms: BTreeSet<&String> =
            uses[&source.module].iter().filter_map(|used| used.first()).collect();
        let refused = rooms.into_iter().filter(|used| *used != room && !allowed.contains(*used));
        broken.extend(refused.map(|used| format!("{path}: {room} may not use {used}")));
    }
    broken
}

#[test]
fn arrows_hold() {
    let broken = broken_arrows(&sources("src"), &arrows());
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_arrow_is_used() {
    let sources = sources("src");
    let uses = uses(&sources);
    for (room, allowed) in arrows() {
        let used: BTreeSet<&String> = uses
            .iter()
            .filter(|(module, _)| module.first().is_some_and(|first| *first == room))
            .flat_map(|(_, used)| used.iter().filter_map(|used| used.first()))
            .collect();
        let idle: Vec<&String> = allowed.iter().filter(|name| !used.contains(name)).collect();
        assert!(room == "cli" || idle.is_empty(), "{room} does not use {idle:?}");
    }
}

#[test]
fn every_heavy_dependency_has_one_door() {
    let broken: Vec<String> = sources("src").iter().flat_map(second_doors).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_command_line_knows_no_sql_and_stays_small() {
    let sources = sources("src");
    let files: Vec<&Source> = sources.iter().filter(|source| source.room() == "cli").collect();
    let lines: usize = files.iter().map(|source| source.text.lines().count()).sum();
    assert!(lines < 2500, "cli has {lines} lines");
    for source in files {
        for word in ["SELECT ", "CREATE ", "ALTER ", "pg_catalog"] {
            assert!(!source.code().contains(word), "{}: {word}", source.path.display());
        }
    }
}

#[test]
fn files_are_short_and_begin_with_a_comment() {
    for source in sources("src").iter().chain(&sources("tests")) {
        let (path, lines) = (source.path.display(), source.text.lines().count());
        assert!(lines <= LONGEST, "{path} has {lines} lines; {LONGEST} is the limit");
        assert!(source.text.starts_with("//! "), "{path} does not begin with a module comment");
        let name = path.to_string();
        assert!(!name.ends_with("mod.rs"), "{path}: a module file is beside its folder");
    }
}

/// The rules above must be able to fail.
#[test]
fn a_broken_rule_is_found() {
    let source = |module: &[&str], text: &str| Source {
        path: Path::new("src").join(module.join("/")),
        module: module.iter().map(|part| (*part).to_owned()).collect(),
        text: text.to_owned(),
    };
    let base = || {
        vec![
            source(&["finding"], ""),
            source(&["finding", "report"], ""),
            source(&["catalog"], "pub use check::Check;\nmod check;"),
            source(&["catalog", "check"], ""),
            source(&["database"], ""),
        ]
    };
    for (module, text, expected) in [
        (&["output", "x"][..], "use crate::finding::report::Report;", 0),
        (&["output", "x"], "use crate::catalog::check::Check;", 1),
        (&["output", "x"], "use crate::{finding::report::Report, catalog::{self, check}};", 1),
        (&["output", "x"], "use super::super::catalog::Check;", 1),
        (&["evaluate"], "fn f() { crate::database::open() }", 1),
        (&["output"], "// crate::database is not for us", 0),
        (&["unknown"], "", 1),
    ] {
        let mut sources = base();
        sources.push(source(module, text));
        assert_eq!(broken_arrows(&sources, &arrows()).len(), expected, "{text}");
    }
    for (module, text, expected) in [
        ("database", "use tokio_postgres::Client;", 0),
        ("run", "use tokio_postgres::Client;", 1),
        ("cli", "let x = starlark::Foo;", 1),
        ("cli", "use crate::evaluate::starlark::X;", 0),
    ] {
        assert_eq!(second_doors(&source(&[module], text)).len(), expected, "{text}");
    }
}
