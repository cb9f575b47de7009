//! Real monitoring systems on loopback, and whether what they were told is what was meant.
//!
//! No system is imitated where a real one can be had; what misbehaves is made to, by hand.

use std::io::Write;

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

/// Says what was done, in a line.
fn say(line: &str) {
    // The macros would say it only where the test fails.
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
}
