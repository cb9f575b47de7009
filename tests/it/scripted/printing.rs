//! Printed lines of scripts: they are in the log with `-vv`, harmless for a terminal, and never in the output.

use std::process::Output;

use crate::catalog::Folder;
use crate::server::Server;

const SCRIPT: &str = "def check_context(docs, context):
    print(\"rows:\", docs[0], \"\\x1b[31mred\\x1b[0m\\r\\u009b2J\\u202eback\\nsecond line\")
    return []
";

pub(super) fn write(folder: &Folder) {
    let column = "[columns.v]\ntype = \"integer\"\nrole = \"info\"\n";
    super::write(folder, "talkative", column, "SELECT 7 AS v", SCRIPT);
}

pub(super) fn printed_lines_are_only_in_the_log(server: &Server, folder: &Folder) {
    let checks = folder.path().display().to_string();
    let log = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let verbose = super::run(server, folder, &["--check", "talkative", "-vv"]);
    let lines: Vec<String> = log(&verbose).lines().map(str::to_owned).collect();
    let line = lines.iter().find(|line| line.contains("rows: [{\"v\": 7}]"));
    let line = line.unwrap_or_else(|| panic!("nothing was printed: {lines:#?}"));
    assert!(line.contains("talkative/evaluate.star:2: "), "{line}");
    let second = lines.iter().find(|line| line.contains("second line"));
    assert!(second.is_some_and(|line| line.starts_with("    second")), "no event: {second:?}");
    for harmful in ['\u{1b}', '\r', '\u{9b}', '\u{202e}'] {
        assert!(!log(&verbose).contains(harmful), "{harmful:?} in {:?}", log(&verbose));
    }
    assert!(line.contains("red") && line.contains("back"), "{line}");
    for verbosity in [&[][..], &["-v"]] {
        let output = super::run(server, folder, &[&["--check", "talkative"], verbosity].concat());
        assert!(!log(&output).contains("rows:"), "{verbosity:?}: {}", log(&output));
    }
    let plugin = server.posemo(&["check", "talkative", "--checks", &checks]);
    assert!(plugin.stderr.is_empty(), "{}", log(&plugin));
    let out = String::from_utf8_lossy(&plugin.stdout).into_owned();
    assert!(!out.contains("rows:") && plugin.status.code() == Some(0), "{out}");
}
