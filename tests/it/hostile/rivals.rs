//! Of two installations at the same time one succeeds; the other reports this in one line, or has nothing to change.

use std::process::Output;
use std::thread;

use super::{Traces, remove_by_hand};
use crate::server::{FEW, Server};

/// Afterwards the server has no installation.
pub(super) fn one_succeeds(server: &Server) {
    server.install_few(&["--database", "app"]);
    let complete = Traces::read(server);
    for start in [
        // A first installation: both create the home database.
        None,
        // Both fix the same deviations.
        Some(
            "ALTER FUNCTION posemo.alive() VOLATILE; GRANT EXECUTE ON FUNCTION posemo.alive() TO PUBLIC",
        ),
        // Both have nothing to change.
        Some("SELECT 1"),
    ] {
        match start {
            Some(sql) => drop(server.superuser("posemo", sql)),
            None => remove_by_hand(server),
        }
        let arguments = ["install", "-U", "postgres", "--database", "app", "--check", FEW];
        let install = || server.posemo(&arguments);
        let both = thread::scope(|scope| {
            [scope.spawn(install), scope.spawn(install)].map(|one| one.join().unwrap())
        });
        let succeeded = both.iter().filter(|output| output.status.success()).count();
        assert!(succeeded >= 1, "{both:?}");
        both.iter().for_each(assert_reported);
        complete.assert_same(&Traces::read(server), &format!("{both:?}"));
    }
    remove_by_hand(server);
}

/// Success, or one line. The line is on standard output if only one database was skipped.
fn assert_reported(output: &Output) {
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return assert!(err.is_empty(), "{err}");
    }
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let lines: Vec<&str> =
        err.lines().chain(out.lines().filter(|line| line.starts_with("not installed"))).collect();
    let reasons = ["another posemo install or uninstall runs", "already exists", "duplicate key"];
    let known = reasons.iter().any(|reason| lines[0].contains(reason));
    assert!(lines.len() == 1 && known, "{output:?}");
}
