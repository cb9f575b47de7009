//! What the installer and the runner must agree on: limits on the sessions of the monitor role, and posemo's marks.

/// The comment on every object that posemo creates, except functions. On a schema, more keys may follow.
pub const MARK: &str = "{\"posemo\":true}";

/// The comment on a schema that posemo created: a regular expression.
pub const SCHEMA_MARK: &str = "^\\{\"posemo\":true[,}]";

/// The connection limit of the monitor role, set by `install`.
pub const CONNECTION_LIMIT: u32 = 10;

/// The sessions that a sweep opens at a time in addition to the one in the home database. Two runs and a plugin
/// together do not exceed the connection limit.
pub const SESSIONS_BESIDE_HOME: usize = 4;
