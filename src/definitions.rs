//! Writes what a monitoring system needs to know before it can be told anything: hosts, services, items.
//!
//! It is text only: it asks no server, and installs nothing anywhere.

use std::time::Duration;

use crate::catalog::check::Check;
use crate::catalog::range::Thresholds;

mod yaml;
pub mod zabbix;

/// A check as it is to be defined.
#[derive(Debug, Clone)]
pub struct Definition {
    /// The check.
    pub check: Check,
    /// The thresholds that hold for every target.
    pub thresholds: Thresholds,
}

/// How long nothing may be heard of reports that are sent so often: two may be missed.
pub fn patience(interval: Duration) -> Duration {
    interval * 3
}
