//! Sessions that stay open between two sweeps of their target.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::opening::Opening;
use crate::database::Session;

/// The number of sessions of one target. The role may have 20 connections, and a sweep needs up to 5.
const PER_TARGET: usize = 4;

/// How often sessions that have ended are closed.
const EXPIRY: Duration = Duration::from_secs(1);

/// The limits for sessions that stay open.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// The age at which a session is closed.
    pub age: Duration,
    /// The number of sessions. Further ones are closed after their sweep.
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

/// The sessions that no sweep uses at the moment.
pub(super) struct Sessions {
    keep: Keep,
    /// The session of the only sweep, which is being opened.
    opening: Cell<Option<Opening>>,
    idle: RefCell<IdleSessions>,
}

struct IdleSessions {
    /// The sessions of each target. The one that was used last is the last one.
    of_target: HashMap<String, Vec<KeptSession>>,
    count: usize,
    /// When those that are too old, or have ended, were closed.
    expired: Instant,
}

impl Sessions {
    pub(super) fn new(keep: Keep) -> Sessions {
        let idle = IdleSessions { of_target: HashMap::new(), count: 0, expired: Instant::now() };
        Sessions { keep, opening: Cell::new(None), idle: RefCell::new(idle) }
    }

    /// The session of a single sweep, which is being opened.
    pub(super) fn of_opening(opening: Option<Opening>) -> Sessions {
        Sessions { opening: Cell::new(opening), ..Sessions::new(Keep::NONE) }
    }

    /// Takes the session that is being opened.
    pub(super) fn opening(&self) -> Option<Opening> {
        self.opening.take()
    }

    /// Takes an idle session that is still connected.
    pub(super) fn take(&self, target: &str, database: &str) -> Option<KeptSession> {
        let mut idle = self.idle.borrow_mut();
        idle.expire(self.keep.age);
        let of_target = idle.of_target.get_mut(target)?;
        let position = of_target.iter().position(|kept| kept.database == database)?;
        let kept = of_target.remove(position);
        idle.count -= 1;
        kept.session.renew();
        kept.is_usable(self.keep.age).then_some(kept)
    }

    /// Keeps a session for the next sweep, within the limits.
    ///
    /// It never takes the place of a session of another target: targets take turns, so that the session that was not used for
    /// the longest time is the one that is needed next.
    pub(super) fn keep(&self, kept: KeptSession) {
        if self.keep.most == 0 {
            return;
        }
        let mut idle = self.idle.borrow_mut();
        idle.expire(self.keep.age);
        let is_full = idle.count >= self.keep.most;
        let of_target = idle.of_target.entry(kept.target.clone()).or_default();
        if of_target.len() >= PER_TARGET {
            of_target.remove(0);
            of_target.push(kept);
        } else if !is_full {
            of_target.push(kept);
            idle.count += 1;
        }
    }
}

impl IdleSessions {
    /// Closes the sessions that are too old, or have ended. Looking at all of them costs time, so it does so once a second.
    fn expire(&mut self, age: Duration) {
        if self.expired.elapsed() < EXPIRY {
            return;
        }
        self.expired = Instant::now();
        self.of_target.retain(|_, sessions| {
            sessions.retain(|kept| kept.is_usable(age));
            !sessions.is_empty()
        });
        self.count = self.of_target.values().map(Vec::len).sum();
    }
}

impl KeptSession {
    /// A new session.
    pub(super) fn new(target: &str, database: &str, session: Session) -> KeptSession {
        let (target, database) = (target.to_owned(), database.to_owned());
        KeptSession { target, database, opened: Instant::now(), session }
    }

    /// Whether it is connected, and not too old.
    fn is_usable(&self, age: Duration) -> bool {
        self.opened.elapsed() < age && !self.session.is_closed()
    }
}

impl std::ops::Deref for KeptSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}
