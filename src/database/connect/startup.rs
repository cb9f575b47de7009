//! What a connection is started with, besides the parameters of the server.

/// The startup parameters that posemo sends, and the data that it reads.
#[derive(Debug, Clone, Default)]
pub struct Startup {
    /// Settings as command-line options of a server process, `-c name=value`; they follow the operator's `options`.
    pub options: Option<String>,
    /// The name in `pg_stat_activity`, unless the parameters have one.
    pub application_name: String,
    /// How much the server may send.
    pub intake: IntakeLimits,
}

/// How much a server may send after the login, in bytes. A server that sends more is not what it should be, and must not
/// fill the memory.
#[derive(Debug, Clone, Copy)]
pub struct IntakeLimits {
    /// In one message.
    pub message: u64,
    /// In all messages until the session is renewed.
    pub total: u64,
}

impl Default for IntakeLimits {
    fn default() -> IntakeLimits {
        IntakeLimits { message: 16 << 20, total: 128 << 20 }
    }
}
