//! Passive check results for Nagios, through its command file or its directory for results.
//!
//! It makes no services: `posemo print-config nagios` writes their definitions.

use std::path::Path;

use super::DeliverError;
use crate::finding::report::Report;
use crate::settings::receiver::Receiver;

/// SKELETON
pub(super) fn command(_: &Receiver, _: &Path, _: &Report) -> Result<String, DeliverError> {
    Ok(String::new())
}

/// SKELETON
pub(super) fn spool(_: &Receiver, _: &Path, _: &Report) -> Result<String, DeliverError> {
    Ok(String::new())
}
