//! The actions of `check_postgres` 2.26.0 about databases and what is in them.

use crate::compat::table::Compare::{AtLeast, AtMost};
use crate::compat::table::ForeignObjects::{Databases, Relations, Schemas};
use crate::compat::table::Kind::{Percent, Size, Time};
use crate::compat::table::{ForeignCheck, LevelForm, Mapping, level, mapped, refused};

const NO_QUERY: &str =
    "the query belongs to one site: write a check for it (docs/writing-checks.md)";

const OF_INDEXES: &str = "its names are those of indexes, and posemo judges the indexes of a table together; write a schema, as in \
     --include=shop., or use indexes_size with names of tables";

const OF_BOTH: &str = "its names are those of tables and of indexes, and posemo judges tables; write a schema, as in --include=shop., or use \
     table_size or indexes_size with names of tables";

const OF_BLOAT: &str = "its names are those of tables, and posemo's check index_bloat judges indexes by their names; write a schema, as in \
     --include=shop., or use posemo check table_bloat --object";

const OF_TRIGGERS: &str = "the old plugin does not filter triggers; write a schema, as in --exclude=shop., or use posemo check disabled_triggers \
     --except";

macro_rules! maintenance {
    ($name:literal, $check:literal, $metric:literal, $differs:literal) => {
        mapped(
            $name,
            Mapping::to(&[$check])
                .levels(&[level(Time, $check, $metric, AtLeast)])
                .defaults("1 day", "2 days")
                .objects(Relations),
        )
        .differs($differs)
    };
}

macro_rules! relations {
    ($name:literal, [$($metric:literal),+], $objects:expr, $differs:literal) => {
        mapped(
            $name,
            Mapping::to(&["relation_size"])
                .levels(&[$(level(Size, "relation_size", $metric, AtLeast)),+])
                .required()
                .objects($objects),
        )
        .differs($differs)
    };
}

/// The actions, sorted by name.
pub(super) static DATABASES: &[ForeignCheck] = &[
    mapped(
        "bloat",
        Mapping::to(&["table_bloat", "index_bloat"])
            .levels(&[
                level(Size, "table_bloat", "wasted", AtLeast),
                level(Size, "index_bloat", "wasted", AtLeast),
                level(Percent, "table_bloat", "share", AtLeast),
                level(Percent, "index_bloat", "share", AtLeast),
            ])
            .form(LevelForm::Bloat { of_smallest: true })
            .defaults("1 GB", "5 GB")
            .silenced(&[("table_bloat", "share"), ("index_bloat", "share")])
            .objects(Schemas(OF_BLOAT)),
    )
    .differs(
        "Without --dbname the old plugin looks only into the database postgres, and without SELECT on a table it finds no \
         bloat (OK); posemo's function reads the statistics of all tables. The estimates differ, and posemo makes none from \
         stale statistics. A size and a share joined by and: the smaller size is the minimum for both levels.",
    ),
    mapped(
        "commitratio",
        Mapping::to(&["database_activity"])
            .form(LevelForm::Refused(
                "the ratio since the statistics began is that of the past; posemo serve judges the rate: \
                 [checks.database_activity.thresholds.\"rollbacks per minute\"]",
            ))
            .objects(Databases),
    )
    .differs("The counters, without the ratio."),
    refused("custom_query", NO_QUERY),
    mapped(
        "database_size",
        Mapping::to(&["database_size"])
            .levels(&[level(Size, "database_size", "size", AtLeast)])
            .required()
            .objects(Databases),
    )
    .differs("A database that an interrupted DROP DATABASE left is a problem, too."),
    mapped(
        "disabled_triggers",
        Mapping::to(&["disabled_triggers"])
            .form(LevelForm::Ignored)
            .objects(Schemas(OF_TRIGGERS)),
    )
    .differs(
        "Without --dbname the old plugin looks only into the database postgres; posemo looks into all databases with checks. \
         Each disabled trigger is a WARNING, whatever the levels; constraints that are not checked count, too.",
    ),
    mapped(
        "hitratio",
        Mapping::to(&["cache_hit_ratio"])
            .levels(&[level(Percent, "cache_hit_ratio", "hit_ratio", AtMost)])
            .objects(Databases),
    )
    .differs("A database with less than 1,000,000 requested blocks has no ratio, as a few blocks make a wrong one."),
    relations!("index_size", ["indexes"], Schemas(OF_INDEXES), "The size is that of all indexes of a table together. The 50 largest tables of each database with checks."),
    relations!("indexes_size", ["indexes"], Relations, "The 50 largest tables of each database with checks, not only of the database postgres."),
    maintenance!(
        "last_analyze",
        "last_analyze",
        "age",
        "Tables with fewer than 1000 changed rows are left out, so an unchanged table does not alarm. All databases with \
         checks, not only the database postgres. Not on a standby."
    ),
    maintenance!(
        "last_autoanalyze",
        "last_analyze",
        "automatic",
        "Tables with fewer than 1000 changed rows are left out. All databases with checks, not only the database postgres. Not \
         on a standby."
    ),
    maintenance!(
        "last_autovacuum",
        "last_vacuum",
        "automatic",
        "Tables with fewer than 1000 rows to clean up are left out. All databases with checks, not only the database postgres. \
         Not on a standby."
    ),
    maintenance!(
        "last_vacuum",
        "last_vacuum",
        "age",
        "Tables with fewer than 1000 rows to clean up are left out, so an unchanged table does not alarm. All databases with \
         checks, not only the database postgres. Not on a standby."
    ),
    mapped(
        "partman_premake",
        Mapping::to(&["partitions_ahead"])
            .form(LevelForm::Refused(
                "partitions_ahead counts periods, not days: posemo check partitions_ahead -w periods_ahead=1:",
            ))
            .objects(Relations),
    )
    .differs("posemo judges every table that is partitioned by time, with or without pg_partman."),
    refused("query_runtime", NO_QUERY),
    relations!("relation_size", ["heap", "indexes"], Schemas(OF_BOTH), "All indexes of a table count together. The 50 largest tables of each database with checks."),
    refused(
        "same_schema",
        "posemo check schema_fingerprint compares the digest of the definitions with a recorded one: -a expected=DIGEST",
    ),
    mapped(
        "sequence",
        Mapping::to(&["sequence_usage"])
            .levels(&[level(Percent, "sequence_usage", "used", AtLeast)])
            .defaults("85%", "95%")
            .objects(Relations)
            .accepts(&["skipcycled"]),
    )
    .differs(
        "Without USAGE or SELECT on a sequence the old plugin reads it as unused (OK), and without --dbname it looks only into \
         the database postgres; posemo reads all sequences, and counts the type of the column. Sequences with CYCLE are left \
         out.",
    ),
    relations!("table_size", ["heap", "toast"], Relations, "The table and its TOAST table are judged each. The 50 largest tables of each database with checks."),
    relations!("total_relation_size", ["total"], Relations, "The 50 largest tables of each database with checks, not only of the database postgres."),
];
