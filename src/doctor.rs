//! Examines the way from this machine to the functions of a server, step by step, up to the first step that fails.
//!
//! Each step uses the code that a run uses: what it reports is what a run finds.

use futures_util::stream::{self, StreamExt};

use self::examination::Examination;
use self::step::Examined;
use crate::run::Limits;
use crate::run::job::Job;
use crate::run::runner::Runner;

mod examination;
pub mod step;

/// The targets that are examined at a time.
const TOGETHER: usize = 8;

/// Examines the targets of jobs. `done` gets the result of each, in the order of the jobs. Returns whether no step failed.
pub async fn examine<E>(
    jobs: &[Job],
    limits: Limits,
    runner: &Runner,
    mut done: impl FnMut(&Examined) -> Result<(), E>,
) -> Result<bool, E> {
    let all = jobs.iter().map(|job| Examination::new(job, limits).examine(runner));
    let mut all = stream::iter(all).buffered(TOGETHER);
    let mut is_healthy = true;
    while let Some(examined) = all.next().await {
        is_healthy &= examined.is_healthy();
        done(&examined)?;
    }
    Ok(is_healthy)
}
