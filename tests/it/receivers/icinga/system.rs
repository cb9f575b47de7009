//! An Icinga 2 on loopback, and what a person would ask it.
//!
//! It expects nothing.

use std::process::Command;
use std::sync::OnceLock;

use posemo::deliver::http::Client;
use posemo::settings::receiver::{HttpSettings, Receiver, ReceiverKind};
use serde_json::Value;

use crate::ports::free_port;
use crate::receivers::place::{Place, is_root, program, run};
use crate::receivers::told::receiver;
use crate::waiting::patience;

/// What the definitions need around them.
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

/// The certificates of all Icingas of this process.
static CERTIFICATES: OnceLock<Vec<(&str, Vec<u8>)>> = OnceLock::new();

/// A running Icinga.
pub(in crate::receivers) struct Icinga {
    pub(super) place: Place,
    port: u16,
    flags: Vec<String>,
}

impl Icinga {
    /// Its directory and its certificates; it does not run yet.
    pub(in crate::receivers) fn new() -> Icinga {
        let place = Place::new();
        for directory in ["lib/certs", "log", "run", "cache", "spool"] {
            std::fs::create_dir_all(place.path().join(directory)).unwrap();
        }
        place.write("secret", "lab\n");
        place.write("wrong", "guess\n");
        let mut flags =
            ["DataDir=lib", "LogDir=log", "CacheDir=cache", "SpoolDir=spool", "InitRunDir=run"]
                .map(|flag| {
                    let (name, directory) = flag.split_once('=').unwrap();
                    format!("-D{name}={}", place.path().join(directory).display())
                })
                .to_vec();
        flags.push("-DNodeName=localhost".to_owned());
        if !is_root() {
            let id = |option| run(Command::new("id").arg(option)).trim().to_owned();
            flags.push(format!("-DRunAsUser={}", id("-un")));
            flags.push(format!("-DRunAsGroup={}", id("-gn")));
        }
        place.give_to("nagios");
        let icinga = Icinga { place, port: free_port(), flags };
        // Its keys are long, so that making them takes longer than everything else: all use the same.
        for (name, bytes) in CERTIFICATES.get_or_init(|| icinga.certificates()) {
            std::fs::write(icinga.place.path().join("lib/certs").join(name), bytes).unwrap();
        }
        icinga
    }

    /// Makes an authority and a certificate, and gives the files that are to be in `lib/certs`.
    fn certificates(&self) -> Vec<(&'static str, Vec<u8>)> {
        let path = |name: &str| self.place.path().join(name).display().to_string();
        let (key, request) = (path("lib/certs/localhost.key"), path("lib/certs/localhost.csr"));
        let certificate = path("lib/certs/localhost.crt");
        self.call(&["pki", "new-ca"]);
        self.call(&["pki", "new-cert", "--cn", "localhost", "--key", &key, "--csr", &request]);
        self.call(&["pki", "sign-csr", "--csr", &request, "--cert", &certificate]);
        let made = ["lib/ca/ca.crt", "lib/certs/localhost.crt", "lib/certs/localhost.key"];
        made.map(|name| (name.rsplit('/').next().unwrap(), std::fs::read(path(name)).unwrap()))
            .into()
    }

    fn call(&self, arguments: &[&str]) -> String {
        run(Command::new(program("icinga2", "icinga2-bin")).args(arguments).args(&self.flags))
    }

    /// Looks at the definitions as an operator would, and starts with them.
    pub(in crate::receivers) fn start(&mut self, definitions: &str) {
        let api = format!(
            "object ApiListener \"api\" {{ bind_host = \"127.0.0.1\"; bind_port = {} }}\n",
            self.port
        );
        let file = self.place.write("icinga.conf", &format!("{AROUND}{api}{definitions}"));
        self.place.give_to("nagios");
        let said = self.call(&["daemon", "-C", "-c", &file.display().to_string()]);
        assert!(!said.contains("warning/") && !said.contains("critical/"), "{said}");
        let program = program("icinga2", "icinga2-bin");
        self.place.start(&format!(
            "{} daemon -c '{}' {}",
            program.display(),
            file.display(),
            self.flags.join(" ")
        ));
        self.place.wait_for("Icinga's API", || {
            self.get("/v1/objects/hosts").filter(|hosts| !hosts.is_null())
        });
    }

    /// Ends it, where it runs, and starts it with other definitions.
    pub(in crate::receivers) fn restart(&mut self, definitions: &str) {
        self.place.stop();
        self.start(definitions);
    }

    pub(in crate::receivers) fn place(&self) -> &Place {
        &self.place
    }

    pub(in crate::receivers) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// What a service says.
    pub(in crate::receivers) fn output(&self, name: &str) -> String {
        let output = &self.service(name)["last_check_result"]["output"];
        output.as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn http(&self, user: &str) -> HttpSettings {
        HttpSettings {
            urls: vec![self.url()],
            user: Some(user.to_owned()),
            password_file: Some(self.place.path().join("secret")),
            sslrootcert: Some(self.place.path().join("lib/certs/ca.crt")),
            ..HttpSettings::default()
        }
    }

    pub(in crate::receivers) fn get(&self, path: &str) -> Option<Value> {
        let http = self.http("reader");
        let client = Client::new(&http, patience()).unwrap();
        let answer = client.ask("GET", &format!("{}{path}", http.urls[0])).ok()?;
        let document: Value = serde_json::from_str(&answer.body).ok()?;
        Some(document["results"].clone())
    }

    /// What Icinga has of all services, by name.
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

    /// What Icinga itself reads in performance data.
    pub(in crate::receivers) fn parsed(&self, items: &[String]) -> Vec<Value> {
        let quote =
            |item: &String| format!("parse_performance_data({})", Value::from(item.as_str()));
        let expression = items.iter().map(quote).collect::<Vec<_>>().join(", ");
        let mut command = Command::new(program("icinga2", "icinga2-bin"));
        command.args(["console", "--eval", &format!("[ {expression} ]"), "--connect"]);
        let said = run(command
            .arg(format!("https://reader:lab@localhost:{}/", self.port))
            .env("HOME", self.place.path()));
        serde_json::from_str::<Value>(&said)
            .unwrap_or_else(|error| panic!("{error}: {said}"))
            .as_array()
            .unwrap()
            .clone()
    }
}
