//! Data directories to copy, so that `initdb` runs at most twice for the same programs.
//!
//! A process that starts a single server keeps no template: `initdb` writes its data directory directly.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use super::{bindir::Programs, error::TempServerError, server::Server};

/// The data directory to copy for one directory of programs. Its guard removes it when this process ends.
#[derive(Debug, Default)]
enum Template {
    /// No server was started.
    #[default]
    Unused,
    /// One server was started, with its own data directory.
    UsedOnce,
    /// At least two servers were started.
    Ready(Server),
}

static TEMPLATES: LazyLock<Mutex<HashMap<PathBuf, Arc<Mutex<Template>>>>> =
    LazyLock::new(Mutex::default);

/// Fills the data directory of a server: by `initdb` for the first, by copying for all later ones.
pub(super) fn fill(server: &mut Server) -> Result<(), TempServerError> {
    let programs = server.programs().clone();
    let template = {
        let mut templates = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner);
        templates.entry(programs.bindir.clone()).or_default().clone()
    };
    // Locked during `initdb`, so that other threads with the same programs wait instead of running it again.
    let mut template = template.lock().unwrap_or_else(PoisonError::into_inner);
    let from = match &*template {
        Template::Unused => {
            *template = Template::UsedOnce;
            drop(template);
            return server.initdb();
        }
        Template::UsedOnce => {
            let made = make(&programs, server.short_lived())?;
            let from = made.data();
            *template = Template::Ready(made);
            from
        }
        Template::Ready(made) => made.data(),
    };
    drop(template);
    server.copy(&from)
}

fn make(programs: &Programs, short_lived: bool) -> Result<Server, TempServerError> {
    let mut server = Server::prepare(programs, short_lived)?;
    server.initdb()?;
    Ok(server)
}
