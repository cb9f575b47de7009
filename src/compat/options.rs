//! The options of the other plugins.

use super::words::OptionMeaning::{Ignored, Refused, Some as OfSome, Used};
use super::words::{ForeignOption, OptionMeaning, OptionStyle};

const fn value(names: &'static [&'static str], meaning: OptionMeaning) -> ForeignOption {
    ForeignOption { names, value: true, meaning }
}

const fn flag(names: &'static [&'static str], meaning: OptionMeaning) -> ForeignOption {
    ForeignOption { names, value: false, meaning }
}

const PASSWORD: OptionMeaning =
    Refused("posemo takes no password from an option; write it into ~/.pgpass or a service file");
const NAGIOS: &str = "posemo writes the format of Nagios; posemo run --output has others";
const FORMAT: OptionMeaning = Refused(NAGIOS);
/// What makes the links of the plugin.
pub(super) const LINKS: &str =
    "ln -s /usr/bin/posemo check_postgres_ACTION makes one, and docs/compat.md describes them";
const STATE: OptionMeaning = Refused("posemo check keeps no state between calls");

/// Why the value of an option has no counterpart: it names another format than that of Nagios.
pub(super) fn other_format(option: &str, value: &str) -> Option<&'static str> {
    let is_format = ["output", "format"].contains(&option);
    let is_nagios = ["nagios", "nagios_strict"].contains(&value);
    (is_format && !is_nagios).then_some(NAGIOS)
}

/// The options of `check_postgres` 2.26.0, and the two of posemo.
pub(super) static CHECK_POSTGRES: OptionStyle = OptionStyle {
    plugin: "check_postgres",
    bundling: false,
    options: &[
        value(&["action"], Used),
        value(&["warning", "w"], Used),
        value(&["critical", "c"], Used),
        value(&["host", "dbhost", "H", "dbhost1", "H1"], Used),
        value(&["dbhost2", "H2", "host2"], Used),
        value(&["port", "dbport", "p", "port1", "dbport1", "p1"], Used),
        value(&["dbport2", "p2", "port2"], Used),
        value(&["dbname", "db", "dbname1", "db1"], Used),
        value(&["dbuser", "u", "dbuser1", "u1"], Used),
        value(&["dbservice", "dbservice1"], Used),
        value(&["dbpass", "dbpass1"], PASSWORD),
        value(&["include"], Used),
        value(&["exclude"], Used),
        value(&["includeuser"], Used),
        value(&["excludeuser"], Used),
        value(&["timeout", "t"], Used),
        value(&["target"], Used),
        value(&["docs"], Used),
        flag(&["version", "V"], Used),
        flag(&["help", "h", "man"], Used),
        value(&["output"], Used),
        flag(&["verbose", "v"], Ignored),
        flag(&["vv"], Ignored),
        flag(&["quiet", "q"], Ignored),
        value(&["showperf"], Ignored),
        value(&["perflimit"], Ignored),
        value(&["showtime"], Ignored),
        value(&["debugoutput"], Ignored),
        flag(&["no-check_postgresrc"], Ignored),
        value(&["PGBINDIR"], Ignored),
        value(&["PSQL"], Ignored),
        value(&["tempdir"], Ignored),
        value(&["language"], Ignored),
        value(&["get_method"], Ignored),
        value(&["role"], Ignored),
        value(&["datadir"], OfSome),
        value(&["lsfunc"], OfSome),
        flag(&["skipcycled"], OfSome),
        flag(&["assume-async"], OfSome),
        flag(&["assume-prod"], OfSome),
        flag(
            &["assume-standby-mode"],
            Refused("posemo check replication_role -a expected=standby reports the role"),
        ),
        flag(
            &["noidle"],
            Refused("an idle connection uses the limit, too; session_states counts each state"),
        ),
        flag(&["alldb"], Ignored),
        value(&["includedb"], Used),
        value(&["excludedb"], Used),
        flag(&["simple"], FORMAT),
        value(&["mrtg"], FORMAT),
        flag(&["test"], Refused("posemo verify tests the installation")),
        flag(&["symlinks"], Refused(LINKS)),
        value(&["audit-file-dir"], STATE),
        value(&["suffix"], STATE),
        flag(&["replace"], STATE),
        value(&["logfile"], OfSome),
        value(&["queryname"], OfSome),
        value(&["query"], OfSome),
        value(&["valtype"], OfSome),
        flag(&["reverse"], OfSome),
        value(&["repinfo"], OfSome),
        value(&["schema"], OfSome),
        value(&["filter"], OfSome),
        flag(&["skipsequencevals"], OfSome),
        value(&["object"], OfSome),
        value(&["skipobject"], OfSome),
    ],
};

/// The options of `check_pgactivity` 2.10, and the two of posemo.
pub(super) static CHECK_PGACTIVITY: OptionStyle = OptionStyle {
    plugin: "check_pgactivity",
    bundling: true,
    options: &[
        value(&["service", "s"], Used),
        value(&["warning", "w"], Used),
        value(&["critical", "c"], Used),
        value(&["host", "h"], Used),
        value(&["port", "p"], Used),
        value(&["dbname", "d"], Used),
        value(&["username", "U"], Used),
        value(&["dbservice", "S"], Used),
        value(&["dbinclude"], Used),
        value(&["dbexclude"], Used),
        value(&["exclude"], Used),
        value(&["slave"], OfSome),
        value(&["timeout", "t"], Used),
        value(&["target"], Used),
        value(&["docs"], Used),
        flag(&["version", "V"], Used),
        flag(&["help", "?"], Used),
        flag(&["list", "l"], Used),
        value(&["format", "F"], Used),
        flag(&["debug"], Ignored),
        value(&["status-file"], Ignored),
        value(&["tmpdir"], Ignored),
        value(&["psql", "P"], Ignored),
        flag(&["detailed"], OfSome),
        flag(&["save"], OfSome),
        flag(&["with-hugepages"], OfSome),
        value(&["path"], OfSome),
        value(&["output", "o"], Refused("redirect standard output")),
        flag(&["dump-status-file"], STATE),
        flag(&["dump-bin-file"], STATE),
        value(&["uid"], OfSome),
        value(&["type"], OfSome),
        value(&["query"], OfSome),
        flag(&["reverse"], OfSome),
        value(&["pattern"], OfSome),
        value(&["global-pattern"], OfSome),
        flag(&["ignore-wal-size"], OfSome),
        value(&["unarchiver"], OfSome),
        value(&["suffix"], OfSome),
        value(&["checkpoint_segments"], OfSome),
        value(&["effective_cache_size"], OfSome),
        value(&["maintenance_work_mem"], OfSome),
        value(&["shared_buffers"], OfSome),
        value(&["wal_buffers"], OfSome),
        value(&["work_mem"], OfSome),
        flag(&["no_check_autovacuum"], OfSome),
        flag(&["no_check_enable"], OfSome),
        flag(&["no_check_fsync"], OfSome),
        flag(&["no_check_track_counts"], OfSome),
    ],
};
