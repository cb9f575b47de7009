//! What the installer and the runner must agree on: limits on the sessions of the monitor role, and posemo's marks.

/// The home database without the option `--home`. It is always posemo's own.
pub const HOME: &str = "posemo";

/// The comment on every object that posemo creates, except functions. On a schema, more keys may follow.
pub const MARK: &str = "{\"posemo\":true}";

/// The comment on a schema that posemo created: a regular expression.
pub const SCHEMA_MARK: &str = "^\\{\"posemo\":true[,}]";

/// The system objects that a run reads as the monitor role, apart from the functions of checks: where PUBLIC cannot read
/// them, the monitor role needs the privilege.
pub const READS: &str = "pg_database pg_namespace pg_shdepend pg_description pg_shdescription pg_class \
 aclcontains aclexplode makeaclitem obj_description shobj_description pg_has_role pg_is_in_recovery \
 to_regnamespace to_regproc current_setting set_config version jsonb_typeof";

/// The connection limit of the monitor role, set by `install`: enough for two runs and for plugins that start together.
pub const CONNECTION_LIMIT: u32 = 20;

/// The connection limit that earlier versions set. `install` replaces it.
pub const FORMER_CONNECTION_LIMIT: u32 = 10;

/// The sessions that a sweep opens at a time in addition to the one in the home database.
pub const SESSIONS_BESIDE_HOME: usize = 4;

/// The connections that two runs and a plugin need together. `verify` reports a smaller limit.
pub const NEEDED_CONNECTIONS: usize = 2 * (1 + SESSIONS_BESIDE_HOME) + 1;
