//! Sessions that stay open between two sweeps of their target.

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::Instant;

use crate::database::Session;

/// How long sessions are kept, and how many.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// A session is closed when it is older, also between two sweeps of a busy target.
    pub age: Duration,
    /// Sessions in all; the one that was used longest ago is closed first.
    pub most: usize,
}

impl Keep {
    /// Every session is closed after its sweep.
    pub const NONE: Keep = Keep { age: Duration::ZERO, most: 0 };
}

/// A session with the target and the database that it belongs to.
pub(super) struct KeptSession {
    target: String,
    database: String,
    opened: Instant,
    session: Session,
}

/// The sessions that no sweep uses at the moment, the one that was used last at the end.
pub(super) struct Sessions {
    keep: Keep,
    idle: RefCell<Vec<KeptSession>>,
}

impl Sessions {
    pub(super) fn new(keep: Keep) -> Sessions {
        Sessions { keep, idle: RefCell::new(Vec::new()) }
    }

    /// An idle session that is still connected; it is no longer idle then.
    pub(super) fn take(&self, target: &str, database: &str) -> Option<KeptSession> {
        let mut idle = self.idle.borrow_mut();
        self.expire(&mut idle);
        let position =
            idle.iter().position(|kept| kept.target == target && kept.database == database)?;
        let kept = idle.remove(position);
        kept.session.renew();
        Some(kept)
    }

    /// Keeps a session for the next sweep, unless it is closed, too old, or one too many.
    pub(super) fn put(&self, kept: KeptSession) {
        if self.keep.most == 0 {
            return;
        }
        let mut idle = self.idle.borrow_mut();
        idle.push(kept);
        self.expire(&mut idle);
        let surplus = idle.len().saturating_sub(self.keep.most);
        idle.drain(..surplus);
    }

    fn expire(&self, idle: &mut Vec<KeptSession>) {
        idle.retain(|kept| kept.opened.elapsed() < self.keep.age && !kept.session.is_closed());
    }
}

impl KeptSession {
    /// A session that was opened just now.
    pub(super) fn new(target: &str, database: &str, session: Session) -> KeptSession {
        let (target, database) = (target.to_owned(), database.to_owned());
        KeptSession { target, database, opened: Instant::now(), session }
    }
}

impl std::ops::Deref for KeptSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}
