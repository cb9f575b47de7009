//! Deliveries to real monitoring systems on the loopback address.
//!
//! A fake replaces a real system only where the real one cannot be installed or does not fail on demand.

use std::io::Write;

mod alertmanager;
mod checkmk;
mod compat;
mod container;
mod delivery;
mod icinga;
mod island;
mod listener;
mod monitored;
mod nagios;
mod nginx;
mod packages;
mod pages;
mod peers;
mod perfdata;
mod probed;
mod prometheus;
mod rules;
mod samples;
mod settings;
mod work_directory;
mod zabbix;

/// Prints what a test did, in one line.
fn print_line(line: &str) {
    // The output of println! is shown only for tests that fail.
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
}
