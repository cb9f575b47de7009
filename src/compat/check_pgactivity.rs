//! The services of `check_pgactivity` 2.10.

use super::table::ForeignCheck;

/// An age that alarms at or above a level, which the service requires.
macro_rules! age {
    ($name:literal, $check:literal, $metric:literal, $compare:expr, $objects:expr, $differs:literal) => {
        mapped(
            $name,
            Mapping::to(&[$check])
                .levels(&[level(Time, $check, $metric, $compare)])
                .required()
                .objects($objects),
        )
        .differs($differs)
    };
}

mod databases;
mod server;

/// All services.
pub(super) fn services() -> impl Iterator<Item = &'static ForeignCheck> + Clone {
    server::SERVER.iter().chain(databases::DATABASES)
}
