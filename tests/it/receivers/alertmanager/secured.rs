//! Alertmanager behind TLS, a password, a token or a client's certificate.
//!
//! What a proxy does with a token is imitated: only that it arrives is looked at.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use posemo::finding::State;
use posemo::settings::receiver::{HttpSettings, Receiver, ReceiverKind};

use super::super::members::{Made, Members};
use super::super::scenes::{alertmanagers, lag};
use super::sent;
use crate::ports::free_port;
use crate::programs::need;
use crate::receivers::place::Place;

/// The hash of `zabbix`, as `basic_auth_users` takes it.
const HASH: &str = "$2y$10$92nDno4n0Zm7Ej7Jfsz8WukBfgSS/U0QkIuu8WkJPihXBb2A1UrEK";

/// An authority with a certificate for a server and one for a client, and one that nobody trusts.
struct Secrets(tempfile::TempDir);

impl Secrets {
    fn new() -> Secrets {
        let secrets = Secrets(tempfile::tempdir().unwrap());
        for authority in ["ca", "stranger"] {
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

    /// With a password, or with the client's certificate as well.
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
    let ReceiverKind::Alertmanager(to) = &mut receiver.kind else { unreachable!("it is one") };
    to.http = HttpSettings { urls: urls.to_vec(), ..http };
    receiver
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn a_password_and_an_authority_of_ones_own() {
    let (secrets, directory) = (Secrets::new(), tempfile::tempdir().unwrap());
    let web = secrets.web(false);
    let members =
        Members::start(&Made { web: Some(&web), http: secrets.http(), ..Made::default() });
    let receiver = |http| receiver(&members.urls, http, directory.path());
    sent(&receiver(secrets.http()), &lag(State::Warning, 61.0)).unwrap();
    assert_eq!(members.names(1), ["PosemoReplicationLag/warning"]);
    for (http, words) in [
        (
            HttpSettings { password_file: Some(secrets.path("wrong")), ..secrets.http() },
            "status 401",
        ),
        (
            HttpSettings { user: None, password_file: None, ..secrets.http() },
            "look at user, password_file",
        ),
        (
            HttpSettings { sslrootcert: Some(secrets.path("stranger.crt")), ..secrets.http() },
            "certificate",
        ),
        (
            HttpSettings { sslrootcert: None, ..secrets.http() },
            "UnknownIssuer; if it is signed by an authority of your own, name that one's certificate in sslrootcert",
        ),
        (
            HttpSettings { password_file: Some(secrets.path("nowhere")), ..secrets.http() },
            "cannot read",
        ),
        (
            HttpSettings { sslrootcert: Some(secrets.path("password")), ..secrets.http() },
            "no certificate in it",
        ),
    ] {
        let error = sent(&receiver(http), &lag(State::Critical, 301.0)).unwrap_err();
        assert!(error.contains(words), "{words}: {error}");
        assert!(!error.contains("sesame") && !error.contains("zabbix"), "{error}");
        assert_eq!(members.names(0), ["PosemoReplicationLag/warning"]);
    }
    // Without TLS where it is wanted.
    let plain = members.urls[0].replace("https", "http");
    let error = sent(&alertmanagers(&[plain], directory.path()), &lag(State::Ok, 0.0));
    assert!(error.unwrap_err().contains("HTTP request to an HTTPS server"));
}

/// As `openssl req -x509` makes it: nothing makes posemo believe that one, and it says so.
#[test]
fn an_authority_that_serves_by_itself() {
    need!("openssl");
    let (secrets, directory) = (Secrets::new(), tempfile::tempdir().unwrap());
    let place = format!("127.0.0.1:{}", free_port());
    let (certificate, key) = (secrets.path("ca.crt"), secrets.path("ca.key"));
    let (certificate, key) = (certificate.display(), key.display());
    let mut server = Place::new();
    server.start(&format!(
        "openssl s_server -quiet -cert '{certificate}' -key '{key}' -accept {place}"
    ));
    server.wait_for("openssl to listen", || TcpStream::connect(&place).ok());
    let receiver = receiver(&[format!("https://{place}")], secrets.http(), directory.path());
    let error = sent(&receiver, &lag(State::Warning, 61.0));
    let error = error.unwrap_err();
    assert!(error.contains("signed by that and made without CA:TRUE"), "{error}");
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn a_certificate_of_the_client() {
    let (secrets, directory) = (Secrets::new(), tempfile::tempdir().unwrap());
    let web = secrets.web(true);
    let http = HttpSettings {
        sslcert: Some(secrets.path("client.crt")),
        sslkey: Some(secrets.path("client.key")),
        ..secrets.http()
    };
    let members = Members::start(&Made { web: Some(&web), http: http.clone(), ..Made::default() });
    let receiver = |http| receiver(&members.urls, http, directory.path());
    sent(&receiver(http), &lag(State::Warning, 61.0)).unwrap();
    assert_eq!(members.names(1), ["PosemoReplicationLag/warning"]);
    let error = sent(&receiver(secrets.http()), &lag(State::Ok, 1.0)).unwrap_err();
    assert!(error.contains("ertificate"), "{error}");
}

/// A token goes into its header, and nowhere else.
#[test]
fn a_token() {
    use std::io::{Read, Write};
    need!("openssl");
    let (secrets, directory) = (Secrets::new(), tempfile::tempdir().unwrap());
    fs::write(secrets.path("token"), "t0k3n\nsecond line\n").unwrap();
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut heard = vec![0; 65536];
        let count = stream.read(&mut heard).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8_lossy(&heard[..count]).to_lowercase()
    });
    let http = HttpSettings { token_file: Some(secrets.path("token")), ..HttpSettings::default() };
    sent(&receiver(&[url], http, directory.path()), &lag(State::Warning, 61.0)).unwrap();
    let heard = heard.join().unwrap();
    assert!(heard.contains("\r\nauthorization: bearer t0k3n\r\n"), "{heard}");
    assert!(!heard.contains("second line"), "{heard}");
}
