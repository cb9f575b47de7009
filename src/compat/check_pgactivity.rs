//! The services of `check_pgactivity` 2.10.

use super::table::ForeignCheck;

mod databases;
mod server;

/// All services.
pub(super) fn services() -> impl Iterator<Item = &'static ForeignCheck> + Clone {
    server::SERVER.iter().chain(databases::DATABASES)
}
