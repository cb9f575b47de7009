//! Situations on real servers that broke other monitoring tools, each with posemo's answer; see docs/reliability.md.
//!
//! Each suite runs on every major where the situation exists.

use std::path::Path;

use crate::server::Server;

mod connecting;
mod proxy;

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
];

/// Every situation that exists on a major.
pub(crate) fn suite(bindir: &Path, major: u32) {
    for (name, since, situation) in SITUATIONS {
        if major >= *since {
            println!("situation {name} on {major}");
            situation(bindir);
        }
    }
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
