//! `posemo run --output-file`: the file is whole at every moment, and nothing else is harmed.
//!
//! What stands in it is for the tests of the formats.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};

use posemo::tempserver::ServerOptions;

use crate::server::Server;

/// Runs the one check that is always well, into a file.
fn run(server: &Server, file: &Path, more: &[&str]) -> Output {
    let file = file.display().to_string();
    let arguments = ["run", "--check", "alive", "--output-file", &file];
    server.posemo(&[&arguments, more].concat())
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o7777
}

/// What is in a folder, hidden files included.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names = names.map(|name| name.into_string().unwrap()).collect::<Vec<_>>();
    names.sort();
    names
}

#[test]
fn a_report_goes_into_a_file() {
    let server = Server::start(&ServerOptions::default());
    server.install(&[]);
    takes_the_place_of_standard_output(&server);
    refuses_what_is_no_file(&server);
    loses_nothing_where_it_cannot_write(&server);
    is_whole_at_every_moment(&server);
}

fn takes_the_place_of_standard_output(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    for format in posemo::output::Format::ALL {
        let output = run(server, &file, &["--output", format.name()]);
        assert_eq!(output.status.code(), Some(0), "{format:?}");
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
        let written = fs::read_to_string(&file).unwrap();
        // The line of a plugin counts what is well, and names nothing; there is no alert for it.
        let said = match format.name() {
            "nagios" => "1 service without a problem",
            "alertmanager" => "[]",
            _ => "alive",
        };
        assert!(written.contains(said), "{format:?}: {written}");
    }
    assert_eq!(mode(&file), 0o644);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    run(server, &file, &["--color", "always"]);
    assert_eq!(mode(&file), 0o640);
    assert!(fs::read_to_string(&file).unwrap().contains("\x1b["));
    run(server, &file, &[]);
    assert!(!fs::read_to_string(&file).unwrap().contains('\x1b'));
    assert_eq!(names(folder.path()), ["report"]);
}

/// A device or a link that somebody has laid stays, and so does what it leads to.
fn refuses_what_is_no_file(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, &link).unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (file, reason) in [
        (link.as_path(), "something else than a regular file"),
        (&pipe, "something else than a regular file"),
        (folder.path(), "something else than a regular file"),
        (Path::new("/dev/null"), "something else than a regular file"),
        (Path::new("/"), "it names no file"),
    ] {
        let output = run(server, file, &[]);
        let said = String::from_utf8(output.stderr).unwrap();
        let expected = format!("posemo: cannot write the report into {}: ", file.display());
        assert!(said.starts_with(&expected) && said.contains(reason), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert_eq!(output.status.code(), Some(3), "{said}");
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(names(folder.path()), ["link", "pipe", "victim"]);
}

/// What was found outweighs that it could not be written; what was well does not.
fn loses_nothing_where_it_cannot_write(server: &Server) {
    let file = Path::new("/nonexistent/folder/report");
    let output = run(server, file, &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("/nonexistent/folder/report: No such file or directory"), "{said}");
    server.superuser("postgres", "CREATE ROLE backup LOGIN SUPERUSER");
    let output = run(server, file, &["--check", "superusers"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let full = Path::new("/dev/full");
    assert_eq!(run(server, full, &[]).status.code(), Some(3));
    let into_full = fs::OpenOptions::new().write(true).open(full).unwrap();
    let output = std::process::Command::new(crate::server::POSEMO)
        .args(["run", "--check", "alive", "--check", "superusers", "--output", "json"])
        .args(server.connection())
        .env("HOME", "/nonexistent")
        .stdout(into_full)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("posemo: cannot write the report: No space left"), "{said}");
    assert_eq!(output.status.code(), Some(1));
    // A disk that is full in the middle of it: the old report stays, and no part of the new one.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    fs::write(&file, "old").unwrap();
    let said = limited(server, &file);
    assert!(said.contains("cannot write the report into"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(names(folder.path()), ["report"]);
}

/// Runs posemo where no file may grow beyond a kilobyte, and gives what it says on standard error.
fn limited(server: &Server, file: &Path) -> String {
    let arguments = ["run", "--output", "json", "--output-file"];
    // The signal would kill it, where the error is what a full disk gives.
    let output = std::process::Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "bash", crate::server::POSEMO])
        .args(arguments)
        .arg(file)
        .args(server.connection())
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

/// A reader never sees less than a report, however often it looks.
fn is_whole_at_every_moment(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    let done = AtomicBool::new(false);
    run(server, &file, &["--output", "json"]);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                let text = fs::read(&file).unwrap();
                serde_json::from_slice::<serde_json::Value>(&text).unwrap();
                seen += 1;
            }
            seen
        });
        for _ in 0..10 {
            run(server, &file, &["--output", "json"]);
        }
        done.store(true, Ordering::Relaxed);
        assert!(reading.join().unwrap() > 10);
    });
}
