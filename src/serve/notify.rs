//! Reports to systemd that the server is ready, reloads, stops, and is alive.
//!
//! The protocol is one datagram for each message, as in `sd_notify(3)`.

use std::env;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The socket of the service manager, if it started this process.
#[derive(Debug)]
pub(super) struct Notifier {
    socket: Option<(UnixDatagram, SocketAddr)>,
}

impl Notifier {
    /// The socket in `NOTIFY_SOCKET`.
    pub(super) fn of_process() -> Notifier {
        let socket = env::var("NOTIFY_SOCKET").ok().and_then(|name| {
            let address = match name.strip_prefix('@') {
                Some(name) => SocketAddr::from_abstract_name(name),
                None => SocketAddr::from_pathname(&name),
            };
            Some((UnixDatagram::unbound().ok()?, address.ok()?))
        });
        Notifier { socket }
    }

    /// Sends a message. The manager may have restarted, so a failure is not an error.
    pub(super) fn send(&self, message: &str) {
        if let Some((socket, address)) = &self.socket
            && let Err(error) = socket.send_to_addr(message.as_bytes(), address)
        {
            tracing::debug!("cannot notify the service manager: {error}");
        }
    }

    /// A reload begins. systemd compares the time, as messages can be late.
    pub(super) fn reloading(&self) {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}"));
    }
}

/// How often the watchdog must hear from this process; absent without a watchdog.
pub(super) fn watchdog() -> Option<Duration> {
    let microseconds = env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    let is_own = env::var("WATCHDOG_PID").map_or(true, |pid| pid == std::process::id().to_string());
    is_own.then(|| Duration::from_micros(microseconds) / 2)
}
