//! Two installers at once: one does it, the other says so in one line or finds nothing left to do.
//!
//! Which of them wins is left to chance.

use std::process::Output;
use std::thread;

use super::{Traces, forget};
use crate::server::Server;

/// Leaves the server without posemo.
pub(super) fn one_wins(server: &Server) {
    server.install(&["--database", "app"]);
    let complete = Traces::of(server);
    for start in [
        // From nothing: both want to make the home database.
        None,
        // What both want to mend.
        Some(
            "ALTER FUNCTION posemo.alive() VOLATILE; GRANT EXECUTE ON FUNCTION posemo.alive() TO PUBLIC",
        ),
        // Nothing to do for either.
        Some("SELECT 1"),
    ] {
        match start {
            Some(sql) => drop(server.superuser("posemo", sql)),
            None => forget(server),
        }
        let install = || server.posemo(&["install", "-U", "postgres", "--database", "app"]);
        let both = thread::scope(|scope| {
            [scope.spawn(install), scope.spawn(install)].map(|one| one.join().unwrap())
        });
        let won = both.iter().filter(|output| output.status.success()).count();
        assert!(won >= 1, "{both:?}");
        both.iter().for_each(says_so);
        complete.assert_same(&Traces::of(server), &format!("{both:?}"));
    }
    forget(server);
}

/// Success, or one line; the line on standard output where one database was left to the other.
fn says_so(output: &Output) {
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return assert!(err.is_empty(), "{err}");
    }
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let lines: Vec<&str> =
        err.lines().chain(out.lines().filter(|line| line.starts_with("not installed"))).collect();
    let words = ["another posemo install is at work", "already exists", "duplicate key"];
    assert!(lines.len() == 1 && words.iter().any(|word| lines[0].contains(word)), "{output:?}");
}
