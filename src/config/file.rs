//! Finds the file with the settings.

use std::env;
use std::path::{Path, PathBuf};

/// The file with the settings: the one that a command names, that of `POSEMO_CONFIG`, or the first of the usual files
/// that exists.
pub fn settings_file(named: Option<&Path>) -> Option<PathBuf> {
    let named =
        named.map(Path::to_owned).or_else(|| env::var_os("POSEMO_CONFIG").map(PathBuf::from));
    let usual = || {
        // A relative path is another file in each folder, and the owner of the folder could change which keys are
        // trusted.
        let absolute =
            |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = absolute("XDG_CONFIG_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".config")));
        let own = home.map(|home| home.join("posemo/posemo.toml"));
        own.into_iter()
            .chain([PathBuf::from("/etc/posemo/posemo.toml")])
            .find(|path| path.is_file())
    };
    named.filter(|path| !path.as_os_str().is_empty()).or_else(usual)
}
