//! What the parameters say about TLS, as valid values.
//!
//! It opens no file and starts no TLS library: a Unix socket must cost nothing of the kind.

use std::path::PathBuf;

use super::environment::Environment;
use super::error::ParametersError;
use super::keywords::{Values, wrong};
use Mode::{Allow, Disable, Prefer, Require, VerifyCa, VerifyFull};

/// `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// `sslrootcert`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Roots {
    /// The machine's own.
    System,
    /// A file, which need not exist unless the mode verifies.
    File(PathBuf),
    /// There is not even a home directory to look in.
    Nowhere,
}

/// A client certificate and its key, which are used if the certificate is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Everything about TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encryption {
    pub(crate) mode: Mode,
    /// TLS from the first byte, without asking.
    pub(crate) direct: bool,
    pub(crate) roots: Roots,
    /// The default list of revoked certificates, which is not read and so must not be there.
    pub(crate) revoked: Option<PathBuf>,
    pub(crate) identity: Option<Identity>,
    /// Whether the server is told the host name in the clear.
    pub(crate) name_indication: bool,
    /// Whether TLS 1.2 and 1.3 may be spoken.
    pub(crate) versions: (bool, bool),
}

impl Encryption {
    /// Reads the values.
    pub(crate) fn resolve(
        values: &Values,
        environment: &Environment,
    ) -> Result<Encryption, ParametersError> {
        let home =
            |file: &str| environment.home.as_ref().map(|home| home.join(".postgresql").join(file));
        let path =
            |name: &str, file: &str| values.get(name).map(PathBuf::from).or_else(|| home(file));
        let roots = match values.get("sslrootcert") {
            Some("system") => Roots::System,
            _ => path("sslrootcert", "root.crt").map_or(Roots::Nowhere, Roots::File),
        };
        let identity = path("sslcert", "postgresql.crt").zip(path("sslkey", "postgresql.key"));
        let identity = identity.filter(|_| values.get("sslcertmode") != Some("disable"));
        let encryption = Encryption {
            mode: mode(values, &roots)?,
            direct: values
                .choice("sslnegotiation", &[("postgres", false), ("direct", true)])?
                .unwrap_or(false),
            roots,
            revoked: home("root.crl"),
            identity: identity.map(|(certificate, key)| Identity { certificate, key }),
            name_indication: values.choice("sslsni", &[("0", false), ("1", true)])?.unwrap_or(true),
            versions: versions(values)?,
        };
        if encryption.direct && encryption.mode < Require {
            let text = "sslnegotiation=direct leaves no way back to a connection without TLS; \
                        use sslmode require, verify-ca or verify-full with it";
            return Err(ParametersError::Conflict(text.to_owned()));
        }
        Ok(encryption)
    }
}

fn mode(values: &Values, roots: &Roots) -> Result<Mode, ParametersError> {
    let modes = [
        ("disable", Disable),
        ("allow", Allow),
        ("prefer", Prefer),
        ("require", Require),
        ("verify-ca", VerifyCa),
        ("verify-full", VerifyFull),
    ];
    let mode = values.choice("sslmode", &modes)?;
    if *roots != Roots::System {
        return Ok(mode.unwrap_or(Prefer));
    }
    // Anybody can have a certificate from a public authority, so that only the name says who it is.
    match mode.unwrap_or(VerifyFull) {
        VerifyFull => Ok(VerifyFull),
        _ => Err(ParametersError::Conflict(
            "sslrootcert=system proves nothing without sslmode=verify-full; use that".to_owned(),
        )),
    }
}

/// Whether TLS 1.2 and 1.3 are within the bounds; older ones are never spoken.
fn versions(values: &Values) -> Result<(bool, bool), ParametersError> {
    let names = [("TLSv1", 10), ("TLSv1.1", 11), ("TLSv1.2", 12), ("TLSv1.3", 13)];
    let lowest = values.choice("ssl_min_protocol_version", &names)?.unwrap_or(12);
    let highest = values.choice("ssl_max_protocol_version", &names)?.unwrap_or(13);
    let allowed = |version| lowest <= version && version <= highest;
    if !allowed(12) && !allowed(13) {
        let value = values.get("ssl_max_protocol_version").unwrap_or("TLSv1.3");
        let expected = "TLSv1.2 or TLSv1.3, and not below ssl_min_protocol_version";
        return Err(wrong("ssl_max_protocol_version", value, expected));
    }
    Ok((allowed(12), allowed(13)))
}
