//! `posemo test`: the output for cases that pass and that fail.
//!
//! Each test writes check folders. The golden files contain the output.

use std::process::Command;

use crate::catalog::{Folder, README};
use crate::golden::assert_golden;
use crate::server::POSEMO;

mod blessing;
mod docs;
mod hostile;
mod offline;
pub(crate) mod scenarios;

/// A check that is judged by thresholds: an object, a metric and a time.
const USED: &str = "summary = \"How much is used\"
[columns.name]
type = \"text\"
role = \"object\"
[columns.used]
type = \"double precision\"
unit = \"percent\"
[columns.since]
type = \"timestamptz\"
role = \"info\"
[thresholds.used]
warning = \"80\"
critical = \"95\"
";

/// A check that is judged by a script: one number.
const SCRIPTED: &str = "summary = \"How many there are\"\n[columns.count]\ntype = \"bigint\"\n";

/// Writes a check that is judged by thresholds.
fn used(folder: &Folder, name: &str) {
    let query = "SELECT 'disk'::text AS name, coalesce(pg_catalog.max(length(s.setting)), 0)::double precision AS used,
        NULL::timestamptz AS since FROM pg_catalog.pg_settings AS s WHERE s.name = 'posemo.used'";
    write(folder, name, USED, query, None);
}

/// Writes a check with a script.
fn scripted(folder: &Folder, name: &str, script: &str) {
    write(folder, name, SCRIPTED, "SELECT 1::bigint AS count", Some(script));
}

fn write(folder: &Folder, name: &str, manifest: &str, query: &str, script: Option<&str>) {
    folder.write(&format!("{name}/check.toml"), manifest);
    folder.write(&format!("{name}/query.sql"), query);
    folder.write(&format!("{name}/README.md"), README);
    if let Some(script) = script {
        folder.write(&format!("{name}/evaluate.star"), script);
    }
}

/// Runs `posemo test` in a folder. Returns the exit code, standard output and standard error.
fn test(folder: &Folder, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(POSEMO);
    command.current_dir(folder.path()).arg("test").args(arguments).env("HOME", "/nonexistent");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Compares standard output and the exit code with a golden file. Nothing may be printed on standard error.
fn golden(name: &str, folder: &Folder, arguments: &[&str]) {
    let (code, out, err) = test(folder, arguments);
    assert_eq!(err, "", "{out}");
    let printed: String = out.lines().map(|line| normalized(line) + "\n").collect();
    assert_golden(&format!("test/{name}.{code}.txt"), &printed);
}

/// A line without durations and without the version of the server.
fn normalized(line: &str) -> String {
    let line = match line.split_once(", in ") {
        Some((counts, time)) if time.ends_with(" s") => format!("{counts}, in N s"),
        _ => line.to_owned(),
    };
    let line = match line.rsplit_once(" (") {
        Some((before, time)) if time.ends_with(" s)") => before.to_owned(),
        _ => line,
    };
    match line.rsplit_once(" on ") {
        Some((before, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            let rest = version.split_once(':').map(|(_, rest)| format!(":{rest}"));
            format!("{before} on X.Y{}", rest.unwrap_or_default())
        }
        _ => line,
    }
}
