//! `POSTGRESQL_SHOW`: its query returns what `SHOW ALL` prints, in the same session.

use posemo::percona::description::statement;
use posemo::percona::read;

use crate::server::Server;

const FILE: &str = "\
checks:
  - version: 2
    name: settings
    summary: All
    description: All.
    advisor: dev
    family: POSTGRESQL
    queries: [{type: POSTGRESQL_SHOW}]
    script: x
";

/// Settings of each unit, with values that need a smaller unit.
const ODD: &str = "\
SET work_mem = '1025kB'; SET maintenance_work_mem = '3GB'; SET effective_cache_size = '24kB'; \
SET lock_timeout = '90s'; SET idle_in_transaction_session_timeout = '2d'; SET vacuum_cost_delay = '0.5ms'; \
SET temp_file_limit = -1; SET seq_page_cost = 1.25; SET backend_flush_after = 0; SET log_min_duration_statement = '1500ms'";

/// Compares each setting. Returns their number.
pub(super) fn all_settings_are_as_show_prints_them(server: &Server) -> usize {
    let file = read("f", FILE);
    let query = statement(&file.checks[0].queries[0]);
    let session = server.session("postgres", "postgres");
    session.ask(ODD).unwrap();
    // The session returns only the first column of each row.
    let names = session.ask(&format!("SELECT name FROM ({query}) AS q")).unwrap();
    let values = session.ask(&format!("SELECT setting FROM ({query}) AS q")).unwrap();
    let shown = session.ask("SHOW ALL").unwrap();
    assert!(names == shown, "{names:?}\n{shown:?}");
    for (name, value) in names.iter().zip(&values) {
        let shown = session.ask(&format!("SHOW {}", quoted(name))).unwrap();
        assert_eq!(shown, [value.as_str()], "{name} on {}", server.version());
    }
    assert!(names.len() > 250);
    names.len()
}

/// The name of a setting, with each part in quotes.
fn quoted(name: &str) -> String {
    name.split('.').map(|part| format!("\"{part}\"")).collect::<Vec<_>>().join(".")
}
