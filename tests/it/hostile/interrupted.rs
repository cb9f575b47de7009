//! An installation that is broken off after any message: in each database all of it is there, or nothing.
//!
//! The one exception is the home database itself, as PostgreSQL makes a database outside of transactions.

use super::proxy;
use super::{Traces, forget, wait_for_quiet};
use crate::server::Server;

const WANTED: &[&str] = &["--database", "app"];

/// Of the messages in transactions every so manieth is the last one; which, differs from major to major, so that all
/// have their turn.
const STRIDE: usize = 7;

/// Gives how many installations were broken off. Leaves the server without posemo.
pub(super) fn all_or_nothing(server: &Server, major: u32) -> usize {
    // Rights that were given and taken away again stand in a catalog where first there was no entry.
    server.install(WANTED);
    forget(server);
    let nothing = Traces::of(server);
    let bare = bare_home(server);
    let whole = proxy::install(server, usize::MAX, WANTED);
    assert!(whole.code == Some(0) && whole.passed > 50, "{}: {}", whole.passed, whole.said);
    let complete = Traces::of(server);
    let cable = Cable { server, nothing, bare, complete };
    let mut left = 0;
    let creation = whole.creation;
    let beginning = [1, creation, creation + 1, creation + 2];
    for limit in beginning {
        forget(server);
        left += usize::from(cable.cut(limit).unwrap().home.is_some());
        server.install(WANTED);
        cable
            .complete
            .assert_same(&Traces::of(server), &format!("after a break with message {limit}"));
    }
    assert!((2..4).contains(&left), "{left} breaks left an empty home database");
    forget(server);
    // The first round ends with the home database installed, the second one with all of it.
    let offset = usize::try_from(major).unwrap() % STRIDE;
    let count =
        beginning.len() + cable.sweep(creation + 3 + offset) + cable.sweep(creation + offset);
    server.install(WANTED);
    cable.complete.assert_same(&Traces::of(server), "after the last break");
    forget(server);
    count
}

/// A server behind a cable that can be cut, and what may be seen there.
struct Cable<'a> {
    server: &'a Server,
    nothing: Traces,
    bare: [Vec<String>; 3],
    complete: Traces,
}

impl Cable<'_> {
    /// One broken installation after the other, each a few messages longer, until one ends well or has reached
    /// the database beside the home. Gives their number.
    fn sweep(&self, first: usize) -> usize {
        let is_home_at_first = Traces::of(self.server).home == self.complete.home;
        let mut count = 0;
        for limit in (first..).step_by(STRIDE) {
            let Some(now) = self.cut(limit) else { break };
            count += 1;
            if now.home == self.complete.home && !is_home_at_first {
                break;
            }
        }
        count
    }

    /// Breaks an installation off and looks what there is: for each database all of it, or nothing. None where it
    /// had come to its end before.
    fn cut(&self, limit: usize) -> Option<Traces> {
        let broken = proxy::install(self.server, limit, WANTED);
        let said = &broken.said;
        if broken.code == Some(0) {
            assert!(broken.passed < limit, "{said}");
            return None;
        }
        assert_eq!((broken.passed, broken.code), (limit, Some(1)), "{said}");
        wait_for_quiet(self.server);
        let now = Traces::of(self.server);
        let is_home = now.home == self.complete.home;
        assert!(
            is_home || now.home.iter().all(|home| self.bare.contains(home)),
            "{limit}: {now:#?}"
        );
        let roles = if is_home { &self.complete.roles } else { &self.nothing.roles };
        assert_eq!(&now.roles, roles, "{limit}: {said}");
        assert!(
            now.app == self.nothing.app || is_home && now.app == self.complete.app,
            "{limit}: {now:#?}"
        );
        Some(now)
    }
}

/// A home database in which nothing has been done yet: before it is opened, without and with its mark.
fn bare_home(server: &Server) -> [Vec<String>; 3] {
    let mut look = |sql: &str| {
        server.superuser("postgres", sql);
        Traces::of(server).home.unwrap()
    };
    let bare = [
        "CREATE DATABASE posemo TEMPLATE template0 ALLOW_CONNECTIONS false",
        "ALTER DATABASE posemo ALLOW_CONNECTIONS true",
        "COMMENT ON DATABASE posemo IS '{\"posemo\":true}'",
    ]
    .map(&mut look);
    server.superuser("postgres", "DROP DATABASE posemo");
    bare
}
