//! `posemo init`: what is known about servers before posemo watches them, and the first posemo.toml for them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::error::AdminError;
use crate::catalog::monitor::MARK;
use crate::database::parameters::{Environment, Parameters};
use crate::database::{Purpose, Session};
use crate::text::causes::one_line;
use crate::text::shell::quoted;
use crate::text::sql::literal;
use crate::text::toml::dotted;
use crate::text::visible::visible;

/// The facts in one row: the version, whether it is a standby, the role, whether it is a superuser or has CREATEROLE, and
/// the home database of an installation.
const FACTS: &str = "SELECT pg_catalog.current_setting('server_version'), pg_catalog.pg_is_in_recovery()::pg_catalog.text, current_user::pg_catalog.text,
  r.rolsuper::pg_catalog.text, r.rolcreaterole::pg_catalog.text,
  (SELECT min(d.datname::pg_catalog.text) FROM pg_catalog.pg_database AS d WHERE pg_catalog.shobj_description(d.oid, 'pg_database') = MARK)
  FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user";

/// A server that a user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedServer {
    /// The host: a name, an address or a socket directory.
    pub host: String,
    /// The port, if it was named.
    pub port: Option<u16>,
}

/// What is known about a server.
#[derive(Debug)]
pub struct SurveyedServer {
    /// The server.
    pub server: NamedServer,
    /// What it is, or why it is not known.
    pub facts: Result<FirstFacts, AdminError>,
}

/// What a server is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FirstFacts {
    version: String,
    standby: bool,
    role: String,
    superuser: bool,
    creates_roles: bool,
    /// The home database of an installation.
    home: Option<String>,
}

impl NamedServer {
    /// Reads `HOST`, `HOST:PORT`, `[ADDRESS]:PORT` or a socket directory.
    fn parse(text: &str) -> Result<NamedServer, String> {
        let wrong = |why: &str| {
            format!("{why}; write HOST, HOST:PORT, [IPv6 address]:PORT or a socket directory")
        };
        let whole = |host: &str| Ok(NamedServer { host: host.to_owned(), port: None });
        if text.is_empty()
            || text.chars().any(|one| one.is_control() || one.is_whitespace() || one == ',')
        {
            return Err(wrong("a server has one name without blanks and commas"));
        }
        if text.contains("://") || text.contains('=') {
            return Err(wrong(
                "connection strings may contain a password, which does not belong into posemo.toml",
            ));
        }
        let (host, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
            Some(Some((address, rest))) => match rest.strip_prefix(':') {
                Some(port) => (address, port),
                None if rest.is_empty() => return whole(address),
                None => return Err(wrong("after ] a colon and the port follow")),
            },
            Some(None) => return Err(wrong("] is missing")),
            None => match text.split_once(':') {
                None => return whole(text),
                // An IPv6 address without a port.
                Some((_, rest)) if rest.contains(':') => return whole(text),
                Some(parts) => parts,
            },
        };
        let number = port.parse().ok().filter(|port| *port > 0);
        let port = number
            .ok_or_else(|| wrong("after the colon a port follows, a number from 1 to 65535"))?;
        Ok(NamedServer { host: host.to_owned(), port: Some(port) })
    }

    /// Reads the servers of a call, of which each becomes one section. The settings apply without `PGPORT`, too, so its
    /// port is that of each server without one.
    pub fn parse_all(
        texts: &[String],
        environment: &Environment,
    ) -> Result<Vec<NamedServer>, String> {
        let variable = environment.get("PGPORT").and_then(|port| port.parse().ok());
        let port = variable.filter(|port| ![0, 5432].contains(port));
        let mut names = BTreeSet::new();
        let mut servers = Vec::new();
        for (text, number) in texts.iter().zip(1..) {
            // The text is not repeated: it may be a connection string with a password.
            let mut server = NamedServer::parse(text)
                .map_err(|message| format!("server {number} of the call: {message}"))?;
            server.port = server.port.or(port);
            if !names.insert(server.name()) {
                return Err(format!("server {} occurs twice", server.name()));
            }
            servers.push(server);
        }
        Ok(servers)
    }

    fn keywords(&self) -> Vec<(String, String)> {
        let host = ("host".to_owned(), self.host.clone());
        let port = self.port.map(|port| ("port".to_owned(), port.to_string()));
        std::iter::once(host).chain(port).collect()
    }

    /// The options of a command for it.
    fn options(&self) -> String {
        let host = quoted(&self.host);
        self.port.map_or_else(|| format!("-H {host}"), |port| format!("-H {host} -p {port}"))
    }

    /// The name of its target.
    fn name(&self) -> String {
        let host = self.host.trim_matches('/').replace('/', "_");
        self.port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
    }
}

impl SurveyedServer {
    /// Connects as the role that will install, and reads what the server is.
    pub async fn survey(
        server: NamedServer,
        role: Option<&str>,
        environment: &Environment,
    ) -> SurveyedServer {
        let mut keywords = server.keywords();
        keywords.extend(role.map(|role| ("user".to_owned(), role.to_owned())));
        let facts = async {
            let parameters =
                Parameters::resolve(&keywords, &[("dbname", "postgres")], environment)?;
            let session = Session::open(&parameters, Purpose::Install).await?;
            let rows = session.table(&FACTS.replace("MARK", &literal(MARK)), 6).await?;
            let mut row = rows.into_iter().next().ok_or(AdminError::NoVersion)?.into_iter();
            let mut next = || row.next().flatten();
            let is_true = |text: Option<String>| text.as_deref() == Some("true");
            Ok(FirstFacts {
                version: next().unwrap_or_default(),
                standby: is_true(next()),
                role: next().unwrap_or_default(),
                superuser: is_true(next()),
                creates_roles: is_true(next()),
                home: next(),
            })
        };
        let facts = facts.await;
        SurveyedServer { server, facts }
    }

    fn line(&self) -> String {
        match &self.facts {
            Err(error) => format!("not reached: {}", one_line(error)),
            Ok(facts) => {
                let FirstFacts { version, role, .. } = facts;
                let rights = match (facts.superuser, facts.creates_roles) {
                    (true, _) => "a superuser, which can install all checks",
                    (false, true) => {
                        "not a superuser; with CREATEROLE it can install the checks whose grants it can make"
                    }
                    (false, false) => {
                        "neither a superuser nor a role with CREATEROLE, so it cannot install"
                    }
                };
                let kind = if facts.standby { "standby" } else { "primary" };
                let home = facts.home.as_ref().map_or_else(
                    || "posemo is not installed".to_owned(),
                    |home| format!("posemo is installed, home database {home}"),
                );
                format!("PostgreSQL {version}, {kind}; {home}; role {role} is {rights}")
            }
        }
    }

    /// What to do next with it.
    fn next(&self, role: Option<&str>) -> String {
        let options = self.server.options();
        let role = quoted(role.unwrap_or("postgres"));
        // Through a socket the server usually asks for no password.
        let password =
            if self.server.host.starts_with('/') { "" } else { " --password-file secret.txt" };
        match &self.facts {
            Err(_) => format!("posemo doctor {options} -U {role} -d postgres"),
            Ok(FirstFacts { standby: true, .. }) => {
                "nothing: it replays the installation of its primary".to_owned()
            }
            Ok(FirstFacts { home: Some(_), .. }) => format!("posemo verify {options}"),
            Ok(facts) if facts.superuser || facts.creates_roles => {
                format!(
                    "posemo install {options} -U {} --all-databases{password}",
                    visible(&quoted(&facts.role))
                )
            }
            Ok(_) => format!("posemo install {options} -U SUPERUSER --all-databases{password}"),
        }
    }
}

/// The text of the file.
pub fn settings(servers: &[SurveyedServer]) -> String {
    let mut text = String::from(HEAD);
    for one in servers {
        let NamedServer { host, port } = &one.server;
        let name = one.server.name();
        let _ = write!(
            text,
            "\n# {}\n[{}]\n",
            visible(&one.line()),
            dotted(["targets", &name].into_iter())
        );
        let _ = writeln!(text, "host = {}", toml::Value::String(host.clone()));
        if let Some(port) = port {
            let _ = writeln!(text, "port = {port}");
        }
        if let Ok(FirstFacts { home: Some(home), .. }) = &one.facts
            && home != "posemo"
        {
            let _ = writeln!(text, "dbname = {}", toml::Value::String(home.clone()));
        }
    }
    text + TAIL
}

/// Prints what was found, and what to do next.
pub fn write(
    servers: &[SurveyedServer],
    file: &str,
    role: Option<&str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for one in servers {
        writeln!(out, "{}: {}", visible(&one.server.name()), visible(&one.line()))?;
        writeln!(out, "  next: {}", one.next(role))?;
    }
    writeln!(out, "\n{} describes these servers. Then:", visible(file))?;
    writeln!(
        out,
        "  ~/.pgpass    contains a line for each server that asks for a password: HOST:PORT:*:posemo:PASSWORD, the password of --password-file"
    )?;
    writeln!(
        out,
        "  posemo doctor --config {}    examines each step from here to the functions",
        visible(file)
    )?;
    writeln!(out, "  posemo run --config {}       runs the checks", visible(file))
}

const HEAD: &str =
    "# The settings of posemo (https://toml.io). To set a key, remove the \"#\" before it.
#
#   posemo config check      reports all mistakes, with file, line and key
#   posemo config show       prints what is in force
#   posemo doctor            examines each step from here to the functions of the servers
#
# Passwords do not belong into this file. posemo reads them from ~/.pgpass, as psql does.

# Values for all servers. On a network, use TLS and verify the certificates.
[defaults]
user = \"posemo\"
#sslmode = \"verify-full\"
#sslrootcert = \"/etc/posemo/root.crt\"
";

const TAIL: &str = "
# Groups join servers that have settings in common.
#[targets.NAME]
#groups = [\"production\"]

# Thresholds that differ from those of a check; \"posemo explain database_size\" prints these.
#[checks.database_size]
#warning = \"200GB\"
#critical = \"400GB\"

# Alerts go to a receiver: \"posemo run --send alerts\", and posemo serve sends what changes.
#[receivers.alerts]
#kind = \"alertmanager\"
#url = \"https://alertmanager.example\"

# The pages and the API of posemo serve.
#[serve]
#listen = \"127.0.0.1:9847\"
";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> NamedServer {
        NamedServer::parse(text).expect(text)
    }

    #[test]
    fn servers_are_read_as_people_write_them() {
        for (text, host, port) in [
            ("db1", "db1", None),
            ("db1.example:5433", "db1.example", Some(5433)),
            ("[fd00::1]:5433", "fd00::1", Some(5433)),
            ("[fd00::1]", "fd00::1", None),
            ("fd00::1", "fd00::1", None),
            ("/run/postgresql", "/run/postgresql", None),
            ("/run/postgresql:5433", "/run/postgresql", Some(5433)),
        ] {
            assert_eq!(parsed(text), NamedServer { host: host.to_owned(), port });
        }
        for wrong in [
            "",
            "db1:",
            "db1:0",
            "db1:x",
            "db1:65536",
            "[fd00::1",
            "[fd00::1]5432",
            "a,b",
            "host=a",
            "postgres://u:p@h/",
            "a b",
            "a\n",
        ] {
            assert!(NamedServer::parse(wrong).is_err(), "{wrong:?}");
        }
        let named = |texts: [&str; 2], port: &'static str| {
            let variable = Box::new(move |name: &str| (name == "PGPORT").then(|| port.to_owned()));
            let environment = Environment { variable, ..Environment::silent() };
            NamedServer::parse_all(&texts.map(str::to_owned), &environment)
        };
        let all = |texts| named(texts, "");
        let secret = "postgres://u:geheim@db1/";
        assert!(all(["db1", secret]).is_err_and(|error| !error.contains("geheim")));
        assert_eq!(all(["/a/b", "/a_b"]), Err("server a_b occurs twice".to_owned()));
        assert!(all(["db1", "db1:5433"]).is_ok());
        // The port of the environment is written, as the file is also used without it.
        let ports = |port| named(["db1", "db2:1"], port).map(|all| [all[0].port, all[1].port]);
        assert_eq!(ports("5433"), Ok([Some(5433), Some(1)]));
        assert_eq!(ports("5432"), Ok([None, Some(1)]));
        assert_eq!(ports("x"), Ok([None, Some(1)]));
        assert!(named(["db1", "db1:5433"], "5433").is_err_and(|error| error.contains("twice")));
    }

    #[test]
    fn the_file_is_toml_whatever_the_names_are() {
        let facts = FirstFacts {
            version: "15.18".to_owned(),
            home: Some("ho\"me\n[targets.evil]".to_owned()),
            role: "x\ny".to_owned(),
            ..FirstFacts::default()
        };
        let server = parsed("a'\"b]:5432");
        let text = settings(&[SurveyedServer { server, facts: Ok(facts) }]);
        let read: toml::Table = toml::from_str(&text).expect(&text);
        let targets = read["targets"].as_table().expect("a table");
        assert_eq!(targets.len(), 1, "{text}");
        let target = &targets["a'\"b]:5432"];
        assert_eq!(target["dbname"].as_str(), Some("ho\"me\n[targets.evil]"));
    }
}
