//! The catalog: every check of posemo is valid and complete, and an error about a check has its place.
//!
//! No server is used; `matrix` runs the queries.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use posemo::catalog::Catalog;

/// A folder that is removed at the end of the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir()
            .join(format!("posemo-test-{}-{number}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const MANIFEST: &str = "summary = \"Something\"\n\n[columns.used]\ntype = \"bigint\"\n";

/// A valid README of a check.
pub(crate) const README: &str =
    "# x\n\n## What it watches\n\nx\n\n## Why it matters\n\nx\n\n## What to do\n\nx\n";

/// A valid check folder except for one file, which has this text. The file is missing if the text is empty.
fn folder_with(file: &str, text: &str) -> Folder {
    let folder = Folder::new("mine");
    let usual = [
        ("check.toml", MANIFEST),
        ("query.sql", "SELECT 1::bigint AS used"),
        ("README.md", README),
    ];
    for (usual_file, usual_text) in usual {
        if usual_file != file {
            folder.write(&format!("mine/{usual_file}"), usual_text);
        }
    }
    if !text.is_empty() {
        folder.write(&format!("mine/{file}"), text);
    }
    folder
}

#[test]
fn an_invalid_check_is_reported_with_file_and_key() {
    let manifest = |more: &str| format!("{MANIFEST}{more}");
    for (file, text, expected) in [
        ("check.toml", "", "mine/check.toml: is missing"),
        (
            "check.toml",
            "sumary = \"x\"",
            "mine/check.toml:1: sumary: unknown key \"sumary\"; did you mean \"summary\"?",
        ),
        (
            "check.toml",
            "summary = \"\"\n[columns.a]\ntype=\"bigint\"",
            "check.toml:1: summary: must be one line of text",
        ),
        ("check.toml", "summary = \"x\"", "columns: a query returns at least one column"),
        (
            "check.toml",
            "summary = \"x\"\n[columns.a]\ntype = \"int4\"",
            "check.toml:3: columns.a.type: \"int4\" is not a type",
        ),
        (
            "check.toml",
            "summary = \"x\"\n[columns.a]\ntype = \"text\"",
            "check.toml:3: columns.a.type: text is not a number",
        ),
        (
            "check.toml",
            "summary = \"x\"\n[columns.A]\ntype = \"text\"",
            "check.toml:2: columns.A: is not a name",
        ),
        (
            "check.toml",
            &manifest("unit = \"MB\"\n"),
            "check.toml:5: columns.used.unit: unknown unit \"MB\"",
        ),
        (
            "check.toml",
            &manifest("kind = \"sum\"\n"),
            "check.toml:5: columns.used.kind: unknown kind",
        ),
        (
            "check.toml",
            &manifest("[thresholds.usde]\nwarning = \"1\"\n"),
            "check.toml:5: thresholds.usde: metric \"usde\" does not exist or is not a number; did you mean \"used\"?",
        ),
        (
            "check.toml",
            &manifest("[thresholds.used]\nwarning = \"5K\"\n"),
            "check.toml:6: thresholds.used.warning: \"5K\" is not a range",
        ),
        (
            "check.toml",
            &manifest("[arguments.a]\ntype = \"bigint\"\ndefault = \"x\"\n"),
            "check.toml:7: arguments.a.default: \"x\" is not a valid bigint",
        ),
        (
            "check.toml",
            &manifest("[arguments.a]\ntype = \"bigint\"\ndefault = 1\nminimum = 2\n"),
            "arguments.a.default: 1 is not between 2 and",
        ),
        (
            "check.toml",
            &manifest("[arguments.a]\ntype = \"text\"\nlist = true\ndefault = [\"a,b\"]\n"),
            "check.toml:8: arguments.a.default: \"a,b\" contains a comma",
        ),
        (
            "check.toml",
            &manifest("[arguments.a]\ntype = \"text\"\ndefault = [\"a\"]\n"),
            "check.toml:7: arguments.a.default: must be one text",
        ),
        (
            "check.toml",
            &manifest("[arguments.a]\ntype = \"bigint\"\nlist = true\ndefault = 1\n"),
            "check.toml:7: arguments.a.list: only an argument of type text",
        ),
        (
            "check.toml",
            &format!("owner = \"root\"\n{MANIFEST}"),
            "check.toml:1: owner: unknown owner \"root\"",
        ),
        (
            "check.toml",
            &format!("topic = \"schemas\"\n{MANIFEST}"),
            "check.toml:1: topic: unknown topic \"schemas\"; did you mean \"schema\"?",
        ),
        (
            "check.toml",
            &format!("scope = \"table\"\n{MANIFEST}"),
            "check.toml:1: scope: unknown word \"table\"",
        ),
        (
            "check.toml",
            &format!("interval = \"5\"\n{MANIFEST}"),
            "check.toml:1: interval: \"5\" is not an interval",
        ),
        (
            "check.toml",
            &format!("hold = \"ten\"\n{MANIFEST}"),
            "check.toml:1: hold: \"ten\" is not an interval",
        ),
        (
            "check.toml",
            &format!("covers = [\"check_postgre: backends\"]\n{MANIFEST}"),
            "check.toml:1: covers: unknown tool \"check_postgre\"; did you mean \"check_postgres\"?",
        ),
        (
            "check.toml",
            &format!("covers = [\"check_postgres: \"]\n{MANIFEST}"),
            "check.toml:1: covers: \"check_postgres: \" is not \"TOOL: ITEM\"",
        ),
        (
            "check.toml",
            &format!("covers = [\"posemo: alive\", \"posemo:alive\"]\n{MANIFEST}"),
            "check.toml:1: covers: contains \"posemo:alive\" twice",
        ),
        (
            "check.toml",
            &format!("servers = \"15\"\n{MANIFEST}"),
            "check.toml:1: servers: \"15\" is not a range of major versions",
        ),
        (
            "check.toml",
            &format!("databases = \"apart\"\n{MANIFEST}"),
            "check.toml:1: databases: this key is for checks with a script",
        ),
        (
            "check.toml",
            &format!("docs = \"rows\"\n{MANIFEST}"),
            "check.toml:1: docs: this key is for checks with a script",
        ),
        (
            "check.toml",
            &manifest("[columns.\"No Plain\"]\ntype = \"bigint\"\n"),
            "check.toml:5: columns.\"No Plain\": is not a name for a metric",
        ),
        (
            "check.toml",
            &manifest("[columns.\"a\\nb\"]\ntype = \"bigint\"\nrole = \"info\"\n"),
            "check.toml:5: columns.\"a\\nb\": is not a name for a column; use 1 to 63 bytes",
        ),
        (
            "check.toml",
            &format!("worst_first = true\n{MANIFEST}"),
            "check.toml:1: worst_first: this key is for checks with a script",
        ),
        (
            "check.toml",
            &format!("writes = true\n{MANIFEST}"),
            "check.toml:1: writes: only the check writeable of posemo writes, with its own query",
        ),
        (
            "check.toml",
            &manifest("measured = \"commit_time\"\n"),
            "check.toml:5: columns.used.measured: only the check writeable of posemo has such a column",
        ),
        (
            "check.toml",
            &format!("row_limit = 100001\n{MANIFEST}"),
            "check.toml:1: row_limit: must be between 1 and 100000",
        ),
        (
            "check.toml",
            &format!("replicated = true\nrole = \"standby\"\n{MANIFEST}"),
            "check.toml:1: replicated: a check with a role runs only on servers with this role",
        ),
        (
            "check.toml",
            &manifest("worst = \"high\"\n"),
            "check.toml:5: columns.used.worst: unknown word \"high\"",
        ),
        (
            "check.toml",
            &manifest("[columns.a]\ntype = \"text\"\nrole = \"info\"\nworst = \"highest\"\n"),
            "check.toml:8: columns.a.worst: this key is for metrics",
        ),
        (
            "check.toml",
            &manifest("[columns.a]\ntype = \"boolean\"\nworst = \"lowest\"\n"),
            "check.toml:7: columns.a.worst: false is the worst value of a boolean metric",
        ),
        ("check.toml", "summary = \"x", "check.toml:1:"),
        ("query.sql", "", "mine/query.sql: is missing"),
        ("query.sql", "SELECT 1;", "mine/query.sql: line 1: a semicolon"),
        ("query.sql", "DELETE FROM x", "mine/query.sql: begins with \"delete\""),
        (
            "query.before-11.sql",
            "SELECT 1",
            "mine/query.before-11.sql: write a major version from 13 to 19",
        ),
        (
            "query-1.sql",
            "SELECT 1",
            "mine/query.sql: a check has either query.sql or numbered queries",
        ),
        ("qurey.before-17.sql", "SELECT 1", "mine/qurey.before-17.sql: is not a file of a check"),
        ("README.md", "", "mine/README.md: is missing"),
        (
            "README.md",
            "# x\n## What it watches\n## Why it matters\n",
            "mine/README.md: has no heading \"What to do\"",
        ),
    ] {
        let folder = folder_with(file, text);
        let error = Catalog::empty().add(folder.path()).expect_err(text).to_string();
        assert!(
            error.contains(expected),
            "{file} {text:?}\n  printed  {error}\n  expected {expected}"
        );
    }
}

#[test]
fn a_check_that_exists_twice_is_reported_with_both_folders() {
    let folder = folder_with("nothing", "");
    fs::rename(folder.path().join("mine"), folder.path().join("alive")).unwrap();
    let error = Catalog::embedded().add(folder.path()).unwrap_err().to_string();
    assert!(error.contains("\"alive\" exists twice: checks/alive and /"), "{error}");
    let former = folder_with("check.toml", &format!("was = [\"alive\"]\n{MANIFEST}"));
    let error = Catalog::embedded().add(former.path()).unwrap_err().to_string();
    assert!(error.contains("\"alive\" exists twice"), "{error}");
}

/// In every monitoring system, the service that reports whether the server can be queried has this name.
#[test]
fn a_check_cannot_be_named_posemo() {
    let folder = folder_with("nothing", "");
    fs::rename(folder.path().join("mine"), folder.path().join("posemo")).unwrap();
    let error = Catalog::empty().add(folder.path()).unwrap_err().to_string();
    assert!(error.contains("/posemo: posemo is the service that reports whether"), "{error}");
    fs::rename(folder.path().join("posemo"), folder.path().join("posemo_ok")).unwrap();
    Catalog::empty().add(folder.path()).unwrap();
}

#[test]
fn each_query_has_a_function() {
    let manifest = "summary = \"x\"\n[queries.1.columns.a]\ntype = \"bigint\"\n[queries.2.columns.b]\ntype = \"text\"\nrole = \"object\"\n";
    let folder = folder_with("check.toml", manifest);
    fs::remove_file(folder.path().join("mine/query.sql")).unwrap();
    folder.write("mine/query-1.sql", "SELECT 1::bigint AS a");
    folder.write("mine/query-2.sql", "SELECT 'x' AS b");
    folder.write("mine/query-2.before-14.sql", "SELECT 'old' AS b");
    let mut catalog = Catalog::empty();
    catalog.add(folder.path()).unwrap();
    let check = catalog.get("mine").unwrap();
    let functions: Vec<&str> =
        check.queries.iter().map(|query| query.signature.function.as_str()).collect();
    assert_eq!(functions, ["mine__1", "mine__2"]);
    assert_eq!(
        (check.queries[1].text_for(13), check.queries[1].text_for(14)),
        ("SELECT 'old' AS b", "SELECT 'x' AS b")
    );
}

#[test]
fn an_unknown_check_is_reported_with_the_most_similar_name() {
    let error = Catalog::embedded().get("conection_usage").unwrap_err().to_string();
    assert_eq!(
        error,
        "check \"conection_usage\" does not exist; did you mean \"connection_usage\"?"
    );
}

#[test]
fn every_check_is_complete() {
    let catalog = Catalog::embedded();
    let checks = catalog.checks().unwrap();
    assert!(checks.len() >= 12);
    for check in &checks {
        let name = &check.name;
        for column in check.columns() {
            assert!(!column.help.is_empty(), "{name}: column {} has no help", column.name);
        }
        assert!(
            check.arguments.iter().all(|argument| !argument.help.is_empty()),
            "{name}: an argument has no help"
        );
        assert!(check.since.is_some(), "{name} has no key since");
        assert_ne!(check.owner, "superuser", "{name}");
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join(&check.place).join("cases");
        let files: Vec<String> = fs::read_dir(&cases)
            .unwrap()
            .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        let offline: Vec<String> = files
            .iter()
            .filter(|file| Path::new(file).extension().is_some_and(|extension| extension == "toml"))
            .map(|file| fs::read_to_string(cases.join(file)).unwrap())
            .collect();
        let quiet = |text: &&String| {
            let case: toml::Table = toml::from_str(text).unwrap();
            case["expect"].as_array().unwrap().is_empty()
        };
        assert!(offline.iter().any(|text| quiet(&text)), "{name} has no quiet case");
        assert!(
            !check.can_alarm() || offline.iter().any(|text| !quiet(&text)),
            "{name} has no loud case"
        );
    }
}

/// The size of a sparse file is compared before its content is read.
#[test]
fn a_huge_file_is_not_read() {
    let folder = folder_with("README.md", "x");
    let huge = fs::File::options().write(true).open(folder.path().join("mine/README.md")).unwrap();
    huge.set_len(1 << 40).unwrap();
    let error = Catalog::empty().add(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with("mine/README.md: is larger than 1024 KiB"), "{error}");
}
