//! The HTTP server of `posemo serve`: metrics, probes, reports as JSON, and orders.
//!
//! It reads the board and sends orders. It runs no check, and a request cannot delay one.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::board::Board;
use crate::board::order::Order;
use crate::settings::serve::ServeSettings;
use access::AccessControl;

pub mod access;
mod answer;
mod api;
mod attempts;
mod changes;
mod charts;
mod evidence;
mod forms;
mod guard;
mod history;
pub mod listen;
pub mod login_file;
mod metrics;
mod page_request;
mod pages;
mod past;
mod probe;
mod query;
mod readable;
mod routes;
mod silences;
pub mod socket;
mod values;

/// Wrong passwords are recorded once in this time.
const RECORDED: Duration = Duration::from_secs(600);

/// What the HTTP server needs.
#[derive(Debug)]
pub struct WebState {
    board: Arc<Board>,
    orders: mpsc::Sender<Order>,
    rules: RwLock<Arc<WebRules>>,
    /// Whether posemo runs without a schedule: a probe runs its checks each time.
    probe_only: bool,
    /// When too many wrong passwords were last recorded.
    wrong_logins: Mutex<Option<Instant>>,
}

/// A connection that was encrypted.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// A connection after its handshake.
pub type EncryptedStream = Pin<Box<dyn Future<Output = io::Result<Box<dyn ByteStream>>> + Send>>;

/// The handshake of TLS with a client.
pub type Handshake = dyn Fn(TcpStream) -> EncryptedStream + Send + Sync;

/// The settings, and who may use the server.
#[derive(Clone)]
pub struct WebRules {
    /// The settings.
    pub settings: ServeSettings,
    /// Who may use the server.
    pub access: Arc<AccessControl>,
    /// The handshake of connections to a port; absent without TLS.
    pub handshake: Option<Arc<Handshake>>,
}

impl std::fmt::Debug for WebRules {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("WebRules").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl WebState {
    /// The state at the start.
    pub fn new(
        board: Arc<Board>,
        orders: mpsc::Sender<Order>,
        rules: WebRules,
        probe_only: bool,
    ) -> WebState {
        let (rules, wrong_logins) = (RwLock::new(Arc::new(rules)), Mutex::default());
        WebState { board, orders, rules, probe_only, wrong_logins }
    }

    /// Replaces the settings, except for the address.
    pub fn set_rules(&self, rules: WebRules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// Records that too many wrong passwords were tried; once in ten minutes, as anyone can cause it.
    fn record_wrong_logins(&self, from: Option<IpAddr>) {
        let mut last = self.wrong_logins.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < RECORDED) {
            return;
        }
        let from = from.map_or_else(|| "the socket".to_owned(), |from| from.to_string());
        if self.orders.try_send(Order::WrongLogins { from }).is_ok() {
            *last = Some(Instant::now());
        }
    }

    fn rules(&self) -> Arc<WebRules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }
}
