//! The authentication methods that are allowed: `require_auth`, `channel_binding`, `allow_cleartext`.
//!
//! It reads no password and no message of a server.

use super::error::ParametersError;
use super::keywords::{KeywordValues, wrong};

/// An authentication method of `require_auth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// The password in clear text.
    Password,
    /// The password in an MD5 hash; an attacker who records it can log in with it.
    Md5,
    /// GSSAPI, which posemo does not support.
    Gss,
    /// SSPI, which posemo does not support.
    Sspi,
    /// SCRAM, which reveals nothing.
    Scram,
    /// OAuth, which posemo does not support.
    Oauth,
    /// None: the server accepts everyone, or has checked a certificate.
    None,
}

impl AuthMethod {
    /// All methods.
    const ALL: [AuthMethod; 7] =
        [Self::Password, Self::Md5, Self::Gss, Self::Sspi, Self::Scram, Self::Oauth, Self::None];

    /// The name in `require_auth`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Md5 => "md5",
            Self::Gss => "gss",
            Self::Sspi => "sspi",
            Self::Scram => "scram-sha-256",
            Self::Oauth => "oauth",
            Self::None => "none",
        }
    }

    /// Whether a reader of the network learns what a login needs.
    pub(crate) fn reveals_password(self) -> bool {
        matches!(self, Self::Password | Self::Md5)
    }
}

/// `channel_binding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BindingMode {
    Disable,
    Prefer,
    Require,
}

/// The allowed methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authentication {
    /// The methods that `require_auth` allows.
    methods: Vec<AuthMethod>,
    pub(crate) binding: BindingMode,
    /// Whether a password may be sent over a network without TLS.
    pub(crate) cleartext: bool,
}

impl Authentication {
    /// Reads the values.
    pub(crate) fn resolve(values: &KeywordValues) -> Result<Authentication, ParametersError> {
        let bindings = [
            ("disable", BindingMode::Disable),
            ("prefer", BindingMode::Prefer),
            ("require", BindingMode::Require),
        ];
        Ok(Authentication {
            methods: values
                .get("require_auth")
                .map_or_else(|| Ok(AuthMethod::ALL.to_vec()), methods)?,
            binding: values.choice("channel_binding", &bindings)?.unwrap_or(BindingMode::Prefer),
            cleartext: values.switch("allow_cleartext")?,
        })
    }

    /// Whether `require_auth` allows this method.
    pub(crate) fn allows(&self, method: AuthMethod) -> bool {
        self.methods.contains(&method)
    }
}

/// The methods that a list allows: the listed ones, or, where each has a leading `!`, all others.
fn methods(list: &str) -> Result<Vec<AuthMethod>, ParametersError> {
    let names: Vec<&str> = list.split(',').map(str::trim).collect();
    let forbids = names.iter().all(|name| name.starts_with('!'));
    if !forbids && names.iter().any(|name| name.starts_with('!')) {
        return Err(wrong(
            "require_auth",
            list,
            "a list of methods, either all with \"!\" or all without",
        ));
    }
    let mut named = Vec::new();
    for name in names {
        let name = name.trim_start_matches('!');
        let Some(method) = AuthMethod::ALL.into_iter().find(|method| method.name() == name) else {
            let known = AuthMethod::ALL.map(AuthMethod::name).join(", ");
            return Err(wrong("require_auth", list, format!("a list of {known}")));
        };
        if named.contains(&method) {
            return Err(wrong("require_auth", list, "a list without duplicates"));
        }
        named.push(method);
    }
    Ok(AuthMethod::ALL.into_iter().filter(|method| named.contains(method) != forbids).collect())
}
