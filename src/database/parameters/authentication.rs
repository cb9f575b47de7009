//! Which proofs of identity may be given to a server: `require_auth`, `channel_binding`, `allow_cleartext`.
//!
//! It sees no password and no message of a server; it only judges the name of a method.

use super::error::ParametersError;
use super::keywords::{Values, wrong};

/// A way to authenticate, by its name in `require_auth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The password in clear text.
    Password,
    /// The password in an MD5 hash, which is as good as clear text to whoever records it.
    Md5,
    /// GSSAPI, which posemo cannot do.
    Gss,
    /// SSPI, which posemo cannot do.
    Sspi,
    /// SCRAM, which gives nothing away.
    Scram,
    /// OAuth, which posemo cannot do.
    Oauth,
    /// The server lets everybody in, or has seen a certificate.
    None,
}

impl Method {
    /// All of them.
    const ALL: [Method; 7] =
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

    /// Whether a listener learns what is needed to log in.
    pub(crate) fn gives_away(self) -> bool {
        matches!(self, Self::Password | Self::Md5)
    }
}

/// `channel_binding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    Disable,
    Prefer,
    Require,
}

/// What is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authentication {
    /// The methods that `require_auth` leaves.
    methods: Vec<Method>,
    pub(crate) binding: Binding,
    /// Whether a password may cross a network in the clear.
    pub(crate) cleartext: bool,
}

impl Authentication {
    /// Reads the values.
    pub(crate) fn resolve(values: &Values) -> Result<Authentication, ParametersError> {
        let bindings = [
            ("disable", Binding::Disable),
            ("prefer", Binding::Prefer),
            ("require", Binding::Require),
        ];
        let switch = [("0", false), ("off", false), ("1", true), ("on", true)];
        Ok(Authentication {
            methods: values
                .get("require_auth")
                .map_or_else(|| Ok(Method::ALL.to_vec()), methods)?,
            binding: values.choice("channel_binding", &bindings)?.unwrap_or(Binding::Prefer),
            cleartext: values.choice("allow_cleartext", &switch)?.unwrap_or(false),
        })
    }

    /// Whether `require_auth` leaves this method.
    pub(crate) fn allows(&self, method: Method) -> bool {
        self.methods.contains(&method)
    }
}

/// The methods of a list: either those to allow, or each with `!` those to forbid.
fn methods(list: &str) -> Result<Vec<Method>, ParametersError> {
    let names: Vec<&str> = list.split(',').map(str::trim).collect();
    let forbids = names.iter().all(|name| name.starts_with('!'));
    if !forbids && names.iter().any(|name| name.starts_with('!')) {
        return Err(wrong("require_auth", list, "either all with \"!\" or all without"));
    }
    let mut named = Vec::new();
    for name in names {
        let name = name.trim_start_matches('!');
        let Some(method) = Method::ALL.into_iter().find(|method| method.name() == name) else {
            let known = Method::ALL.map(Method::name).join(", ");
            return Err(wrong("require_auth", list, format!("a list of {known}")));
        };
        if named.contains(&method) {
            return Err(wrong("require_auth", list, "a list that names no method twice"));
        }
        named.push(method);
    }
    Ok(Method::ALL.into_iter().filter(|method| named.contains(method) != forbids).collect())
}
