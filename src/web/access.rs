//! Who sends a request: by a password, a token, or the header of a proxy.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use argon2::{Argon2, PasswordVerifier};
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use super::attempts::Attempts;
use super::login_file::{AccessRole, WebLogin, is_name, tokens, users};
use crate::settings::serve::access::AccessSettings;

/// The length of a header in bytes.
const LONGEST: usize = 4096;

/// The shortest token in bytes: its hash is a plain SHA-256, so it must be random.
const SHORTEST_TOKEN: usize = 32;

/// Where a request comes from: the address of the client, absent for the Unix socket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) Option<IpAddr>);

/// Who sent a request; absent where the server has no logins.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) Option<WebLogin>);

impl Caller {
    /// The name for logs and the history.
    pub(super) fn name(&self) -> String {
        self.0.as_ref().map(|login| login.name.clone()).unwrap_or_default()
    }
}

/// Why a request has no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoLogin {
    /// It has none, or a wrong one.
    Refused,
    /// Too many wrong ones were tried.
    TooMany,
}

/// Who may use the server.
#[derive(Debug)]
pub struct AccessControl {
    settings: AccessSettings,
    users: BTreeMap<String, (WebLogin, String)>,
    tokens: Vec<([u8; 32], WebLogin)>,
    attempts: Attempts,
    /// One verification at a time, as it takes the time and memory of one.
    verifying: Arc<Semaphore>,
}

impl AccessControl {
    /// Reads the files of the settings. The error is the message for the user.
    pub fn read(settings: &AccessSettings) -> Result<AccessControl, String> {
        let users = settings.users_file.as_deref().map(users).transpose()?;
        let tokens = settings.tokens_file.as_deref().map(tokens).transpose()?;
        let attempts = Attempts::new().map_err(|error| format!("/dev/urandom: {error}"))?;
        Ok(AccessControl {
            settings: settings.clone(),
            users: users.unwrap_or_default(),
            tokens: tokens.unwrap_or_default(),
            attempts,
            verifying: Arc::new(Semaphore::new(1)),
        })
    }

    /// Whether requests need a login.
    pub(super) fn is_needed(&self) -> bool {
        self.settings.is_set()
    }

    /// The ways to log in that a client can use, for the header of the answer.
    pub(super) fn challenge(&self) -> Option<HeaderValue> {
        if !self.users.is_empty() {
            return Some(HeaderValue::from_static("Basic realm=\"posemo\", charset=\"UTF-8\""));
        }
        (!self.tokens.is_empty()).then(|| HeaderValue::from_static("Bearer realm=\"posemo\""))
    }

    /// The user who sent a request.
    pub(super) async fn login(&self, headers: &HeaderMap, peer: Peer) -> Result<WebLogin, NoLogin> {
        if let Some(login) = self.of_proxy(headers, peer) {
            return Ok(login);
        }
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(NoLogin::Refused);
        };
        let text = value.to_str().map_err(|_| NoLogin::Refused)?;
        let (scheme, credentials) = text.split_once(' ').ok_or(NoLogin::Refused)?;
        if text.len() > LONGEST {
            return Err(NoLogin::Refused);
        }
        if scheme.eq_ignore_ascii_case("bearer") {
            return self.of_token(credentials.trim()).ok_or(NoLogin::Refused);
        }
        if scheme.eq_ignore_ascii_case("basic") && !self.users.is_empty() {
            let decoded = STANDARD.decode(credentials.trim()).map_err(|_| NoLogin::Refused)?;
            let at = decoded.iter().position(|byte| *byte == b':').ok_or(NoLogin::Refused)?;
            let user = std::str::from_utf8(&decoded[..at]).map_err(|_| NoLogin::Refused)?;
            return self.of_password(user, &decoded[at + 1..], peer).await;
        }
        Err(NoLogin::Refused)
    }

    /// The user whom a trusted proxy names. The header of another client has no effect.
    fn of_proxy(&self, headers: &HeaderMap, Peer(peer): Peer) -> Option<WebLogin> {
        let name = self.settings.trusted_header.as_deref()?;
        if !self.settings.trusted_proxies.iter().any(|proxy| proxy.contains(peer)) {
            return None;
        }
        let mut values = headers.get_all(name).iter();
        // A proxy that adds its header to that of the client does not protect.
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let user = std::str::from_utf8(value.as_bytes()).ok().filter(|user| is_name(user))?;
        let is_operator = self.settings.operators.iter().any(|operator| operator == user);
        let role = if is_operator { AccessRole::Operator } else { AccessRole::Viewer };
        Some(WebLogin { name: user.to_owned(), role })
    }

    fn of_token(&self, token: &str) -> Option<WebLogin> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let mut found = None;
        for (known, login) in &self.tokens {
            if bool::from(known.ct_eq(&hash)) {
                found = Some(login.clone());
            }
        }
        found.filter(|_| token.len() >= SHORTEST_TOKEN)
    }

    async fn of_password(
        &self,
        user: &str,
        password: &[u8],
        Peer(peer): Peer,
    ) -> Result<WebLogin, NoLogin> {
        if let Some(login) = self.attempts.known(user, password, Instant::now()) {
            return Ok(login);
        }
        let one = Arc::clone(&self.verifying).acquire_owned().await;
        let one = one.map_err(|_| NoLogin::Refused)?;
        // Another request of the same client may have been verified meanwhile.
        if let Some(login) = self.attempts.known(user, password, Instant::now()) {
            return Ok(login);
        }
        if !self.attempts.may_try(user, peer, Instant::now()) {
            return Err(NoLogin::TooMany);
        }
        let known = self.users.get(user);
        // The password of an unknown user takes as long as that of a known one.
        let any = known.or_else(|| self.users.values().next());
        let hash = any.map(|(_, hash)| hash.clone()).unwrap_or_default();
        let given = password.to_vec();
        let verify = move || {
            let _one = one;
            Argon2::default().verify_password(&given, hash.as_str()).is_ok()
        };
        let is_right = tokio::task::spawn_blocking(verify).await.unwrap_or(false);
        if let Some((login, _)) = known.filter(|_| is_right) {
            self.attempts.right(login, password, Instant::now());
            return Ok(login.clone());
        }
        self.attempts.wrong(user, peer);
        let from = peer.map_or_else(|| "the socket".to_owned(), |peer| peer.to_string());
        let shown: String = user.chars().take(100).collect();
        tracing::warn!("login refused: user {shown:?} from {from}");
        Err(NoLogin::Refused)
    }
}
