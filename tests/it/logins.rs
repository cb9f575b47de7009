//! Random rules of `pg_hba.conf` and real logins: a rule that `shadowed_rules` reports decides no login.
//!
//! Without such a rule, every login has the same result. The logins come from a socket and from addresses of the loopback
//! network, as roles in groups and to databases of all kinds.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use posemo::tempserver::ServerOptions;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, UnixStream};

use crate::server::Server;

/// The lines before the random ones: the monitor role and the role that loads the rules always log in.
const FIRST: &str = "local all posemo trust\nlocal all postgres trust\n";

const ROLES: [&str; 3] = ["anna", "bert", "carl"];

const DATABASES: [&str; 3] = ["app", "anna", "staff"];

const ADDRESSES: [Ipv4Addr; 3] =
    [Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 1, 2, 3)];

/// The part of the time in which logins are tried.
const TIME: Duration = Duration::from_secs(12);

/// A login: role, database, and the address, or the socket where it is absent.
type Login = (&'static str, &'static str, Option<Ipv4Addr>);

/// Numbers that are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        list[usize::try_from(self.0 % u64::try_from(list.len()).unwrap()).unwrap()]
    }

    fn rule(&mut self, major: u32) -> String {
        let kind = self.pick(&["local", "host", "host", "hostnossl"]);
        let database =
            self.pick(&["all", "all", "app", "sameuser", "samerole", "app,staff", "replication"]);
        let expressions: &[&str] = if major >= 16 { &["/^[ab]", "/l$"] } else { &["carl", "all"] };
        let role =
            self.pick(&[&["all", "anna", "bert", "+staff", "anna,carl"], expressions].concat());
        let address = self.pick(&[
            "127.0.0.1/32",
            "127.0.0.0/8",
            "127.0.0.0/24",
            "127.0.0.2/32",
            "127.1.0.0 255.255.0.0",
            "0.0.0.0/0",
            "all",
            "samehost",
            "::1/128",
        ]);
        let address = if kind == "local" { "" } else { address };
        let method = self.pick(&["trust", "reject"]);
        format!("{kind} {database} {role} {address} {method}")
    }
}

/// Whether the server accepts the role without a password.
async fn is_accepted(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    role: &str,
    database: &str,
) -> bool {
    let body = format!("user\0{role}\0database\0{database}\0\0");
    let length = u32::try_from(body.len() + 8).unwrap();
    let message = [&length.to_be_bytes()[..], &196_608_u32.to_be_bytes(), body.as_bytes()].concat();
    stream.write_all(&message).await.unwrap();
    let mut answer = [0; 1];
    stream.read_exact(&mut answer).await.unwrap();
    match &answer {
        b"R" => true,
        b"E" => false,
        other => panic!("the server answers {other:?}"),
    }
}

async fn log_in(server: &Server, (role, database, address): Login) -> bool {
    let port = server.0.port();
    let Some(address) = address else {
        let path = server.0.socket().join(format!(".s.PGSQL.{port}"));
        return is_accepted(UnixStream::connect(path).await.unwrap(), role, database).await;
    };
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((address, 0))).unwrap();
    let stream = socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.unwrap();
    is_accepted(stream, role, database).await
}

/// The results of all logins.
fn results(server: &Server) -> BTreeMap<Login, bool> {
    let addresses = ADDRESSES.into_iter().map(Some).chain([None]);
    let logins = addresses.flat_map(|address| {
        ROLES.into_iter().flat_map(move |role| DATABASES.map(|database| (role, database, address)))
    });
    let all = async {
        let mut results = BTreeMap::new();
        for login in logins {
            results.insert(login, log_in(server, login).await);
        }
        results
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(all)
}

/// Writes the rules, and waits until a new session sees that they were loaded.
fn load(server: &Server, file: &Path, rules: &[String]) {
    let loaded = || server.superuser("postgres", "SELECT pg_conf_load_time()");
    let before = loaded();
    fs::write(file, format!("{FIRST}{}\n", rules.join("\n"))).unwrap();
    server.superuser("postgres", "SELECT pg_reload_conf()");
    crate::waiting::until("the server to load the rules", || loaded() != before);
    let errors =
        server.superuser("postgres", "SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL");
    assert!(errors.is_empty(), "{errors:?} in {rules:#?}");
}

pub(crate) fn suite(bindir: &Path, major: u32) {
    let options =
        ServerOptions { bindir: Some(bindir.to_owned()), tcp: true, ..ServerOptions::default() };
    let server = Server::start(&options);
    server.superuser("postgres", "CREATE ROLE staff; CREATE ROLE anna LOGIN IN ROLE staff; CREATE ROLE bert LOGIN; CREATE ROLE carl LOGIN SUPERUSER");
    for database in DATABASES {
        server.superuser("postgres", &format!("CREATE DATABASE {database}"));
    }
    server.install(&["--check", "shadowed_rules"]);
    let file = server.0.data().join("pg_hba.conf");
    let first_line = FIRST.lines().count() + 1;
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (began, mut tried, mut compared) = (Instant::now(), 0, 0);
    while began.elapsed() < TIME && compared < 40 {
        let rules: Vec<String> = (0..10).map(|_| numbers.rule(major)).collect();
        load(&server, &file, &rules);
        let expected = results(&server);
        tried += expected.len();
        let lines = server
            .superuser("posemo", "SELECT line FROM posemo.shadowed_rules() ORDER BY 1 LIMIT 3");
        for line in lines {
            let position = line.parse::<usize>().unwrap() - first_line;
            let mut others = rules.clone();
            let rule = others.remove(position);
            load(&server, &file, &others);
            let without = results(&server);
            assert_eq!(without, expected, "PostgreSQL {major}: {rule} decides in {rules:#?}");
            (tried, compared) = (tried + without.len(), compared + 1);
        }
    }
    assert!(compared >= 3, "{compared} rules and {tried} logins in {:?}", began.elapsed());
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
