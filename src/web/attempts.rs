//! Remembers passwords that were right for some minutes, and limits the number of wrong ones.
//!
//! It does not replace a verification: another posemo, or this one after a restart, accepts the same logins.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::login_file::WebLogin;

/// How long a login is remembered after its last request.
const REMEMBERED: Duration = Duration::from_secs(300);

/// The number of logins that are remembered.
const MOST: usize = 1000;

/// The time in which wrong passwords are counted.
const WITHIN: Duration = Duration::from_secs(60);

/// The number of wrong passwords of a user from a client in this time.
const WRONG: u32 = 10;

/// The number of wrong passwords of all users from a client in this time: it keeps no other client out.
const CLIENT_WRONG: u32 = 30;

/// The number of all wrong passwords in this time. Each takes about 50 ms of one processor.
const ALL_WRONG: u32 = 600;

type PasswordDigest = [u8; 32];

/// The logins that were right, and the number of wrong ones.
#[derive(Debug)]
pub(super) struct Attempts {
    /// So that the digests mean nothing outside of this process.
    key: [u8; 32],
    known: Mutex<KnownAttempts>,
}

#[derive(Debug)]
struct KnownAttempts {
    right: HashMap<PasswordDigest, (WebLogin, Instant)>,
    /// By client and user.
    wrong: HashMap<(Option<IpAddr>, String), u32>,
    /// By client.
    client_wrong: HashMap<Option<IpAddr>, u32>,
    all_wrong: u32,
    since: Instant,
}

impl Attempts {
    /// Without any attempt.
    pub(super) fn new() -> std::io::Result<Attempts> {
        let mut key = [0; 32];
        File::open("/dev/urandom")?.read_exact(&mut key)?;
        let known = KnownAttempts {
            right: HashMap::new(),
            wrong: HashMap::new(),
            client_wrong: HashMap::new(),
            all_wrong: 0,
            since: Instant::now(),
        };
        Ok(Attempts { key, known: Mutex::new(known) })
    }

    /// The login of a user and a password that were right.
    pub(super) fn known(&self, user: &str, password: &[u8], now: Instant) -> Option<WebLogin> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (login, until) = known.right.get_mut(&self.digest(user, password))?;
        if *until < now {
            return None;
        }
        *until = now + REMEMBERED;
        Some(login.clone())
    }

    /// Whether a password may be verified.
    pub(super) fn may_try(&self, user: &str, from: Option<IpAddr>, now: Instant) -> bool {
        let client = client(from);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(known.since) >= WITHIN {
            known.wrong.clear();
            known.client_wrong.clear();
            known.all_wrong = 0;
            known.since = now;
        }
        known.all_wrong < ALL_WRONG
            && known.client_wrong.get(&client).is_none_or(|count| *count < CLIENT_WRONG)
            && known.wrong.get(&(client, user.to_owned())).is_none_or(|count| *count < WRONG)
    }

    /// Records a right password.
    pub(super) fn right(&self, login: &WebLogin, password: &[u8], now: Instant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.right.len() >= MOST {
            known.right.retain(|_, (_, until)| *until >= now);
        }
        if known.right.len() < MOST {
            let digest = self.digest(&login.name, password);
            known.right.insert(digest, (login.clone(), now + REMEMBERED));
        }
    }

    /// Records a wrong password. The number of users and clients is limited by that of all wrong passwords.
    pub(super) fn wrong(&self, user: &str, from: Option<IpAddr>) {
        let client = client(from);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.all_wrong += 1;
        *known.client_wrong.entry(client).or_default() += 1;
        *known.wrong.entry((client, user.to_owned())).or_default() += 1;
    }

    fn digest(&self, user: &str, password: &[u8]) -> PasswordDigest {
        let length = user.len().to_le_bytes();
        let parts = [&self.key[..], &length, user.as_bytes(), password];
        parts.iter().fold(Sha256::new(), Digest::chain_update).finalize().into()
    }
}

/// What counts as one client: an address, or a network /64 of IPv6, in which a machine can choose its address.
fn client(from: Option<IpAddr>) -> Option<IpAddr> {
    match from?.to_canonical() {
        IpAddr::V6(address) => {
            Some(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into())
        }
        address @ IpAddr::V4(_) => Some(address),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::web::login_file::AccessRole;

    #[test]
    fn wrong_passwords_have_a_limit_and_right_ones_are_remembered() {
        let attempts = Attempts::new().expect("random numbers");
        let (now, from) = (Instant::now(), Some([10, 0, 0, 1].into()));
        let login = WebLogin { name: "anna".to_owned(), role: AccessRole::Viewer };
        attempts.right(&login, b"sesame", now);
        assert_eq!(attempts.known("anna", b"sesame", now), Some(login));
        assert_eq!(attempts.known("anna", b"sesamE", now), None);
        assert_eq!(attempts.known("annas", b"esame", now), None);
        let later = now + Duration::from_secs(200);
        assert!(attempts.known("anna", b"sesame", later).is_some());
        assert!(attempts.known("anna", b"sesame", later + Duration::from_secs(200)).is_some());
        assert!(attempts.known("anna", b"sesame", later + Duration::from_secs(900)).is_none());

        for _ in 0..WRONG {
            assert!(attempts.may_try("anna", from, now));
            attempts.wrong("anna", from);
        }
        assert!(!attempts.may_try("anna", from, now));
        assert!(attempts.may_try("anna", None, now) && attempts.may_try("bob", from, now));
        // The other users of the address.
        for number in WRONG..CLIENT_WRONG {
            assert!(attempts.may_try("bob", from, now));
            attempts.wrong(&number.to_string(), from);
        }
        assert!(!attempts.may_try("bob", from, now));
        assert!(!attempts.may_try("bob", "::ffff:10.0.0.1".parse().ok(), now));
        let other = Some([10, 0, 0, 2].into());
        assert!(attempts.may_try("anna", other, now) && attempts.may_try("anna", None, now));
        // A client may have many addresses of one network.
        for number in 0..CLIENT_WRONG {
            attempts.wrong(&number.to_string(), format!("2001:db8::{number:x}").parse().ok());
        }
        assert!(!attempts.may_try("bob", "2001:db8::ffff".parse().ok(), now));
        assert!(attempts.may_try("bob", "2001:db8:0:1::1".parse().ok(), now));
        for number in 2 * CLIENT_WRONG..ALL_WRONG {
            assert!(attempts.may_try("anna", other, now));
            attempts.wrong("x", Some(Ipv4Addr::from_bits(number).into()));
        }
        assert!(!attempts.may_try("anna", other, now));
        assert!(attempts.may_try("anna", from, now + WITHIN));
    }
}
