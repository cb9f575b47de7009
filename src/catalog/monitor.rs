//! The limits on the sessions of the monitor role.

/// The connection limit of the monitor role, set by `install`.
pub const CONNECTION_LIMIT: u32 = 10;

/// The sessions that a sweep opens at a time in addition to the one in the home database. Two runs and a plugin
/// together do not exceed the connection limit.
pub const SESSIONS_BESIDE_HOME: usize = 4;
