//! Attacks that call the functions in unusual ways, and read other data of the server.
//!
//! `callers` tests hostile values of arguments.

use super::table::Expected::{NoEffect, Refused, SameResults, Since};
use super::table::Proof::Own;
use super::table::{APP, Attack, HOME, OTHER, monitor};

pub(super) const ATTACKS: &[Attack] = &[
    // The functions are not STRICT: a null argument reaches the query.
    monitor("A46", HOME, &["SELECT as_expected FROM posemo.replication_role(NULL)"], NoEffect(Own("f"))),
    monitor(
        "A47",
        HOME,
        &["SELECT as_expected FROM posemo.replication_role('any'' OR true --')"],
        NoEffect(Own("f")),
    ),
    // No function has a regclass argument; the OID of a table as a number is similar.
    monitor(
        "A48",
        APP,
        &["SELECT * FROM posemo.sequence_usage('pg_catalog.pg_authid'::regclass::oid::bigint)"],
        NoEffect(Own("")),
    ),
    monitor(
        "A49",
        HOME,
        &["SELECT DISTINCT query FROM pg_stat_activity WHERE usename = 'postgres'"],
        NoEffect(Own("<insufficient privilege>")),
    ),
    // The function behind the view, which also hides address and state.
    monitor(
        "A50",
        HOME,
        &["SELECT DISTINCT query, state, client_addr, backend_start FROM pg_stat_get_activity(NULL)
           WHERE usesysid = 10 AND datid IS NOT NULL"],
        NoEffect(Own("<insufficient privilege>|NULL|NULL|NULL")),
    ),
    monitor("A51", HOME, &["SHOW primary_conninfo"], Refused("42501")),
    monitor("A52", HOME, &["SELECT subconninfo FROM pg_subscription"], Refused("42501")),
    monitor("A53", HOME, &["SELECT umoptions FROM pg_user_mapping"], Refused("42501")),
    monitor(
        "A54",
        HOME,
        &["DO $$ BEGIN PERFORM * FROM posemo.alive(); CREATE TABLE posemo.mine (x int); END $$"],
        Refused("42501"),
    ),
    monitor(
        "A59",
        HOME,
        &["EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off)
           SELECT * FROM posemo.password_verifiers()"],
        Since(
            18,
            &NoEffect(Own("Function Scan on password_verifiers (actual rows=1 loops=1)")),
            &NoEffect(Own("Function Scan on password_verifiers (actual rows=1.00 loops=1)")),
        ),
    ),
    monitor(
        "A78",
        APP,
        &["BEGIN", "SET TRANSACTION READ WRITE", "SELECT * FROM posemo.sequence_usage()"],
        SameResults,
    ),
    monitor(
        "A79",
        HOME,
        &["SELECT set_config('search_path', 'public', false), role FROM posemo.replication_role()"],
        NoEffect(Own("public|primary")),
    ),
    monitor(
        "P34",
        HOME,
        &["EXPLAIN (VERBOSE, COSTS off) SELECT * FROM posemo.password_verifiers()"],
        NoEffect(Own("Function Scan on posemo.password_verifiers\n  Output: md5, scram, no_password, other\n  \
            Function Call: password_verifiers()")),
    ),
    monitor(
        "P35",
        HOME,
        &[
            "BEGIN",
            "DECLARE kept CURSOR WITH HOLD FOR SELECT role FROM posemo.replication_role()",
            "COMMIT",
            "SET search_path = public",
            "FETCH ALL FROM kept",
        ],
        NoEffect(Own("primary")),
    ),
    monitor(
        "P36",
        HOME,
        &[
            "PREPARE kept AS SELECT as_expected FROM posemo.replication_role('standby')",
            "SET transform_null_equals = on",
            "SET standard_conforming_strings = off",
            "EXECUTE kept",
        ],
        NoEffect(Own("f")),
    ),
    monitor(
        "P37",
        HOME,
        &["BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE"],
        SameResults,
    ),
    monitor(
        "P38",
        APP,
        &[
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE, ISOLATION LEVEL REPEATABLE READ",
            "BEGIN",
            "SAVEPOINT a",
            "SELECT 1",
            "ROLLBACK TO a",
        ],
        SameResults,
    ),
    monitor("P39", HOME, &["RESET ALL", "DISCARD ALL"], SameResults),
    monitor("P40", HOME, &["SELECT 1"], SameResults).with_options(
        "-c search_path= -c standard_conforming_strings=off -c transform_null_equals=on -c DateStyle=SQL,DMY \
         -c quote_all_identifiers=on -c array_nulls=off -c lc_numeric=C -c ignore_system_indexes=on",
    ),
    monitor(
        "P41",
        APP,
        &["SELECT most_common_vals FROM pg_stats WHERE tablename = 'secret_data'"],
        NoEffect(Own("")),
    ),
    monitor("P42", APP, &["SELECT stavalues1 FROM pg_statistic"], Refused("42501")),
    monitor("P43", APP, &["CREATE STATISTICS mine ON n, word FROM public.secret_data"], Refused("42501")),
    monitor(
        "P44",
        APP,
        &["DO $$ BEGIN PERFORM rolpassword FROM pg_authid; END $$"],
        Refused("42501"),
    ),
    // A session can store results; they are the same rows.
    monitor(
        "P45",
        APP,
        &["CREATE TEMP TABLE kept AS SELECT * FROM posemo.sequence_usage()"],
        SameResults,
    ),
    // A view calls functions with the privileges of the role that reads it.
    monitor("P46", APP, &["SELECT * FROM public.leak"], Refused("42501"))
        .by(OTHER)
        .prepared(
            "GRANT CREATE ON SCHEMA public TO posemo; SET ROLE posemo;
             CREATE VIEW public.leak AS SELECT * FROM posemo.sequence_usage(); GRANT SELECT ON public.leak TO PUBLIC",
        )
        .repaired("DROP VIEW public.leak; REVOKE CREATE ON SCHEMA public FROM posemo"),
];
