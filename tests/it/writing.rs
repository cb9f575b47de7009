//! The page about writing checks is true: the test writes its files, runs its commands and compares the output.
//!
//! `BLESS=1` writes the output of the commands into the page.

use std::fs;
use std::path::Path;
use std::process::Command;

use posemo::tempserver::ServerOptions;

use crate::catalog::Folder;
use crate::programs::need;
use crate::server::{POSEMO, Server, psql};
use page::{Block, Part};

mod page;
mod tables;

/// The page.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/writing-checks.md");

/// Follows the page from the first line to the last.
#[test]
fn what_the_page_shows_is_the_output_of_its_commands() {
    need!("psql");
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE DATABASE app");
    server.install(&["--database", "app"]);
    let folder = Folder::new("author");
    let text = fs::read_to_string(PAGE).unwrap();
    let mut written = String::new();
    let (mut files, mut commands, mut wrong) = (0, 0, Vec::new());
    for part in page::parts(&text) {
        match &part {
            Part::Block(Block { file: Some(file), text, .. }) => {
                folder.write(file, text);
                files += 1;
            }
            Part::Block(block) if block.language == "console" => {
                let mut lines = String::new();
                for (command, expected) in block.commands() {
                    let output = run(&server, folder.path(), command);
                    let output = normalized(&server, command, &output);
                    if output != expected {
                        let line = block.line;
                        wrong.push(format!(
                            "line {line}: $ {command}\n{expected}--- is now\n{output}"
                        ));
                    }
                    lines.extend(["$ ", command, "\n", &output]);
                    commands += 1;
                }
                written.push_str(&block.with(&lines));
                continue;
            }
            _ => {}
        }
        written.push_str(&part.to_string());
    }
    assert!(files > 5 && commands > 10, "{files} files and {commands} commands were found");
    if std::env::var_os("BLESS").is_some() {
        fs::write(PAGE, written).unwrap();
    } else {
        assert!(
            wrong.is_empty(),
            "docs/writing-checks.md shows another output:\n{}",
            wrong.join("\n")
        );
        assert_eq!(written, text, "the page was not parsed exactly");
    }
}

/// Runs a command in the folder, with the server in the environment. Returns standard output and standard error.
fn run(server: &Server, folder: &Path, command: &str) -> String {
    let mut shell = Command::new("bash");
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG"))
    {
        shell.env_remove(name);
    }
    let programs = [
        Path::new(POSEMO).parent().unwrap().to_owned(),
        psql(server.0.bindir()).parent().unwrap().to_owned(),
    ];
    let usual = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::env::join_paths(programs.into_iter().chain(std::env::split_paths(&usual))).unwrap();
    shell
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .env("PGHOST", server.0.socket())
        .env("PGPORT", server.0.port().to_string())
        .env("POSEMO_PG_BINDIR", server.0.bindir())
        .env_remove("POSEMO_CONFIG")
        .env("LC_ALL", "C")
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent");
    String::from_utf8(shell.output().unwrap().stdout).unwrap()
}

/// The output of a command with the host, the port, the version and the times of the page.
fn normalized(server: &Server, command: &str, output: &str) -> String {
    let whole = if command.contains("--offline") { "0.1 s" } else { "2.5 s" };
    let output = output
        .replace(&server.0.socket().display().to_string(), "/var/run/postgresql")
        .replace(&format!("postgresql:{}", server.0.port()), "postgresql:5432")
        .replace(server.version(), "15.18");
    output.lines().map(|line| timeless(line, whole) + "\n").collect()
}

/// A line with a fixed time at its end. After a case the time is removed, as only slow cases have one.
fn timeless(line: &str, whole: &str) -> String {
    let is_time = |text: &str| {
        let number = text.strip_suffix(" s").or_else(|| text.strip_suffix(" ms"));
        number.is_some_and(|number| number.parse::<f64>().is_ok())
    };
    let bracket = line.strip_suffix(')').and_then(|line| line.rsplit_once(" ("));
    match (bracket, line.rsplit_once(", in ")) {
        (Some((before, time)), _) if is_time(time) && line.starts_with("ok ") => before.to_owned(),
        // The last line of a table also has the start of the run.
        (Some((before, times)), _)
            if times.split_once("Z, ").is_some_and(|(_, time)| is_time(time)) =>
        {
            format!("{before} (2026-11-20T10:00:00Z, 0.04 s)")
        }
        (Some((before, time)), _) if is_time(time) => format!("{before} (0.04 s)"),
        (_, Some((before, time))) if is_time(time) => format!("{before}, in {whole}"),
        _ => line.to_owned(),
    }
}
