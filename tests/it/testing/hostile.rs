//! Hostile folders of checks: endless scripts, pipes, huge files, names with control characters.
//!
//! Scenarios are not among them: a scenario is SQL that a superuser of the temporary server executes.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{golden, scripted, test, used};
use crate::catalog::Folder;
use crate::server::POSEMO;
use crate::waiting::assert_within;

#[test]
fn an_endless_script_runs_for_two_seconds_once() {
    let folder = Folder::new("test");
    let endless = "def check_context(docs, context):\n    max(range(2000000000))\n    return []\n";
    scripted(&folder, "endless", endless);
    for case in ["a", "b", "c"] {
        let case = format!("endless/cases/{case}.toml");
        folder.write(&case, "server = 17\nrows = []\nexpect = []\n");
    }
    let began = Instant::now();
    golden("endless", &folder, &["endless", "--offline"]);
    assert_within(Duration::from_secs(6), began, "three cases");
}

#[test]
fn several_checks_are_judged_at_a_time() {
    let folder = Folder::new("test");
    let endless = "def check_context(docs, context):\n    max(range(2000000000))\n    return []\n";
    for number in 0..4 {
        scripted(&folder, &format!("endless_{number}"), endless);
        let case = format!("endless_{number}/cases/a.toml");
        folder.write(&case, "server = 17\nrows = []\nexpect = []\n");
    }
    let took = |jobs: &str| {
        let began = Instant::now();
        assert_eq!(test(&folder, &[".", "--offline", "-j", jobs]).0, 1);
        began.elapsed()
    };
    // Each script is stopped after 2 s: 8 s one after the other, 2 s if all run at a time.
    let (one, four) = (took("1"), took("4"));
    let saved = one.saturating_sub(four);
    assert!(one >= Duration::from_secs(8), "{one:?}");
    assert!(saved >= Duration::from_secs(2), "{one:?} and {four:?}");
}

#[test]
fn hostile_files_and_names_are_harmless() {
    let folder = Folder::new("test");
    used(&folder, "used");
    let cases = folder.path().join("used/cases");
    fs::create_dir_all(&cases).unwrap();
    symlink("/dev/zero", cases.join("device.toml")).unwrap();
    symlink("/nonexistent/x", cases.join("dangling.toml")).unwrap();
    symlink("..", cases.join("folder.toml")).unwrap();
    fs::write(cases.join("huge.toml"), vec![b'#'; 5 * 1024 * 1024]).unwrap();
    fs::write(cases.join("latin.toml"), b"# \xe4\n").unwrap();
    folder
        .write("used/cases/na\u{1b}[31me\u{202e}\n.toml", "server = 17\nrows = []\nexpect = []\n");
    folder.write("used/cases/odd\u{7}.txt", "");
    let pipe = cases.join("pipe.sql");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    used(&folder, "no_folder");
    folder.write("no_folder/cases", "not a folder");
    golden("hostile", &folder, &[".", "--offline"]);
}

/// Root can read all files, so another user runs the command if root runs the tests.
#[test]
fn unreadable_files_are_reported() {
    let folder = Folder::new("test");
    let closed = ["a_case/cases/quiet.toml", "b_cases/cases", "c_manifest/check.toml", "d_whole"];
    for path in closed {
        let (name, _) = path.split_once('/').unwrap_or((path, ""));
        used(&folder, name);
        folder.write(&format!("{name}/cases/quiet.toml"), "server = 17\nrows = []\nexpect = []\n");
    }
    let mode = |mode| {
        for path in closed {
            fs::set_permissions(folder.path().join(path), fs::Permissions::from_mode(mode))
                .unwrap();
        }
    };
    let program = folder.path().join(".posemo");
    fs::copy(POSEMO, &program).unwrap();
    mode(0);
    let mut command = Command::new(&program);
    command.current_dir(folder.path()).args(["test", "--offline", ".", "-q"]);
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    let output = command.output().unwrap();
    mode(0o755);
    let out = String::from_utf8(output.stdout).unwrap();
    for words in [
        "a_case/cases/quiet.toml: cannot be read: Permission denied",
        "b_cases/cases: cannot be read: Permission denied",
        "cannot read c_manifest/check.toml: Permission denied",
        "d_whole: cannot be read: Permission denied",
        "0 ok, 4 failed",
    ] {
        assert!(out.contains(words), "{out}");
    }
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(1), &b""[..]));
}

#[test]
fn deep_and_long_cases_are_limited() {
    let folder = Folder::new("test");
    used(&folder, "used");
    let deep = format!("server = 17\nrows = {}{}\n", "[".repeat(50_000), "]".repeat(50_000));
    folder.write("used/cases/deep.toml", &deep);
    let expectations = "{state=\"ok\"},".repeat(20_000);
    folder.write(
        "used/cases/many.toml",
        &format!("server = 17\nrows = []\nexpect = [{expectations}]\n"),
    );
    let long = "server = 17\nrows = []\n".to_owned()
        + &format!("expect = [{{ state = \"ok\", summary = \"{}\" }}]\n", "x".repeat(100_000));
    folder.write("used/cases/long.toml", &long);
    let few = "{state=\"ok\"},".repeat(900);
    folder.write("used/cases/few.toml", &format!("server = 17\nrows = []\nexpect = [{few}]\n"));
    let began = Instant::now();
    let (code, out, err) = test(&folder, &["used", "--offline"]);
    assert!(out.lines().all(|line| line.len() < 2100) && out.contains("more lines\n"), "{out}");
    assert!(code == 1 && err.is_empty(), "{out}{err}");
    assert!(
        out.contains("FAIL  used::deep\n")
            && out.contains("expect: has more than 1000 entries; write fewer rows\n"),
        "{out}"
    );
    assert_within(Duration::from_secs(20), began, "deep and long cases");
}
