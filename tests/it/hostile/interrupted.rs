//! An installation that is interrupted after any message: each database is completely installed or unchanged.
//!
//! The exception is the creation of the home database, because CREATE DATABASE runs outside of transactions.

use super::proxy;
use super::{Traces, remove_by_hand, wait_for_other_sessions};
use crate::server::{FEW, Server};

const ARGUMENTS: &[&str] = &["--database", "app", "--check", FEW];

/// Interruptions divide the messages of an installation into this number of parts. There are two rounds, and the first
/// position depends on the major version, so that together they cover more queries.
const PARTS: usize = 14;

/// Afterwards the server has no installation.
pub(super) fn each_database_is_complete_or_unchanged(server: &Server, major: u32) {
    // After a GRANT and a REVOKE, a system catalog has an entry that it did not have before.
    server.install(ARGUMENTS);
    remove_by_hand(server);
    let nothing = Traces::read(server);
    let bare = bare_home(server);
    let whole = proxy::install(server, usize::MAX, ARGUMENTS);
    assert!(whole.code == Some(0) && whole.passed > 50, "{}: {}", whole.passed, whole.output);
    let complete = Traces::read(server);
    let stride = whole.passed / PARTS;
    let interruptions = Interruptions { server, nothing, bare, complete, stride };
    let mut remaining = 0;
    let creation = whole.creation;
    let first = [1, creation, creation + 1, creation + 2];
    for limit in first {
        remove_by_hand(server);
        remaining += usize::from(interruptions.interrupt(limit).unwrap().home.is_some());
        server.install(ARGUMENTS);
        interruptions.complete.assert_same(
            &Traces::read(server),
            &format!("after an interruption at message {limit}"),
        );
    }
    assert!((2..4).contains(&remaining), "{remaining} interruptions left an empty home database");
    remove_by_hand(server);
    // The first round ends with the home database installed, the second one with all of it.
    let offset = 3 * usize::try_from(major).unwrap() % stride;
    let count =
        interruptions.series(creation + 3 + offset) + interruptions.series(creation + offset);
    assert!((PARTS..3 * PARTS).contains(&count), "{count} interruptions");
    server.install(ARGUMENTS);
    interruptions.complete.assert_same(&Traces::read(server), "after the last interruption");
    remove_by_hand(server);
}

/// A server, and its possible states after an interruption.
struct Interruptions<'a> {
    server: &'a Server,
    nothing: Traces,
    bare: [Vec<String>; 3],
    complete: Traces,
    /// How many messages are between two interruptions.
    stride: usize,
}

impl Interruptions<'_> {
    /// Interrupts one installation after the other, each after more messages, until one succeeds or the home database is
    /// complete. Returns their number.
    fn series(&self, first: usize) -> usize {
        let is_home_at_first = Traces::read(self.server).home == self.complete.home;
        let mut count = 0;
        for limit in (first..).step_by(self.stride) {
            let Some(now) = self.interrupt(limit) else { break };
            count += 1;
            if now.home == self.complete.home && !is_home_at_first {
                break;
            }
        }
        count
    }

    /// Interrupts an installation, and checks that each database is complete or unchanged. Nothing if the installation
    /// succeeded before.
    fn interrupt(&self, limit: usize) -> Option<Traces> {
        let result = proxy::install(self.server, limit, ARGUMENTS);
        let output = &result.output;
        if result.code == Some(0) {
            assert!(result.passed < limit, "{output}");
            return None;
        }
        assert_eq!((result.passed, result.code), (limit, Some(1)), "{output}");
        wait_for_other_sessions(self.server);
        let now = Traces::read(self.server);
        let is_home = now.home == self.complete.home;
        assert!(
            is_home || now.home.iter().all(|home| self.bare.contains(home)),
            "{limit}: {now:#?}"
        );
        let roles = if is_home { &self.complete.roles } else { &self.nothing.roles };
        assert_eq!(&now.roles, roles, "{limit}: {output}");
        assert!(
            now.app == self.nothing.app || is_home && now.app == self.complete.app,
            "{limit}: {now:#?}"
        );
        Some(now)
    }
}

/// The states of a new home database: before it allows connections, after that, and with its comment.
fn bare_home(server: &Server) -> [Vec<String>; 3] {
    let mut state_after = |sql: &str| {
        server.superuser("postgres", sql);
        Traces::read(server).home.unwrap()
    };
    let bare = [
        "CREATE DATABASE posemo TEMPLATE template0 ALLOW_CONNECTIONS false",
        "ALTER DATABASE posemo ALLOW_CONNECTIONS true",
        "COMMENT ON DATABASE posemo IS '{\"posemo\":true}'",
    ]
    .map(&mut state_after);
    server.superuser("postgres", "DROP DATABASE posemo");
    bare
}
