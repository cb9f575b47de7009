//! `posemo serve`: watches the targets of the settings until it is stopped.
//!
//! One thread runs the checks. The web server and each receiver have their own threads, so that a slow page or
//! receiver cannot delay a check. The threads share the board.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use tokio::sync::mpsc;

use crate::board::Board;
use crate::database::block_on;
use crate::web::{WebState, listen};
use conductor::Conductor;
use error::StartError;
use options::ServeOptions;

mod conductor;
mod delivery;
pub mod error;
mod fleet;
mod notify;
pub mod options;
mod orders;
mod probe;
mod queue;
mod rates;
mod states;
mod waiting;
mod watched;

/// The number of orders that may wait.
const ORDERS: usize = 256;

/// Runs until SIGTERM or SIGINT. `ready` gets the address and the number of targets as soon as requests are accepted.
pub fn serve(
    options: &ServeOptions,
    ready: impl FnOnce(SocketAddr, usize),
) -> Result<(), StartError> {
    let (catalog, settings) = (options.load)().map_err(StartError::Settings)?;
    let address = options.listen.unwrap_or(settings.serve().listen);
    let cannot_listen = |source| StartError::Listen { address, source };
    let listener = listen::bind(address).map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let board = Arc::new(Board::default());
    let (send, receive) = mpsc::channel(ORDERS);
    let serve_settings = settings.serve().clone();
    let web = Arc::new(WebState::new(Arc::clone(&board), send, serve_settings, options.probe_only));
    let mut conductor = Conductor::new(options, &catalog, &settings, board, Arc::clone(&web))?;
    let count = conductor.targets();
    thread::Builder::new()
        .name("web".to_owned())
        .spawn(move || {
            if let Err(error) = listen::serve(listener, web) {
                tracing::error!("the HTTP server ended: {error}");
            }
        })
        .map_err(StartError::Start)?;
    ready(address, count);
    let local = tokio::task::LocalSet::new();
    block_on(local.run_until(conductor.run(receive))).map_err(StartError::Start)?
}
