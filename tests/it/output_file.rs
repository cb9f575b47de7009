//! `posemo run --output-file`: the file is complete at every moment, and no other file is changed.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};

use posemo::tempserver::ServerOptions;

use crate::server::Server;

/// Runs a check that is always OK, with its report in a file.
fn run(server: &Server, file: &Path, more: &[&str]) -> Output {
    let file = file.display().to_string();
    let arguments = ["run", "--check", "alive", "--output-file", &file];
    server.posemo(&[&arguments, more].concat())
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o7777
}

/// The names of the files in a folder, also of hidden ones.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names = names.map(|name| name.into_string().unwrap()).collect::<Vec<_>>();
    names.sort();
    names
}

#[test]
fn a_report_is_written_into_a_file() {
    let server = Server::start(&ServerOptions::default());
    server.install(&[]);
    standard_output_is_empty(&server);
    only_regular_files_are_replaced(&server);
    a_failed_write_keeps_the_old_file(&server);
    the_file_is_complete_at_every_moment(&server);
}

fn standard_output_is_empty(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    for format in posemo::output::Format::ALL {
        let output = run(server, &file, &["--output", format.name()]);
        assert_eq!(output.status.code(), Some(0), "{format:?}");
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
        let written = fs::read_to_string(&file).unwrap();
        // The line of a plugin names only problems, and an alert is written only for a problem.
        let expected = match format.name() {
            "nagios" => "1 service without a problem",
            "alertmanager" => "[]",
            _ => "alive",
        };
        assert!(written.contains(expected), "{format:?}: {written}");
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

/// A device or a link is not replaced, and the target of a link is not changed.
fn only_regular_files_are_replaced(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, &link).unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (file, reason) in [
        (link.as_path(), "it exists and is not a regular file"),
        (&pipe, "it exists and is not a regular file"),
        (folder.path(), "it exists and is not a regular file"),
        (Path::new("/dev/null"), "it exists and is not a regular file"),
        (Path::new("/"), "it does not name a file"),
    ] {
        let output = run(server, file, &[]);
        let error = String::from_utf8(output.stderr).unwrap();
        let expected = format!("posemo: cannot write the report into {}: ", file.display());
        assert!(error.starts_with(&expected) && error.contains(reason), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert_eq!(output.status.code(), Some(3), "{error}");
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(names(folder.path()), ["link", "pipe", "victim"]);
}

/// A report that cannot be written is state UNKNOWN, unless the report has a worse state.
fn a_failed_write_keeps_the_old_file(server: &Server) {
    let file = Path::new("/nonexistent/folder/report");
    let output = run(server, file, &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("/nonexistent/folder/report: No such file or directory"), "{error}");
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
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("posemo: cannot write the report: No space left"), "{error}");
    assert_eq!(output.status.code(), Some(1));
    // The disk becomes full during the write: the folder contains only the old report.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    fs::write(&file, "old").unwrap();
    let error = limited(server, &file);
    assert!(error.contains("cannot write the report into"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(names(folder.path()), ["report"]);
}

/// Runs posemo with a limit of 1 kB for the size of files. Returns its standard error.
fn limited(server: &Server, file: &Path) -> String {
    let arguments = ["run", "--check", "s*", "--output", "json", "--output-file"];
    // Without the signal, posemo gets an error, as on a full disk.
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

/// A reader always reads a complete report.
fn the_file_is_complete_at_every_moment(server: &Server) {
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
