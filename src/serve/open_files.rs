//! The number of open files that the process may have: each session is one.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::run::runner::Keep;

/// The age at which a session is closed.
const AGE: Duration = Duration::from_secs(600);

/// The sessions that stay open.
const SESSIONS: usize = 1000;

/// They are at most this part of the open files. The others are for connections that begin, and for requests.
const PART: usize = 4;

/// The sessions that stay open, as far as the process may have open files. It first raises the limit for them as far as it
/// may: shells and many services begin with 1024.
pub(super) fn sessions() -> Keep {
    let limits = getrlimit(Resource::Nofile);
    // Where this is refused, the limit is that of before.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limits.maximum, ..limits });
    let files = getrlimit(Resource::Nofile).current;
    let files = files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX);
    Keep { age: AGE, most: (files / PART).min(SESSIONS) }
}
