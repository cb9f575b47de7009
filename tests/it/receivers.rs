//! Real monitoring systems on loopback, and whether what they were told is what was meant.
//!
//! No system is imitated where a real one can be had; what misbehaves is made to, by hand.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

mod active;
mod alertmanager;
mod checkmk;
mod delivery;
mod icinga;
mod listener;
mod members;
mod nagios;
mod pages;
mod perfdata;
mod place;
mod prometheus;
mod scenes;
mod settings;
mod strangers;
mod told;
mod zabbix;

/// Ports that were free a moment ago, all different.
pub(crate) fn ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] =
        std::array::from_fn(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// A port that nobody uses at the moment.
pub(crate) fn free_port() -> u16 {
    let [port] = ports();
    port
}

/// Asks again and again, until there is an answer; after so many seconds says what it was that did not come.
pub(crate) fn wait_for<T>(what: &str, patience: u64, ask: impl FnMut() -> Option<T>) -> T {
    wait_with(what, patience, String::new, ask)
}

/// The same, with what else there is to say then.
fn wait_with<T>(
    what: &str,
    patience: u64,
    log: impl Fn() -> String,
    mut ask: impl FnMut() -> Option<T>,
) -> T {
    let deadline = Instant::now() + Duration::from_secs(patience);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {patience} s for {what}\n{}", log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Says what was done, in a line.
fn say(line: &str) {
    // The macros would say it only where the test fails.
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
}
