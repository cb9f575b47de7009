//! How many sessions the monitor role may have, and how many are used at a time.

/// The connection limit that `install` gives the monitor role.
pub const CONNECTION_LIMIT: u32 = 10;

/// Sessions to one server at a time, beside the one in the home database. Together they stay below the limit, so
/// that two runs and a plugin do not exceed it.
pub const SESSIONS_BESIDE_HOME: usize = 4;
