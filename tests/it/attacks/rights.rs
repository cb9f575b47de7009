//! Attacks with roles: SET ROLE, grants to itself, and changes of posemo's roles by a role with CREATEROLE.
//!
//! Before PostgreSQL 16 a role with CREATEROLE can grant itself almost every role. The tests show this; posemo cannot
//! prevent it.

use super::table::Expected::{Allowed, NoEffect, Refused, Since};
use super::table::Proof::{Own, Superuser};
use super::table::{APP, Attack, HOME, MAKER, monitor};

const DATABASE: &str = "postgres";

pub(super) const ATTACKS: &[Attack] = &[
    monitor("A19", HOME, &["SET ROLE posemo_authid"], Refused("42501")),
    monitor("P89", HOME, &["SET ROLE posemo_logs"], Refused("42501")),
    monitor("A20", HOME, &["SET SESSION AUTHORIZATION postgres"], Refused("42501")),
    monitor("A31", HOME, &["CREATE ROLE mine SUPERUSER"], Refused("42501")),
    monitor("A32", HOME, &["ALTER ROLE posemo SUPERUSER"], Refused("42501")),
    monitor("A33", HOME, &["GRANT pg_monitor TO posemo"], Refused("42501")),
    monitor("A34", HOME, &["ALTER ROLE posemo CONNECTION LIMIT -1"], Refused("42501")),
    monitor(
        "A73",
        DATABASE,
        &["GRANT posemo_authid TO po_crole"],
        Since(
            16,
            &Allowed(Superuser("SELECT pg_has_role('po_crole', 'posemo_authid', 'USAGE')", "t")),
            &Refused("42501"),
        ),
    )
    .by(MAKER)
    .repaired("REVOKE posemo_authid FROM po_crole"),
    monitor(
        "A74",
        DATABASE,
        &["ALTER ROLE posemo PASSWORD 'guessed'"],
        Since(16, &Allowed(HAS_PASSWORD), &Refused("42501")),
    )
    .by(MAKER)
    .repaired("ALTER ROLE posemo PASSWORD NULL"),
    monitor(
        "A75",
        DATABASE,
        &["ALTER ROLE posemo_authid LOGIN"],
        Since(
            16,
            &Allowed(Superuser(
                "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'posemo_authid'",
                "t",
            )),
            &Refused("42501"),
        ),
    )
    .by(MAKER)
    .repaired("ALTER ROLE posemo_authid NOLOGIN"),
    // Before PostgreSQL 16 the grants of the monitor role prevent this.
    monitor(
        "A76",
        DATABASE,
        &["DROP ROLE posemo"],
        Since(16, &Refused("2BP01"), &Refused("42501")),
    )
    .by(MAKER),
    // Since PostgreSQL 16: a membership with ADMIN would give full use of the role.
    monitor(
        "P01",
        DATABASE,
        &["GRANT posemo_authid TO po_crole WITH ADMIN OPTION"],
        Since(
            16,
            &Allowed(Superuser(
                "SELECT pg_has_role('po_crole', 'posemo_authid', 'USAGE WITH ADMIN OPTION')",
                "t",
            )),
            &Refused("42501"),
        ),
    )
    .by(MAKER)
    .repaired("REVOKE posemo_authid FROM po_crole"),
    monitor(
        "P02",
        DATABASE,
        &["GRANT posemo TO po_crole"],
        Since(
            16,
            &Allowed(Superuser("SELECT pg_has_role('po_crole', 'posemo', 'MEMBER')", "t")),
            &Refused("42501"),
        ),
    )
    .by(MAKER)
    .repaired("REVOKE posemo FROM po_crole"),
    // As a member of another role, the monitor role would be more than a login role.
    monitor(
        "P03",
        DATABASE,
        &["CREATE ROLE po_bait", "GRANT po_bait TO posemo"],
        Allowed(Superuser("SELECT pg_has_role('posemo', 'po_bait', 'MEMBER')", "t")),
    )
    .by(MAKER)
    .repaired("DROP ROLE po_bait"),
    monitor("P04", HOME, &["ALTER ROLE posemo_plain RENAME TO mine"], Refused("42501")),
    monitor("P05", HOME, &["ALTER ROLE posemo INHERIT VALID UNTIL 'infinity'"], Refused("42501")),
    monitor("P06", HOME, &["ALTER ROLE posemo SET log_statement = 'none'"], Refused("42501")),
    monitor("P07", HOME, &["COMMENT ON ROLE posemo IS 'mine'"], Refused("42501")),
    monitor(
        "P08",
        HOME,
        &["GRANT CONNECT ON DATABASE posemo TO po_other"],
        NoEffect(Superuser("SELECT has_database_privilege('po_other', 'posemo', 'CONNECT')", "f")),
    ),
    monitor(
        "P09",
        HOME,
        &["GRANT USAGE ON SCHEMA posemo TO PUBLIC"],
        NoEffect(Superuser("SELECT has_schema_privilege('po_other', 'posemo', 'USAGE')", "f")),
    ),
    monitor(
        "P10",
        APP,
        &["GRANT posemo TO po_other"],
        // Before PostgreSQL 15 a role could grant membership in itself.
        Since(
            15,
            &Allowed(Superuser("SELECT pg_has_role('po_other', 'posemo', 'MEMBER')", "t")),
            &Refused("42501"),
        ),
    )
    .repaired("REVOKE posemo FROM po_other"),
    monitor("P11", HOME, &[], Refused("42501")).with_options("-c role=posemo_authid"),
    monitor("P12", HOME, &[], Refused("42501")).with_options("-c session_authorization=postgres"),
    monitor("P13", HOME, &[], Refused("42501"))
        .with_options("-c session_preload_libraries=auto_explain"),
    monitor(
        "P14",
        HOME,
        &["SELECT rolpassword FROM pg_roles WHERE rolname = 'po_secret'"],
        NoEffect(Own("********")),
    ),
    monitor("P15", HOME, &["SELECT passwd FROM pg_shadow"], Refused("42501")),
];

/// Whether the monitor role has a password; at first it has none.
pub(super) const HAS_PASSWORD: super::table::Proof =
    Superuser("SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'posemo'", "t");
