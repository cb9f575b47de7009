//! The directory for files that posemo keeps from one run to the next.

use std::env;
use std::path::PathBuf;

/// The directory that systemd gives to the service, or one in the user's home directory. It may not exist yet, and is
/// absent if no variable names it.
pub fn state_directory() -> Option<PathBuf> {
    let variable =
        |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // systemd separates several directories by colons.
    let first = |path: PathBuf| path.to_string_lossy().split(':').next().map(PathBuf::from);
    let home = || variable("HOME").map(|home| home.join(".local/state"));
    let of_user = || variable("XDG_STATE_HOME").or_else(home).map(|path| path.join("posemo"));
    variable("STATE_DIRECTORY").and_then(first).or_else(of_user)
}
