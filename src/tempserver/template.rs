//! Data directories to copy, so that `initdb` runs not more than twice for the same programs.
//!
//! Keeps nothing for a process that starts a single server: its data directory is made in place.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use super::{bindir::Programs, error::TempServerError, server::Server};

/// What there is to copy for one directory of programs. Its guard removes it when this process ends.
#[derive(Debug, Default)]
enum Template {
    /// Nobody has asked yet.
    #[default]
    Unasked,
    /// Somebody asked and made a data directory of his own.
    Asked,
    /// At least two have asked.
    Made(Server),
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
    // Held during `initdb`: the others of the same programs had better wait than do it again.
    let mut template = template.lock().unwrap_or_else(PoisonError::into_inner);
    let from = match &*template {
        Template::Unasked => {
            *template = Template::Asked;
            drop(template);
            return server.initdb();
        }
        Template::Asked => {
            let made = make(&programs, server.short_lived())?;
            let from = made.data();
            *template = Template::Made(made);
            from
        }
        Template::Made(made) => made.data(),
    };
    drop(template);
    server.copy(&from)
}

fn make(programs: &Programs, short_lived: bool) -> Result<Server, TempServerError> {
    let mut server = Server::prepare(programs, short_lived)?;
    server.initdb()?;
    Ok(server)
}
