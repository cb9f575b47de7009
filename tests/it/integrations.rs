//! Runs the commands of `docs/integrations.md`.
//!
//! The tests of receivers run the commands that need a receiver. They get the lines of the page from here.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use posemo::tempserver::ServerOptions;

use crate::programs::need;
use crate::server::{POSEMO, Server};

/// The page.
const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/integrations.md"));

/// Returns a line that a test runs. Fails where the page does not contain the line.
pub(crate) fn documented(line: &str) -> &str {
    assert!(
        PAGE.lines().map(str::trim).any(|shown| shown.strip_prefix("$ ").unwrap_or(shown) == line),
        "docs/integrations.md does not contain the line: {line}"
    );
    line
}

/// The section of the page with this heading.
pub(crate) fn section(heading: &str) -> &'static str {
    let heading = format!("\n## {heading}\n");
    let (_, after) = PAGE.split_once(&heading).unwrap_or_else(|| panic!("no heading {heading}"));
    after.split("\n## ").next().unwrap()
}

/// The commands of a section: lines after a dollar sign, and the steps in the files of pipelines.
fn commands(section: &str) -> Vec<&str> {
    let mut block = None;
    let mut commands = Vec::new();
    for line in section.lines() {
        if let Some(kind) = line.strip_prefix("```") {
            block = Some(kind);
            continue;
        }
        let step = line.trim_start().strip_prefix("- ");
        commands.extend(match block {
            Some("console") => line.strip_prefix("$ "),
            Some("yaml") => step.map(|step| step.strip_prefix("run: ").unwrap_or(step)),
            _ => None,
        });
    }
    commands
}

/// A server and a folder for the commands of the page.
struct Session {
    server: Server,
    folder: tempfile::TempDir,
}

impl Session {
    /// A server with a problem. Commands find it through the environment.
    fn new() -> Session {
        let server = Server::start(&ServerOptions::default());
        server.install(&[]);
        server.superuser("postgres", "CREATE ROLE backup LOGIN SUPERUSER");
        let folder = tempfile::tempdir().unwrap();
        // The programs of the tests are behind the newest minor version.
        let settings = "[checks.minor_version]\nenabled = false\n";
        fs::write(folder.path().join("settings.toml"), settings).unwrap();
        Session { server, folder }
    }

    fn run(&self, command: &str) -> Output {
        let programs = Path::new(POSEMO).parent().unwrap().display().to_string();
        let path = std::env::var("PATH").unwrap();
        Command::new("bash")
            .args(["-c", command])
            .current_dir(&self.folder)
            .env("PATH", format!("{programs}:{path}"))
            .env("PGHOST", self.server.0.socket())
            .env("PGPORT", self.server.0.port().to_string())
            .env("POSEMO_CONFIG", self.folder.path().join("settings.toml"))
            .env("HOME", "/nonexistent")
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .env("GITHUB_STEP_SUMMARY", self.folder.path().join("summary.md"))
            .output()
            .unwrap()
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).unwrap()
    }
}

#[test]
fn commands_for_pipelines_and_programs_work() {
    need!("jq");
    let session = Session::new();
    let mut run = Vec::new();
    for heading in ["Pipelines: GitHub, GitLab, Jenkins", "Programs and spreadsheets"] {
        for command in commands(section(heading)) {
            let output = session.run(command);
            let errors = String::from_utf8(output.stderr).unwrap();
            assert_eq!(errors, "", "{command}");
            let printed = String::from_utf8(output.stdout).unwrap();
            // The server has a problem with state WARNING, which is the exit code of a run. A pipe and an alternative
            // have other exit codes.
            let is_replaced = command.contains(" | ") || command.contains(" || ");
            let expected = i32::from(!is_replaced);
            assert_eq!(output.status.code(), Some(expected), "{command}\n{printed}");
            run.push((command, printed));
        }
    }
    assert!(run.len() >= 10, "{run:?}");
    let printed = |part: &str| {
        let found = run.iter().find(|(command, _)| command.contains(part));
        found.map_or_else(|| panic!("no command {part}"), |(_, printed)| printed.as_str())
    };
    for (file, part) in [
        ("posemo.xml", "<testcase classname="),
        ("posemo.sarif", "\"ruleId\":\"superusers\""),
        ("summary.md", "**WARNING**"),
        ("posemo.csv", "\"superusers\""),
    ] {
        let text = session.read(file);
        assert!(text.contains(part) && text.contains("backup"), "{file}: {text}");
    }
    assert!(printed("jq").contains("superusers"), "{run:?}");
    assert!(printed("grep").contains("backup"), "{run:?}");
}

/// The test of lines must be able to fail.
#[test]
fn a_line_that_is_not_on_the_page_is_an_error() {
    let result = std::panic::catch_unwind(|| documented("posemo run --output nothing"));
    assert!(result.is_err());
    documented("posemo run --output junit --output-file posemo.xml");
}

/// The page and the table of README contain each format.
#[test]
fn every_format_is_on_the_page() {
    let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    for format in posemo::output::Format::ALL {
        let name = format!("`{}`", format.name());
        let shown = PAGE.contains(&name) || PAGE.contains(&format!("--output {}", format.name()));
        assert!(shown, "{name} is not in docs/integrations.md");
        assert!(readme.contains(&format!("| {name} |")), "{name} is not in README's table");
    }
}
