//! nginx with the configuration of `docs/deployment/one-machine.md` before `posemo serve`.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::work_directory::{WorkDirectory, program, run};
use crate::deployment::blocks;
use crate::ports::{DEAD, free_ports};
use crate::serve::Serving;
use crate::server::POSEMO;

/// The settings of the page, with the logins in this folder, and a server that does not answer.
fn settings(directory: &WorkDirectory, port: u16) -> String {
    let settings = blocks("one-machine.md", "toml").concat();
    settings
        .replace("/run/credentials/posemo.service", directory.path().to_str().unwrap())
        .replace("host = \"db1.example\"", &format!("host = \"127.0.0.1\"\nport = {DEAD}"))
        .replace("9847", &port.to_string())
}

/// Writes the files of logins, by the commands of the page.
fn logins(directory: &WorkDirectory) {
    directory.write("secret.txt", "monitor\n");
    directory.write("anna.txt", "correct horse\n");
    let page = blocks("one-machine.md", "sh");
    let block = page.iter().find(|block| block.starts_with("umask 077")).unwrap();
    let script =
        block.replace("/etc/posemo/", "").replace("posemo serve", &format!("{POSEMO} serve"));
    let mut shell = Command::new("bash");
    shell.args(["-e", "-o", "pipefail"]).current_dir(directory.path()).stdin(Stdio::piped());
    let mut shell = shell.spawn().unwrap();
    shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
    for file in ["pgpass", "users", "tokens", "token"] {
        let mode = fs::metadata(directory.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert_eq!(directory.read("pgpass"), "db1.example:5432:*:posemo:monitor\n");
}

/// The configuration around the server of the page, as nginx.conf of a package.
fn configuration(directory: &WorkDirectory, server: &str) -> String {
    let folder = directory.path().display();
    let mut temporary = String::new();
    for name in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        writeln!(temporary, "{name}_temp_path {folder}/{name};").unwrap();
    }
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/server.log;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}{server}}}\n"
    )
}

/// The status of an answer of nginx, whose certificate is verified; empty without an answer.
fn status(directory: &WorkDirectory, port: u16, arguments: &[&str], path: &str) -> String {
    let output = Command::new("curl")
        .args(["-sS", "-o", "answer", "-w", "%{http_code}", "--max-time", "20"])
        .args(["--resolve", &format!("posemo.example:{port}:127.0.0.1"), "--cacert", "certificate"])
        .args(arguments)
        .arg(format!("https://posemo.example:{port}{path}"))
        .current_dir(directory.path())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn nginx_forwards_people_and_programs_to_posemo() {
    let mut directory = WorkDirectory::new();
    let [port, https] = free_ports();
    logins(&directory);
    run(Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "2", "-subj", "/CN=posemo.example", "-keyout", "key"])
        .args(["-addext", "subjectAltName=DNS:posemo.example", "-out", "certificate"])
        .current_dir(directory.path()));
    let page = blocks("one-machine.md", "nginx").concat();
    let server = page
        .replace("listen [::]:443 ssl;\n", "")
        .replace("listen 443", &format!("listen 127.0.0.1:{https}"))
        .replace("/etc/ssl/certs/posemo.example.pem", "certificate")
        .replace("/etc/ssl/private/posemo.example.key", "key")
        .replace("9847", &port.to_string());
    let file = directory.write("nginx.conf", &configuration(&directory, &server));
    let prefix = format!("{}/", directory.path().display());
    let arguments = ["-p", &prefix, "-c", file.to_str().unwrap()].map(str::to_owned);
    run(Command::new(program("nginx", "nginx-light")).args(&arguments).arg("-t"));
    directory.start_program("nginx", "nginx-light", &arguments);

    let listen = format!("127.0.0.1:{port}");
    let serving = Serving::with(&settings(&directory, port), &["--listen", &listen], &[]);
    directory.wait_for("nginx forwards requests", || {
        (status(&directory, https, &[], "/-/healthy") == "200").then_some(())
    });
    let token = format!("Authorization: Bearer {}", directory.read("token").trim());
    for (arguments, path, expected) in [
        (&[][..], "/", "401"),
        (&["-u", "anna:wrong"], "/", "401"),
        (&["-u", "anna:correct horse"], "/targets", "200"),
        (&["-H", &token], "/metrics", "200"),
        // A viewer gives no orders.
        (&["-H", &token, "-X", "POST"], "/-/reload", "403"),
        // A page of another site gives none, and one of this site does.
        (
            &["-u", "anna:correct horse", "-X", "POST", "-H", "Origin: https://evil.example"],
            "/-/reload",
            "403",
        ),
        (
            &["-u", "anna:correct horse", "-X", "POST", "-H", "Origin: https://posemo.example"],
            "/-/reload",
            "200",
        ),
        (&["-H", "Host: evil.example"], "/-/healthy", "421"),
    ] {
        let found = status(&directory, https, arguments, path);
        assert_eq!(found, expected, "{arguments:?} {path}: {}", serving.log());
    }
}
