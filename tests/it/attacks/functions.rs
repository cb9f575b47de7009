//! Attacks on the functions and their schema: reading around them, changing, replacing, overloading and dropping them.
//!
//! `shadows` tests objects with the names that the functions use.

use super::table::Expected::{NoEffect, Refused};
use super::table::Proof::Superuser;
use super::table::{APP, Attack, HOME, OTHER, monitor};

/// posemo grants EXECUTE on all its functions, so this one represents a function without the grant.
const HIDDEN: &str = "CREATE FUNCTION posemo.hidden() RETURNS int LANGUAGE sql AS 'SELECT 1';
    REVOKE ALL ON FUNCTION posemo.hidden() FROM PUBLIC";
const NO_HIDDEN: &str = "DROP FUNCTION posemo.hidden()";

pub(super) const ATTACKS: &[Attack] = &[
    monitor("A01", APP, &["SELECT * FROM public.secret_data"], Refused("42501")),
    monitor("A02", HOME, &["SELECT rolname, rolpassword FROM pg_authid"], Refused("42501")),
    monitor("A03", HOME, &["SELECT * FROM pg_hba_file_rules"], Refused("42501")),
    monitor("A04", HOME, &["SELECT posemo.hidden()"], Refused("42501"))
        .prepared(HIDDEN)
        .repaired(NO_HIDDEN),
    monitor("A05", APP, &["SELECT * FROM posemo.sequence_usage()"], Refused("42501")).by(OTHER),
    monitor(
        "A06",
        HOME,
        &["CREATE FUNCTION posemo.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'"],
        Refused("42501"),
    ),
    monitor(
        "A07",
        HOME,
        &[
            "CREATE OR REPLACE FUNCTION posemo.alive() RETURNS TABLE (alive boolean) LANGUAGE sql AS 'SELECT true'",
        ],
        Refused("42501"),
    ),
    monitor(
        "A08",
        HOME,
        &[
            "CREATE FUNCTION posemo.alive(x int DEFAULT 0) RETURNS TABLE (alive boolean) LANGUAGE sql AS 'SELECT true'",
        ],
        Refused("42501"),
    ),
    monitor("A09", HOME, &["ALTER FUNCTION posemo.alive() SECURITY INVOKER"], Refused("42501")),
    monitor("A10", HOME, &["ALTER FUNCTION posemo.alive() RESET ALL"], Refused("42501")),
    monitor("A11", HOME, &["ALTER FUNCTION posemo.alive() OWNER TO posemo"], Refused("42501")),
    monitor("A12", HOME, &["DROP FUNCTION posemo.alive()"], Refused("42501")),
    monitor("A13", HOME, &["ALTER SCHEMA posemo RENAME TO mine"], Refused("42501")),
    monitor("A14", HOME, &["DROP SCHEMA posemo CASCADE"], Refused("42501")),
    monitor("A15", HOME, &["CREATE SCHEMA mine"], Refused("42501")),
    monitor("A15", APP, &["CREATE SCHEMA mine"], Refused("42501")),
    monitor("A16", HOME, &["CREATE TEMP TABLE pg_stat_activity (x int)"], Refused("42501")),
    monitor(
        "A17",
        HOME,
        &["CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (VALUE <> '')"],
        Refused("42501"),
    ),
    monitor(
        "A18",
        HOME,
        &["CREATE FUNCTION pg_temp.evil() RETURNS int LANGUAGE sql AS 'SELECT 1'"],
        Refused("42501"),
    ),
    monitor(
        "A21",
        HOME,
        &["GRANT EXECUTE ON FUNCTION posemo.hidden() TO posemo"],
        Refused("42501"),
    )
    .prepared(HIDDEN)
    .repaired(NO_HIDDEN),
    // The server returns a warning and success.
    monitor(
        "A22",
        HOME,
        &["GRANT EXECUTE ON FUNCTION posemo.alive() TO po_other"],
        NoEffect(Superuser(
            "SELECT has_function_privilege('po_other', 'posemo.alive()', 'EXECUTE')",
            "f",
        )),
    ),
    monitor("A55", HOME, &["CREATE VIEW posemo.mine AS SELECT 1"], Refused("42501")),
    monitor("A56", HOME, &["CREATE TYPE posemo.mine AS ENUM ('x')"], Refused("42501")),
    monitor(
        "A57",
        APP,
        &["CREATE TRIGGER mine BEFORE UPDATE ON public.secret_data
           FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"],
        Refused("42501"),
    ),
    monitor("A58", HOME, &["COMMENT ON FUNCTION posemo.alive() IS 'mine'"], Refused("42501")),
    monitor(
        "A86",
        HOME,
        &["SECURITY LABEL ON FUNCTION posemo.alive() IS 'mine'"],
        Refused("22023"),
    ),
    monitor("A87", HOME, &["REASSIGN OWNED BY posemo_plain TO posemo"], Refused("42501")),
    monitor("A88", HOME, &["DROP OWNED BY posemo_plain"], Refused("42501")),
    monitor(
        "A89",
        HOME,
        &["ALTER DEFAULT PRIVILEGES FOR ROLE posemo_plain GRANT EXECUTE ON FUNCTIONS TO PUBLIC"],
        Refused("42501"),
    ),
    monitor(
        "A90",
        HOME,
        &["IMPORT FOREIGN SCHEMA x FROM SERVER nowhere INTO posemo"],
        Refused("42704"),
    ),
];
