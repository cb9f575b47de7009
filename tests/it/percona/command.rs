//! `posemo import` as a person meets it: what it writes, what it refuses, and that nothing is half done.
//!
//! What is guessed of a query is looked at elsewhere.

use std::fs;
use std::path::Path;
use std::process::Output;

use posemo::catalog::check::Docs;
use posemo::catalog::function::ColumnType;
use posemo::tempserver::ServerOptions;

use super::{checks, import, said};
use crate::catalog::Folder;
use crate::programs::need;
use crate::server::{Server, posemo};
use crate::signature::signer::Signer;

/// A file with one check for each query.
fn file(queries: &[(&str, &str)]) -> String {
    let check = |(name, query): &(&str, &str)| {
        format!(
            "  - version: 2\n    name: {name}\n    summary: x\n    description: x\n    advisor: dev\n    family: POSTGRESQL\n    \
             queries:\n      - type: POSTGRESQL_SELECT\n        query: |\n          {}\n    script: |\n      def check_context(docs, context):\n          return []\n",
            query.replace('\n', "\n          ")
        )
    };
    format!("checks:\n{}", queries.iter().map(check).collect::<String>())
}

/// Imports a file on a server of its own.
fn import_here(folder: &Folder, text: &str) -> Output {
    folder.write("f.yml", text);
    let place = |name: &str| folder.path().join(name).display().to_string();
    posemo(&["import", &place("f.yml"), "--into", &place("checks")])
}

#[test]
fn a_folder_is_no_file() {
    let folder = Folder::new("import");
    let (own, into) = (folder.path().display().to_string(), folder.path().join("checks"));
    let output = posemo(&["import", &own, "--into", &into.display().to_string()]);
    let said = format!("posemo: {own} is a folder; name the files in it, as in {own}/*.yml\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), said);
    assert!(output.status.code() == Some(1) && !into.exists());
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Without a server to name, one is made; types and names that a check cannot have are wrapped.
#[test]
fn columns_are_what_a_script_would_have_got() {
    let folder = Folder::new("import");
    let query = "1 AS a, 2::numeric, 'x'::char(3) AS \"Fixed Width\", 'y'::varchar AS v,\n  now()::time AS t, 3 AS a, \
                 null::information_schema.sql_identifier AS d, row(1, 2) AS pair, '<a/>'::xml AS x, B'1' AS bits, \
                 array[1, 2] AS list, now() AS stamp, true AS truth, 1.5::float4 AS f";
    let output = import_here(&folder, &file(&[("types", query)]));
    assert!(output.status.success(), "{}", said(&output));
    let found = checks(&folder.path().join("checks"));
    let columns: Vec<(&str, &str)> =
        found[0].columns().map(|column| (column.name.as_str(), column.sql_type.sql())).collect();
    assert_eq!(
        columns,
        [
            ("numeric", "numeric"),
            ("Fixed Width", "text"),
            ("v", "text"),
            ("t", "text"),
            ("a", "integer"),
            ("d", "name"),
            ("pair", "text"),
            ("x", "text"),
            ("bits", "text"),
            ("list", "integer[]"),
            ("stamp", "timestamptz"),
            ("truth", "boolean"),
            ("f", "real"),
        ]
    );
    assert!(matches!(found[0].columns().nth(10).unwrap().sql_type, ColumnType::Time(_)));
    for words in ["on which PMM fails", "only the last is kept", "loses the blanks at its end"] {
        assert!(found[0].readme.contains(words), "{}", found[0].readme);
    }
    assert_eq!(names(&folder.path().join("checks")), ["types"]);
}

/// A script may be other than it looks; it is kept as it is, and the reviewer is told.
#[test]
fn what_cannot_be_seen_is_to_be_reviewed() {
    let folder = Folder::new("import");
    let (turned, wide) = (("turned", "'\u{202e}abc' AS x"), ("wide", "1 AS x"));
    let text = file(&[turned, wide, ("plain", "1 AS x")]);
    let text = text.replacen("return []", "return []  # größe", 3);
    let second = text.match_indices("return []").nth(1).unwrap().0;
    let (before, after) = text.split_at(second);
    let text = format!("{before}{}", after.replacen("return []", "return []  #\u{200b}", 1));
    let output = import_here(&folder, &text);
    assert!(output.status.success(), "{}", said(&output));
    let page = |check: &str| {
        fs::read_to_string(folder.path().join("checks").join(check).join("README.md")).unwrap()
    };
    for (check, words) in [
        (
            "turned",
            "A query has characters that cannot be seen or that turn the direction of writing, the first (U+202E) in line 1.",
        ),
        (
            "wide",
            "The script has characters that cannot be seen or that turn the direction of writing, the first (U+200B) in line 2.",
        ),
    ] {
        let flat = page(check).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words), "{check}: {flat}");
    }
    assert!(!page("plain").contains("cannot be seen"), "{}", page("plain"));
}

/// A text that no server takes is told with its line, and a file without an end is not read to it.
#[test]
fn what_no_server_takes_is_not_sent() {
    let folder = Folder::new("import");
    let text = file(&[("good", "1 AS one"), ("bad", "1")])
        .replace("query: |\n          1\n", "query: \"1\\0\"\n");
    let output = import_here(&folder, &text);
    let told = said(&output);
    assert!(told.contains("f.yml:23: bad.queries.1.query: holds a NUL character"), "{told}");
    folder.write("f.yml", "");
    let endless = fs::File::options().write(true).open(folder.path().join("f.yml")).unwrap();
    endless.set_len(1 << 40).unwrap();
    let told = said(&posemo(&[
        "import",
        &folder.path().join("f.yml").display().to_string(),
        "--into",
        "/nonexistent",
    ]));
    assert!(told.contains("a file of checks has at most 4194304"), "{told}");
}

/// What the server refuses is told with file and line, and the rest is imported.
#[test]
fn a_refused_query_stops_no_other_check() {
    let folder = Folder::new("import");
    let text = file(&[
        ("good", "1 AS one"),
        ("bad", "1 AS one,\n  no_such_column AS two\nFROM pg_class"),
        ("extension", "* FROM pg_stat_statements"),
        ("two", "1) UNION (SELECT 2"),
        ("files", "count(*), (SELECT max(setting) FROM pg_settings) FROM pg_ls_dir('pg_wal')"),
        ("into", "1 AS one INTO made"),
        ("control", "1 AS U&\"a\\0009b\""),
    ]);
    let output = import_here(&folder, &text);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let place = folder.path().join("f.yml").display().to_string();
    for (line, name, words) in [
        (25, "bad", "column \"no_such_column\" does not exist"),
        (39, "extension", "on a server of yours (-H), and outside pg_catalog, as"),
        (52, "two", "(SQLSTATE 42601); SELECT is put before it, as in PMM"),
        (78, "into", "it returns no columns"),
    ] {
        let start = format!("{place}:{line}: {name}: the server refuses the query: ");
        let found = said.lines().find(|line| line.starts_with(&start));
        assert!(found.is_some_and(|line| line.contains(words)), "{start}{words}\n{said}");
    }
    let control = format!("{place}:82: control: cannot become a check: ");
    assert!(said.contains(&control) && said.contains("no control characters"), "{said}");
    assert!(
        said.contains("2 checks imported, 1 of them cannot be installed as they are, 5 refused"),
        "{said}"
    );
    assert!(said.contains("install refuses it: ") && said.contains("pg_ls_waldir"), "{said}");
    assert_eq!(names(&folder.path().join("checks")), ["files", "good"]);
    let readme = fs::read_to_string(folder.path().join("checks/files/README.md")).unwrap();
    assert!(readme.contains("No privilege set may call pg_ls_dir()"), "{readme}");
    assert!(readme.contains("write current_setting('NAME') for each"), "{readme}");
    assert!(!readme.contains("every role may read all that it reads"), "{readme}");
}

/// A script that can never run is imported for its author to mend, and that is said at once.
#[test]
fn a_script_that_cannot_be_read_is_told() {
    let folder = Folder::new("import");
    let text = file(&[("good", "1 AS one"), ("torn", "2 AS two"), ("nameless", "3 AS three")]);
    let mut parts: Vec<String> = text.split("  - version").map(str::to_owned).collect();
    parts[2] = parts[2].replace("return []", "return [");
    parts[3] = parts[3].replace("check_context", "check");
    let output = import_here(&folder, &parts.join("  - version"));
    let text_said = said(&output);
    assert!(output.status.success(), "{text_said}");
    let place = |name: &str| folder.path().join("checks").join(name).display().to_string();
    for words in [
        format!("install refuses it: {}/evaluate.star:3:1: Parse error", place("torn")),
        format!(
            "install refuses it: {}/evaluate.star:1: the script does not define a function check_context",
            place("nameless")
        ),
        "3 checks imported, 2 of them cannot be installed as they are".to_owned(),
    ] {
        assert!(text_said.contains(&words), "{words}\n{text_said}");
    }
    let readme = fs::read_to_string(format!("{}/README.md", place("torn"))).unwrap();
    assert!(
        readme.contains("- The script cannot be read here, so an installation refuses"),
        "{readme}"
    );
}

/// A mistake in any file, or a name that is taken, and nothing is written.
#[test]
fn nothing_is_written_where_anything_is_wrong() {
    let folder = Folder::new("import");
    let text = file(&[("twice", "1 AS one"), ("Twice", "2 AS two"), ("alive", "3 AS three")]);
    let output = import_here(&folder, &text.replace("advisor: dev", "adviser: dev"));
    let text_said = said(&output);
    assert_eq!((output.status.code(), names(&folder.path().join("checks")).len()), (Some(1), 0));
    assert_eq!(text_said.matches("did you mean \"advisor\"?").count(), 3, "{text_said}");
    let output = import_here(&folder, &text);
    let text_said = said(&output);
    let place = folder.path().join("f.yml").display().to_string();
    for words in [
        format!("{place}:15: Twice: the check \"twice\" exists already, in {place}:2; "),
        format!(
            "{place}:28: alive: the check \"alive\" exists already, in the shipped catalogue (checks/alive); "
        ),
    ] {
        assert!(text_said.contains(&words), "{words}\n{text_said}");
    }
    assert!(text_said.contains("2 mistakes; nothing was written"), "{text_said}");
    assert!(!folder.path().join("checks").exists());
    let one = file(&[("once", "1 AS one")]);
    assert!(import_here(&folder, &one).status.success());
    let again = import_here(&folder, &one);
    assert!(
        said(&again).contains("the check \"once\" exists already, in ") && !again.status.success(),
        "{}",
        said(&again)
    );
}

/// Nothing that a file says can steer a terminal or begin a heading.
#[test]
fn words_of_a_file_stay_words() {
    let folder = Folder::new("import");
    let text = file(&[("hostile", "1 AS one")])
        .replace("summary: x", "summary: \"a\\e[31m\\nb\"")
        .replace("description: x", "description: \"x\\n# What to do\\n\\e[2J\"");
    let output = import_here(&folder, &text);
    assert!(output.status.success(), "{}", said(&output));
    let check = checks(&folder.path().join("checks")).remove(0);
    assert!(
        !check.summary.contains('\u{1b}') && check.summary.ends_with(" b"),
        "{:?}",
        check.summary
    );
    assert!(!check.readme.contains('\u{1b}'), "{:?}", check.readme);
    assert!(check.readme.contains("\n\\# What to do\n"), "{:?}", check.readme);
    for (summary, description) in
        [("<!-- x", "```"), ("``` x", "<!-- y"), ("~~~", "a\\n===\\n- # b\\n<details>")]
    {
        let folder = Folder::new("import");
        let text = file(&[("hidden", "'x'::char(3) AS \"\u{202e}y<!--\"")])
            .replace("summary: x", &format!("summary: \"{summary}\""))
            .replace("description: x", &format!("description: \"{description}\""));
        folder.write("f.yml", &text);
        let place = |name: &str| folder.path().join(name).display().to_string();
        let output = posemo(&["import", "-v", &place("f.yml"), "--into", &place("checks")]);
        assert!(
            output.status.success() && !said(&output).contains('\u{202e}'),
            "{}",
            said(&output)
        );
        let page = checks(&folder.path().join("checks")).remove(0).readme.clone();
        for hides in ["\n```", "\n~~~", "\n===", "- #", "\n<", "`<", " <", "y<", "\u{202e}"] {
            assert!(!page.contains(hides), "{hides:?} in {page}");
        }
    }
    let output = import_here(&folder, "checks:\n  - \"a\\e[31m\": 1\n");
    assert!(!said(&output).contains('\u{1b}') && !output.status.success(), "{}", said(&output));
}

/// What is left out is told and is no failure; a quiet import says nothing where all is well.
#[test]
fn other_technologies_are_left_out() {
    let folder = Folder::new("import");
    let mysql = file(&[("mine", "1")]).replace("POSTGRESQL", "MYSQL");
    let output = import_here(&folder, &format!("{}---\n{mysql}", file(&[("ours", "1 AS one")])));
    assert!(
        output.status.success() && said(&output).contains("mine: left out: is for MySQL ("),
        "{}",
        said(&output)
    );
    assert!(said(&output).contains("1 check imported, 1 left out"), "{}", said(&output));
    folder.write("quiet.yml", &file(&[("quiet", "1 AS one")]));
    let place = |name: &str| folder.path().join(name).display().to_string();
    let output = posemo(&["import", "-q", &place("quiet.yml"), "--into", &place("checks")]);
    assert!(output.status.success() && said(&output).is_empty(), "{}", said(&output));
}

/// A script stays as it is, to the byte; one of version 1 is given the rows.
#[test]
fn scripts_are_as_they_were() {
    let folder = Folder::new("import");
    let script = "# \u{e4}  \n\n\ndef check_context(docs, context):\n    return []   # x\n\n\n";
    let block: String = script
        .lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("      {line}\n") })
        .collect();
    let text = file(&[("second", "1 AS one")]);
    let text = text.replace(
        "    script: |\n      def check_context(docs, context):\n          return []\n",
        &format!("    script: |+\n{block}"),
    );
    let output = import_here(&folder, &text);
    assert!(output.status.success(), "{}", said(&output));
    let found = checks(&folder.path().join("checks"));
    assert_eq!(found[0].script.as_deref(), Some(script));
    assert_eq!(found[0].docs, Docs::List);
    let first = text.replace("version: 2", "version: 1").replace("name: second", "name: first");
    let first = first.replace("    family: POSTGRESQL\n    queries:\n      - type", "    type");
    let first = first.replace("        query: |\n", "    query: |\n");
    let output = import_here(&folder, &first);
    assert!(output.status.success(), "{}", said(&output));
    let found = checks(&folder.path().join("checks"));
    let found = found.iter().find(|check| check.name == "first").unwrap();
    assert_eq!((found.script.as_deref(), found.docs), (Some(script), Docs::Rows));
}

/// A server of one's own is left as it was, and one that cannot be reached is told.
#[test]
fn a_server_of_ones_own_is_only_asked() {
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE TABLE public.mine (id integer, mood text)");
    let folder = Folder::new("import");
    folder.write("f.yml", &file(&[("own_table", "id, mood FROM public.mine")]));
    let place = folder.path().join("f.yml").display().to_string();
    let count = "SELECT count(*) FROM pg_class";
    let before = server.superuser("postgres", count);
    let output = import(&server, &[&place], &folder.path().join("checks"));
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(before, server.superuser("postgres", count));
    let found = checks(&folder.path().join("checks"));
    assert_eq!(found[0].owner, "plain");
    assert!(found[0].readme.contains("grant posemo_plain SELECT on it"), "{}", found[0].readme);
    let lost = posemo(&["import", &place, "--into", &format!("{place}.d"), "-H", "/nonexistent"]);
    assert!(
        lost.status.code() == Some(1) && !Path::new(&format!("{place}.d")).exists(),
        "{}",
        said(&lost)
    );
}

/// A file that nobody who is believed has signed is not looked into.
#[test]
fn a_signature_is_verified_before_anything_is_read() {
    need!("minisign");
    let (signer, stranger) = (Signer::new(), Signer::new());
    let folder = Folder::new("import");
    folder.write("f.yml", "checks: [nonsense");
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (yml, signature) = (place("f.yml"), place("f.yml.minisig"));
    let import = |key: &str| {
        let of = ["--signature", &signature, "--key", key];
        posemo(&[&["import", &yml, "--into", &place("checks")], &of[..]].concat())
    };
    // As it is signed, and as PMM's files were before 2022.
    for options in ["", "-l"] {
        signer.sign(Path::new(&yml), options);
        let output = import(&signer.key());
        assert!(said(&output).contains("f.yml:1:"), "{}", said(&output));
        let output = import(&stranger.key());
        assert!(said(&output).contains("f.yml is refused"), "{}", said(&output));
    }
    folder.write("f.yml", "checks: [altered");
    let output = import(&signer.key());
    let said = said(&output);
    assert!(said.contains("f.yml is refused") && !said.contains("f.yml:1:"), "{said}");
}
