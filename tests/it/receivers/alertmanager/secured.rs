//! Alertmanager with TLS, a password, a token or a client certificate.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use posemo::finding::State;
use posemo::settings::receiver::{HttpSettings, Receiver, ReceiverKind};

use super::cluster::{AlertmanagerCluster, ClusterOptions};
use super::send;
use crate::ports::free_port;
use crate::programs::need;
use crate::receivers::samples::{alertmanagers, lag};
use crate::receivers::work_directory::WorkDirectory;

/// The hash of the password `zabbix`, for `basic_auth_users`.
const HASH: &str = "$2y$10$92nDno4n0Zm7Ej7Jfsz8WukBfgSS/U0QkIuu8WkJPihXBb2A1UrEK";

/// An authority with certificates for a server and a client, and an authority that is not trusted.
struct Secrets(tempfile::TempDir);

impl Secrets {
    fn new() -> Secrets {
        let secrets = Secrets(tempfile::tempdir().unwrap());
        for authority in ["ca", "untrusted"] {
            let new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj"];
            let subject = format!("/CN={authority}");
            let (key, certificate) = (format!("{authority}.key"), format!("{authority}.crt"));
            secrets
                .openssl(&[&new[..], &[&subject, "-keyout", &key, "-out", &certificate]].concat());
        }
        for (name, more) in [
            ("server", "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n"),
            ("client", "extendedKeyUsage=clientAuth\n"),
        ] {
            let (key, request) = (format!("{name}.key"), format!("{name}.csr"));
            let (certificate, file) = (format!("{name}.crt"), format!("{name}.ext"));
            let subject = format!("/CN={name}");
            fs::write(secrets.path(&file), more).unwrap();
            let new = ["req", "-newkey", "rsa:2048", "-nodes", "-subj", &subject];
            secrets.openssl(&[&new[..], &["-keyout", &key, "-out", &request]].concat());
            let sign = [
                "x509",
                "-req",
                "-days",
                "2",
                "-CA",
                "ca.crt",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
            ];
            secrets.openssl(
                &[&sign[..], &["-in", &request, "-extfile", &file, "-out", &certificate]].concat(),
            );
        }
        fs::write(secrets.path("password"), "zabbix\n").unwrap();
        fs::write(secrets.path("wrong"), "sesame").unwrap();
        secrets
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl").args(arguments).current_dir(self.0.path()).output();
        let output = output.expect("openssl is missing: bin/prerequisites test installs it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The configuration of the web server: a password, and perhaps a client certificate.
    fn web(&self, certificate: bool) -> PathBuf {
        let directory = self.0.path().display();
        let client = format!(
            "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {directory}/ca.crt\n"
        );
        let client = if certificate { client } else { String::new() };
        let text = format!(
            "tls_server_config:\n  cert_file: {directory}/server.crt\n  key_file: {directory}/server.key\n{client}basic_auth_users:\n  posemo: {HASH}\n"
        );
        let file = self.path("web.yml");
        fs::write(&file, text).unwrap();
        file
    }

    fn http(&self) -> HttpSettings {
        HttpSettings {
            user: Some("posemo".to_owned()),
            password_file: Some(self.path("password")),
            sslrootcert: Some(self.path("ca.crt")),
            ..HttpSettings::default()
        }
    }
}

fn receiver(urls: &[String], http: HttpSettings, directory: &Path) -> Receiver {
    let mut receiver = alertmanagers(urls, directory);
    let ReceiverKind::Alertmanager(settings) = &mut receiver.kind else { unreachable!() };
    settings.http = HttpSettings { urls: urls.to_vec(), ..http };
    receiver
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn a_password_and_an_own_authority_are_accepted() {
    let (secrets, directory) = (Secrets::new(), tempfile::tempdir().unwrap());
    let web = secrets.web(false);
    let members = AlertmanagerCluster::start(&ClusterOptions {
        web: Some(&web),
        http: secrets.http(),
        ..ClusterOptions::default()
    });
    let receiver = |http| receiver(&members.urls, http, directory.path());
    send(&receiver(secrets.http()), &lag(State::Warning, 61.0)).unwrap();
    assert_eq!(members.names(1), ["PosemoReplicationLag/warning"]);
    for (http, expected) in [
        (
            HttpSettings { password_file: Some(secrets.path("wrong")), ..secrets.http() },
            "status 401",
        ),
        (
            HttpSettings { user: None, password_file: None, ..secrets.http() },
            "check user, password_file",
        ),
        (
            HttpSettings { sslrootcert: Some(secrets.path("untrusted.crt")), ..secrets.http() },
            "certificate",
        ),
        (
            HttpSettings { sslrootcert: None, ..secrets.http() },
            "UnknownIssuer; if your own authority signed its certificate, set sslrootcert to the authority's certificate",
        ),
        (
            HttpSettings { password_file: Some(secrets.path("nowhere")), ..secrets.http() },
            "cannot read",
        ),
        (
            HttpSettings { sslrootcert: Some(secrets.path("password")), ..secrets.http() },
            "it contains no certificate",
        ),
    ] {
        let error = send(&receiver(http), &lag(State::Critical, 301.0)).unwrap_err();
        assert!(error.contains(expected), "{expected}: {error}");
        assert!(!error.contains("sesame") && !error.contains("zabbix"), "{error}");
        assert_eq!(members.names(0), ["PosemoReplicationLag/warning"]);
    }
    // A request without TLS to a server with TLS.
    let plain = members.urls[0].replace("https", "http");
    let error = send(&alertmanagers(&[plain], directory.path()), &lag(State::Ok, 0.0));
    assert!(error.unwrap_err().contains("HTTP request to an HTTPS server"));
}

/// `openssl req -x509` creates such a certificate. No setting makes posemo trust it, and the error describes a remedy.
#[test]
fn a_server_with_the_certificate_of_an_authority_is_refused() {
    need!("openssl");
    let (secrets, directory) = (Secrets::new(), tempfile::tempdir().unwrap());
    let address = format!("127.0.0.1:{}", free_port());
    let (certificate, key) = (secrets.path("ca.crt"), secrets.path("ca.key"));
    let (certificate, key) = (certificate.display(), key.display());
    let mut server = WorkDirectory::new();
    server.start(&format!(
        "openssl s_server -quiet -cert '{certificate}' -key '{key}' -accept {address}"
    ));
    server.wait_for("openssl to listen", || TcpStream::connect(&address).ok());
    let receiver = receiver(&[format!("https://{address}")], secrets.http(), directory.path());
    let error = send(&receiver, &lag(State::Warning, 61.0));
    let error = error.unwrap_err();
    assert!(
        error.contains("give it a certificate that the authority signed, without CA:TRUE"),
        "{error}"
    );
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn a_client_certificate_is_accepted() {
    let (secrets, directory) = (Secrets::new(), tempfile::tempdir().unwrap());
    let web = secrets.web(true);
    let http = HttpSettings {
        sslcert: Some(secrets.path("client.crt")),
        sslkey: Some(secrets.path("client.key")),
        ..secrets.http()
    };
    let members = AlertmanagerCluster::start(&ClusterOptions {
        web: Some(&web),
        http: http.clone(),
        ..ClusterOptions::default()
    });
    let receiver = |http| receiver(&members.urls, http, directory.path());
    send(&receiver(http), &lag(State::Warning, 61.0)).unwrap();
    assert_eq!(members.names(1), ["PosemoReplicationLag/warning"]);
    let error = send(&receiver(secrets.http()), &lag(State::Ok, 1.0)).unwrap_err();
    assert!(error.contains("ertificate"), "{error}");
}

/// The first line of the token file is sent in the header of the request.
#[test]
fn a_token_is_sent_in_the_header() {
    use std::io::{Read, Write};
    need!("openssl");
    let (secrets, directory) = (Secrets::new(), tempfile::tempdir().unwrap());
    fs::write(secrets.path("token"), "t0k3n\nsecond line\n").unwrap();
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let request = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut bytes = vec![0; 65536];
        let count = stream.read(&mut bytes).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8_lossy(&bytes[..count]).to_lowercase()
    });
    let http = HttpSettings { token_file: Some(secrets.path("token")), ..HttpSettings::default() };
    send(&receiver(&[url], http, directory.path()), &lag(State::Warning, 61.0)).unwrap();
    let request = request.join().unwrap();
    assert!(request.contains("\r\nauthorization: bearer t0k3n\r\n"), "{request}");
    assert!(!request.contains("second line"), "{request}");
}
