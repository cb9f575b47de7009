//! A Zabbix server with its database and its frontend, and calls of the frontend's API.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use posemo::deliver::http::HttpClient;
use posemo::settings::receiver::HttpSettings;
use posemo::tempserver::ServerOptions;
use serde_json::{Value, json};

use crate::ports::free_ports;
use crate::receivers::work_directory::WorkDirectory;
use crate::server::{Server, psql};
use crate::waiting::{patience, wait_for};

const SCHEMA: &str = "/usr/share/zabbix-server-pgsql/schema.sql.gz";
const PROGRAM: &str = "/usr/sbin/zabbix_server";
const FRONTEND: &str = "/usr/share/zabbix";

/// The rows that a new database needs for a login: a role, a user group, a user and host groups.
const FIRST_ROWS: &str = "
INSERT INTO role (roleid, name, type, readonly) VALUES (3, 'Super admin role', 3, 1);
INSERT INTO usrgrp (usrgrpid, name) VALUES (7, 'Zabbix administrators');
INSERT INTO users (userid, username, name, surname, passwd, roleid) VALUES (1, 'Admin', '', '', '$2y$10$92nDno4n0Zm7Ej7Jfsz8WukBfgSS/U0QkIuu8WkJPihXBb2A1UrEK', 3);
INSERT INTO users_groups (id, usrgrpid, userid) VALUES (4, 7, 1);
INSERT INTO hstgrp (groupid, name, internal, uuid) VALUES (5, 'Discovered hosts', 1, 'f2481361f99448eea617b7b1d4765566'), (6, 'Databases', 0, '137f19e6e2dc4219b33553b812627bc2');
INSERT INTO config (configid, discovery_groupid, instanceid, session_key) VALUES (1, 5, '00000000000000000000000000000001', '6c1d2f0c1cd1a0d1e8f39ea0ab8a4a39');
";

/// The running system. Its parts stop in this order.
pub(super) struct ZabbixSystem {
    pub(super) directory: WorkDirectory,
    _database: Server,
    pub(super) port: u16,
    api: Api,
}

impl ZabbixSystem {
    /// Whether Zabbix 6.0 is installed, or is in a package of this system.
    pub(super) fn is_available() -> bool {
        match Command::new(PROGRAM).arg("-V").output() {
            Ok(output) => String::from_utf8_lossy(&output.stdout).contains("(Zabbix) 6.0."),
            Err(_) => fs::read_to_string("/etc/os-release")
                .is_ok_and(|text| text.contains("VERSION_CODENAME=bookworm")),
        }
    }

    /// Starts the server, its database and its frontend. Fails where the packages are missing.
    pub(super) fn start() -> ZabbixSystem {
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
        let mut directory = WorkDirectory::new();
        let [port, web] = free_ports();
        let database_port = database.0.port();
        directory.write("server.conf", &configuration(directory.path(), port, database_port));
        directory.start(&format!("{PROGRAM} -f -c server.conf"));
        let address = frontend(&directory, web, database_port, port);
        directory.start(&format!("php -d memory_limit=1G -d display_errors=0 -S {address} -t web"));
        directory
            .wait_for("Zabbix's server to listen", || TcpStream::connect(("127.0.0.1", port)).ok());
        let api = Api::login(web);
        ZabbixSystem { directory, _database: database, port, api }
    }

    /// Calls a method of the API.
    pub(super) fn call(&self, method: &str, parameters: &Value) -> Value {
        self.api.call(method, parameters)
    }

    /// Imports a template.
    pub(super) fn import(&self, template: &str) {
        self.import_with(template, &json!({ "createMissing": true, "updateExisting": true }));
    }

    /// Imports a template, and deletes items and triggers that it does not contain.
    pub(super) fn import_only(&self, template: &str) {
        let all = json!({ "createMissing": true, "updateExisting": true, "deleteMissing": true });
        self.import_with(template, &all);
    }

    fn import_with(&self, template: &str, choices: &Value) {
        let mut rules = json!({ "groups": choices, "templates": choices });
        for rule in ["groups", "templates"] {
            rules[rule].as_object_mut().unwrap().remove("deleteMissing");
        }
        for rule in ["items", "triggers", "discoveryRules", "valueMaps"] {
            rules[rule] = choices.clone();
        }
        let done = self.call(
            "configuration.import",
            &json!({ "format": "yaml", "source": template, "rules": rules }),
        );
        assert_eq!(done, true);
    }

    /// Creates a host, with the template or without it. Returns its id.
    pub(super) fn host(&self, name: &str, with_template: bool, macros: &[(&str, &str)]) -> String {
        let templates = self.call("template.get", &json!({ "filter": { "host": "posemo" } }));
        let templates =
            with_template.then(|| json!([{ "templateid": templates[0]["templateid"] }]));
        let macros: Vec<Value> =
            macros.iter().map(|(name, value)| json!({ "macro": name, "value": value })).collect();
        let made = self.call(
            "host.create",
            &json!({ "host": name, "groups": [{ "groupid": "6" }], "macros": macros,
                     "templates": templates.unwrap_or_else(|| json!([])) }),
        );
        made["hostids"][0].as_str().unwrap().to_owned()
    }

    /// The items of a host: key, last value, and the error where it is not supported.
    pub(super) fn items(&self, host: &str) -> Vec<[String; 3]> {
        let items = self.call(
            "item.get",
            &json!({ "hostids": host, "output": ["key_", "lastvalue", "error"], "preservekeys": false }),
        );
        let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
        let items = items.as_array().unwrap().iter();
        items.map(|item| ["key_", "lastvalue", "error"].map(|key| text(item, key))).collect()
    }

    /// The errors of the discovery rules of a host.
    pub(super) fn discovery_errors(&self, host: &str) -> Vec<String> {
        let rules = json!({ "hostids": host, "output": ["key_", "error"] });
        let rules = self.call("discoveryrule.get", &rules);
        let errors = rules.as_array().unwrap().iter().filter(|rule| rule["error"] != "");
        errors.map(Value::to_string).collect()
    }

    /// The names of the open problems of a host, sorted.
    pub(super) fn problems(&self, host: &str) -> Vec<String> {
        let problems = self.call("problem.get", &json!({ "hostids": host, "output": ["name"] }));
        let problems = problems.as_array().unwrap().iter();
        let mut names: Vec<String> =
            problems.map(|problem| problem["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    /// The log of the server.
    pub(super) fn log(&self) -> String {
        self.directory.read("server.log")
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

/// Copies Debian's frontend, which reads a file in /etc, so that it reads another file. Returns its address.
fn frontend(directory: &WorkDirectory, web: u16, database: u16, server: u16) -> String {
    let copy = directory.path().join("web");
    let copied =
        Command::new("cp").arg("-rL").arg(FRONTEND).arg(&copy).stderr(Stdio::null()).status();
    // cp fails on links into packages that are not installed and not needed.
    copied.unwrap();
    let file = copy.join("include/classes/core/CConfigFile.php");
    let settings = copy.join("conf/zabbix.conf.php");
    let code = fs::read_to_string(&file).unwrap();
    let default = "/etc/zabbix/zabbix.conf.php";
    assert!(code.contains(default));
    fs::write(file, code.replace(default, &settings.display().to_string())).unwrap();
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

/// The frontend's API, after a login.
struct Api {
    client: HttpClient,
    url: String,
    session: String,
}

impl Api {
    fn login(port: u16) -> Api {
        // The frontend reads and stores a template of more than a thousand items and triggers in one call.
        let client = HttpClient::new(&HttpSettings::default(), patience() * 4).unwrap();
        let url = format!("http://127.0.0.1:{port}/api_jsonrpc.php");
        let mut api = Api { client, url, session: String::new() };
        let user = json!({ "username": "Admin", "password": "zabbix" });
        wait_for("the frontend", || api.client.request("GET", &api.url).ok());
        api.call("user.login", &user).as_str().unwrap().clone_into(&mut api.session);
        api
    }

    fn call(&self, method: &str, parameters: &Value) -> Value {
        let mut request =
            json!({ "jsonrpc": "2.0", "method": method, "params": parameters, "id": 1 });
        if !self.session.is_empty() {
            request["auth"] = json!(self.session);
        }
        let answer = self.client.send("POST", &self.url, &request.to_string());
        let answer = answer.unwrap_or_else(|error| panic!("{method}: {error}"));
        let mut body: Value = serde_json::from_str(&answer.body)
            .unwrap_or_else(|_| panic!("{method}: {} {}", answer.status, answer.body));
        assert!(body["error"].is_null(), "{method}: {}", body["error"]);
        body["result"].take()
    }
}
