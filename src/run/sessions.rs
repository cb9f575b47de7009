//! Sessions that stay open between two sweeps of their target.

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::Instant;

use crate::database::Session;

/// The number of sessions of one target. The role may have 20 connections, and a sweep needs up to 5.
const PER_TARGET: usize = 4;

/// The limits for sessions that stay open.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// The age at which a session is closed.
    pub age: Duration,
    /// The number of sessions. The one that was not used for the longest time is closed first.
    pub most: usize,
}

impl Keep {
    /// Every session is closed after its sweep.
    pub const NONE: Keep = Keep { age: Duration::ZERO, most: 0 };
}

/// A session, its target and its database.
pub(super) struct KeptSession {
    target: String,
    database: String,
    opened: Instant,
    session: Session,
}

/// The sessions that no sweep uses at the moment. The session that was used last is the last one.
pub(super) struct Sessions {
    keep: Keep,
    idle: RefCell<Vec<KeptSession>>,
}

impl Sessions {
    pub(super) fn new(keep: Keep) -> Sessions {
        Sessions { keep, idle: RefCell::new(Vec::new()) }
    }

    /// Takes an idle session that is still connected.
    pub(super) fn take(&self, target: &str, database: &str) -> Option<KeptSession> {
        let mut idle = self.idle.borrow_mut();
        self.expire(&mut idle);
        let position =
            idle.iter().position(|kept| kept.target == target && kept.database == database)?;
        let kept = idle.remove(position);
        kept.session.renew();
        Some(kept)
    }

    /// Keeps a session for the next sweep. Sessions beyond the limits are closed.
    pub(super) fn keep(&self, kept: KeptSession) {
        if self.keep.most == 0 {
            return;
        }
        let mut idle = self.idle.borrow_mut();
        let same = |one: &KeptSession| one.target == kept.target;
        if idle.iter().filter(|one| same(one)).count() >= PER_TARGET
            && let Some(oldest) = idle.iter().position(same)
        {
            idle.remove(oldest);
        }
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
    /// A new session.
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
