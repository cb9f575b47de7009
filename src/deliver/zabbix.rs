//! Values for Zabbix, in the sender protocol.
//!
//! It makes no items: `posemo print-config zabbix` writes the template.

use super::DeliverError;
use crate::finding::report::Report;
use crate::settings::receiver::Receiver;

/// SKELETON
pub(super) fn deliver(_: &Receiver, _: &[String], _: &Report) -> Result<String, DeliverError> {
    Ok(String::new())
}
