//! The pages of the dashboard on a real server: what they show, their orders, and a browser that uses them.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{EVERY_SECOND, Serving, request, server, target};
use crate::ports::{DEAD, free_port};
use crate::programs::{need, reader};
use crate::server::{Server, program};
use crate::waiting::{patience, wait_for};

/// A name that a page must show as text.
const HOSTILE: &str = "x<script>alert(1)</script>\"'&\u{202e}";

/// A server with a problem whose object has a hostile name, one that is not reached, and a window.
fn settings(server: &Server) -> String {
    format!(
        "{EVERY_SECOND}{}groups = [\"production\"]\n[targets.\"a <b>/..\"]\nhost = \"127.0.0.1\"\nport = {DEAD}\n\
         [maintenance.patching]\ntargets = [\"production\"]\nevery = \"second tue 22:00\"\nfor = \"2h\"\n",
        target("db1", server)
    )
}

/// A role whose name is hostile, and who is a superuser.
fn watched_server() -> Server {
    let server = server();
    server.superuser(
        "postgres",
        &format!("CREATE ROLE \"{}\" LOGIN SUPERUSER", HOSTILE.replace('"', "\"\"")),
    );
    server
}

/// A page as a browser asks for it.
fn page(serving: &Serving, path: &str) -> String {
    let answer = serving.request("GET", path, &[("Accept", "text/html")]);
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    assert!(answer.head.contains("content-type: text/html"), "{path}: {}", answer.head);
    // The script of the page is the only one.
    assert_eq!(answer.body.matches("<script").count(), 1, "{path}");
    assert!(!answer.body.contains('\u{202e}'), "{path}");
    answer.body
}

/// Sends a form, and returns the status and the page that it leads to.
fn send(serving: &Serving, path: &str, form: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(serving.address).unwrap();
    let text = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
        serving.address,
        form.len()
    );
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let location = answer.lines().find_map(|line| line.strip_prefix("location: "));
    (
        status,
        location.unwrap_or_else(|| answer.lines().last().unwrap_or_default()).trim().to_owned(),
    )
}

/// The address of the first page of a finding.
fn finding(page: &str) -> String {
    let start = page.find("/findings/").unwrap_or_else(|| panic!("no finding: {page}"));
    page[start..].split('"').next().unwrap().to_owned()
}

#[test]
fn pages_show_problems_and_carry_out_orders_on_a_server() {
    let server = watched_server();
    let serving = Serving::start(&settings(&server));
    wait_for("all problems", || {
        let page = serving.text("/");
        (page.contains("x&lt;script&gt;") && page.contains("cannot connect")).then_some(())
    });
    let problems = page(&serving, "/");
    assert!(problems.contains("\\u{202e}"), "hidden characters are spelled out: {problems}");
    assert!(problems.contains("/targets/a%20%3Cb%3E%2F.."), "{problems}");
    for path in [
        "/targets",
        "/targets/db1",
        "/targets/a%20%3Cb%3E%2F..",
        "/targets/db1?since=2026-01-01",
        "/checks",
        "/checks/superusers",
        "/targets/db1/checks/superusers",
        "/targets/db1/checks/connection_usage?span=7d",
        "/history",
        "/history?target=db1&from=2026-01-01&until=2099-01-01",
        "/silences",
        "/about",
        "/report",
        "/?state=warning&group=production&topic=security",
        "/?page=99",
    ] {
        if path == "/report" {
            assert!(serving.text(path).contains("<style>"), "{path}");
        } else {
            page(&serving, path);
        }
    }
    assert!(page(&serving, "/checks/superusers").contains("SECURITY DEFINER"));
    assert!(page(&serving, "/targets/db1/checks/connection_usage").contains("posemo.toml:"));

    // A mistake is a page for a browser, and a line for a program.
    let wrong = "/targets/db2";
    let answer = serving.request("GET", wrong, &[("Accept", "text/html")]);
    assert!(answer.status == 404 && answer.body.contains("did you mean"), "{answer:?}");
    assert!(answer.head.contains("text/html"), "{answer:?}");
    assert!(serving.get(wrong).head.contains("text/plain"));
    for (path, message) in [
        ("/?state=bad", "write critical, warning, unknown or notice"),
        ("/targets/db1/checks/alve", "did you mean \\\"alive\\\"?"),
        ("/findings/none", "this finding does not exist"),
        ("/findings/outage", "this finding does not exist"),
        ("/history?from=yesterday", "is not a day or a time"),
        ("/targets/db1/checks/alive?span=1y", "write one of"),
        ("/?colour=red", "unknown parameter"),
    ] {
        let answer = serving.get(path);
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
        assert!(format!("{:?}", answer.body).contains(message), "{path}: {answer:?}");
    }

    // The problem is silenced, and the page shows it; the check runs; the silence ends.
    let of_role = finding(&problems);
    assert!(page(&serving, &of_role).contains("What to do"));
    let form = "target=db1&check=superusers&for=24h&back=%2F%3Fstate%3Dwarning";
    assert_eq!(
        send(&serving, "/silences", form),
        (303, "/?state=warning&notice=silenced".to_owned())
    );
    let quiet = page(&serving, "/?notice=silenced");
    assert!(quiet.contains("silent") && quiet.contains("no reason given"), "{quiet}");
    let id = serving.json("/api/1/silences")[0]["id"].as_str().unwrap().to_owned();
    assert!(page(&serving, "/silences").contains(&format!("/silences/{id}/end")));
    assert_eq!(
        send(&serving, "/run", "target=db1&check=superusers&back=//evil.example"),
        (303, "/?notice=ran".to_owned())
    );
    assert_eq!(
        send(&serving, &format!("/silences/{id}/end"), "back=/silences"),
        (303, "/silences?notice=ended".to_owned())
    );
    assert_eq!(send(&serving, "/silences", "for=1h&why=x").0, 400);
    assert_eq!(send(&serving, "/silences", "target=db1&for=1h&colour=red").0, 400);
    assert_eq!(send(&serving, "/reload", ""), (303, "/about?notice=reloaded".to_owned()));

    // A problem that is over still has its page.
    server.superuser("postgres", &format!("DROP ROLE \"{}\"", HOSTILE.replace('"', "\"\"")));
    wait_for("the end of the problem", || {
        page(&serving, &of_role).contains("This problem is over").then_some(())
    });
    let csv = wait_for("both changes in the history", || {
        let csv = serving.text("/history.csv?check=superusers");
        (csv.lines().count() >= 3).then_some(csv)
    });
    assert!(csv.starts_with("\"time\",\"target\""), "{csv}");

    // The settings have a mistake: each page shows it.
    fs::write(serving.folder.join("posemo.toml"), "[targets.db1]\nprt = 1\n").unwrap();
    assert_eq!(send(&serving, "/reload", ""), (303, "/about".to_owned()));
    assert!(page(&serving, "/history").contains("the settings have a mistake"));
}

/// The demonstration shows its problems until it is interrupted, and leaves nothing.
#[test]
fn the_demonstration_has_a_dashboard_and_ends_on_a_server() {
    let address = format!("127.0.0.1:{}", free_port());
    let mut demo = program()
        .args(["demo", &format!("--serve={address}")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    let folder = first.rsplit(' ').next().unwrap().to_owned();
    assert!(lines.any(|line| line == format!("The dashboard: http://{address}/")));
    let address = address.parse().unwrap();
    let answer = wait_for("the problems", || {
        let answer = request(address, "GET", "/", &[]);
        (answer.body.contains("order_number used 97 %") && answer.body.contains("shop-replica"))
            .then_some(answer)
    });
    assert_eq!(answer.status, 200);
    let interrupt = ["-INT", &demo.id().to_string()];
    assert!(Command::new("kill").args(interrupt).status().unwrap().success());
    assert!(demo.wait().unwrap().success());
    assert!(!Path::new(&folder).exists(), "{folder}");
}

/// Runs the script of the browser, and asserts that nothing is wrong.
fn browse(arguments: &[&str]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/pages.mjs");
    let output = Command::new("node")
        .arg(script)
        .args(arguments)
        .env("PATIENCE", (patience().as_secs() / 120).max(1).to_string())
        .output()
        .unwrap();
    let wrong = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{wrong}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_browser_reads_and_uses_all_pages_on_a_server() {
    need!("chromium", "node", "axe");
    let server = watched_server();
    let serving = Serving::start(&settings(&server));
    wait_for("all problems", || {
        let page = serving.text("/");
        (page.contains("x&lt;script&gt;") && page.contains("cannot connect")).then_some(())
    });
    let of_role = finding(&serving.text("/"));
    let root = format!("http://{}", serving.address);
    // A silence, a run and its end, as a person does it.
    browse(&[
        "run",
        &format!("{root}{of_role}"),
        "document.querySelector('h1').textContent.includes('is a superuser')",
        "document.querySelector('input[name=by]').value = 'anna', document.querySelector('input[name=why]').value = 'new disks', true",
        "leave: [...document.querySelectorAll('button')].find((one) => one.textContent === 'Silence this problem').click()",
        "document.querySelector('.notice').textContent.startsWith('Silenced')",
        "document.querySelector('.head').textContent.includes('by anna: new disks')",
        "leave: [...document.querySelectorAll('button')].find((one) => one.textContent === 'Run now').click()",
        "document.querySelector('.notice').textContent.startsWith('The checks ran')",
        "leave: document.querySelector('a[href=\"/silences\"]').click()",
        "document.querySelector('table.silences').textContent.includes('new disks')",
        "leave: [...document.querySelectorAll('button')].find((one) => one.textContent.startsWith('End')).click()",
        "document.querySelector('.notice').textContent.startsWith('The silence ended')",
        "leave: document.querySelector('a[href=\"/history\"]').click()",
        "document.querySelector('table.changes').textContent.includes('superuser')",
        // The script replaces a page that changed.
        "leave: document.querySelector('a.mark').click()",
        "document.querySelector('#content h1').textContent = 'old', true",
        "dispatchEvent(new Event('x')), document.dispatchEvent(new Event('visibilitychange')), new Promise((done) => setTimeout(done, 2000)).then(() => document.querySelector('h1').textContent !== 'old')",
    ]);
    serving.post("/api/1/silence?target=db1&check=superusers&for=20m&by=anna&why=move");
    let axe = reader("axe/axe.min.js").display().to_string();
    let urls: Vec<String> = [
        "/",
        "/targets",
        "/targets/db1",
        "/targets/a%20%3Cb%3E%2F..",
        "/checks",
        "/checks/superusers",
        "/targets/db1/checks/connection_usage",
        &of_role,
        "/history",
        "/silences",
        "/about",
        "/evidence",
        "/?state=unknown",
    ]
    .iter()
    .map(|path| format!("{root}{path}"))
    .collect();
    let mut arguments = vec!["check", axe.as_str()];
    arguments.extend(urls.iter().map(String::as_str));
    browse(&arguments);
}
