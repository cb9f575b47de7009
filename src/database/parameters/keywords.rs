//! The keywords of libpq, their environment variables, and how posemo treats each.
//!
//! It does not interpret values, except where posemo supports only some of them.

use std::collections::BTreeMap;

use super::environment::Environment;
use super::error::ParametersError;
use Support::{Ignored, Only, Refused, Used};

/// Values by keyword. An empty value counts as a value here: a source of lower priority does not replace it.
#[derive(Default)]
pub(crate) struct KeywordValues(BTreeMap<&'static str, String>);

impl KeywordValues {
    /// Sets a value, and replaces an earlier one.
    pub(crate) fn set(&mut self, keyword: &str, value: &str) -> Result<(), ParametersError> {
        let (name, value) = match (keyword, value) {
            // The old name, from before sslmode existed.
            ("requiressl", "1") => ("sslmode", "require"),
            ("requiressl", _) => ("sslmode", "prefer"),
            _ => (find(keyword)?.name, value),
        };
        self.0.insert(name, value.to_owned());
        Ok(())
    }

    /// Sets a value unless there is one.
    pub(crate) fn set_default(
        &mut self,
        keyword: &str,
        value: &str,
    ) -> Result<(), ParametersError> {
        let name = find(keyword)?.name;
        self.0.entry(name).or_insert_with(|| value.to_owned());
        Ok(())
    }

    /// Adds the values of environment variables for keywords without a value.
    pub(crate) fn set_defaults_from(&mut self, environment: &Environment) {
        for keyword in KEYWORDS.iter().filter(|keyword| !keyword.variable.is_empty()) {
            if let Some(value) = environment.get(keyword.variable) {
                self.0.entry(keyword.name).or_insert(value);
            }
        }
        if environment.get("PGREQUIRESSL").is_some_and(|value| value.starts_with('1')) {
            self.0.entry("sslmode").or_insert_with(|| "require".to_owned());
        }
    }

    /// The names of the keywords with a value.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// A value that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The meaning of a value that must be in a list.
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ParametersError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let found = choices.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning);
        found.map(Some).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            wrong(name, value, format!("one of {}", words.join(", ")))
        })
    }

    /// The value of a keyword that is off by default.
    pub(crate) fn switch(&self, name: &'static str) -> Result<bool, ParametersError> {
        let choices = [("0", false), ("off", false), ("1", true), ("on", true)];
        Ok(self.choice(name, &choices)?.unwrap_or(false))
    }

    /// Refuses what posemo does not support.
    pub(crate) fn check_support(&self) -> Result<(), ParametersError> {
        for keyword in KEYWORDS {
            let Some(value) = self.get(keyword.name) else { continue };
            let refusal = match keyword.support {
                Used | Ignored => continue,
                Only(values, _) if values.contains(&value) => continue,
                Only(values, reason) => {
                    format!("{reason}; leave it out or use {}", values.join(" or "))
                }
                Refused(reason) => reason.to_owned(),
            };
            return Err(ParametersError::Unsupported { keyword: keyword.name, reason: refusal });
        }
        Ok(())
    }
}

/// The environment variable of a keyword.
pub(crate) fn variable_of(name: &str) -> &'static str {
    KEYWORDS.iter().find(|keyword| keyword.name == name).map_or("", |keyword| keyword.variable)
}

/// The error for a value that a keyword does not allow.
pub(crate) fn wrong(
    keyword: &'static str,
    value: &str,
    expected: impl Into<String>,
) -> ParametersError {
    ParametersError::Value { keyword, value: value.to_owned(), expected: expected.into() }
}

struct Keyword {
    name: &'static str,
    variable: &'static str,
    support: Support,
}

#[derive(Clone, Copy)]
enum Support {
    /// Supported.
    Used,
    /// Accepted without effect: ignoring it weakens nothing.
    Ignored,
    /// Supported for these values, refused for others for this reason.
    Only(&'static [&'static str], &'static str),
    /// Refused for this reason.
    Refused(&'static str),
}

const NO_OAUTH: &str = "posemo does not open a browser; use a password or a client certificate";
const NO_KEYS: &str = "SCRAM keys are not supported; use passfile";

const fn keyword(name: &'static str, variable: &'static str, support: Support) -> Keyword {
    Keyword { name, variable, support }
}

const KEYWORDS: &[Keyword] = &[
    // The first two are posemo's.
    keyword("allow_cleartext", "", Used),
    keyword("allow_legacy_certificate", "", Used),
    keyword("application_name", "PGAPPNAME", Used),
    keyword("authtype", "", Ignored),
    keyword("channel_binding", "PGCHANNELBINDING", Used),
    keyword("client_encoding", "PGCLIENTENCODING", Ignored), // always UTF-8
    keyword("connect_timeout", "PGCONNECT_TIMEOUT", Used),
    keyword("dbname", "PGDATABASE", Used),
    keyword("fallback_application_name", "", Used),
    keyword("gssdelegation", "PGGSSDELEGATION", Ignored),
    keyword("gssencmode", "PGGSSENCMODE", Only(&["disable", "prefer"], "GSSAPI is not supported")),
    keyword("gsslib", "PGGSSLIB", Ignored),
    keyword("host", "PGHOST", Used),
    keyword("hostaddr", "PGHOSTADDR", Used),
    keyword("keepalives", "", Ignored), // a run is shorter than a keepalive interval
    keyword("keepalives_count", "", Ignored),
    keyword("keepalives_idle", "", Ignored),
    keyword("keepalives_interval", "", Ignored),
    keyword("krbsrvname", "PGKRBSRVNAME", Ignored),
    keyword("load_balance_hosts", "PGLOADBALANCEHOSTS", Used),
    keyword("max_protocol_version", "PGMAXPROTOCOLVERSION", Ignored), // always 3.0, the lowest
    keyword(
        "min_protocol_version",
        "PGMINPROTOCOLVERSION",
        Only(&["3.0"], "only protocol 3.0 is supported"),
    ),
    keyword("oauth_client_id", "", Refused(NO_OAUTH)),
    keyword("oauth_client_secret", "", Refused(NO_OAUTH)),
    keyword("oauth_issuer", "", Refused(NO_OAUTH)),
    keyword("oauth_scope", "", Refused(NO_OAUTH)),
    keyword("options", "PGOPTIONS", Used),
    keyword("passfile", "PGPASSFILE", Used),
    keyword("password", "PGPASSWORD", Used),
    keyword("port", "PGPORT", Used),
    keyword(
        "replication",
        "",
        Only(&["false", "off", "no", "0"], "checks need an ordinary connection"),
    ),
    keyword("require_auth", "PGREQUIREAUTH", Used),
    keyword("requirepeer", "PGREQUIREPEER", Used),
    keyword("scram_client_key", "", Refused(NO_KEYS)),
    keyword("scram_server_key", "", Refused(NO_KEYS)),
    keyword("service", "PGSERVICE", Used),
    keyword("servicefile", "PGSERVICEFILE", Used),
    keyword("sslcert", "PGSSLCERT", Used),
    keyword(
        "sslcertmode",
        "PGSSLCERTMODE",
        Only(
            &["disable", "allow"],
            "posemo does not record whether the server requests a certificate",
        ),
    ),
    keyword("sslcompression", "PGSSLCOMPRESSION", Ignored), // never compressed
    keyword("sslcrl", "PGSSLCRL", Used),
    keyword("sslcrldir", "PGSSLCRLDIR", Used),
    keyword("sslkey", "PGSSLKEY", Used),
    keyword("sslkeylogfile", "", Refused("session keys are never written to a file; leave it out")),
    keyword("sslmode", "PGSSLMODE", Used),
    keyword("sslnegotiation", "PGSSLNEGOTIATION", Used),
    keyword(
        "sslpassword",
        "",
        Refused("encrypted keys are not read; use a key without a passphrase"),
    ),
    keyword("sslrootcert", "PGSSLROOTCERT", Used),
    keyword("sslsni", "PGSSLSNI", Used),
    keyword("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", Used),
    keyword("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION", Used),
    keyword("target_session_attrs", "PGTARGETSESSIONATTRS", Used),
    keyword("tcp_user_timeout", "", Ignored),
    keyword("tty", "", Ignored),
    keyword("user", "PGUSER", Used),
];

fn find(name: &str) -> Result<&'static Keyword, ParametersError> {
    if let Some(keyword) = KEYWORDS.iter().find(|keyword| keyword.name == name) {
        return Ok(keyword);
    }
    let distance = |keyword: &&Keyword| strsim::damerau_levenshtein(keyword.name, name);
    let nearest = KEYWORDS.iter().min_by_key(distance).map_or("host", |keyword| keyword.name);
    Err(ParametersError::Unknown { keyword: name.to_owned(), nearest })
}
