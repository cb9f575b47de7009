//! Runs the commands of `docs/server.md`, and reads its settings and the configurations of Prometheus.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use posemo::tempserver::ServerOptions;
use tempfile::TempDir;

use crate::programs::need;
use crate::server::{POSEMO, Server};
use crate::waiting::wait_for;

/// The page.
const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.md"));

/// The blocks of the page in a language.
pub(crate) fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}");
    let all = PAGE.split("\n```\n").filter_map(|text| text.rsplit_once(&opening));
    all.map(|(_, block)| block.trim_start_matches('\n')).collect()
}

/// The commands of the page, in their order.
fn commands() -> Vec<&'static str> {
    let lines = blocks("console").into_iter().flat_map(str::lines);
    lines.map(|line| line.strip_prefix("$ ").expect("a line of a console is a command")).collect()
}

/// The settings with logins or with a history on a server, and the others, which are one file.
fn settings() -> (Vec<&'static str>, Vec<&'static str>) {
    let others = ["users_file", "trusted_header", "store = \"postgres:"];
    let is_other = |text: &&str| others.iter().any(|one| text.contains(one));
    blocks("toml").into_iter().partition(is_other)
}

/// A folder and a server for the commands of the page, in which names and addresses are those of the test.
struct Reader {
    folder: TempDir,
    server: Server,
    port: u16,
    /// The `umask` of the page, which is for the commands after it.
    umask: Option<&'static str>,
}

impl Reader {
    fn new() -> Reader {
        let server = Server::start(&ServerOptions::default());
        let reader = Reader {
            folder: tempfile::tempdir().unwrap(),
            server,
            port: crate::ports::free_port(),
            umask: None,
        };
        fs::write(reader.folder.path().join("secret.txt"), "secret\n").unwrap();
        // The settings of the page, with a receiver that does not answer.
        let (_, without_logins) = settings();
        let settings = without_logins.join("\n").replace(
            "host = \"db1.example\"",
            &format!(
                "host = \"{}\"\nport = {}",
                reader.server.0.socket().display(),
                reader.server.0.port()
            ),
        );
        reader.write("posemo.toml", &settings);
        let configurations = blocks("yaml").into_iter();
        let mut open = configurations.filter(|text| !text.contains("authorization"));
        reader.write("prometheus.yml", open.next().unwrap());
        reader
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.path().join(file), self.here(text)).unwrap();
    }

    /// The text with the addresses and files of the test.
    fn here(&self, text: &str) -> String {
        let folder = self.folder.path().display();
        text.replace("/etc/posemo/posemo.toml", &format!("{folder}/posemo.toml"))
            .replace("/var/lib/posemo/", &format!("{folder}/"))
            .replace("alertmanager.example:9093", &format!("127.0.0.1:{}", crate::ports::DEAD))
            .replace(":9847", &format!(":{}", self.port))
            .replace("-H db1.example", &self.server.connection().join(" "))
            .replace("-H history.example", &self.server.connection().join(" "))
    }

    fn command(&self, line: &str) -> Command {
        let programs = Path::new(POSEMO).parent().unwrap().display().to_string();
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new("bash");
        command
            .args(["-c", &format!("{}; exec {}", self.umask.unwrap_or(":"), self.here(line))])
            .current_dir(&self.folder)
            .env("PATH", format!("{programs}:{path}"))
            .env("HOME", "/nonexistent")
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .env("XDG_STATE_HOME", self.folder.path());
        command
    }

    /// The output of a command that succeeds.
    fn run(&self, line: &str) -> String {
        let output = self.command(line).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}\n{error}");
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn the_commands_of_the_page_work() {
    need!("bash", "curl");
    let mut reader = Reader::new();
    let mut serving = None;
    let mut outputs = Vec::new();
    for line in commands() {
        if line.starts_with("umask ") {
            reader.umask = Some(line);
            continue;
        }
        if line.starts_with("posemo serve ") && !line.contains("--print-login") {
            // The next one has the port.
            drop(serving.take());
            let mut command = reader.command(line);
            serving = Some(Stopped(command.stderr(Stdio::null()).spawn().unwrap()));
            let healthy = format!("curl -fsS http://127.0.0.1:{}/-/healthy", reader.port);
            wait_for("the server answers", || {
                let output = reader.command(&healthy).output().unwrap();
                output.status.success().then_some(())
            });
            continue;
        }
        if line.starts_with("promtool ")
            && Command::new("promtool").arg("--version").output().is_err()
        {
            continue;
        }
        let output = if line.ends_with("/-/ready") {
            // The first sweep would begin within 30 s.
            let base = line.replace("-fsS", "-fsS -X POST").replace("/-/ready", "/api/1/run");
            reader.run(&format!("{base}'?target=db1&check=alive'"));
            wait_for("the server is ready", || {
                let output = reader.command(line).output().unwrap();
                output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
            })
        } else if line.contains("/api/1/acts") {
            // They are written once a second.
            wait_for("the acts are written", || {
                Some(reader.run(line)).filter(|output| output.contains("silence"))
            })
        } else {
            reader.run(line)
        };
        outputs.push((line, output));
    }
    for (part, contains) in [
        ("posemo install", "create function posemo.alive"),
        ("/-/ready", "ready"),
        ("9847/targets'", "db1"),
        ("/api/1/targets", "\"target\":\"db1\""),
        ("/api/1/report", "\"format\":1"),
        ("/api/1/run", "\"check\":\"superusers\""),
        ("/api/1/changes", "\"next\":null"),
        ("/api/1/silence?", "\"why\":\"new disks\""),
        ("posemo silence add", "target=\"db1\""),
        ("posemo silence list", "anna: new disks"),
        ("/api/1/silences", "\"matching\":0"),
        ("/api/1/acts", "\"what\":\"silence\""),
        ("/probe?", "posemo_up{target=\"db1\"} 1"),
        ("/-/reload", "reloaded"),
        ("openssl rand", ""),
    ] {
        let found = outputs.iter().find(|(line, _)| format!("{line}'").contains(part));
        let (line, output) = found.unwrap_or_else(|| panic!("no command {part}"));
        assert!(output.contains(contains), "{line}\n{output}");
    }
    // The server starts with the files of logins that the commands wrote, and accepts the token.
    let left = |file: &str| fs::metadata(reader.folder.path().join(file)).ok();
    let mode = left("token").unwrap().permissions().mode() & 0o777;
    assert!(mode == 0o600 && left("secret.txt").is_none(), "{mode:o}");
    drop(serving.take());
    let (logins, others) = settings();
    let folder = reader.folder.path().display().to_string();
    for login in logins {
        let text = login
            .replace("/etc/posemo/", &format!("{folder}/"))
            .replace("/run/posemo/", &format!("{folder}/"));
        let listen = format!("[serve]\nlisten = \"127.0.0.1:{}\"\n", reader.port);
        let text = if text.contains("listen") { text } else { text.replace("[serve]\n", &listen) };
        let target = reader.here(&others[0].replace("db1.example", "127.0.0.1"));
        let target = target.split("[serve]").next().unwrap().to_owned();
        fs::write(reader.folder.path().join("logins.toml"), target + &text).unwrap();
        let valid = format!("posemo config check --config {folder}/logins.toml");
        reader.run(&valid);
        if ["unix:", "tls_key", "postgres:"].iter().any(|one| text.contains(one)) {
            continue;
        }
        let mut command = reader.command(&format!("posemo serve --config {folder}/logins.toml"));
        let _serving = Stopped(command.stderr(Stdio::null()).spawn().unwrap());
        let page = format!(
            "curl -fsS -H \"Authorization: Bearer $(cat token)\" http://127.0.0.1:{}/metrics",
            reader.port
        );
        wait_for("the token is accepted", || {
            let output = reader.command(&page).output().unwrap();
            output.status.success().then_some(())
        });
    }
}

/// A program that is stopped at the end.
struct Stopped(std::process::Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The commands that change the machine are those of the unit.
#[test]
fn commands_of_systemd_name_files_of_the_repository() {
    let lines: Vec<&str> = blocks("sh").into_iter().flat_map(str::lines).collect();
    let expected = [
        "apt install ./posemo_*_amd64.deb      # or: dnf install ./posemo-*.x86_64.rpm",
        "install -m 755 posemo /usr/bin/posemo",
        "install -m 644 systemd/posemo.service /etc/systemd/system/posemo.service",
        "systemctl daemon-reload",
        "systemctl enable --now posemo",
        "posemo silence list --server http://127.0.0.1:9847 --token-file token",
        "install -m 644 systemd/posemo.socket /etc/systemd/system/posemo.socket",
        "systemctl enable --now posemo.socket",
        "psql -h history.example -U postgres -c '\\password posemo_history'",
        "posemo history copy --from /var/lib/posemo/history.db -H history.example",
    ];
    assert_eq!(lines, expected);
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/posemo.service");
    let text = fs::read_to_string(unit).unwrap();
    for key in [
        "ExecStart=/usr/bin/posemo serve",
        "LoadCredential=",
        "WatchdogSec=30",
        "RestartPreventExitStatus=2",
    ] {
        assert!(text.contains(key), "{key}");
    }
    // Only systemd can create the folder of the socket.
    let socket = settings().0.into_iter().find_map(|text| text.split_once("\"unix:/run/"));
    let (folder, _) = socket.unwrap().1.split_once("/posemo.sock\"").unwrap();
    assert!(text.contains(&format!("\nRuntimeDirectory={folder}\n")), "{folder}");
}

/// Prometheus accepts both configurations.
#[test]
fn prometheus_accepts_the_configurations() {
    let directory = tempfile::tempdir().unwrap();
    let configurations = blocks("yaml");
    assert_eq!(configurations.len(), 3);
    for text in configurations {
        let file = directory.path().join("prometheus.yml");
        let token = directory.path().join("token");
        fs::write(&token, "x").unwrap();
        let text = text.replace("/etc/prometheus/posemo-token", token.to_str().unwrap());
        fs::write(&file, &text).unwrap();
        let output = Command::new("promtool").args(["check", "config"]).arg(&file).output();
        let Ok(output) = output else {
            crate::programs::skip("promtool is missing: apt-get install prometheus");
            return;
        };
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !error.contains("FAILED"), "{text}\n{error}");
    }
}

/// Each route and each metric on the page exists.
#[test]
fn what_the_page_names_exists() {
    let settings = "[targets.db1]\nhost = \"127.0.0.1\"\nport = 1\n";
    let serving = super::Serving::start(settings);
    let metrics = serving.text("/metrics");
    for word in PAGE.split('`').filter(|word| word.starts_with("posemo_")) {
        let name = word.split([' ', '{']).next().unwrap();
        let by_name = metrics.contains(name) || name == "posemo_check_last_run_timestamp_seconds";
        assert!(by_name || name.starts_with("posemo_receiver_up"), "{name}");
    }
    let routes = PAGE.lines().filter(|line| line.starts_with("| `/") || line.starts_with("| POST"));
    let mut count = 0;
    for path in routes.flat_map(|line| line.split('`').skip(1).step_by(2)) {
        let path = path.split('?').next().unwrap();
        let path = path.replace("NAME", "db1").replace("CHECK", "alive");
        // Only a finding that exists has a page.
        if path.starts_with('/') && path != "/findings/ID" {
            assert_ne!(serving.get(&path).status, 404, "{path}");
            count += 1;
        }
    }
    assert!(count >= 10, "{count}");
}
