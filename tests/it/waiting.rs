//! Waits for conditions, and limits durations, so that tests pass on a slow machine.
//!
//! A test must wait for a condition, not sleep for a fixed time. The number `POSEMO_TEST_PATIENCE` multiplies every limit
//! here; set it on a very slow machine.

use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for a condition. On an idle machine every condition takes less than a tenth of it.
pub(crate) fn patience() -> Duration {
    Duration::from_secs(120).mul_f64(factor())
}

/// The time that a busy machine may add to a limit of the program.
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

/// Repeats a call until it returns a value. On a timeout it fails with the description.
pub(crate) fn wait_for<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    wait_with(what, String::new, ask)
}

/// The same for a condition.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    wait_for(what, || is_so().then_some(()));
}

/// The same; the failure message ends with a log.
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

/// Fails if something took longer than the program's limit plus the slack of the machine.
///
/// Without the limit the tested operation must take much longer, as with a server that never answers.
pub(crate) fn assert_within(limit: Duration, began: Instant, what: &str) {
    let (took, slack) = (began.elapsed(), slack());
    assert!(
        took < limit + slack,
        "{what}: took {took:?}, with a limit of {limit:?} and {slack:?} more"
    );
}

/// The functions above must be able to fail.
#[test]
fn an_exceeded_limit_fails() {
    use std::panic::catch_unwind;
    let long_ago = Instant::now().checked_sub(slack() + Duration::from_secs(2)).unwrap();
    assert!(catch_unwind(|| assert_within(Duration::from_secs(1), long_ago, "late")).is_err());
    assert_within(Duration::from_secs(10), long_ago, "in time");
    assert_eq!(wait_for("an answer", || Some(7)), 7);
}
