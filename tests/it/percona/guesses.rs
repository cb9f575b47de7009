//! The guesses of an import: the scope, the owner set and the role of the server.

use std::fmt::Write as _;

use posemo::catalog::Catalog;
use posemo::catalog::check::{Scope, ScriptDatabases};
use posemo::finding::report::ServerRole;

use super::{import, printed};
use crate::catalog::Folder;
use crate::server::Server;

/// The text after `SELECT`, the scope, and the owner set.
const GUESSES: [(&str, Scope, &str); 31] = [
    ("1 AS one", Scope::Cluster, "plain"),
    ("* FROM pg_settings", Scope::Cluster, "plain"),
    ("rolname FROM pg_roles", Scope::Cluster, "plain"),
    ("* FROM pg_stat_database", Scope::Cluster, "plain"),
    ("pid FROM pg_stat_activity", Scope::Cluster, "stats"),
    ("* FROM pg_stat_archiver", Scope::Cluster, "plain"),
    ("* FROM pg_stat_bgwriter", Scope::Cluster, "plain"),
    ("slot_name FROM pg_replication_slots", Scope::Cluster, "plain"),
    ("pid FROM pg_stat_replication", Scope::Cluster, "stats"),
    ("status FROM pg_stat_wal_receiver", Scope::Cluster, "stats"),
    ("pid FROM pg_stat_progress_vacuum", Scope::Cluster, "stats"),
    ("* FROM pg_locks", Scope::Cluster, "plain"),
    ("datname, pg_database_size(oid) AS size FROM pg_database", Scope::Cluster, "stats"),
    ("* FROM pg_ls_waldir()", Scope::Cluster, "monitor"),
    ("current_setting('log_directory') AS directory", Scope::Cluster, "settings"),
    (
        "current_setting('log_directory') AS directory, count(*) FROM pg_stat_activity",
        Scope::Cluster,
        "monitor",
    ),
    ("* FROM pg_stat_user_tables", Scope::Database, "plain"),
    ("* FROM pg_stat_user_indexes", Scope::Database, "plain"),
    ("* FROM pg_statio_user_tables", Scope::Database, "plain"),
    ("tablename FROM pg_stats", Scope::Database, "sequences"),
    ("sequencename FROM pg_sequences", Scope::Database, "sequences"),
    ("oid FROM pg_class", Scope::Database, "plain"),
    ("a.attname FROM pg_attribute AS a", Scope::Database, "plain"),
    ("extname FROM pg_extension", Scope::Database, "plain"),
    ("* FROM pg_available_extensions", Scope::Database, "plain"),
    ("indexdef FROM pg_indexes", Scope::Database, "plain"),
    ("table_name FROM information_schema.tables", Scope::Database, "sequences"),
    ("current_database()", Scope::Database, "plain"),
    ("pg_database_size(current_database())", Scope::Database, "stats"),
    (
        "numbackends FROM pg_stat_database WHERE datname = current_database()",
        Scope::Database,
        "plain",
    ),
    ("pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')", Scope::Cluster, "plain"),
];

/// Imports a check for each query. Returns their number.
pub(super) fn scopes_and_owners_are_guessed(server: &Server) -> usize {
    let mut file = "checks:\n".to_owned();
    for (number, (query, ..)) in GUESSES.iter().enumerate() {
        write!(
            file,
            "  - version: 2\n    name: guess_{number}\n    summary: x\n    description: x\n    advisor: dev\n    family: POSTGRESQL\n    \
             queries: [{{type: POSTGRESQL_SELECT, query: {query:?}}}]\n    script: |\n      def check_context(docs, context):\n          return []\n"
        )
        .unwrap();
    }
    let folder = Folder::new("guesses");
    folder.write("guesses.yml", &file);
    let checks = folder.path().join("checks");
    let place = folder.path().join("guesses.yml").display().to_string();
    let output = import(server, &[&place], &checks);
    assert!(output.status.success(), "{}", printed(&output));
    let mut catalog = Catalog::empty();
    catalog.add(&checks).unwrap();
    for (number, (query, scope, owner)) in GUESSES.iter().enumerate() {
        let check = catalog.get(&format!("guess_{number}")).unwrap();
        let place = format!("{query} on {}", server.version());
        assert_eq!((check.scope, check.owner.as_str()), (*scope, *owner), "{place}");
        assert_eq!(
            check.script_databases == ScriptDatabases::Apart,
            *scope == Scope::Database,
            "{place}"
        );
        assert_eq!(
            check.role,
            query.contains("current_wal").then_some(ServerRole::Primary),
            "{place}"
        );
    }
    GUESSES.len()
}
