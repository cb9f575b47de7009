//! The HTTP server of `posemo serve`: metrics, probes, reports as JSON, and orders.
//!
//! It reads the board and sends orders. It runs no check, and a request cannot delay one.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::mpsc;

use crate::board::Board;
use crate::board::order::Order;
use crate::settings::serve::ServeSettings;

mod answer;
mod api;
mod changes;
mod guard;
pub mod listen;
mod metrics;
mod probe;
mod query;
mod routes;
mod values;

/// What the HTTP server needs.
#[derive(Debug)]
pub struct WebState {
    board: Arc<Board>,
    orders: mpsc::Sender<Order>,
    settings: RwLock<Arc<ServeSettings>>,
    /// Whether posemo runs without a schedule: a probe runs its checks each time.
    probe_only: bool,
}

impl WebState {
    /// The state at the start.
    pub fn new(
        board: Arc<Board>,
        orders: mpsc::Sender<Order>,
        settings: ServeSettings,
        probe_only: bool,
    ) -> WebState {
        WebState { board, orders, settings: RwLock::new(Arc::new(settings)), probe_only }
    }

    /// Replaces the settings, except for the address.
    pub fn set_settings(&self, settings: ServeSettings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    fn settings(&self) -> Arc<ServeSettings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }
}
