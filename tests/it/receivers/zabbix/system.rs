//! A Zabbix server with a database and a frontend of its own, and what a person would do through the frontend.
//!
//! It expects nothing.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use posemo::deliver::http::Client;
use posemo::settings::receiver::Http;
use posemo::tempserver::ServerOptions;
use serde_json::{Value, json};

use crate::ports::free_ports;
use crate::receivers::place::Place;
use crate::server::{Server, psql};
use crate::waiting::{patience, wait_for};

const SCHEMA: &str = "/usr/share/zabbix-server-pgsql/schema.sql.gz";
const PROGRAM: &str = "/usr/sbin/zabbix_server";
const FRONTEND: &str = "/usr/share/zabbix";

/// What an empty database has to have before anybody can log in: a role, a group, a user, groups of hosts.
const FIRST_ROWS: &str = "
INSERT INTO role (roleid, name, type, readonly) VALUES (3, 'Super admin role', 3, 1);
INSERT INTO usrgrp (usrgrpid, name) VALUES (7, 'Zabbix administrators');
INSERT INTO users (userid, username, name, surname, passwd, roleid) VALUES (1, 'Admin', '', '', '$2y$10$92nDno4n0Zm7Ej7Jfsz8WukBfgSS/U0QkIuu8WkJPihXBb2A1UrEK', 3);
INSERT INTO users_groups (id, usrgrpid, userid) VALUES (4, 7, 1);
INSERT INTO hstgrp (groupid, name, internal, uuid) VALUES (5, 'Discovered hosts', 1, 'f2481361f99448eea617b7b1d4765566'), (6, 'Databases', 0, '137f19e6e2dc4219b33553b812627bc2');
INSERT INTO config (configid, discovery_groupid, instanceid, session_key) VALUES (1, 5, '00000000000000000000000000000001', '6c1d2f0c1cd1a0d1e8f39ea0ab8a4a39');
";

/// The running system; its parts end in this order.
pub(super) struct System {
    pub(super) place: Place,
    _database: Server,
    pub(super) port: u16,
    api: Api,
}

impl System {
    /// Whether this is a machine that has, or can install, the version that is started here.
    pub(super) fn can_be_here() -> bool {
        match Command::new(PROGRAM).arg("-V").output() {
            Ok(said) => String::from_utf8_lossy(&said.stdout).contains("(Zabbix) 6.0."),
            Err(_) => fs::read_to_string("/etc/os-release")
                .is_ok_and(|text| text.contains("VERSION_CODENAME=bookworm")),
        }
    }

    /// Starts all of it; one clear line where the packages are missing.
    pub(super) fn start() -> System {
        for path in [SCHEMA, PROGRAM, FRONTEND] {
            assert!(
                Path::new(path).exists(),
                "{path} is missing: bin/prerequisites test installs Zabbix"
            );
        }
        let database = Server::start(&ServerOptions {
            tcp: true,
            hba: Some("local all all trust\nhost all all 127.0.0.1/32 trust\n".to_owned()),
            ..ServerOptions::default()
        });
        fill(&database);
        let mut place = Place::new();
        let [port, web] = free_ports();
        let of_database = database.0.port();
        place.write("server.conf", &configuration(place.path(), port, of_database));
        place.start(&format!("{PROGRAM} -f -c server.conf"));
        let address = frontend(&place, web, of_database, port);
        place.start(&format!("php -d memory_limit=1G -d display_errors=0 -S {address} -t web"));
        place
            .wait_for("Zabbix's server to listen", || TcpStream::connect(("127.0.0.1", port)).ok());
        let api = Api::enter(web);
        System { place, _database: database, port, api }
    }

    /// Calls a method of the API.
    pub(super) fn ask(&self, method: &str, parameters: &Value) -> Value {
        self.api.ask(method, parameters)
    }

    /// Imports a template, as a person does with a file.
    pub(super) fn import(&self, template: &str) {
        let both = json!({ "createMissing": true, "updateExisting": true });
        let rules = ["groups", "templates", "items", "triggers", "discoveryRules", "valueMaps"];
        let rules: Value = rules.iter().map(|rule| ((*rule).to_owned(), both.clone())).collect();
        let done = self.ask(
            "configuration.import",
            &json!({ "format": "yaml", "source": template, "rules": rules }),
        );
        assert_eq!(done, true);
    }

    /// Makes a host, with the template or without.
    pub(super) fn host(&self, name: &str, with_template: bool, macros: &[(&str, &str)]) -> String {
        let templates = self.ask("template.get", &json!({ "filter": { "host": "posemo" } }));
        let templates =
            with_template.then(|| json!([{ "templateid": templates[0]["templateid"] }]));
        let macros: Vec<Value> =
            macros.iter().map(|(name, value)| json!({ "macro": name, "value": value })).collect();
        let made = self.ask(
            "host.create",
            &json!({ "host": name, "groups": [{ "groupid": "6" }], "macros": macros,
                     "templates": templates.unwrap_or_else(|| json!([])) }),
        );
        made["hostids"][0].as_str().unwrap().to_owned()
    }

    /// The items of a host: key, last value, and the error where it is not supported.
    pub(super) fn items(&self, host: &str) -> Vec<[String; 3]> {
        let items = self.ask(
            "item.get",
            &json!({ "hostids": host, "output": ["key_", "lastvalue", "error"], "preservekeys": false }),
        );
        let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
        let items = items.as_array().unwrap().iter();
        items.map(|item| ["key_", "lastvalue", "error"].map(|key| text(item, key))).collect()
    }

    /// What is wrong with the discovery rules of a host.
    pub(super) fn discovery_errors(&self, host: &str) -> Vec<String> {
        let rules = json!({ "hostids": host, "output": ["key_", "error"] });
        let rules = self.ask("discoveryrule.get", &rules);
        let errors = rules.as_array().unwrap().iter().filter(|rule| rule["error"] != "");
        errors.map(Value::to_string).collect()
    }

    /// The names of the problems of a host that are not over, sorted.
    pub(super) fn problems(&self, host: &str) -> Vec<String> {
        let problems = self.ask("problem.get", &json!({ "hostids": host, "output": ["name"] }));
        let problems = problems.as_array().unwrap().iter();
        let mut names: Vec<String> =
            problems.map(|problem| problem["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    /// What the server has logged.
    pub(super) fn log(&self) -> String {
        self.place.read("server.log")
    }
}

fn fill(database: &Server) {
    database.superuser("postgres", "CREATE DATABASE zabbix");
    let mut zcat = Command::new("zcat").arg(SCHEMA).stdout(Stdio::piped()).spawn().unwrap();
    let filled = Command::new(psql(&Server::bindir()))
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "zabbix"])
        .args(["-h", &database.0.socket().display().to_string()])
        .args(["-p", &database.0.port().to_string()])
        .stdin(zcat.stdout.take().unwrap())
        .stdout(Stdio::null())
        .status();
    assert!(zcat.wait().unwrap().success() && filled.unwrap().success());
    database.superuser("zabbix", FIRST_ROWS);
}

fn configuration(directory: &Path, port: u16, database: u16) -> String {
    let directory = directory.display();
    format!(
        "ListenIP=127.0.0.1\nListenPort={port}\nLogType=file\nLogFile={directory}/server.log\n\
         PidFile={directory}/server.pid\nSocketDir={directory}\nDBHost=127.0.0.1\nDBPort={database}\n\
         DBName=zabbix\nDBUser=postgres\nAllowRoot=1\nStartPollers=1\nStartPollersUnreachable=1\n\
         StartPingers=0\nStartHTTPPollers=0\nStartDiscoverers=0\nStartTrappers=2\nStartPreprocessors=1\n\
         StartDBSyncers=1\nStartLLDProcessors=1\nCacheUpdateFrequency=1\nHousekeepingFrequency=0\n\
         CacheSize=32M\nHistoryCacheSize=16M\nTrendCacheSize=4M\nValueCacheSize=8M\nFpingLocation=/bin/true\n"
    )
}

/// Debian's frontend reads one file below /etc; a copy reads another. Gives the address that it is for.
fn frontend(place: &Place, web: u16, database: u16, server: u16) -> String {
    let copy = place.path().join("web");
    let copied =
        Command::new("cp").arg("-rL").arg(FRONTEND).arg(&copy).stderr(Stdio::null()).status();
    // A link into a package that is not needed may lead nowhere.
    copied.unwrap();
    let file = copy.join("include/classes/core/CConfigFile.php");
    let settings = copy.join("conf/zabbix.conf.php");
    let code = fs::read_to_string(&file).unwrap();
    let usual = "/etc/zabbix/zabbix.conf.php";
    assert!(code.contains(usual));
    fs::write(file, code.replace(usual, &settings.display().to_string())).unwrap();
    let php = format!(
        "<?php $DB=['TYPE'=>'POSTGRESQL','SERVER'=>'127.0.0.1','PORT'=>'{database}','DATABASE'=>'zabbix',\
         'USER'=>'postgres','PASSWORD'=>'','SCHEMA'=>'','ENCRYPTION'=>false,'KEY_FILE'=>'','CERT_FILE'=>'',\
         'CA_FILE'=>'','VERIFY_HOST'=>false,'CIPHER_LIST'=>'','VAULT_URL'=>'','VAULT_DB_PATH'=>'',\
         'VAULT_TOKEN'=>'','DOUBLE_IEEE754'=>true];\n$ZBX_SERVER='127.0.0.1'; $ZBX_SERVER_PORT='{server}';\n\
         $ZBX_SERVER_NAME=''; $IMAGE_FORMAT_DEFAULT=IMAGE_FORMAT_PNG;\n"
    );
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(settings, php).unwrap();
    format!("127.0.0.1:{web}")
}

/// The frontend's API, entered.
struct Api {
    client: Client,
    url: String,
    session: String,
}

impl Api {
    fn enter(port: u16) -> Api {
        let client = Client::new(&Http::default(), patience()).unwrap();
        let url = format!("http://127.0.0.1:{port}/api_jsonrpc.php");
        let mut api = Api { client, url, session: String::new() };
        let who = json!({ "username": "Admin", "password": "zabbix" });
        wait_for("the frontend", || api.client.ask("GET", &api.url).ok());
        api.ask("user.login", &who).as_str().unwrap().clone_into(&mut api.session);
        api
    }

    fn ask(&self, method: &str, parameters: &Value) -> Value {
        let mut request =
            json!({ "jsonrpc": "2.0", "method": method, "params": parameters, "id": 1 });
        if !self.session.is_empty() {
            request["auth"] = json!(self.session);
        }
        let answer = self.client.send("POST", &self.url, &request.to_string()).unwrap();
        let mut body: Value = serde_json::from_str(&answer.body)
            .unwrap_or_else(|_| panic!("{method}: {} {}", answer.status, answer.body));
        assert!(body["error"].is_null(), "{method}: {}", body["error"]);
        body["result"].take()
    }
}
