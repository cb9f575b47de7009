//! The actions of `check_postgres` 2.26.0.

use super::table::ForeignCheck;

mod databases;
mod pgbouncer;
mod server;

/// All actions.
pub(super) fn actions() -> impl Iterator<Item = &'static ForeignCheck> + Clone {
    server::SERVER.iter().chain(databases::DATABASES).chain(pgbouncer::PGBOUNCER)
}
