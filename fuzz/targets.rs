//! The fuzz targets: each passes its input to a function that reads input from outside.
//!
//! The fuzzer finds inputs; the tests run those that it has found.

#[path = "targets/cases.rs"]
mod cases;
#[path = "targets/foreign.rs"]
mod foreign;
#[path = "targets/signature.rs"]
mod signature;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use posemo::catalog::Catalog;
use posemo::database::parameters::{Environment, Parameters};
use posemo::evaluate::{document, script};
use posemo::finding::range::Range;
use posemo::migrate::{self, MigrateFormat, MigrateInput};
use posemo::percona;
use posemo::percona::description::QueryDescription;
use posemo::percona::draft::Draft;
use posemo::percona::folders::CheckFolder as _;
use posemo::rows::{QueryRows, Rows, ScriptInput, SqlValue};
use posemo::sandbox;
use posemo::settings::Settings;
use posemo::text::interval;

/// Reads bytes, and panics if an assertion fails that holds for all inputs.
pub(crate) type Target = fn(&[u8]);

/// The targets, with the names of their corpora.
pub(crate) const TARGETS: [(&str, Target); 13] = [
    ("calls", foreign::calls),
    ("cases", cases::cases),
    ("conninfo", conninfo),
    ("document", document),
    ("folder", folder),
    ("importer", importer),
    ("imports", foreign::imports),
    ("migrate", migrate),
    ("ranges", ranges),
    ("reply", reply),
    ("script", script),
    ("signature", signature::signature),
    ("settings", settings),
];

/// The files that an input for `folder` can contain after the manifest.
const FILES: [&str; 8] = [
    "query.sql",
    "query.before-14.sql",
    "query.before-18.sql",
    "query-1.sql",
    "query-2.sql",
    "query-2.before-16.sql",
    "evaluate.star",
    "README.md",
];

/// Passes bytes to a target.
pub(crate) fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name).expect("a target has this name");
    target.1(bytes);
}

/// A connection string is refused, or contains the host and the user.
fn conninfo(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // These files are read while parameters are resolved, and some files of the system do not end.
    if ["/dev", "/proc", "service", "passfile"].iter().any(|word| text.contains(word)) {
        return;
    }
    let given = [("dbname".to_owned(), text.to_owned())];
    match Parameters::resolve(&given, &[("user", "posemo")], &Environment::silent()) {
        Ok(parameters) => {
            assert!(!parameters.hosts().is_empty(), "parameters name at least one host");
            assert!(!parameters.user().is_empty(), "an empty user is replaced");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Definitions of other programs become settings that posemo accepts. The first letter is the format.
fn migrate(bytes: &[u8]) {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::embedded);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(first) = text.chars().next() else { return };
    let formats = MigrateFormat::ALL;
    let format = formats[first as usize % formats.len()].0;
    let input = MigrateInput::of_text("fuzzed", &text[first.len_utf8()..], format);
    let migration = migrate::of_input(input, &CATALOG).expect("its settings are valid");
    assert!(migration.targets.len() <= migration.calls.len() * 16);
}

/// A folder is a valid check, or an error that contains the folder.
fn folder(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parent = scratch();
    let folder = parent.path().join("fuzzed");
    write_all(&folder, files(text));
    let mut catalog = Catalog::empty();
    match catalog.add(&folder) {
        Ok(()) => {
            let checks = catalog.checks().expect("a check that was added can be read again");
            for query in &checks[0].queries {
                assert!(!query.signature.columns.is_empty(), "a query returns something");
                assert!(!query.text_for(15).trim().is_empty(), "a query has a text");
            }
        }
        Err(error) => assert!(error.to_string().contains("fuzzed"), "{error}"),
    }
}

/// A file of advisor checks is read or has a mistake, and the manifest of a check that was read is valid.
fn importer(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let file = percona::read("fuzzed.yaml", text);
    // In YAML, a carriage return ends a line, too.
    let lines = text.split(['\n', '\r']).count();
    for mistake in &file.mistakes {
        assert!(mistake.line <= lines, "{mistake} is after the end");
    }
    for check in &file.checks {
        let description = QueryDescription {
            names: ["setting", "?column?", "setting"].map(str::to_owned).to_vec(),
            types: ["text", "bigint", "text"].map(|name| vec![Some(name.to_owned()); 2]).to_vec(),
            ..QueryDescription::default()
        };
        let draft = Draft::new(check, vec![description; check.queries.len()]);
        let parent = scratch();
        let folder = parent.path().join(draft.folder());
        write_all(&folder, draft.files());
        if let Err(error) = Catalog::empty().add(&folder) {
            // The file can contain an invalid query or script.
            assert!(!error.to_string().contains("check.toml"), "{error}");
        }
    }
}

/// A range or an interval is refused, or is the same when it is written and read again.
fn ranges(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(range) = text.parse::<Range>() {
        let again: Range = range.as_str().parse().expect("a range that was read can be read again");
        for value in [0.0, -0.5, 1.0, 1e9, -1e300, f64::INFINITY, f64::NAN] {
            assert_eq!(range.alarms(value), again.alarms(value), "{text:?} and {value}");
            one_line(&range.explain(value, |number| number.to_string()));
        }
    }
    if let Ok(span) = interval::parse(text) {
        let written = interval::write(span);
        assert_eq!(interval::parse(&written), Ok(span), "{text:?} is written as {written}");
    }
}

/// A document is refused, or has a value for each column of each row and findings about its rows only.
fn document(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let catalog = Catalog::embedded_check("mysql_empty_password").expect("posemo has this check");
    let check = catalog.get("mysql_empty_password").expect("it is valid");
    let signature = &check.document.as_ref().expect("it has a document").rows;
    match document::judge(&check, signature, &check.thresholds, text, None, check.row_limit) {
        Ok(judged) => {
            assert!(judged.rows.rows.iter().all(|row| row.len() == signature.columns.len()));
            assert_eq!(judged.judged.findings.len(), judged.rows.rows.len());
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "one line"),
    }
}

/// The answer of a worker contains findings that a judge can return, or is refused.
fn reply(bytes: &[u8]) {
    if let Ok(judged) = sandbox::read_reply("fuzzed", bytes) {
        assert!(judged.findings.len() <= script::MOST_FINDINGS, "more findings than are allowed");
        for finding in &judged.findings {
            assert_eq!(finding.state, finding.severity.state(), "the state follows the severity");
            assert_eq!(finding.object.as_ref(), finding.labels.get("object"));
        }
    }
}

/// A script returns findings or an error with its name. Its source does not overflow the stack.
fn script(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // The worker limits memory and time; without it, these scripts would use them.
    let greedy = ["*", "<<", "range", "while", "extend", "+="];
    if bytes.len() > 4096 || greedy.iter().any(|word| text.contains(word)) || for_for(text) {
        return;
    }
    // The stack size of a worker.
    let judged = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(64 * 1024 * 1024);
        let judge = || script::judge("fuzzed", text, &documents());
        thread.spawn_scoped(scope, judge).expect("a thread can be started").join()
    });
    let judged = judged.unwrap_or_else(|_| panic!("the interpreter panicked on {text:?}"));
    match judged {
        Ok(judged) => assert!(judged.findings.iter().all(|finding| !finding.summary.is_empty())),
        Err(failure) => {
            let error = failure.error;
            one_line(&error.summary());
            assert!(error.summary().starts_with("fuzzed/evaluate.star"), "{error}");
        }
    }
}

/// Settings are refused, or are valid for each check and target.
fn settings(bytes: &[u8]) {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::embedded);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Settings::parse("fuzzed.toml", text.to_owned(), &CATALOG) {
        Ok(settings) => {
            for check in CATALOG.checks().expect("the checks of the program are valid") {
                for target in settings.targets() {
                    // Arguments of checks are validated only here.
                    let _ = settings.effective(&check, target);
                }
            }
        }
        Err(error) => assert!(error.to_string().contains("fuzzed.toml"), "{error}"),
    }
}

/// A temporary folder, in memory if possible.
fn scratch() -> tempfile::TempDir {
    let base = if Path::new("/dev/shm").is_dir() { "/dev/shm" } else { "/tmp" };
    tempfile::tempdir_in(base).expect("a folder can be created")
}

fn write_all(folder: &Path, files: impl IntoIterator<Item = (impl AsRef<Path>, String)>) {
    std::fs::create_dir(folder).expect("the parent folder was just created");
    for (name, text) in files {
        std::fs::write(folder.join(name), text).expect("a small file can be written");
    }
}

/// The files in a text: the manifest, and another file after each line `=== NAME`.
fn files(text: &str) -> BTreeMap<&str, String> {
    let readme = "# x\n\n## What it watches\n\nx\n\n## Why it matters\n\nx\n\n## What to do\n\nx\n";
    let mut files = BTreeMap::from([("README.md", readme.to_owned())]);
    let mut name = "check.toml";
    for line in text.split_inclusive('\n') {
        let header = line.trim_end().strip_prefix("=== ");
        match header.and_then(|wanted| FILES.into_iter().find(|known| *known == wanted)) {
            Some(known) => {
                name = known;
                files.insert(name, String::new());
            }
            None => files.entry(name).or_default().push_str(line),
        }
    }
    files
}

/// Nested loops can take any time; a worker would be killed.
fn for_for(text: &str) -> bool {
    text.matches("for").count() > 4
}

fn documents() -> ScriptInput {
    let columns = ["name", "size", "at", "ratio", "on", "gone"].map(str::to_owned).to_vec();
    let values = vec![
        SqlValue::Text("a".to_owned()),
        SqlValue::Int(7),
        SqlValue::Time(1 << 70),
        SqlValue::Float(0.5),
        SqlValue::Bool(true),
        SqlValue::Null,
    ];
    let rows = Rows { columns, rows: vec![values] };
    let all = QueryRows::Databases(vec![("app".to_owned(), rows.clone())]);
    ScriptInput::List(vec![QueryRows::Rows(rows), all])
}

fn one_line(text: &str) {
    assert!(!text.contains('\n'), "more than one line: {text:?}");
}
