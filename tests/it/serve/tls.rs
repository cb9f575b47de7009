//! TLS of the HTTP server, with a certificate that `openssl` makes.

use std::fs;
use std::io::Read as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sha2::{Digest, Sha256};

use super::{command, on_port, write_settings};
use crate::ports::{DEAD, free_port};
use crate::programs::need;
use crate::waiting::until;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A program that is killed at the end of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Writes a new certificate for localhost and its key.
fn certificate(folder: &Path) {
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE"])
        .args(["-keyout", "key", "-out", "certificate"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::set_permissions(folder.join("key"), fs::Permissions::from_mode(0o600)).unwrap();
}

/// The status of an answer; 0 without one.
fn status(folder: &Path, arguments: &[&str]) -> u16 {
    let output = Command::new("curl")
        .args(["-s", "-o", "answer", "-w", "%{http_code}", "--max-time", "20"])
        .args(["--cacert", "certificate", "-H", &format!("Authorization: Bearer {TOKEN}")])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().parse().unwrap()
}

#[test]
fn a_port_with_a_certificate_answers_with_tls_only() {
    need!("curl", "openssl");
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    certificate(folder);
    let hash = Sha256::digest(TOKEN.as_bytes());
    let hash = hash.iter().fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"));
    fs::write(folder.join("tokens"), format!("script:operator:{hash}\n")).unwrap();
    fs::set_permissions(folder.join("tokens"), fs::Permissions::from_mode(0o600)).unwrap();
    let port = free_port();
    let settings = format!(
        "[serve]\nlisten = \"0.0.0.0:{port}\"\ntokens_file = \"{0}/tokens\"\n\
         tls_certificate = \"{0}/certificate\"\ntls_key = \"{0}/key\"\n{1}",
        folder.display(),
        on_port("db1", DEAD)
    );
    write_settings(folder, &settings);
    let log = folder.join("log");
    let mut serving = command(folder);
    let _serving = Running(serving.stderr(fs::File::create(&log).unwrap()).spawn().unwrap());
    let (open, secret) = (format!("http://localhost:{port}"), format!("https://localhost:{port}"));
    let page = |base: &str| status(folder, &[&format!("{base}/api/1/silences")]);
    until("it answers with TLS", || page(&secret) == 200);
    assert_eq!(page(&open), 0);
    assert!(fs::read_to_string(&log).unwrap().contains("https://0.0.0.0:"), "the log has the URL");
    // A client that does not begin a handshake holds one connection, and no other.
    let address: SocketAddr = ([127, 0, 0, 1], port).into();
    let mut idle = std::net::TcpStream::connect(address).unwrap();
    assert_eq!(page(&secret), 200);
    idle.set_nonblocking(true).unwrap();
    let waits = idle.read(&mut [0]).unwrap_err().kind();
    assert_eq!(waits, std::io::ErrorKind::WouldBlock, "the connection is still open");
    drop(idle);

    // A mistake changes nothing; a new certificate is used after a reload.
    let reload = || status(folder, &["-X", "POST", &format!("{secret}/-/reload")]);
    let answer = || fs::read_to_string(folder.join("answer")).unwrap();
    let key = fs::read(folder.join("key")).unwrap();
    let write_key = |text: &[u8], mode: u32| {
        fs::write(folder.join("key"), text).unwrap();
        fs::set_permissions(folder.join("key"), fs::Permissions::from_mode(mode)).unwrap();
    };
    for (text, mode, expected) in [
        (key.as_slice(), 0o644, "others may read it"),
        (b"none", 0o600, "must be an unencrypted key in PEM form"),
    ] {
        write_key(text, mode);
        assert_eq!(reload(), 422);
        assert!(answer().contains(expected), "{}", answer());
        let output = command(folder).stdout(Stdio::null()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && error.contains(expected), "{error}");
    }
    let trusted = fs::read(folder.join("certificate")).unwrap();
    certificate(folder);
    let renewed = fs::read(folder.join("certificate")).unwrap();
    write_key(&key, 0o600);
    fs::write(folder.join("certificate"), &renewed).unwrap();
    // The old certificate is in use until the reload: curl trusts only the file.
    fs::write(folder.join("trusted"), &trusted).unwrap();
    let with_old =
        |arguments: &[&str]| status(folder, &[&["--cacert", "trusted"], arguments].concat());
    assert_eq!(with_old(&["-X", "POST", &format!("{secret}/-/reload")]), 422);
    assert!(answer().contains("must belong to the certificate"), "{}", answer());
    certificate(folder);
    assert_eq!(with_old(&["-X", "POST", &format!("{secret}/-/reload")]), 200);
    until("the new certificate is used", || page(&secret) == 200);
    assert_eq!(with_old(&[&format!("{secret}/api/1/silences")]), 0);
}
