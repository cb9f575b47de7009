//! The units of `systemd/`, as systemd reads them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::skip;
use crate::server::POSEMO;

/// The units of the repository.
fn units() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd");
    let mut units: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    units.sort();
    units
}

/// The output of `systemd-analyze`; absent where it is not installed.
fn analyzed(arguments: &[&str]) -> Option<(bool, String)> {
    let output = Command::new("systemd-analyze").args(arguments).output();
    let Ok(output) = output else {
        skip("systemd-analyze is missing: apt-get install systemd");
        return None;
    };
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8(text).unwrap()))
}

#[test]
fn systemd_accepts_the_units() {
    let directory = tempfile::tempdir().unwrap();
    let mut files = vec!["verify".to_owned(), "--man=no".to_owned()];
    for unit in units() {
        let text = fs::read_to_string(&unit).unwrap();
        let file = directory.path().join(unit.file_name().unwrap());
        fs::write(&file, text.replace("/usr/bin/posemo", POSEMO)).unwrap();
        files.push(file.display().to_string());
    }
    assert_eq!(files.len(), 6);
    let arguments: Vec<&str> = files.iter().map(String::as_str).collect();
    let Some((success, text)) = analyzed(&arguments) else { return };
    assert!(success && text.is_empty(), "{text}");
    // It must be able to fail.
    let file = directory.path().join("posemo.service");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("WatchdogSec=30", "WatchdogSec=often")).unwrap();
    let (_, text) = analyzed(&["verify", "--man=no", file.to_str().unwrap()]).unwrap();
    assert!(text.contains("often"), "{text}");
}

/// The worker for scripts is the program, started again with lower limits.
#[test]
fn the_filter_of_system_calls_admits_the_worker() {
    let Some((_, text)) = analyzed(&["syscall-filter", "@system-service"]) else { return };
    let mut allowed: Vec<String> = Vec::new();
    let mut groups: Vec<String> = vec![text];
    while let Some(text) = groups.pop() {
        for word in text.lines().map(str::trim) {
            match word.strip_prefix('@') {
                Some(group) if word != "@system-service" && !allowed.contains(&word.to_owned()) => {
                    allowed.push(word.to_owned());
                    groups.push(analyzed(&["syscall-filter", &format!("@{group}")]).unwrap().1);
                }
                _ => allowed.push(word.to_owned()),
            }
        }
    }
    for call in ["execve", "prlimit64", "setrlimit", "prctl", "clone3", "vfork", "kill", "wait4"] {
        assert!(allowed.iter().any(|one| one == call), "{call}");
    }
}

/// The options and the receiver of the commands in the units exist.
#[test]
fn the_commands_of_the_units_are_valid() {
    let directory = tempfile::tempdir().unwrap();
    let settings = directory.path().join("posemo.toml");
    let receiver = "[receivers.alerts]\nkind = \"alertmanager\"\nurl = \"http://127.0.0.1:1\"\n";
    fs::write(&settings, receiver).unwrap();
    let mut commands = 0;
    for unit in units() {
        let text = fs::read_to_string(&unit).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("ExecStart=/usr/bin/posemo "))
        {
            let line = line.replace("/etc/posemo/posemo.toml", settings.to_str().unwrap());
            let output = crate::server::posemo(&line.split(' ').collect::<Vec<_>>());
            let error = String::from_utf8(output.stderr).unwrap();
            let expected =
                if line.starts_with("serve") { "no target" } else { "nothing listens there" };
            assert!(error.contains(expected), "{line}: {error}");
            commands += 1;
        }
    }
    assert_eq!(commands, 2);
}
