//! Sends a report to monitoring systems that want to be told.
//!
//! What it cannot deliver it says, and changes nothing of the report for it.

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
pub mod zabbix;

/// Sends a report to one receiver, and says in a line what was sent. It blocks until that is done, at most
/// as long as the receiver's time-out allows.
pub fn deliver(receiver: &Receiver, report: &Report) -> Result<String, DeliverError> {
    match &receiver.kind {
        ReceiverKind::Icinga2(http) => icinga::deliver(receiver, http, report),
        ReceiverKind::NagiosCommands(file) => nagios::command(receiver, file, report),
        ReceiverKind::NagiosSpool(directory) => nagios::spool(receiver, directory, report),
        ReceiverKind::Zabbix(servers) => zabbix::deliver(receiver, servers, report),
        ReceiverKind::Alertmanager(to) => alertmanager::deliver(receiver, to, report),
    }
}
