//! Actions that every login role can do on every server. posemo prevents them in its home database where PostgreSQL has a
//! privilege for them; the others are listed in docs/security.md.
//!
//! None of them reads data.

use super::rights::HAS_PASSWORD;
use super::table::Expected::{Allowed, NoEffect, Refused, Since};
use super::table::Proof::{Own, Superuser};
use super::table::{APP, Attack, Expected, HOME, OTHER, monitor};

pub(super) const ATTACKS: &[Attack] = &[
    monitor("A60", HOME, &["SELECT lo_create(0)"], Refused("42501")),
    monitor(
        "A60",
        APP,
        &["SELECT lo_create(4711)"],
        Allowed(Superuser("SELECT count(*) FROM pg_largeobject_metadata", "1")),
    )
    .repaired("SELECT lo_unlink(4711)"),
    // A dump with a revoked privilege on it could not be restored on another major version.
    monitor(
        "A61",
        HOME,
        &["SELECT pg_logical_emit_message(false, 'a', 'b') > '0/0'"],
        Allowed(Own("t")),
    ),
    monitor(
        "A61",
        APP,
        &["SELECT pg_logical_emit_message(false, 'a', 'b') > '0/0'"],
        Allowed(Own("t")),
    ),
    monitor("A62", HOME, &["SELECT pg_notify('a', 'b')"], Refused("42501")),
    monitor("A62", APP, &["SELECT pg_notify('a', 'b')", "SELECT 1"], Allowed(Own("1"))),
    monitor("A63", HOME, &["SELECT pg_advisory_lock(1)"], Refused("42501")),
    monitor(
        "A63",
        APP,
        &["SELECT pg_advisory_lock(1)"],
        Allowed(Superuser("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", "1")),
    ),
    monitor(
        "A64",
        HOME,
        &["ALTER ROLE posemo SET work_mem = '1GB'"],
        Allowed(Superuser(
            "SELECT rolconfig FROM pg_roles WHERE rolname = 'posemo'",
            "{work_mem=1GB}",
        )),
    )
    .repaired("ALTER ROLE posemo RESET ALL"),
    monitor("A65", HOME, &["ALTER ROLE posemo PASSWORD 'mine'"], Allowed(HAS_PASSWORD))
        .repaired("ALTER ROLE posemo PASSWORD NULL"),
    monitor(
        "A66",
        HOME,
        &["SET statement_timeout = 0", "SHOW statement_timeout"],
        Allowed(Own("0")),
    ),
    monitor("A67", HOME, &["SELECT txid_current()"], Refused("42501")),
    monitor("A67", APP, &["SELECT txid_current() > 0"], Allowed(Own("t"))),
    monitor(
        "A68",
        HOME,
        &["SELECT count(*) FROM generate_series(1, 100000)"],
        Allowed(Own("100000")),
    ),
    monitor(
        "A69",
        "postgres",
        &["SELECT current_database(), current_user"],
        Allowed(Own("postgres|posemo")),
    ),
    // Other roles cannot connect to posemo's home database.
    monitor("A70", HOME, &[], Refused("42501")).by(OTHER),
    monitor("A70", APP, &["CREATE SCHEMA mine"], Refused("42501")).by(OTHER),
    monitor("A71", HOME, &["CREATE TABLE public.mine (x int)"], Refused("42501")),
    monitor("A71", HOME, &[], Refused("42501")).by(OTHER),
    monitor("A71", APP, &["CREATE TABLE public.mine (x int)"], PUBLIC_SCHEMA)
        .by(OTHER)
        .repaired("DROP TABLE IF EXISTS public.mine"),
    monitor("A72", HOME, &[], Refused("42501")).by(OTHER),
    monitor(
        "A72",
        APP,
        &["CREATE TEMP TABLE mine (x int)"],
        Allowed(Superuser("SELECT count(*) FROM pg_class WHERE relname = 'mine'", "1")),
    )
    .by(OTHER),
    monitor(
        "A77",
        HOME,
        &["LISTEN a", "NOTIFY a", "SELECT pg_listening_channels()"],
        Allowed(Own("a")),
    ),
    monitor("A85", HOME, &["BEGIN", "SELECT pg_export_snapshot()"], Refused("42501")),
    monitor("A85", APP, &["BEGIN", "SELECT pg_export_snapshot() <> ''"], Allowed(Own("t"))),
    monitor("P47", HOME, &["SELECT pg_sleep(1)"], Refused("42501")),
    monitor("P48", HOME, &["SELECT lo_from_bytea(0, 'loot')"], Refused("42501")),
    monitor("P49", HOME, &["SELECT lo_get(1)"], Refused("42501")),
    monitor("P50", HOME, &["SELECT pg_try_advisory_xact_lock(1)"], Refused("42501")),
    // The role has no grant option on any object.
    monitor(
        "P51",
        HOME,
        &["REVOKE EXECUTE ON FUNCTION posemo.alive() FROM posemo"],
        NoEffect(Superuser(
            "SELECT has_function_privilege('posemo', 'posemo.alive()', 'EXECUTE')",
            "t",
        )),
    ),
    monitor(
        "P88",
        HOME,
        &["DROP OWNED BY posemo"],
        NoEffect(Superuser(
            "SELECT has_function_privilege('posemo', 'posemo.alive()', 'EXECUTE')",
            "t",
        )),
    ),
    // Every role can change its own default privileges; in posemo's home database it cannot create objects.
    monitor(
        "P52",
        HOME,
        &["ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO po_other"],
        Allowed(Superuser("SELECT count(*) FROM pg_default_acl", "1")),
    )
    .repaired("ALTER DEFAULT PRIVILEGES FOR ROLE posemo REVOKE EXECUTE ON FUNCTIONS FROM po_other"),
];

/// Before PostgreSQL 15 PUBLIC has CREATE on the schema `public`.
pub(super) const PUBLIC_SCHEMA: Expected = Since(
    15,
    &Allowed(Superuser("SELECT count(*) FROM pg_class WHERE relname = 'mine'", "1")),
    &Refused("42501"),
);
