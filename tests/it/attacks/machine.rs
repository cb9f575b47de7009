//! Attacks on the server and its machine: files, programs, libraries, settings, other sessions.

use super::table::Expected::{NoEffect, Refused};
use super::table::Proof::Notice;
use super::table::{APP, Attack, HOME, monitor};

pub(super) const ATTACKS: &[Attack] = &[
    monitor("A23", HOME, &["COPY (SELECT 1) TO PROGRAM 'true'"], Refused("42501")),
    monitor(
        "A24",
        APP,
        &["CREATE TEMP TABLE mine (x text)", "COPY mine FROM '/etc/passwd'"],
        Refused("42501"),
    ),
    monitor("A25", HOME, &["SELECT pg_read_file('postgresql.conf')"], Refused("42501")),
    monitor("A26", HOME, &["SELECT pg_read_binary_file('global/pg_control')"], Refused("42501")),
    monitor("A27", HOME, &["SELECT pg_ls_dir('.')"], Refused("42501")),
    monitor("A28", APP, &["SELECT lo_import('/etc/passwd')"], Refused("42501")),
    monitor("A29", HOME, &["LOAD 'auto_explain'"], Refused("42501")),
    monitor("A30", HOME, &["CREATE EXTENSION dblink SCHEMA posemo"], Refused("42501")),
    monitor("A35", HOME, &["SET session_replication_role = replica"], Refused("42501")),
    monitor("A36", HOME, &["SET log_statement = 'none'"], Refused("42501")),
    monitor("A37", HOME, &["ALTER SYSTEM SET work_mem = '1GB'"], Refused("42501")),
    monitor("A38", HOME, &["ALTER DATABASE posemo SET search_path = public"], Refused("42501")),
    // A superuser's session is open during this attack.
    monitor(
        "A39",
        HOME,
        &["SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'"],
        Refused("42501"),
    ),
    monitor("A40", HOME, &["SELECT pg_reload_conf()"], Refused("42501")),
    monitor("A41", HOME, &["SELECT pg_stat_reset()"], Refused("42501")),
    monitor("A42", HOME, &["CREATE PUBLICATION mine"], Refused("42501")),
    monitor(
        "A43",
        HOME,
        &["CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION nothing()"],
        Refused("42501"),
    ),
    monitor("A44", HOME, &["SELECT pg_create_physical_replication_slot('mine')"], Refused("42501")),
    monitor(
        "A45",
        HOME,
        &["BEGIN", "LOCK TABLE pg_catalog.pg_class IN EXCLUSIVE MODE"],
        Refused("42501"),
    ),
    monitor("A80", HOME, &["ANALYZE pg_catalog.pg_class"], NoEffect(Notice("skipping"))),
    monitor("A81", HOME, &["VACUUM FULL pg_catalog.pg_class"], NoEffect(Notice("skipping"))),
    monitor("A82", HOME, &["REINDEX DATABASE posemo"], Refused("42501")),
    monitor("A83", HOME, &["CHECKPOINT"], Refused("42501")),
    monitor("A84", HOME, &["SELECT pg_promote()"], Refused("42501")),
    monitor(
        "P16",
        HOME,
        &["SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'"],
        Refused("42501"),
    ),
    monitor(
        "P17",
        HOME,
        &["COPY (SELECT * FROM posemo.superusers()) TO PROGRAM 'cat > /tmp/loot'"],
        Refused("42501"),
    ),
    monitor(
        "P18",
        HOME,
        &["COPY (SELECT * FROM posemo.superusers()) TO '/tmp/loot'"],
        Refused("42501"),
    ),
    monitor("P19", HOME, &["CREATE FOREIGN DATA WRAPPER mine"], Refused("42501")),
    monitor("P20", APP, &["CREATE EXTENSION file_fdw"], Refused("42501")),
    monitor("P21", APP, &["CREATE EXTENSION hstore"], Refused("42501")),
    monitor("P22", APP, &["DO LANGUAGE plpython3u 'import os'"], Refused("42704")),
    monitor(
        "P23",
        APP,
        &[
            "CREATE FUNCTION pg_temp.system(cstring) RETURNS int LANGUAGE c AS 'libc.so.6', 'system'",
        ],
        Refused("42501"),
    ),
    monitor(
        "P24",
        HOME,
        &["SELECT query_to_xml('SELECT rolpassword FROM pg_authid', true, true, '')"],
        Refused("42501"),
    ),
    monitor("P25", HOME, &["SELECT * FROM ts_stat('TABLE pg_authid')"], Refused("42501")),
    monitor("P26", HOME, &["BEGIN", "PREPARE TRANSACTION 'mine'"], Refused("55000")),
    monitor("P27", HOME, &["SELECT pg_current_logfile()"], Refused("42501")),
    monitor("P28", HOME, &["SELECT * FROM pg_ls_waldir()"], Refused("42501")),
    monitor("P29", HOME, &["CREATE TABLESPACE mine LOCATION '/tmp'"], Refused("42501")),
    monitor("P30", HOME, &["CREATE DATABASE mine TEMPLATE app"], Refused("42501")),
    monitor("P31", HOME, &["DROP DATABASE app"], Refused("42501")),
    monitor(
        "P32",
        HOME,
        &["CREATE SUBSCRIPTION mine CONNECTION '' PUBLICATION x"],
        Refused("42501"),
    ),
    monitor(
        "P33",
        HOME,
        &["UPDATE pg_catalog.pg_proc SET prosrc = 'SELECT true'"],
        Refused("42501"),
    ),
];
