//! An Icinga 2 on the loopback address, and queries of its API.

use std::collections::HashSet;
use std::process::Command;
use std::sync::OnceLock;

use posemo::deliver::deliver;
use posemo::deliver::http::HttpClient;
use posemo::finding::report::Report;
use posemo::output::services::services;
use posemo::settings::receiver::{HttpSettings, Receiver, ReceiverKind};
use serde_json::Value;

use crate::ports::free_port;
use crate::receivers::samples::receiver;
use crate::receivers::work_directory::{WorkDirectory, is_root, program, run};
use crate::waiting::patience;

/// Objects that the definitions require.
const AROUND: &str = r#"
const PluginDir = "/usr/lib/nagios/plugins"
include <itl>
include <plugins>
object Endpoint NodeName { host = NodeName }
object Zone NodeName { endpoints = [ NodeName ] }
object CheckerComponent "checker" { }
object ApiUser "posemo" { password = "lab"; permissions = [ "actions/process-check-result" ] }
object ApiUser "reader" { password = "lab"; permissions = [ "objects/query/*", "console" ] }
"#;

/// The certificates of all instances in this process.
static CERTIFICATES: OnceLock<Vec<(&str, Vec<u8>)>> = OnceLock::new();

/// A running Icinga.
pub(in crate::receivers) struct Icinga {
    pub(super) directory: WorkDirectory,
    port: u16,
    flags: Vec<String>,
}

impl Icinga {
    /// Creates its directory and its certificates. It does not run yet.
    pub(in crate::receivers) fn new() -> Icinga {
        let icinga = Icinga::without_certificates();
        // To create the keys takes longer than everything else, so all instances use the same keys.
        for (name, bytes) in CERTIFICATES.get_or_init(|| icinga.certificates()) {
            std::fs::write(icinga.directory.path().join("lib/certs").join(name), bytes).unwrap();
        }
        icinga
    }

    /// One that only verifies definitions, without its API.
    pub(super) fn without_certificates() -> Icinga {
        let directory = WorkDirectory::new();
        for name in ["lib/certs", "log", "run", "cache", "spool"] {
            std::fs::create_dir_all(directory.path().join(name)).unwrap();
        }
        directory.write("secret", "lab\n");
        directory.write("wrong", "guess\n");
        let mut flags =
            ["DataDir=lib", "LogDir=log", "CacheDir=cache", "SpoolDir=spool", "InitRunDir=run"]
                .map(|flag| {
                    let (name, folder) = flag.split_once('=').unwrap();
                    format!("-D{name}={}", directory.path().join(folder).display())
                })
                .to_vec();
        flags.push("-DNodeName=localhost".to_owned());
        if !is_root() {
            let id = |option| run(Command::new("id").arg(option)).trim().to_owned();
            flags.push(format!("-DRunAsUser={}", id("-un")));
            flags.push(format!("-DRunAsGroup={}", id("-gn")));
        }
        directory.give_to("nagios");
        Icinga { directory, port: free_port(), flags }
    }

    /// Creates an authority and a certificate, and returns the files of `lib/certs`.
    fn certificates(&self) -> Vec<(&'static str, Vec<u8>)> {
        let path = |name: &str| self.directory.path().join(name).display().to_string();
        let (key, request) = (path("lib/certs/localhost.key"), path("lib/certs/localhost.csr"));
        let certificate = path("lib/certs/localhost.crt");
        self.call(&["pki", "new-ca"]);
        self.call(&["pki", "new-cert", "--cn", "localhost", "--key", &key, "--csr", &request]);
        self.call(&["pki", "sign-csr", "--csr", &request, "--cert", &certificate]);
        let made = ["lib/ca/ca.crt", "lib/certs/localhost.crt", "lib/certs/localhost.key"];
        made.map(|name| (name.rsplit('/').next().unwrap(), std::fs::read(path(name)).unwrap()))
            .into()
    }

    pub(super) fn call(&self, arguments: &[&str]) -> String {
        run(Command::new(program("icinga2", "icinga2-bin")).args(arguments).args(&self.flags))
    }

    /// Verifies the definitions with `icinga2 daemon -C`, and starts Icinga with them.
    pub(in crate::receivers) fn start(&mut self, definitions: &str) {
        let api = format!(
            "object ApiListener \"api\" {{ bind_host = \"127.0.0.1\"; bind_port = {} }}\n",
            self.port
        );
        let file = self.directory.write("icinga.conf", &format!("{AROUND}{api}{definitions}"));
        self.directory.give_to("nagios");
        let output = self.call(&["daemon", "-C", "-c", &file.display().to_string()]);
        assert!(!output.contains("warning/") && !output.contains("critical/"), "{output}");
        let program = program("icinga2", "icinga2-bin");
        self.directory.start(&format!(
            "{} daemon -c '{}' {}",
            program.display(),
            file.display(),
            self.flags.join(" ")
        ));
        self.directory.wait_for("Icinga's API", || {
            self.get("/v1/objects/hosts").filter(|hosts| !hosts.is_null())
        });
    }

    /// Stops Icinga if it runs, and starts it with other definitions.
    pub(in crate::receivers) fn restart(&mut self, definitions: &str) {
        self.directory.stop();
        self.start(definitions);
    }

    pub(in crate::receivers) fn directory(&self) -> &WorkDirectory {
        &self.directory
    }

    pub(in crate::receivers) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The output of a service.
    pub(in crate::receivers) fn output(&self, name: &str) -> String {
        let output = &self.service(name)["last_check_result"]["output"];
        output.as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn http(&self, user: &str) -> HttpSettings {
        HttpSettings {
            urls: vec![self.url()],
            user: Some(user.to_owned()),
            password_file: Some(self.directory.path().join("secret")),
            sslrootcert: Some(self.directory.path().join("lib/certs/ca.crt")),
            ..HttpSettings::default()
        }
    }

    pub(in crate::receivers) fn get(&self, path: &str) -> Option<Value> {
        let http = self.http("reader");
        let client = HttpClient::new(&http, patience()).unwrap();
        let answer = client.request("GET", &format!("{}{path}", http.urls[0])).ok()?;
        let document: Value = serde_json::from_str(&answer.body).ok()?;
        Some(document["results"].clone())
    }

    /// All services with their last results.
    pub(in crate::receivers) fn services(&self) -> Vec<Value> {
        let path = "/v1/objects/services?attrs=state&attrs=last_check_result&attrs=next_check";
        self.get(path).unwrap().as_array().unwrap().clone()
    }

    pub(in crate::receivers) fn service(&self, name: &str) -> Value {
        let all = self.services();
        let found = all.into_iter().find(|service| service["name"] == name);
        found.unwrap_or_else(|| panic!("Icinga has no service {name}"))["attrs"].clone()
    }

    pub(in crate::receivers) fn receiver(&self) -> Receiver {
        receiver(ReceiverKind::Icinga2(self.http("posemo")))
    }

    /// Delivers a report of this moment, and returns it and all services.
    ///
    /// In its first minute Icinga runs the command of every service by itself. Its result may replace a delivered one, and
    /// Icinga 2.13 drops an older result without an error. Then a new report is delivered.
    pub(super) fn deliver(
        &self,
        receiver: &Receiver,
        report: impl Fn() -> Report,
    ) -> (Report, Vec<Value>) {
        let delivered = services(&report());
        let names = delivered.iter().map(|one| format!("{}!{}", one.target, one.name));
        let names = names.collect::<HashSet<_>>();
        let is_replaced = |service: &Value| {
            service["attrs"]["last_check_result"]["active"] == true
                && service["name"].as_str().is_some_and(|name| names.contains(name))
        };
        self.directory.wait_for("delivered results", || {
            let report = report();
            let sent = deliver(receiver, &report).unwrap();
            let expected = format!("accepted {} results", delivered.len());
            assert!(sent.contains(&expected), "{sent}");
            let services = self.services();
            (!services.iter().any(is_replaced)).then_some((report, services))
        })
    }

    /// Performance data, parsed by Icinga.
    pub(in crate::receivers) fn parsed(&self, items: &[String]) -> Vec<Value> {
        let quote =
            |item: &String| format!("parse_performance_data({})", Value::from(item.as_str()));
        let expression = items.iter().map(quote).collect::<Vec<_>>().join(", ");
        let mut command = Command::new(program("icinga2", "icinga2-bin"));
        command.args(["console", "--eval", &format!("[ {expression} ]"), "--connect"]);
        let output = run(command
            .arg(format!("https://reader:lab@localhost:{}/", self.port))
            .env("HOME", self.directory.path()));
        serde_json::from_str::<Value>(&output)
            .unwrap_or_else(|error| panic!("{error}: {output}"))
            .as_array()
            .unwrap()
            .clone()
    }
}
