//! Situations on real servers that broke other monitoring tools, each with posemo's answer; see docs/reliability.md.
//!
//! Each suite runs on every major where the situation exists.

use std::io::Write as _;
use std::path::Path;
use std::process::Output;
use std::time::Instant;

use posemo::tempserver::ServerOptions;

use crate::server::Server;

mod answers;
mod closed;
mod commits;
mod connecting;
pub(crate) mod dumps;
mod locks;
mod many_rows;
mod monitored;
mod neighbors;
mod outages;
mod own_tables;
mod proxy;
mod vanishing;

/// A situation: its name on docs/reliability.md, the oldest major where it exists, and the test.
type Situation = (&'static str, u32, fn(&Path));

/// All situations, in the order of docs/reliability.md.
const SITUATIONS: &[Situation] = &[
    ("plugins-side-by-side", 12, connecting::plugins_side_by_side),
    ("pooler-refuses-options", 12, connecting::pooler_refuses_options),
    ("login-trigger", 17, connecting::login_trigger),
    ("sessions-end-with-terminate", 14, connecting::sessions_end_with_terminate),
    ("time-outs-of-roles", 12, connecting::time_outs_of_roles),
    ("missing-synchronous-standby", 12, connecting::missing_synchronous_standby),
    ("server-does-not-answer", 12, outages::server_does_not_answer),
    ("server-refuses-the-role", 12, outages::server_refuses_the_role),
    ("reserved-connections", 16, outages::reserved_connections_are_used),
    ("all-connections-in-use", 12, outages::all_connections_are_in_use),
    ("commit-that-waits", 12, commits::commit_that_waits),
    ("read-only-servers", 12, commits::read_only_servers),
    ("calls-without-end", 12, commits::calls_without_end),
    ("two-installations", 12, neighbors::two_installations),
    ("closed-catalogs", 12, closed::closed_catalogs),
    ("names-not-utf8", 12, answers::names_that_are_not_utf8),
    ("long-transaction-is-no-lag", 12, answers::long_transaction_is_no_lag),
    ("delayed-standby", 12, answers::delayed_standby_is_not_late),
    ("replay-that-waits", 12, answers::replay_that_waits_is_late),
    ("archiver-that-hangs", 12, answers::archiver_that_hangs),
    ("own-sessions", 12, answers::own_sessions_do_not_count),
    ("more-rows-than-the-limit", 14, many_rows::more_rows_than_the_limit),
    ("sequences-that-vanish", 14, vanishing::sequences_that_are_locked_or_vanish),
    ("locked-tables", 12, locks::locked_tables),
    ("locked-catalog", 12, locks::locked_catalog),
    ("databases-that-vanish", 12, vanishing::databases_that_vanish),
    ("replicated-answers", 14, answers::what_a_standby_repeats_runs_on_the_primary),
    ("new-database", 12, monitored::new_database_is_reported),
    ("listed-databases", 14, monitored::listed_databases_are_monitored),
    ("restored-copy", 12, monitored::restored_copy_is_taken_over),
    ("closed-database", 12, monitored::closed_database_is_left_out),
    ("superuser-runs-checks", 12, monitored::superuser_gets_the_same_report),
    ("own-tables", 12, own_tables::only_the_grants_of_the_owner_set),
    ("own-table-lost", 12, own_tables::tables_that_are_lost),
    ("databases-of-a-check", 12, own_tables::databases_of_a_check),
];

fn server(bindir: &Path, settings: &[(&str, &str)]) -> Server {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let bindir = Some(bindir.to_owned());
    Server::start(&ServerOptions {
        bindir,
        settings: settings.collect(),
        ..ServerOptions::default()
    })
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

/// Every situation that exists on a major. The output has the time of each.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let mut out = std::io::stdout();
    let mut failed = Vec::new();
    for (name, _, situation) in SITUATIONS.iter().filter(|(_, since, _)| major >= *since) {
        let began = Instant::now();
        if std::panic::catch_unwind(|| situation(bindir)).is_err() {
            failed.push(*name);
        }
        writeln!(out, "{:5.1} s  {name}", began.elapsed().as_secs_f64()).unwrap();
    }
    assert!(failed.is_empty(), "on {major}: {failed:?}");
}

#[test]
fn each_situation_is_on_the_page() {
    let page = include_str!("../../docs/reliability.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let mut on_page: Vec<&str> = rows.map(|(name, _)| name).collect();
    let mut tested: Vec<&str> = SITUATIONS.iter().map(|(name, ..)| *name).collect();
    on_page.sort_unstable();
    tested.sort_unstable();
    assert_eq!(on_page, tested);
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
