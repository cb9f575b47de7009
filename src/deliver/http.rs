//! HTTP requests to a receiver, with certificates, authentication and one time limit for all of them.
//!
//! It follows no redirection, and uses no proxy of the environment.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use ureq::http::HeaderValue;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::DefaultResolver;

use super::unix_socket::UnixSocketConnector;
use super::{DeliverError, secret};
use crate::settings::receiver::HttpSettings;

/// The size of an answer is limited to 16 MB.
const MOST_ANSWER: u64 = 16 * 1024 * 1024;

/// The client of one receiver.
#[derive(Debug)]
pub struct HttpClient {
    agent: ureq::Agent,
    authorization: Option<HeaderValue>,
    has_certificate: bool,
    timeout: Duration,
    deadline: Instant,
}

/// An answer with any status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The text of the body.
    pub body: String,
}

impl HttpClient {
    /// Reads the certificates and secrets of the settings. The time limit for all requests begins now.
    pub fn new(http: &HttpSettings, timeout: Duration) -> Result<HttpClient, DeliverError> {
        HttpClient::through(http, None, timeout)
    }

    /// The same through a Unix socket. The host of each URL is then only the header `Host`, and an address needs no DNS.
    pub(super) fn through(
        http: &HttpSettings,
        socket: Option<&Path>,
        timeout: Duration,
    ) -> Result<HttpClient, DeliverError> {
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
            // The settings choose where reports and secrets are sent, not the variable HTTP_PROXY.
            .proxy(None)
            .user_agent(concat!("posemo/", env!("CARGO_PKG_VERSION")));
        let config = config.build();
        let agent = match socket {
            Some(path) => {
                let connector = UnixSocketConnector(path.to_owned());
                ureq::Agent::with_parts(config, connector, DefaultResolver::default())
            }
            None => config.new_agent(),
        };
        Ok(HttpClient {
            agent,
            authorization: authorization(http)?,
            has_certificate: http.sslcert.is_some(),
            timeout,
            deadline: Instant::now() + timeout,
        })
    }

    /// The time left for all requests.
    pub(super) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Sends JSON with `POST` or `PUT`.
    pub fn send(&self, method: &str, url: &str, json: &str) -> Result<HttpAnswer, DeliverError> {
        self.exchange(post(method, url), url, json, None)
    }

    /// Sends JSON with a shorter time limit.
    pub fn send_within(
        &self,
        time: Duration,
        method: &str,
        url: &str,
        json: &str,
    ) -> Result<HttpAnswer, DeliverError> {
        self.exchange(post(method, url), url, json, Some(time))
    }

    /// Sends a request without a body: `GET` or `DELETE`.
    pub fn request(&self, method: &str, url: &str) -> Result<HttpAnswer, DeliverError> {
        self.exchange(bare(method, url), url, "", None)
    }

    /// Sends a request without a body with a shorter time limit.
    pub fn request_within(
        &self,
        time: Duration,
        method: &str,
        url: &str,
    ) -> Result<HttpAnswer, DeliverError> {
        self.exchange(bare(method, url), url, "", Some(time))
    }

    fn exchange(
        &self,
        mut request: ureq::http::request::Builder,
        url: &str,
        body: &str,
        time: Option<Duration>,
    ) -> Result<HttpAnswer, DeliverError> {
        let unreachable =
            |reason: String| DeliverError::Unreachable { place: url.to_owned(), reason };
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let left = self.time_left();
        if left.is_zero() {
            return Err(unreachable(self.timeout_message()));
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
        Ok(HttpAnswer { status, body })
    }

    fn reason(&self, error: &ureq::Error, url: &str) -> String {
        match error {
            ureq::Error::Timeout(_) => self.timeout_message(),
            // A Unix socket that does not exist is not found.
            ureq::Error::Io(error)
                if matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound) =>
            {
                "nothing listens there".to_owned()
            }
            // With TLS 1.3 the server refuses a missing client certificate only after the handshake.
            ureq::Error::Io(error) if url.starts_with("https") && !self.has_certificate => {
                match error.kind() {
                    ErrorKind::BrokenPipe
                    | ErrorKind::ConnectionReset
                    | ErrorKind::UnexpectedEof => {
                        format!(
                            "{error}; if it requires a client certificate, set sslcert and sslkey"
                        )
                    }
                    _ => with_advice(error.to_string()),
                }
            }
            ureq::Error::Io(error) => with_advice(error.to_string()),
            other => with_advice(other.to_string()),
        }
    }

    fn timeout_message(&self) -> String {
        format!("the receiver's timeout of {} s was exceeded", self.timeout.as_secs())
    }
}

/// An error, and what to do where the receiver's certificate is not trusted.
fn with_advice(error: String) -> String {
    let advice = if error.contains("UnknownIssuer") {
        "if your own authority signed its certificate, set sslrootcert to the authority's certificate"
    } else if error.contains("CaUsedAsEndEntity") {
        "it uses the certificate of an authority: give it a certificate that the authority signed, without CA:TRUE, and set sslrootcert to the authority's certificate"
    } else {
        return error;
    };
    format!("{error}; {advice}")
}

fn bare(method: &str, url: &str) -> ureq::http::request::Builder {
    ureq::http::Request::builder().method(method).uri(url).header("accept", "application/json")
}

fn post(method: &str, url: &str) -> ureq::http::request::Builder {
    bare(method, url).header("content-type", "application/json")
}

fn authorization(http: &HttpSettings) -> Result<Option<HeaderValue>, DeliverError> {
    let (header, file) = match (&http.user, &http.password_file, &http.token_file) {
        (Some(user), Some(file), _) => {
            let pair = format!("{user}:{}", secret::read(file)?);
            (format!("Basic {}", base64(pair.as_bytes())), file)
        }
        (_, _, Some(file)) => (format!("Bearer {}", secret::read(file)?.trim()), file),
        _ => return Ok(None),
    };
    let mut value = HeaderValue::from_str(&header).map_err(|_| {
        unreadable(file, std::io::Error::other("the first line cannot be sent as a token"))
    })?;
    // Logs of requests do not show a sensitive value.
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
        return Err(unreadable(file, std::io::Error::other("it contains no certificate")));
    }
    Ok(found)
}

fn private_key(file: &Path) -> Result<PrivateKey<'static>, DeliverError> {
    let key = pem(file)?.into_iter().find_map(|item| match item {
        PemItem::PrivateKey(key) => Some(key),
        _ => None,
    });
    key.ok_or_else(|| unreadable(file, std::io::Error::other("it contains no private key")))
}

fn pem(file: &Path) -> Result<Vec<PemItem<'static>>, DeliverError> {
    let bytes = fs::read(file).map_err(|source| unreadable(file, source))?;
    parse_pem(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| unreadable(file, std::io::Error::other("it is not a PEM file")))
}

fn unreadable(file: &Path, source: std::io::Error) -> DeliverError {
    DeliverError::File { action: "read", path: file.to_owned(), source }
}
