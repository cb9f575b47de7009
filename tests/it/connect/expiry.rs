//! The check `certificate_expiry`: it measures the certificate that the server shows.

use posemo::tempserver::ServerOptions;

use super::authority::Authority;
use crate::programs::need;
use crate::server::{Server, posemo};

#[test]
fn the_end_of_the_certificate_is_measured_in_the_handshake() {
    need!("openssl");
    let directory = tempfile::tempdir().expect("a directory");
    let authority = Authority::new(directory.path());
    authority.self_signed("root", "Test Root", &[]);
    let hba = Some("local all all trust\nhost all all 127.0.0.1/32 trust\n".to_owned());
    let mut server = Server::start(&ServerOptions { tcp: true, hba, ..ServerOptions::default() });
    server.install(&["--check", "certificate_expiry"]);
    for (days, code, expected) in [
        ("400", 0, "CERTIFICATE_EXPIRY OK - time left "),
        ("10", 1, "CERTIFICATE_EXPIRY WARNING - time left "),
        ("2", 2, "CERTIFICATE_EXPIRY CRITICAL - time left "),
    ] {
        authority.signed("leaf", "localhost", "root", "", &["-days", days]);
        authority.present(&mut server.0, "leaf", "root");
        let port = server.0.port();
        for (mode, code, expected) in [
            ("require", code, expected),
            ("disable", 0, "CERTIFICATE_EXPIRY OK - time left: no value"),
        ] {
            let conninfo = format!(
                "host=localhost hostaddr=127.0.0.1 port={port} dbname=posemo sslmode={mode}"
            );
            let output = posemo(&["check", "certificate_expiry", "-d", &conninfo]);
            let text = String::from_utf8(output.stdout).expect("UTF-8");
            assert_eq!(output.status.code(), Some(code), "{days} {mode}: {text}");
            assert!(text.starts_with(expected), "{days} {mode}: {text}");
        }
    }
    // The certificate is for localhost, and not for its address.
    authority.signed("leaf", "localhost", "root", "", &["-days", "400"]);
    authority.present(&mut server.0, "leaf", "root");
    let conninfo = format!("host=127.0.0.1 port={} dbname=posemo sslmode=require", server.0.port());
    let output = posemo(&["check", "certificate_expiry", "-d", &conninfo]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("is not for this host"), "{text}");
    // A socket has no TLS.
    let output = server.posemo(&["check", "certificate_expiry"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
