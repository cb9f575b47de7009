//! The services of `check_pgactivity` 2.10 about databases and what is in them.

use crate::compat::table::Compare::{Above, AtLeast, Below};
use crate::compat::table::ForeignObjects::{Databases, Extensions, Refused, Relations};
use crate::compat::table::Kind::{Count, Percent, Size, Time};
use crate::compat::table::{ForeignCheck, LevelForm, Mapping, level, mapped};

macro_rules! bloat {
    ($name:literal, $check:literal) => {
        mapped(
            $name,
            Mapping::to(&[$check])
                .levels(&[
                    level(Size, $check, "wasted", Above),
                    level(Percent, $check, "share", Above),
                ])
                .form(LevelForm::Bloat { of_smallest: false })
                .required()
                .silenced(&[($check, "share")])
                .objects(Relations),
        )
        .differs(
            "The estimates differ, and posemo makes none from stale statistics. A size and a share together: the smaller size \
             is the minimum for both levels.",
        )
    };
}

/// The services, sorted by name.
pub(super) static DATABASES: &[ForeignCheck] = &[
    bloat!("btree_bloat", "index_bloat"),
    mapped(
        "checksum_errors",
        Mapping::to(&["checksum_failures"])
            .levels(&[level(Count, "checksum_failures", "failures", AtLeast)])
            .defaults("1", "1")
            .silenced(&[("checksum_failures", "since_failure")])
            .objects(Databases),
    )
    .differs("Without checksums the check has no value and is OK; the old plugin is UNKNOWN."),
    mapped(
        "commit_ratio",
        Mapping::to(&["database_activity"])
            .form(LevelForm::Refused(
                "a ratio since the last run needs two measurements; posemo serve judges the rate: \
                 [checks.database_activity.thresholds.\"rollbacks per minute\"]",
            ))
            .objects(Databases),
    )
    .differs("The counters, without the ratio."),
    mapped(
        "database_size",
        Mapping::to(&["database_size"])
            .levels(&[level(Size, "database_size", "size", AtLeast).label("size")])
            .form(LevelForm::Labels)
            .objects(Databases),
    )
    .differs("delta, the growth since the last run, has no counterpart: posemo serve judges \"size per day\"."),
    mapped(
        "extensions_versions",
        Mapping::to(&["extension_updates"]).form(LevelForm::Ignored).objects(Extensions),
    )
    .differs("An old version is a WARNING, in the old plugin CRITICAL."),
    mapped(
        "hit_ratio",
        Mapping::to(&["cache_hit_ratio"])
            .levels(&[level(Percent, "cache_hit_ratio", "hit_ratio", Below)])
            .objects(Databases),
    )
    .differs(
        "The ratio since the statistics began, not since the last run. A database with less than 1,000,000 requested blocks has \
         no ratio.",
    ),
    mapped(
        "invalid_indexes",
        Mapping::to(&["invalid_indexes"]).form(LevelForm::Ignored).objects(Relations),
    )
    .differs("An invalid index is a WARNING, in the old plugin CRITICAL. Not on a standby."),
    age!(
        "last_analyze",
        "last_analyze",
        "age",
        AtLeast,
        Relations,
        "Version 2.10 of the old plugin compares ages as text, so that 103 s is less than 93 s (OK). Tables with fewer than \
         1000 changed rows are left out, and tables never analyzed: never_analyzed reports them."
    ),
    age!(
        "last_vacuum",
        "last_vacuum",
        "age",
        AtLeast,
        Relations,
        "Version 2.10 of the old plugin compares ages as text, so that 103 s is less than 93 s (OK). Tables with fewer than \
         1000 rows to clean up are left out, and tables never vacuumed: vacuum_backlog reports them."
    ),
    mapped(
        "relation_size",
        Mapping::to(&["relation_size"])
            .levels(&[level(Size, "relation_size", "total", Above)])
            .objects(Relations),
    )
    .differs("The size of a table with its indexes and its TOAST table, for the 50 largest tables of each database."),
    mapped(
        "sequences_exhausted",
        Mapping::to(&["sequence_usage"])
            .levels(&[level(Percent, "sequence_usage", "used", AtLeast)])
            .required()
            .objects(Relations),
    )
    .differs("Without USAGE or SELECT on a sequence the old plugin reads it as unused (OK); posemo reads all sequences."),
    bloat!("table_bloat", "table_bloat"),
    mapped(
        "table_unlogged",
        Mapping::to(&["unlogged_tables"])
            .fixed(&[("unlogged_tables", "size", true, "@0:")])
            .form(LevelForm::Ignored)
            .objects(Relations),
    )
    .differs("Each unlogged table is CRITICAL, as in the old plugin. Not on a standby."),
    mapped(
        "temp_files",
        Mapping::to(&["temporary_files"])
            .levels(&[
                level(Count, "temporary_files", "live", Above),
                level(Size, "temporary_files", "live_size", Above),
            ])
            .form(LevelForm::Labels)
            .objects(Refused(
                "the files that exist now belong to tablespaces, and the old plugin does not filter them",
            )),
    )
    .differs("The files that exist now. posemo serve judges those since the last run: \"written per hour\"."),
    mapped(
        "unused_indexes",
        Mapping::to(&["unused_indexes"])
            .fixed(&[("unused_indexes", "size", false, "@0:")])
            .form(LevelForm::Ignored)
            .objects(Relations),
    )
    .differs(
        "An index is a WARNING only with statistics of 30 days, if no replica uses it and it has at least 10 MB; the old plugin \
         reports every index that was not read since the statistics began.",
    ),
];
