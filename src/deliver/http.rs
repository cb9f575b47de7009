//! HTTP to a receiver: certificates, who we are, and how long all of it may take together.
//!
//! It knows no receiver's paths or documents, and follows no redirection and no proxy of the environment.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use ureq::http::HeaderValue;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use super::{DeliverError, secret};
use crate::settings::receiver::HttpSettings;

/// More of an answer is not read.
const MOST_ANSWER: u64 = 16 * 1024 * 1024;

/// A way to one receiver.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    authorization: Option<HeaderValue>,
    has_certificate: bool,
    timeout: Duration,
    deadline: Instant,
}

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The text of the body.
    pub body: String,
}

impl Client {
    /// Reads the certificates and secrets of the settings. The time begins to run: it is for all requests.
    pub fn new(http: &HttpSettings, timeout: Duration) -> Result<Client, DeliverError> {
        let mut tls = TlsConfig::builder().root_certs(roots(http.sslrootcert.as_deref())?);
        if let (Some(certificate), Some(key)) = (&http.sslcert, &http.sslkey) {
            let identity =
                ClientCert::new_with_certs(&certificates(certificate)?, private_key(key)?);
            tls = tls.client_cert(Some(identity));
        }
        let config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_redirects(0)
            // Where reports and secrets go is for the settings to say, and not for HTTP_PROXY.
            .proxy(None)
            .user_agent(concat!("posemo/", env!("CARGO_PKG_VERSION")));
        Ok(Client {
            agent: config.build().new_agent(),
            authorization: authorization(http)?,
            has_certificate: http.sslcert.is_some(),
            timeout,
            deadline: Instant::now() + timeout,
        })
    }

    /// The time left for all requests.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Sends JSON with `POST` or `PUT`.
    pub fn send(&self, method: &str, url: &str, json: &str) -> Result<Answer, DeliverError> {
        self.exchange(post(method, url), url, json, None)
    }

    /// The same, in less time than the receiver has as a whole.
    pub fn send_within(
        &self,
        time: Duration,
        method: &str,
        url: &str,
        json: &str,
    ) -> Result<Answer, DeliverError> {
        self.exchange(post(method, url), url, json, Some(time))
    }

    /// Asks with `GET`, or asks to end something with `DELETE`.
    pub fn ask(&self, method: &str, url: &str) -> Result<Answer, DeliverError> {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(url)
            .header("accept", "application/json");
        self.exchange(request, url, "", None)
    }

    fn exchange(
        &self,
        mut request: ureq::http::request::Builder,
        url: &str,
        body: &str,
        time: Option<Duration>,
    ) -> Result<Answer, DeliverError> {
        let unreachable =
            |reason: String| DeliverError::Unreachable { place: url.to_owned(), reason };
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let left = self.left();
        if left.is_zero() {
            return Err(unreachable(self.late()));
        }
        let request =
            request.body(body.to_owned()).map_err(|error| unreachable(error.to_string()))?;
        let left = time.map_or(left, |time| time.min(left));
        let request = self.agent.configure_request(request).timeout_global(Some(left)).build();
        let failed = |error| unreachable(self.reason(&error, url));
        let mut answer = self.agent.run(request).map_err(failed)?;
        let status = answer.status().as_u16();
        let read = answer.body_mut().with_config().limit(MOST_ANSWER).lossy_utf8(true);
        let body = read.read_to_string().map_err(failed)?;
        Ok(Answer { status, body })
    }

    fn reason(&self, error: &ureq::Error, url: &str) -> String {
        match error {
            ureq::Error::Timeout(_) => self.late(),
            ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
                "nothing listens there".to_owned()
            }
            // With TLS 1.3 a server learns only afterwards that we have no certificate.
            ureq::Error::Io(error) if url.starts_with("https") && !self.has_certificate => {
                match error.kind() {
                    ErrorKind::BrokenPipe
                    | ErrorKind::ConnectionReset
                    | ErrorKind::UnexpectedEof => {
                        format!(
                            "{error}; if it wants a certificate of ours, set sslcert and sslkey"
                        )
                    }
                    _ => advised(error.to_string()),
                }
            }
            ureq::Error::Io(error) => advised(error.to_string()),
            other => advised(other.to_string()),
        }
    }

    fn late(&self) -> String {
        format!(
            "it took longer than the {} s that the receiver's timeout allows",
            self.timeout.as_secs()
        )
    }
}

/// The words of an error, and what to do where TLS does not believe the receiver's certificate.
fn advised(error: String) -> String {
    let advice = if error.contains("UnknownIssuer") {
        "if it is signed by an authority of your own, name that one's certificate in sslrootcert"
    } else if error.contains("CaUsedAsEndEntity") {
        "it shows the certificate of an authority: give it one of its own, signed by that and made without CA:TRUE, and name the authority's in sslrootcert"
    } else {
        return error;
    };
    format!("{error}; {advice}")
}

fn post(method: &str, url: &str) -> ureq::http::request::Builder {
    ureq::http::Request::builder()
        .method(method)
        .uri(url)
        .header("content-type", "application/json")
        .header("accept", "application/json")
}

fn authorization(http: &HttpSettings) -> Result<Option<HeaderValue>, DeliverError> {
    let (words, file) = match (&http.user, &http.password_file, &http.token_file) {
        (Some(user), Some(file), _) => {
            let pair = format!("{user}:{}", secret::read(file)?);
            (format!("Basic {}", base64(pair.as_bytes())), file)
        }
        (_, _, Some(file)) => (format!("Bearer {}", secret::read(file)?.trim()), file),
        _ => return Ok(None),
    };
    let mut value = HeaderValue::from_str(&words).map_err(|_| {
        unreadable(file, std::io::Error::other("its first line cannot be sent as a token"))
    })?;
    // Whoever logs requests shows it as a secret.
    value.set_sensitive(true);
    Ok(Some(value))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn roots(file: Option<&Path>) -> Result<RootCerts, DeliverError> {
    let of_system = || {
        let found = rustls_native_certs::load_native_certs().certs;
        found.iter().map(|der| Certificate::from_der(der).to_owned()).collect()
    };
    let certificates = file.map_or_else(|| Ok(of_system()), certificates)?;
    Ok(RootCerts::new_with_certs(&certificates))
}

fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>, DeliverError> {
    let items = pem(file)?;
    let found: Vec<_> = items
        .into_iter()
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        return Err(unreadable(file, std::io::Error::other("there is no certificate in it")));
    }
    Ok(found)
}

fn private_key(file: &Path) -> Result<PrivateKey<'static>, DeliverError> {
    let key = pem(file)?.into_iter().find_map(|item| match item {
        PemItem::PrivateKey(key) => Some(key),
        _ => None,
    });
    key.ok_or_else(|| unreadable(file, std::io::Error::other("there is no private key in it")))
}

fn pem(file: &Path) -> Result<Vec<PemItem<'static>>, DeliverError> {
    let bytes = fs::read(file).map_err(|source| unreadable(file, source))?;
    parse_pem(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| unreadable(file, std::io::Error::other("it is no PEM file")))
}

fn unreadable(file: &Path, source: std::io::Error) -> DeliverError {
    DeliverError::File { what: "read", path: file.to_owned(), source }
}
