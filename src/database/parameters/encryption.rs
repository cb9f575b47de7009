//! The parameters for TLS, validated.
//!
//! It opens no file and starts no TLS library: a connection over a Unix socket must not pay for them.

use std::path::PathBuf;

use super::environment::Environment;
use super::error::ParametersError;
use super::keywords::{KeywordValues, wrong};
use TlsMode::{Allow, Disable, Prefer, Require, VerifyCa, VerifyFull};

/// `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl TlsMode {
    /// Its value in `sslmode`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Disable => "disable",
            Allow => "allow",
            Prefer => "prefer",
            Require => "require",
            VerifyCa => "verify-ca",
            VerifyFull => "verify-full",
        }
    }

    /// Whether the certificate of a server must be signed by a trusted one.
    pub(crate) fn is_verified(self) -> bool {
        self >= VerifyCa
    }
}

/// `sslrootcert`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RootSource {
    /// The operating system's certificates.
    System,
    /// A file, which need not exist unless the mode verifies.
    File(PathBuf),
    /// No file: no parameter names one, and the user has no home directory.
    None,
}

/// The files of a client certificate and its key, which are used if the certificate exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientCertificateFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// `sslcrl` and `sslcrldir`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RevocationSource {
    /// A file, a directory, or both; they must exist.
    Named {
        /// `sslcrl`.
        file: Option<PathBuf>,
        /// `sslcrldir`.
        directory: Option<PathBuf>,
    },
    /// The file in the home directory, which need not exist.
    DefaultFile(PathBuf),
    /// No file: no parameter names one, and the user has no home directory.
    None,
}

/// The parameters for TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encryption {
    pub(crate) mode: TlsMode,
    /// Whether TLS starts with the first byte, without a request.
    pub(crate) direct: bool,
    pub(crate) roots: RootSource,
    pub(crate) revocation: RevocationSource,
    /// Whether a server's certificate may be of version 1 or a CA certificate.
    pub(crate) allows_legacy: bool,
    pub(crate) client: Option<ClientCertificateFiles>,
    /// Whether the host name is sent to the server in clear text.
    pub(crate) name_indication: bool,
    /// Whether TLS 1.2 and TLS 1.3 are allowed.
    pub(crate) versions: (bool, bool),
}

impl Encryption {
    /// Reads the values.
    pub(crate) fn resolve(
        values: &KeywordValues,
        environment: &Environment,
    ) -> Result<Encryption, ParametersError> {
        let home =
            |file: &str| environment.home.as_ref().map(|home| home.join(".postgresql").join(file));
        let path =
            |name: &str, file: &str| values.get(name).map(PathBuf::from).or_else(|| home(file));
        let roots = match values.get("sslrootcert") {
            Some("system") => RootSource::System,
            _ => path("sslrootcert", "root.crt").map_or(RootSource::None, RootSource::File),
        };
        let client = path("sslcert", "postgresql.crt").zip(path("sslkey", "postgresql.key"));
        let client = client.filter(|_| values.get("sslcertmode") != Some("disable"));
        let encryption = Encryption {
            mode: mode(values, &roots)?,
            direct: values
                .choice("sslnegotiation", &[("postgres", false), ("direct", true)])?
                .unwrap_or(false),
            roots,
            revocation: match (values.get("sslcrl"), values.get("sslcrldir")) {
                (None, None) => {
                    home("root.crl").map_or(RevocationSource::None, RevocationSource::DefaultFile)
                }
                (file, directory) => RevocationSource::Named {
                    file: file.map(PathBuf::from),
                    directory: directory.map(PathBuf::from),
                },
            },
            allows_legacy: values.switch("allow_legacy_certificate")?,
            client: client.map(|(certificate, key)| ClientCertificateFiles { certificate, key }),
            name_indication: values.choice("sslsni", &[("0", false), ("1", true)])?.unwrap_or(true),
            versions: versions(values)?,
        };
        if encryption.direct && encryption.mode < Require {
            let text = "sslnegotiation=direct does not allow a connection without TLS; \
                        use it with sslmode require, verify-ca or verify-full";
            return Err(ParametersError::Conflict(text.to_owned()));
        }
        Ok(encryption)
    }
}

fn mode(values: &KeywordValues, roots: &RootSource) -> Result<TlsMode, ParametersError> {
    let modes = [Disable, Allow, Prefer, Require, VerifyCa, VerifyFull];
    let modes = modes.map(|mode| (mode.name(), mode));
    let mode = values.choice("sslmode", &modes)?;
    if *roots != RootSource::System {
        return Ok(mode.unwrap_or(Prefer));
    }
    // Anyone can get a certificate from a public authority, so only the name identifies the server.
    match mode.unwrap_or(VerifyFull) {
        VerifyFull => Ok(VerifyFull),
        _ => Err(ParametersError::Conflict(
            "sslrootcert=system needs sslmode=verify-full".to_owned(),
        )),
    }
}

/// Whether TLS 1.2 and TLS 1.3 are within the limits; older versions are never used.
fn versions(values: &KeywordValues) -> Result<(bool, bool), ParametersError> {
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
