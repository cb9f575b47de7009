//! `posemo serve`: watches the targets of the settings until it is stopped.
//!
//! One thread runs the checks. The web server and each receiver have their own threads, so that a slow page or
//! receiver cannot delay a check. The threads share the board.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use tokio::sync::mpsc;

use crate::board::Board;
use crate::database::block_on;
use crate::settings::serve::ServeSettings;
use crate::settings::serve::listen::ListenAddress;
use crate::web::socket::ListeningSocket;
use crate::web::{WebState, listen};
use conductor::Conductor;
use error::StartError;
use fleet::Fleet;
use options::ServeOptions;

mod conductor;
mod delivery;
pub mod error;
mod evidence;
mod fleet;
mod held;
mod mirroring;
mod node_name;
mod nodes;
mod notes;
mod notify;
mod open_files;
pub mod options;
mod orders;
mod probe;
mod queue;
mod rates;
mod silences;
mod states;
pub mod store;
mod swept;
mod waiting;
mod watched;

/// The number of orders that may wait.
const ORDERS: usize = 256;

/// Runs until SIGTERM or SIGINT. `ready` gets the address and the number of targets as soon as requests are accepted.
pub fn serve(options: &ServeOptions, ready: impl FnOnce(&str, usize)) -> Result<(), StartError> {
    let fleet = (options.load)().and_then(Fleet::new).map_err(StartError::Settings)?;
    let history = fleet.all_settings.history().clone();
    let (socket, created) = listen_as(options, &fleet.settings)?;
    let address = socket.address().map_err(StartError::Start)?;
    let shown = match &fleet.settings.tls {
        Some(_) => address.to_string().replacen("http:", "https:", 1),
        None => address.to_string(),
    };
    let board = Arc::new(Board::default());
    let (send, receive) = mpsc::channel(ORDERS);
    let web = WebState::new(Arc::clone(&board), send, fleet.rules(), options.probe_only);
    let web = Arc::new(web);
    let of_web = (Arc::clone(&web), address.clone());
    let mut conductor = Conductor::new(options, fleet, &history, board, of_web)?;
    let count = conductor.targets();
    thread::Builder::new()
        .name("web".to_owned())
        .spawn(move || {
            if let Err(error) = listen::serve(socket, &web) {
                tracing::error!("the HTTP server ended: {error}");
            }
        })
        .map_err(StartError::Start)?;
    ready(&shown, count);
    let local = tokio::task::LocalSet::new();
    let ended = block_on(local.run_until(conductor.run(receive))).map_err(StartError::Start)?;
    if let Some(path) = created {
        // A client gets the error that nothing listens there, and the next start does not find it.
        let _ = std::fs::remove_file(path);
    }
    ended
}

/// The socket of systemd, or a new one, with the path of a Unix socket that was created.
fn listen_as(
    options: &ServeOptions,
    settings: &ServeSettings,
) -> Result<(ListeningSocket, Option<PathBuf>), StartError> {
    let passed = ListeningSocket::of_systemd().map_err(StartError::Passed)?;
    if let Some(socket) = passed.filter(|_| options.listen.is_none()) {
        let address = socket.address().map_err(StartError::Passed)?;
        settings.may_listen(&address).map_err(StartError::MayNotListen)?;
        return Ok((socket, None));
    }
    let address = options.listen.as_ref().unwrap_or(&settings.listen).clone();
    settings.may_listen(&address).map_err(StartError::MayNotListen)?;
    let socket = ListeningSocket::bind(&address, settings.socket_mode);
    let created = match &address {
        ListenAddress::Unix(path) => Some(path.clone()),
        ListenAddress::Tcp(_) => None,
    };
    let socket = socket.map_err(|source| StartError::Listen { address, source })?;
    Ok((socket, created))
}
