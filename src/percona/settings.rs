//! A query that returns all settings as `SHOW ALL` prints them, and the settings that posemo sets in its sessions.
//!
//! A function cannot contain `SHOW`, and `current_setting` with a variable name could read settings that are hidden
//! from the role. The query converts the values of `pg_settings` into units as the server does.

/// Returns names, values with units, and descriptions.
///
/// A number is written in the largest unit in which it is a whole number. Zero and negative numbers have no unit.
pub(super) const SHOW_ALL: &str = "\
SELECT s.name,
  coalesce((
    SELECT CASE WHEN v.amount % u.size = 0 THEN div(v.amount, u.size)::text
      ELSE (v.amount / u.size)::double precision::text END || u.unit
    FROM (VALUES ('B', 1, 'B'), ('kB', 1024, 'B'), ('MB', 1048576, 'B'), ('GB', 1073741824, 'B'),
      ('TB', 1099511627776, 'B'), ('us', 1, 'us'), ('ms', 1000, 'us'), ('s', 1000000, 'us'),
      ('min', 60000000, 'us'), ('h', 3600000000, 'us'), ('d', 86400000000, 'us')) AS u (unit, size, base),
    LATERAL (
      SELECT CAST(s.setting AS numeric) * coalesce(CAST(nullif(substring(s.unit from '^[0-9]*'), '') AS numeric), 1) * k.size AS amount, k.base
      FROM (VALUES ('B', 1, 'B'), ('kB', 1024, 'B'), ('MB', 1048576, 'B'), ('GB', 1073741824, 'B'),
        ('ms', 1000, 'us'), ('s', 1000000, 'us'), ('min', 60000000, 'us')) AS k (unit, size, base)
      WHERE k.unit = ltrim(s.unit, '0123456789') AND s.setting !~ '^-|^0+(\\.0*)?$'
    ) AS v
    WHERE u.base = v.base AND (v.amount % u.size = 0 OR u.unit = 'us')
    ORDER BY u.size DESC
    LIMIT 1
  ), s.setting) AS setting,
  s.short_desc AS description
FROM pg_settings AS s
ORDER BY lower(s.name) COLLATE \"C\"";

/// Settings that posemo's functions and sessions set. A query of a check sees these values and not the server's.
pub(super) const SET_BY_POSEMO: [&str; 17] = [
    "search_path",
    "standard_conforming_strings",
    "transform_null_equals",
    "lock_timeout",
    "row_security",
    "restrict_nonsystem_relation_kind",
    "datestyle",
    "intervalstyle",
    "timezone",
    "bytea_output",
    "extra_float_digits",
    "quote_all_identifiers",
    "default_transaction_read_only",
    "statement_timeout",
    "idle_in_transaction_session_timeout",
    "jit",
    "exit_on_error",
];
