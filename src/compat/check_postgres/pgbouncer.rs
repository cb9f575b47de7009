//! The actions of `check_postgres` 2.26.0 about `PgBouncer`.

use crate::compat::table::Compare::AtLeast;
use crate::compat::table::ForeignObjects::Sessions;
use crate::compat::table::Kind::{Count, Percent, Time};
use crate::compat::table::{ForeignCheck, Mapping, level, mapped, refused};

const DOCUMENT: &str = "The old plugin connects to PgBouncer's console; posemo judges a document (--docs FILE, or \
     [targets.NAME.documents] with --target NAME).";

macro_rules! pool {
    ($name:literal, $metric:literal, $kind:expr) => {
        mapped(
            $name,
            Mapping::to(&["pgbouncer_pools"])
                .levels(&[level($kind, "pgbouncer_pools", $metric, AtLeast)])
                .silenced(&[("pgbouncer_pools", "longest_wait")])
                .objects(Sessions),
        )
        .differs(DOCUMENT)
    };
}

/// The actions, sorted by name.
pub(super) static PGBOUNCER: &[ForeignCheck] = &[
    pool!("pgb_pool_cl_active", "clients", Count),
    pool!("pgb_pool_cl_waiting", "waiting", Count),
    pool!("pgb_pool_maxwait", "longest_wait", Count),
    pool!("pgb_pool_sv_active", "servers_active", Count),
    pool!("pgb_pool_sv_idle", "servers_idle", Count),
    pool!("pgb_pool_sv_login", "servers_login", Count),
    pool!("pgb_pool_sv_tested", "servers_tested", Count),
    pool!("pgb_pool_sv_used", "servers_used", Count),
    mapped(
        "pgbouncer_backends",
        Mapping::to(&["pgbouncer_clients"])
            .levels(&[
                level(Percent, "pgbouncer_clients", "used", AtLeast),
                level(Count, "pgbouncer_clients", "clients", AtLeast),
            ])
            .defaults("90%", "95%")
            .keeps_critical()
            .silenced(&[("pgbouncer_clients", "used")]),
    )
    .differs(DOCUMENT),
    refused(
        "pgbouncer_checksum",
        "settings of PgBouncer are a file of the host, which a configuration management compares",
    ),
    pool!("pgbouncer_maxwait", "longest_wait", Time),
];
