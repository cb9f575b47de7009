//! Logins: who may read, who may order, and what a mistake in their files does.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Serving, command, on_port, write_settings};
use crate::ports::DEAD;
use crate::server::program;

const VIEWER_TOKEN: &str = "0123456789abcdef0123456789abcdef-viewer";
const OPERATOR_TOKEN: &str = "0123456789abcdef0123456789abcdef-operator";
const SHORT_TOKEN: &str = "short";

/// The line of a user, as the program prints it.
fn login(user: &str, password: &str) -> String {
    let mut child = program()
        .args(["serve", "--print-login", user])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

fn write_secret(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Settings with a file of users and one of tokens in the folder.
fn with_logins(folder: &Path) -> String {
    let users = login("anna:operator", "größer als: sesame") + &login("bob:viewer", "sesame");
    write_secret(&folder.join("users"), &users, 0o600);
    let token = |name: &str, role: &str, token: &str| {
        let hash = Sha256::digest(token.as_bytes());
        let hash = hash.iter().fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"));
        format!("{name}:{role}:{hash}\n")
    };
    let tokens = token("prometheus", "viewer", VIEWER_TOKEN)
        + &token("script", "operator", OPERATOR_TOKEN)
        + &token("short", "operator", SHORT_TOKEN);
    write_secret(&folder.join("tokens"), &tokens, 0o640);
    format!("[serve]\nusers_file = \"{0}/users\"\ntokens_file = \"{0}/tokens\"\n", folder.display())
}

fn basic(user: &str, password: &str) -> (String, String) {
    let pair = STANDARD.encode(format!("{user}:{password}"));
    ("Authorization".to_owned(), format!("Basic {pair}"))
}

fn bearer(token: &str) -> (String, String) {
    ("Authorization".to_owned(), format!("Bearer {token}"))
}

fn header(user: &str) -> (String, String) {
    ("X-Remote-User".to_owned(), user.to_owned())
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum May {
    Nothing,
    Read,
    Order,
}

/// A kind of login, its headers, and what it may do.
type MatrixRow<'a> = (&'a str, Vec<(String, String)>, May);

/// Sends each kind of request with each kind of login.
fn matrix(serving: &Serving, logins: &[MatrixRow<'_>]) {
    let pages = [
        "/",
        "/targets/db1",
        "/history.csv",
        "/report",
        "/metrics",
        "/probe?target=db1",
        "/api/1/report",
        "/api/1/acts",
        "/none",
    ];
    let orders = [
        ("POST", "/-/reload"),
        ("POST", "/reload"),
        ("POST", "/run"),
        ("POST", "/silences"),
        ("POST", "/silences/x/end"),
        ("POST", "/api/1/reload"),
        ("POST", "/api/1/run?target=none"),
        ("POST", "/api/1/silence"),
        ("POST", "/api/1/silence/x/end"),
        ("DELETE", "/api/1/silence/x"),
        ("PUT", "/-/healthy"),
        ("POST", "/none"),
    ];
    for (name, headers, may) in logins {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let send = |method: &str, path: &str| serving.request(method, path, &headers);
        for path in ["/-/healthy", "/-/ready"] {
            assert_ne!(send("GET", path).status, 401, "{name} {path}");
        }
        for path in pages {
            let answer = send("GET", path);
            assert_eq!(answer.status == 401, *may < May::Read, "{name} {path}: {answer:?}");
            assert_ne!(answer.status, 403, "{name} {path}");
            assert_eq!(
                answer.head.contains("www-authenticate: basic"),
                answer.status == 401,
                "{answer:?}"
            );
        }
        for (method, path) in orders {
            let answer = send(method, path);
            let expected = match may {
                May::Nothing => answer.status == 401,
                May::Read => answer.status == 403,
                May::Order => ![401, 403].contains(&answer.status),
            };
            assert!(expected, "{name} {method} {path}: {answer:?}");
        }
    }
}

#[test]
fn a_viewer_reads_and_an_operator_orders() {
    let directory = tempfile::tempdir().unwrap();
    let logins = with_logins(directory.path());
    // The proxies are elsewhere, so the header of the test's client has no effect.
    let proxies = "trusted_header = \"X-Remote-User\"\noperators = [\"carla\"]\n";
    let settings = |proxy: &str| {
        format!("{logins}{proxies}trusted_proxies = [\"{proxy}\"]\n{}", on_port("db1", DEAD))
    };
    let serving = Serving::within(&directory, &settings("10.9.9.9"), &[], &[]);
    let anna = || basic("anna", "größer als: sesame");
    let rows = [
        ("without a login", vec![], May::Nothing),
        ("viewer", vec![basic("bob", "sesame")], May::Read),
        ("operator", vec![anna()], May::Order),
        ("token of a viewer", vec![bearer(VIEWER_TOKEN)], May::Read),
        ("token of an operator", vec![bearer(OPERATOR_TOKEN)], May::Order),
        ("token that is too short", vec![bearer(SHORT_TOKEN)], May::Nothing),
        ("other token", vec![bearer(&VIEWER_TOKEN.replace("viewer", "vieweR"))], May::Nothing),
        ("header of a client", vec![header("carla")], May::Nothing),
        (
            "header of a client that has a login",
            vec![header("carla"), basic("bob", "sesame")],
            May::Read,
        ),
        ("two logins", vec![anna(), bearer(VIEWER_TOKEN)], May::Nothing),
        ("no user", vec![("Authorization".to_owned(), "Basic c2VzYW1l".to_owned())], May::Nothing),
        ("no base64", vec![("Authorization".to_owned(), "Basic *".to_owned())], May::Nothing),
    ];
    matrix(&serving, &rows);
    let refused = |user: &str, password: &str| {
        let (name, value) = basic(user, password);
        serving.request("GET", "/", &[(&name, &value)]).status
    };
    assert_eq!(refused("bob", "Sesame"), 401);
    assert_eq!(refused("anna", ""), 401);
    let statuses: Vec<u16> = (0..12).map(|number| refused("eve", &number.to_string())).collect();
    assert_eq!((statuses[0], statuses[9], statuses[10]), (401, 401, 429), "{statuses:?}");
    // Others still log in, and a login that was right before is not locked out by wrong ones.
    let wrong: Vec<u16> = (0..10).map(|_| refused("bob", "wrong")).collect();
    assert_eq!(wrong[9], 429, "{wrong:?}");
    assert_eq!((refused("bob", "sesame"), refused("anna", "größer als: sesame")), (200, 200));

    // A page has buttons only for those who may use them, and the name of its user.
    let page = |user: &str, password: &str| {
        let (name, value) = basic(user, password);
        serving.request("GET", "/about", &[(&name, &value), ("Accept", "text/html")]).body
    };
    let (viewed, operated) = (page("bob", "sesame"), page("anna", "größer als: sesame"));
    assert!(viewed.contains("bob (viewer)") && !viewed.contains("method=\"post\""), "{viewed}");
    assert!(operated.contains(">anna<") && operated.contains("method=\"post\""), "{operated}");
    let refused_page = serving.request("GET", "/", &[("Accept", "text/html")]);
    assert!(refused_page.status == 401 && !refused_page.body.contains("db1"), "{refused_page:?}");

    // The name of the login is in the history, whatever the parameter contains.
    let (name, value) = anna();
    let order = |path: &str| serving.request("POST", path, &[(&name, &value)]);
    assert_eq!(order("/api/1/silence?target=db1&for=1h&why=x&by=bob").status, 400);
    let answer = order("/api/1/silence?target=db1&for=1h&why=x");
    assert!(answer.body.contains("\"by\":\"anna\""), "{answer:?}");
    assert_eq!(order("/api/1/run?target=db1&check=alive").status, 200);
    assert_eq!(order("/-/reload").status, 200);
    serving.until("the acts are written", || {
        let acts = serving.request("GET", "/api/1/acts?limit=1000", &[(&name, &value)]).body;
        ["silence", "run", "reload"]
            .iter()
            .all(|what| acts.contains(&format!("\"who\":\"anna\",\"what\":\"{what}\"")))
    });
    let refused = "login refused: user \"eve\" from 127.0.0.1";
    serving.until("the refusal is in the log", || serving.log().contains(refused));
    let log = serving.log();
    let report = serving.request("GET", "/api/1/report", &[(&name, &value)]).body;
    for secret in ["sesame", "argon2", VIEWER_TOKEN, OPERATOR_TOKEN] {
        assert!(!log.contains(secret) && !report.contains(secret), "{secret}");
    }

    // Another server with the same files accepts the same logins, and the header of its proxy.
    let directory = tempfile::tempdir().unwrap();
    let other = Serving::within(&directory, &settings("127.0.0.1"), &[], &[]);
    let rows = [
        ("without a login", vec![], May::Nothing),
        ("operator", vec![anna()], May::Order),
        ("token of a viewer", vec![bearer(VIEWER_TOKEN)], May::Read),
        ("header of the proxy", vec![header("carla")], May::Order),
        ("other user of the proxy", vec![header("Carla")], May::Read),
        ("two users of the proxy", vec![header("carla"), header("dora")], May::Nothing),
        ("empty user of the proxy", vec![header(" ")], May::Nothing),
    ];
    matrix(&other, &rows);
}

/// A mistake in the files is one of the settings: nothing starts, and a reload changes nothing.
#[test]
fn a_mistake_in_a_file_of_logins_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    let logins = with_logins(folder);
    let settings = format!("{logins}behind_proxy = true\n{}", on_port("db1", DEAD));
    write_settings(folder, &settings);
    let start = |listen: &str| {
        let mut command = command(folder);
        command.args(["--listen", listen]);
        command
    };
    let serving = Serving::spawn(start("0.0.0.0:0"), folder);
    let (name, value) = basic("anna", "größer als: sesame");
    let reload = || {
        let headers = [("Host", "localhost"), (name.as_str(), value.as_str())];
        let answer = serving.request("POST", "/-/reload", &headers);
        (answer.status, answer.body)
    };
    assert_eq!(reload().0, 200);
    // The address that other machines reach keeps its logins.
    serving.write(&on_port("db1", DEAD));
    let (status, message) = reload();
    assert!(status == 422 && message.contains("can be reached from other machines"), "{message}");
    serving.write(&settings);
    let users = folder.join("users");
    let good = fs::read_to_string(&users).unwrap();
    for (text, mode, expected) in [
        (good.as_str(), 0o644, "others may read or write it; run chmod 0640 or 0600"),
        ("anna:root:x\n", 0o600, "users:1: the role must be viewer or operator"),
        ("", 0o600, "no line NAME:ROLE:HASH"),
    ] {
        write_secret(&users, text, mode);
        let (status, message) = reload();
        assert!(status == 422 && message.contains(expected), "{message}");
        let output = start("127.0.0.1:0").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(expected), "{error}");
    }
    write_secret(&users, &good, 0o600);
    assert_eq!(reload().0, 200);
    serving.write(&on_port("db1", DEAD));
    let output = start("0.0.0.0:0").output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && error.contains("behind_proxy = true"), "{error}");
}
