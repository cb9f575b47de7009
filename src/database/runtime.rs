//! The event loop of a command, which ends after its connections have sent Terminate to their servers.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Builder;

/// Connections that are still open.
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// The time for closing connections at the end of a command. It is a single message, for which no answer is awaited.
const FAREWELL: Duration = Duration::from_millis(200);

/// Runs a future on an event loop with one thread: starting a pool would take longer than a plugin call may.
///
/// Afterwards it gives the connections that the future has dropped the time to send Terminate, as a server counts a
/// session that ends without it as abandoned. A name that is still being looked up delays nothing.
pub fn block_on<T>(future: impl Future<Output = T>) -> io::Result<T> {
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    // The future is large, and the loop would move it several times.
    let future = Box::pin(future);
    let output = runtime.block_on(async {
        let output = future.await;
        let began = Instant::now();
        // A dropped connection needs only its turn; a network that takes no bytes is not waited for.
        while OPEN.load(Ordering::Relaxed) > 0 && began.elapsed() < FAREWELL {
            tokio::task::yield_now().await;
            if began.elapsed() > Duration::from_millis(5) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        output
    });
    runtime.shutdown_background();
    Ok(output)
}

/// Runs the task of a connection.
pub(super) fn spawn<T>(task: impl Future<Output = T> + Send + 'static) {
    OPEN.fetch_add(1, Ordering::Relaxed);
    tokio::spawn(async move {
        let _open = Open;
        let _ = task.await;
    });
}

/// Counts a connection until it ends, also where its task is dropped.
struct Open;

impl Drop for Open {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}
