//! The only way to PostgreSQL: a session, which calls posemo's functions or installs them.
//!
//! It knows no thresholds, and does not interpret what the server returns.

pub use self::connect::ServerAccess;
pub use self::purpose::Purpose;
pub use self::runtime::block_on;
pub use self::session::Session;

mod call;
mod cell;
pub mod connect;
pub mod databases;
pub mod error;
pub mod kept;
pub mod parameters;
pub mod password;
pub mod patience;
pub mod probe;
mod purpose;
mod runtime;
pub mod server_tls;
mod session;
mod tls;
mod version;
mod write;
