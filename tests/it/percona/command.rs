//! `posemo import`: what it writes, what it refuses, and that it writes all checks or none.

use std::fs;
use std::path::Path;
use std::process::Output;

use posemo::catalog::check::DocsForm;
use posemo::catalog::function::ColumnType;
use posemo::tempserver::ServerOptions;

use super::{checks, import, printed};
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

/// Imports a file without a running server.
fn import_here(folder: &Folder, text: &str) -> Output {
    folder.write("f.yml", text);
    let place = |name: &str| folder.path().join(name).display().to_string();
    posemo(&["import", &place("f.yml"), "--into", &place("checks")])
}

#[test]
fn a_folder_is_refused() {
    let folder = Folder::new("import");
    let (own, into) = (folder.path().display().to_string(), folder.path().join("checks"));
    let output = posemo(&["import", &own, "--into", &into.display().to_string()]);
    let expected = format!("posemo: {own} is a folder; name the files in it, as in {own}/*.yml\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    assert!(output.status.code() == Some(1) && !into.exists());
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Without connection options, posemo starts a temporary server. Columns that a check cannot have are wrapped.
#[test]
fn columns_are_those_that_a_script_gets_in_pmm() {
    let folder = Folder::new("import");
    let query = "1 AS a, 2::numeric, 'x'::char(3) AS \"Fixed Width\", 'y'::varchar AS v,\n  now()::time AS t, 3 AS a, \
                 null::information_schema.sql_identifier AS d, row(1, 2) AS pair, '<a/>'::xml AS x, B'1' AS bits, \
                 array[1, 2] AS list, now() AS stamp, true AS truth, 1.5::float4 AS f";
    let output = import_here(&folder, &file(&[("types", query)]));
    assert!(output.status.success(), "{}", printed(&output));
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
    for remark in
        ["which PMM does not support", "Only the last is kept", "lose the blanks at the end"]
    {
        assert!(found[0].readme.contains(remark), "{}", found[0].readme);
    }
    assert_eq!(names(&folder.path().join("checks")), ["types"]);
}

/// Invisible characters can hide what a script does. It is imported unchanged, with a remark for the reviewer.
#[test]
fn invisible_characters_are_reported() {
    let folder = Folder::new("import");
    let (turned, wide) = (("turned", "'\u{202e}abc' AS x"), ("wide", "1 AS x"));
    let text = file(&[turned, wide, ("plain", "1 AS x")]);
    let text = text.replacen("return []", "return []  # größe", 3);
    let second = text.match_indices("return []").nth(1).unwrap().0;
    let (before, after) = text.split_at(second);
    let text = format!("{before}{}", after.replacen("return []", "return []  #\u{200b}", 1));
    let output = import_here(&folder, &text);
    assert!(output.status.success(), "{}", printed(&output));
    let page = |check: &str| {
        fs::read_to_string(folder.path().join("checks").join(check).join("README.md")).unwrap()
    };
    for (check, remark) in [
        (
            "turned",
            "A query contains characters that are invisible or change the direction of the text; the first is U+202E in line 1.",
        ),
        (
            "wide",
            "The script contains characters that are invisible or change the direction of the text; the first is U+200B in line 2.",
        ),
    ] {
        let flat = page(check).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(remark), "{check}: {flat}");
    }
    assert!(!page("plain").contains("are invisible"), "{}", page("plain"));
}

/// A NUL character is reported with its line. A very large file is not read to its end.
#[test]
fn unusable_files_are_reported() {
    let folder = Folder::new("import");
    let text = file(&[("good", "1 AS one"), ("bad", "1")])
        .replace("query: |\n          1\n", "query: \"1\\0\"\n");
    let output = import_here(&folder, &text);
    let text = printed(&output);
    assert!(text.contains("f.yml:23: bad.queries.1.query: contains a NUL character"), "{text}");
    folder.write("f.yml", "");
    let endless = fs::File::options().write(true).open(folder.path().join("f.yml")).unwrap();
    endless.set_len(1 << 40).unwrap();
    let text = printed(&posemo(&[
        "import",
        &folder.path().join("f.yml").display().to_string(),
        "--into",
        "/nonexistent",
    ]));
    assert!(text.contains("a file of checks has at most 4194304"), "{text}");
}

/// A query that the server refuses is reported with file and line. The other checks are imported.
#[test]
fn a_refused_query_does_not_stop_other_checks() {
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
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let place = folder.path().join("f.yml").display().to_string();
    for (line, name, reason) in [
        (25, "bad", "column \"no_such_column\" does not exist"),
        (39, "extension", "-H"),
        (52, "two", "(SQLSTATE 42601)"),
        (78, "into", "it returns no columns"),
    ] {
        let start = format!("{place}:{line}: {name}: the server refuses the query: ");
        let found = text.lines().find(|line| line.starts_with(&start));
        assert!(found.is_some_and(|line| line.contains(reason)), "{start}{reason}\n{text}");
    }
    let control = format!("{place}:82: control: cannot become a check: ");
    assert!(text.contains(&control) && text.contains("no control characters"), "{text}");
    assert!(
        text.contains("2 checks imported, 1 of them cannot be installed yet, 5 refused"),
        "{text}"
    );
    assert!(text.contains("install refuses it: ") && text.contains("pg_ls_waldir"), "{text}");
    assert_eq!(names(&folder.path().join("checks")), ["files", "good"]);
    let readme = fs::read_to_string(folder.path().join("checks/files/README.md")).unwrap();
    assert!(readme.contains("No owner set may call pg_ls_dir()"), "{readme}");
    assert!(readme.contains("write current_setting('NAME') for each"), "{readme}");
    assert!(!readme.contains("every role may read all that it reads"), "{readme}");
}

/// A script that cannot run is imported, so that the user can correct it, and is reported.
#[test]
fn an_invalid_script_is_reported() {
    let folder = Folder::new("import");
    let yaml = file(&[("good", "1 AS one"), ("broken", "2 AS two"), ("nameless", "3 AS three")]);
    let mut parts: Vec<String> = yaml.split("  - version").map(str::to_owned).collect();
    parts[2] = parts[2].replace("return []", "return [");
    parts[3] = parts[3].replace("check_context", "check");
    let output = import_here(&folder, &parts.join("  - version"));
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
    let place = |name: &str| folder.path().join("checks").join(name).display().to_string();
    for part in [
        format!("install refuses it: {}/evaluate.star:3:1: Parse error", place("broken")),
        format!(
            "install refuses it: {}/evaluate.star:1: the script does not define a function check_context",
            place("nameless")
        ),
        "3 checks imported, 2 of them cannot be installed yet".to_owned(),
    ] {
        assert!(text.contains(&part), "{part}\n{text}");
    }
    let readme = fs::read_to_string(format!("{}/README.md", place("broken"))).unwrap();
    assert!(readme.contains("- The script cannot be parsed"), "{readme}");
}

/// A mistake in a file, or a name of an existing check, prevents all writing.
#[test]
fn a_mistake_prevents_all_writing() {
    let folder = Folder::new("import");
    let yaml = file(&[("twice", "1 AS one"), ("Twice", "2 AS two"), ("alive", "3 AS three")]);
    let output = import_here(&folder, &yaml.replace("advisor: dev", "adviser: dev"));
    let text = printed(&output);
    assert_eq!((output.status.code(), names(&folder.path().join("checks")).len()), (Some(1), 0));
    assert_eq!(text.matches("did you mean \"advisor\"?").count(), 3, "{text}");
    let output = import_here(&folder, &yaml);
    let text = printed(&output);
    let place = folder.path().join("f.yml").display().to_string();
    for part in [
        format!("{place}:15: Twice: the check \"twice\" already exists: {place}:2; "),
        format!(
            "{place}:28: alive: the check \"alive\" already exists: posemo's catalog (checks/alive); "
        ),
    ] {
        assert!(text.contains(&part), "{part}\n{text}");
    }
    assert!(text.contains("2 mistakes; nothing was written"), "{text}");
    assert!(!folder.path().join("checks").exists());
    let one = file(&[("once", "1 AS one")]);
    assert!(import_here(&folder, &one).status.success());
    let again = import_here(&folder, &one);
    assert!(
        printed(&again).contains("the check \"once\" already exists: ") && !again.status.success(),
        "{}",
        printed(&again)
    );
}

/// A text of a file can neither control a terminal nor begin a heading.
#[test]
fn texts_of_a_file_are_harmless() {
    let folder = Folder::new("import");
    let text = file(&[("hostile", "1 AS one")])
        .replace("summary: x", "summary: \"a\\e[31m\\nb\"")
        .replace("description: x", "description: \"x\\n# What to do\\n\\e[2J\"");
    let output = import_here(&folder, &text);
    assert!(output.status.success(), "{}", printed(&output));
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
            output.status.success() && !printed(&output).contains('\u{202e}'),
            "{}",
            printed(&output)
        );
        let page = checks(&folder.path().join("checks")).remove(0).readme.clone();
        for hides in ["\n```", "\n~~~", "\n===", "- #", "\n<", "`<", " <", "y<", "\u{202e}"] {
            assert!(!page.contains(hides), "{hides:?} in {page}");
        }
    }
    let output = import_here(&folder, "checks:\n  - \"a\\e[31m\": 1\n");
    assert!(
        !printed(&output).contains('\u{1b}') && !output.status.success(),
        "{}",
        printed(&output)
    );
}

/// Ignored parts are reported and are not errors. With -q, a successful import prints nothing.
#[test]
fn other_stores_are_ignored() {
    let folder = Folder::new("import");
    let metrics = file(&[("mine", "1")]).replace("POSTGRESQL_SELECT", "METRICS_INSTANT");
    let output = import_here(&folder, &format!("{}---\n{metrics}", file(&[("ours", "1 AS one")])));
    assert!(
        output.status.success() && printed(&output).contains("mine: ignored: queries the metrics"),
        "{}",
        printed(&output)
    );
    assert!(printed(&output).contains("1 check imported, 1 ignored"), "{}", printed(&output));
    folder.write("quiet.yml", &file(&[("quiet", "1 AS one")]));
    let place = |name: &str| folder.path().join(name).display().to_string();
    let output = posemo(&["import", "-q", &place("quiet.yml"), "--into", &place("checks")]);
    assert!(output.status.success() && printed(&output).is_empty(), "{}", printed(&output));
}

/// A script is imported byte for byte. A script of version 1 gets the rows.
#[test]
fn scripts_are_unchanged() {
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
    assert!(output.status.success(), "{}", printed(&output));
    let found = checks(&folder.path().join("checks"));
    assert_eq!(found[0].script.as_deref(), Some(script));
    assert_eq!(found[0].docs, DocsForm::List);
    let first = text.replace("version: 2", "version: 1").replace("name: second", "name: first");
    let first = first.replace("    family: POSTGRESQL\n    queries:\n      - type", "    type");
    let first = first.replace("        query: |\n", "    query: |\n");
    let output = import_here(&folder, &first);
    assert!(output.status.success(), "{}", printed(&output));
    let found = checks(&folder.path().join("checks"));
    let found = found.iter().find(|check| check.name == "first").unwrap();
    assert_eq!((found.script.as_deref(), found.docs), (Some(script), DocsForm::Rows));
}

/// A running server is not changed. A server that cannot be reached is reported.
#[test]
fn a_running_server_is_not_changed() {
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE TABLE public.mine (id integer, mood text)");
    let folder = Folder::new("import");
    folder.write("f.yml", &file(&[("own_table", "id, mood FROM public.mine")]));
    let place = folder.path().join("f.yml").display().to_string();
    let count = "SELECT count(*) FROM pg_class";
    let before = server.superuser("postgres", count);
    let output = import(&server, &[&place], &folder.path().join("checks"));
    assert!(output.status.success(), "{}", printed(&output));
    assert_eq!(before, server.superuser("postgres", count));
    let found = checks(&folder.path().join("checks"));
    assert_eq!(found[0].owner, "plain");
    assert!(
        found[0].readme.contains("write an owner set with it, `owners/NAME.toml`"),
        "{}",
        found[0].readme
    );
    let lost = posemo(&["import", &place, "--into", &format!("{place}.d"), "-H", "/nonexistent"]);
    assert!(
        lost.status.code() == Some(1) && !Path::new(&format!("{place}.d")).exists(),
        "{}",
        printed(&lost)
    );
}

/// A file without a signature by a trusted key is not parsed.
#[test]
fn a_signature_is_verified_before_the_file_is_parsed() {
    need!("minisign");
    let (signer, stranger) = (Signer::new(), Signer::new());
    let folder = Folder::new("import");
    folder.write("f.yml", "checks: [nonsense");
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (yml, signature) = (place("f.yml"), place("f.yml.minisig"));
    let import = |key: &str| {
        let options = ["--signature", &signature, "--key", key];
        posemo(&[&["import", &yml, "--into", &place("checks")], &options[..]].concat())
    };
    // The current form, and the one of PMM's files before 2022.
    for options in ["", "-l"] {
        signer.sign(Path::new(&yml), options);
        let output = import(&signer.key());
        assert!(printed(&output).contains("f.yml:1:"), "{}", printed(&output));
        let output = import(&stranger.key());
        assert!(printed(&output).contains("f.yml is "), "{}", printed(&output));
    }
    folder.write("f.yml", "checks: [altered");
    let output = import(&signer.key());
    let text = printed(&output);
    assert!(text.contains("f.yml is ") && !text.contains("f.yml:1:"), "{text}");
}
