//! Sends a report to the receivers of the settings.
//!
//! An undelivered report is an error of its receiver. It changes nothing in the report or its exit code.

use crate::finding::report::Report;
use crate::settings::receiver::{Receiver, ReceiverKind};
pub use error::DeliverError;
pub use fan_out::deliver_all;

pub mod alertmanager;
mod error;
mod fan_out;
pub mod http;
pub mod icinga;
pub mod nagios;
mod passive;
mod secret;
pub mod silencing;
mod unix_socket;
pub mod zabbix;

/// Sends a report to one receiver, and returns a line about what was sent. It blocks, at most for the timeout of the
/// receiver.
pub fn deliver(receiver: &Receiver, report: &Report) -> Result<String, DeliverError> {
    match &receiver.kind {
        ReceiverKind::Icinga2(http) => icinga::deliver(receiver, http, report),
        ReceiverKind::NagiosCommands(file) => nagios::write_commands(receiver, file, report),
        ReceiverKind::NagiosSpool(directory) => nagios::write_spool(receiver, directory, report),
        ReceiverKind::Zabbix(servers) => zabbix::deliver(receiver, servers, report),
        ReceiverKind::Alertmanager(settings) => alertmanager::deliver(receiver, settings, report),
    }
}
