//! Reads object definitions of Nagios, and finds the services that call a plugin.

mod macros;
mod names;
mod objects;
mod services;

pub(super) use objects::{NagiosObjects, has_definitions};
pub(super) use services::services;
