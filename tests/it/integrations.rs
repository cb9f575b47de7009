//! Every command that `docs/integrations.md` shows does what the page says.
//!
//! Those that need a receiver are run by the tests of that receiver, which ask here for the line.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use posemo::tempserver::ServerOptions;

use crate::programs::need;
use crate::server::{POSEMO, Server};

/// The page.
const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/integrations.md"));

/// Fails where the page does not hold the line that a test is about to run.
///
/// What a receiver's test changes in it (a port, a folder) it changes after asking.
pub(crate) fn documented(line: &str) -> &str {
    assert!(
        PAGE.lines().map(str::trim).any(|shown| shown.strip_prefix("$ ").unwrap_or(shown) == line),
        "docs/integrations.md does not show the line: {line}"
    );
    line
}

/// A section of the page, by its heading, without those below other headings.
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

/// A place where the commands of the page can be run as they stand.
struct Desk {
    server: Server,
    folder: tempfile::TempDir,
}

impl Desk {
    /// A server with a problem, as everybody would find it: through the environment.
    fn new() -> Desk {
        let server = Server::start(&ServerOptions::default());
        server.install(&[]);
        server.superuser("postgres", "CREATE ROLE backup LOGIN SUPERUSER");
        Desk { server, folder: tempfile::tempdir().unwrap() }
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
fn the_commands_for_pipelines_and_programs_do_what_the_page_says() {
    need!("jq");
    let desk = Desk::new();
    let mut run = Vec::new();
    for heading in ["Pipelines: GitHub, GitLab, Jenkins", "Programs and spreadsheets"] {
        for command in commands(section(heading)) {
            let output = desk.run(command);
            let complaint = String::from_utf8(output.stderr).unwrap();
            assert_eq!(complaint, "", "{command}");
            let printed = String::from_utf8(output.stdout).unwrap();
            // The server has a problem that is a warning, which is the exit code of a run; a pipe
            // and an alternative have their own.
            let forgiven = command.contains(" | ") || command.contains(" || ");
            let expected = i32::from(!forgiven);
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
        let text = desk.read(file);
        assert!(text.contains(part) && text.contains("backup"), "{file}: {text}");
    }
    assert!(printed("jq").contains("superusers"), "{run:?}");
    assert!(printed("grep").contains("backup"), "{run:?}");
}

/// A page that nobody updates is found out.
#[test]
fn a_line_that_is_not_on_the_page_is_missed() {
    let missed = std::panic::catch_unwind(|| documented("posemo run --output nothing"));
    assert!(missed.is_err());
    documented("posemo run --output junit --output-file posemo.xml");
}

/// Each format has a place on the page, and in the table of README.
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
