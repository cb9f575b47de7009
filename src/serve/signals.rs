//! The signals that end the server, and the one to read its settings again.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// All of them. From its creation on, none ends the process.
pub(super) struct ServeSignals {
    /// Those to stop.
    pub(super) stop: StopSignals,
    /// To read the settings again.
    pub(super) hangup: Signal,
}

/// SIGTERM and SIGINT.
pub(super) struct StopSignals(Signal, Signal);

impl ServeSignals {
    /// Waits for signals from now on.
    pub(super) fn of_process() -> io::Result<ServeSignals> {
        let stop = StopSignals(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(ServeSignals { stop, hangup: signal(SignalKind::hangup())? })
    }
}

impl StopSignals {
    /// Waits for one of them.
    pub(super) async fn arrived(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}
