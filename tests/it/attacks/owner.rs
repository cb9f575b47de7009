//! Attacks by the owner of a monitored database: the owner controls its objects, but not posemo's functions.
//!
//! `scenes` tests a revoked CONNECT, because posemo must report it.

use super::table::Expected::{Allowed, Refused, SameReport, SameResults, Since};
use super::table::Proof::Superuser;
use super::table::{APP, Attack, OWNER, monitor};

const RESET: &str = "ALTER DATABASE app RESET ALL";

/// A table whose expressions raise a warning with the role that evaluates them.
const MINED: &[&str] = &[
    "CREATE FUNCTION public.evil(bigint) RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS
       $$ BEGIN RAISE WARNING 'evil as %', current_user; RETURN $1; END $$",
    "CREATE SEQUENCE public.mined_number MAXVALUE 500",
    "CREATE DOMAIN public.mined_int AS int CHECK (public.evil(VALUE) > 0)",
    "CREATE TABLE public.mined (id public.mined_int DEFAULT public.evil(nextval('public.mined_number')), x bigint)",
    "CREATE INDEX ON public.mined (public.evil(x))",
    "CREATE STATISTICS public.mined_statistics ON id, x FROM public.mined",
    "ALTER TABLE public.mined ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    "CREATE POLICY mined ON public.mined USING (public.evil(x) > 0)",
    "CREATE VIEW public.pg_sequence AS SELECT public.evil(1)",
];
const NO_MINES: &str =
    "DROP VIEW public.pg_sequence; DROP TABLE public.mined; DROP SEQUENCE public.mined_number;
    DROP DOMAIN public.mined_int; DROP FUNCTION public.evil(bigint)";

const fn owner(id: &'static str, steps: &'static [&'static str], code: &'static str) -> Attack {
    monitor(id, APP, steps, Refused(code)).by(OWNER)
}

const fn setting(id: &'static str, steps: &'static [&'static str]) -> Attack {
    monitor(id, APP, steps, SameReport).by(OWNER).repaired(RESET)
}

pub(super) const ATTACKS: &[Attack] = &[
    owner("P62", &["CREATE TABLE posemo.mine (x int)"], "42501"),
    owner("P63", &["ALTER FUNCTION posemo.sequence_usage(bigint) OWNER TO po_dbo"], "42501"),
    owner("P64", &["ALTER FUNCTION posemo.sequence_usage(bigint) SECURITY INVOKER"], "42501"),
    owner("P65", &["DROP FUNCTION posemo.sequence_usage(bigint)"], "42501"),
    owner("P66", &["DROP SCHEMA posemo CASCADE"], "42501"),
    owner("P67", &["ALTER SCHEMA posemo OWNER TO po_dbo"], "42501"),
    owner("P68", &["SELECT * FROM posemo.sequence_usage()"], "42501"),
    owner("P69", &["GRANT USAGE ON SCHEMA posemo TO po_dbo"], "42501"),
    owner("P70", &["REVOKE USAGE ON SCHEMA posemo FROM posemo"], "42501"),
    owner("P71", &["COMMENT ON SCHEMA posemo IS 'mine'"], "42501"),
    owner("P72", &["ALTER DATABASE app OWNER TO posemo_sequences"], "42501"),
    owner(
        "P73",
        &[
            "CREATE FUNCTION public.evil() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
            "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION public.evil()",
        ],
        "42501",
    )
    .repaired("DROP FUNCTION public.evil()"),
    owner("P74", &["ALTER DATABASE app SET log_statement = 'all'"], "42501"),
    owner("P75", &["ALTER DATABASE app SET session_preload_libraries = 'auto_explain'"], "42501"),
    owner(
        "P76",
        &[
            "ALTER DEFAULT PRIVILEGES FOR ROLE posemo_sequences GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
        ],
        "42501",
    ),
    // Since 13 the owner of a database can create a trusted extension in any schema.
    monitor(
        "P77",
        APP,
        &["CREATE EXTENSION citext SCHEMA posemo"],
        Since(13, &Refused("42501"), &SameResults),
    )
    .by(OWNER)
    .repaired("DROP EXTENSION IF EXISTS citext"),
    monitor("P78", APP, MINED, SameResults).by(OWNER).repaired(NO_MINES),
    setting("P79", &["ALTER DATABASE app SET role = 'po_dbo'"]),
    setting("P80", &["ALTER DATABASE app SET search_path = 'public'"]),
    setting("P81", &["ALTER DATABASE app SET local_preload_libraries = 'nowhere'"]),
    setting(
        "P82",
        &[
            "ALTER DATABASE app SET statement_timeout = '1ms'",
            "ALTER DATABASE app SET lock_timeout = '1ms'",
            "ALTER DATABASE app SET default_transaction_read_only = off",
            "ALTER DATABASE app SET idle_in_transaction_session_timeout = '1ms'",
        ],
    ),
    setting(
        "P83",
        &[
            "ALTER DATABASE app SET standard_conforming_strings = off",
            "ALTER DATABASE app SET transform_null_equals = on",
            "ALTER DATABASE app SET quote_all_identifiers = on",
            "ALTER DATABASE app SET DateStyle = 'SQL, DMY'",
            "ALTER DATABASE app SET IntervalStyle = 'iso_8601'",
            "ALTER DATABASE app SET TimeZone = 'Pacific/Kiritimati'",
            "ALTER DATABASE app SET extra_float_digits = -15",
            "ALTER DATABASE app SET bytea_output = 'escape'",
            "ALTER DATABASE app SET client_encoding = 'LATIN1'",
        ],
    ),
    // Objects of the owner in the owner's session do not affect others.
    monitor(
        "P84",
        APP,
        &["CREATE TEMP SEQUENCE mine MAXVALUE 200", "SELECT setval('mine', 200)"],
        SameResults,
    )
    .by(OWNER),
    monitor(
        "P85",
        APP,
        &["ALTER DATABASE app CONNECTION LIMIT 5"],
        Allowed(Superuser("SELECT datconnlimit FROM pg_database WHERE datname = 'app'", "5")),
    )
    .by(OWNER)
    .repaired("ALTER DATABASE app CONNECTION LIMIT -1"),
    // posemo overrides settings of the monitor role in the startup packet.
    monitor(
        "P86",
        APP,
        &[
            "ALTER ROLE posemo SET search_path = public",
            "ALTER ROLE posemo SET statement_timeout = '1ms'",
            "ALTER ROLE posemo SET local_preload_libraries = 'nowhere'",
            "ALTER ROLE posemo IN DATABASE app SET standard_conforming_strings = off",
            "ALTER ROLE posemo IN DATABASE app SET transform_null_equals = on",
            "ALTER ROLE posemo SET TimeZone = 'Pacific/Kiritimati'",
        ],
        SameReport,
    )
    .repaired("ALTER ROLE posemo RESET ALL; ALTER ROLE posemo IN DATABASE app RESET ALL"),
    monitor(
        "P87",
        APP,
        &[
            "ALTER ROLE posemo SET search_path = pg_temp, public",
            "ALTER ROLE posemo SET transform_null_equals = on",
        ],
        SameResults,
    )
    .repaired("ALTER ROLE posemo RESET ALL"),
];
