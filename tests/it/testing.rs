//! `posemo test`: what it says of cases and stories that hold and that do not, word for word.
//!
//! The scenes are folders of checks, made for each test; the golden files hold what is printed.

use std::process::Command;

use crate::catalog::Folder;
use crate::golden::assert_golden;
use crate::server::POSEMO;

mod blessing;
mod docs;
mod hostile;
mod offline;
pub(crate) mod stories;

const README: &str =
    "# x\n\n## What it watches\n\nx\n\n## Why it matters\n\nx\n\n## What to do\n\nx\n";

/// A check that thresholds judge: object, metric, and a time that is shown.
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

/// A check that a script judges: one number.
const SCRIPTED: &str = "summary = \"How many there are\"\n[columns.count]\ntype = \"bigint\"\n";

/// Writes a check of thresholds, whose rows are those of the table `public.uses`, if there is one.
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

/// Runs `posemo test` in a folder; gives exit code, output and errors.
fn test(folder: &Folder, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(POSEMO);
    command.current_dir(folder.path()).arg("test").args(arguments).env("HOME", "/nonexistent");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// What is printed is what the golden file has, and nothing goes to standard error. The exit code is in the
/// name of the file.
fn golden(name: &str, folder: &Folder, arguments: &[&str]) {
    let (code, out, err) = test(folder, arguments);
    assert_eq!(err, "", "{out}");
    let said: String = out.lines().map(|line| normalised(line) + "\n").collect();
    assert_golden(&format!("test/{name}.{code}.txt"), &said);
}

/// A line without times, and without the version of the server.
fn normalised(line: &str) -> String {
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
