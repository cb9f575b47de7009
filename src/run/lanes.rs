//! The lanes of a runner: how many targets are connected to, and queried, at a time.
//!
//! Connecting has its own places, so that servers that do not answer take no place of servers that do. Targets that were
//! slow before share a few places.

use tokio::sync::{Semaphore, SemaphorePermit};

/// The number of slow targets that are queried at a time.
const SLOW: usize = 8;

/// The places for targets.
#[derive(Debug, Default)]
pub struct Lanes(Option<Places>);

#[derive(Debug)]
struct Places {
    connecting: Semaphore,
    asking: Semaphore,
    slow: Semaphore,
}

/// A place that is free again when it is dropped; absent without a limit.
pub(super) type Place<'a> = Option<SemaphorePermit<'a>>;

impl Lanes {
    /// Every target has a place.
    pub const WITHOUT_LIMIT: Lanes = Lanes(None);

    /// Lanes with this number of places for connecting and for asking.
    pub fn new(connecting: usize, asking: usize) -> Lanes {
        Lanes(Some(Places {
            connecting: Semaphore::new(connecting),
            asking: Semaphore::new(asking),
            slow: Semaphore::new(SLOW),
        }))
    }

    /// Waits for a place to connect.
    pub(super) async fn connect(&self) -> Place<'_> {
        take(&self.0.as_ref()?.connecting).await
    }

    /// Waits for a place to ask.
    pub(super) async fn ask(&self, slow: bool) -> Place<'_> {
        let places = self.0.as_ref()?;
        take(if slow { &places.slow } else { &places.asking }).await
    }
}

async fn take(places: &Semaphore) -> Place<'_> {
    Some(places.acquire().await.expect("the semaphore is never closed"))
}
