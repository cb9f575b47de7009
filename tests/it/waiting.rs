//! Waits for conditions, and bounds what takes time, so that a slow machine is slow and not red.
//!
//! A test must not sleep for a fixed time in the hope that something has happened. `POSEMO_TEST_PATIENCE`, a number,
//! multiplies every bound here: set it where a machine is slower still.

use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for a condition. Nothing that works takes a tenth of it on an idle machine.
pub(crate) fn patience() -> Duration {
    Duration::from_secs(120).mul_f64(factor())
}

/// What a busy machine may add to the time that the program itself allows.
pub(crate) fn slack() -> Duration {
    Duration::from_secs(20).mul_f64(factor())
}

fn factor() -> f64 {
    let Ok(text) = std::env::var("POSEMO_TEST_PATIENCE") else { return 1.0 };
    let factor = text.parse().ok().filter(|factor: &f64| (0.1..=1000.0).contains(factor));
    factor.unwrap_or_else(|| {
        panic!("POSEMO_TEST_PATIENCE is a number from 0.1 to 1000, not {text:?}")
    })
}

/// Repeats a question until it has an answer. Fails with the description of what did not come.
pub(crate) fn wait_for<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    wait_with(what, String::new, ask)
}

/// The same for a condition.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    wait_for(what, || is_so().then_some(()));
}

/// The same; the failure ends with a log.
pub(crate) fn wait_with<T>(
    what: &str,
    log: impl Fn() -> String,
    mut ask: impl FnMut() -> Option<T>,
) -> T {
    let (began, patience) = (Instant::now(), patience());
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < patience, "waited {patience:?} for: {what}\n{}", log());
        thread::sleep(Duration::from_millis(20));
    }
}

/// Fails where something took longer than it may: the limit that the program keeps, and the slack of the machine.
///
/// A test with such a limit needs an alternative that takes much longer, such as a server that never answers.
pub(crate) fn assert_within(limit: Duration, began: Instant, what: &str) {
    let (took, slack) = (began.elapsed(), slack());
    assert!(
        took < limit + slack,
        "{what}: took {took:?}, with a limit of {limit:?} and {slack:?} more"
    );
}

/// The bounds are bounds: what does not come fails, and so does what takes too long.
#[test]
fn bounds_fail() {
    use std::panic::catch_unwind;
    let long_ago = Instant::now().checked_sub(slack() + Duration::from_secs(2)).unwrap();
    assert!(catch_unwind(|| assert_within(Duration::from_secs(1), long_ago, "late")).is_err());
    assert_within(Duration::from_secs(10), long_ago, "in time");
    assert_eq!(wait_for("an answer", || Some(7)), 7);
}
