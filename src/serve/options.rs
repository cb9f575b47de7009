//! How the server runs.

use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use crate::catalog::Catalog;
use crate::settings::Settings;
use crate::settings::serve::listen::ListenAddress;

/// Reads the catalog and the settings. The error is the message for the user.
pub type Load = dyn Fn() -> Result<(Catalog, Settings), String>;

/// How the server runs.
pub struct ServeOptions {
    /// The path of this program, which is started again as the worker for scripts.
    pub program: PathBuf,
    /// The address to listen on, if a command sets it.
    pub listen: Option<ListenAddress>,
    /// Whether only `/probe` is answered, without a schedule, receivers and `/metrics`.
    pub probe_only: bool,
    /// Reads the catalog and the settings, at the start and for a reload.
    pub load: Rc<Load>,
}

/// The program that runs, also after its file was replaced: the worker for scripts must have the same version.
pub fn running_program() -> io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Ok(running) } else { std::env::current_exe() }
}
