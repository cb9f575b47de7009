//! A time limit in which the time does not count that this process itself was late.
//!
//! A machine can be too busy to run posemo for some seconds, or be suspended. Answers that arrive meanwhile are read late, and
//! the server is not the reason.

use std::future::Future;
use std::time::Duration;

use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

/// How often the event loop is measured.
const SLICE: Duration = Duration::from_secs(1);

/// An event loop that is late by less is not too busy.
const USUAL: Duration = Duration::from_millis(300);

/// A process that is always late has a limit, too: this number of slices does not count.
const MOST: u32 = 10;

/// Waits for some work until a deadline, and longer by the time in which the event loop was late.
pub fn until<T>(
    mut deadline: Instant,
    work: impl Future<Output = T>,
) -> impl Future<Output = Result<T, Elapsed>> {
    // It is large, and would otherwise be in the future twice.
    let mut work = Box::pin(work);
    let mut late = 0;
    async move {
        loop {
            let began = Instant::now();
            let end = deadline.min(began + SLICE);
            match timeout_at(end, &mut work).await {
                Ok(done) => return Ok(done),
                Err(_) if end.elapsed() > USUAL && late < MOST => {
                    deadline += began.elapsed();
                    late += 1;
                }
                Err(elapsed) if Instant::now() >= deadline => return Err(elapsed),
                Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::block_on;

    /// Some work that takes two turns of the event loop, of which the first is late.
    async fn two_turns(late: Duration) -> &'static str {
        tokio::time::sleep(Duration::from_millis(50)).await;
        std::thread::sleep(late);
        tokio::time::sleep(Duration::from_millis(50)).await;
        "done"
    }

    #[test]
    fn a_limit_does_not_count_the_time_that_the_process_was_late() {
        let limit = Duration::from_millis(300);
        let within = |late| async move { until(Instant::now() + limit, two_turns(late)).await };
        let (late, never) = block_on(async {
            let began = Instant::now();
            let never = until(began + limit, std::future::pending::<()>()).await;
            let took = began.elapsed();
            assert!(took >= limit && took < limit * 3, "{took:?}");
            (within(Duration::from_millis(900)).await, never)
        })
        .expect("an event loop");
        assert_eq!(late.ok(), Some("done"));
        assert!(never.is_err());
    }
}
