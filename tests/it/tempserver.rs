//! Temporary servers run on every version.
//!
//! `tempserver/leftovers.rs` tests that nothing remains after every kind of end.

#![expect(clippy::unwrap_used, reason = "a helper that cannot continue has failed its test")]

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, thread};

use posemo::tempserver::{ServerOptions, TemporaryServer, find_bindir};

use crate::waiting::until;

mod leftovers;

#[test]
fn a_server_runs_and_leaves_nothing() {
    let server = TemporaryServer::start(&ServerOptions::default()).unwrap();
    let (socket, pid) = (server.socket().to_owned(), server.pid().unwrap());
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(server.data().join("PG_VERSION").exists() && server.log().exists());
    assert!(server.version().starts_with(&server.major().to_string()));
    let version = ask(&local(&server), "SELECT current_setting('server_version')");
    assert_eq!(version.split(' ').next(), Some(server.version()));
    assert_eq!(ask(&local(&server), "SHOW data_directory"), server.data().to_str().unwrap());
    assert!(
        leftovers::processes(&socket).contains(&pid),
        "the search for leftovers finds the server"
    );
    server.stop().unwrap();
    assert!(!socket.exists());
    assert_eq!(leftovers::processes(&socket), Vec::<u32>::new());
}

#[test]
fn settings_and_port_survive_a_restart() {
    let settings = vec![
        ("work_mem".to_owned(), "5MB".to_owned()),
        ("a.b".to_owned(), "it's \\ a\nline".to_owned()),
    ];
    let hba = Some("local all all trust\nhost all all 127.0.0.1/32 trust\n".to_owned());
    let mut server = TemporaryServer::start(&ServerOptions {
        settings,
        hba,
        tcp: true,
        ..ServerOptions::default()
    })
    .unwrap();
    let (port, pid) = (server.port(), server.pid());
    let loopback = format!("host=127.0.0.1 port={port} user=postgres");
    assert_eq!(ask(&loopback, "SHOW a.b"), "it's \\ a\nline");
    server.restart(&[("work_mem", "6MB"), ("max_connections", "17")]).unwrap();
    assert_eq!((server.port(), server.pid() == pid), (port, false));
    assert_eq!(ask(&loopback, "SHOW work_mem"), "6MB");
    assert_eq!(ask(&local(&server), "SHOW max_connections"), "17");
    assert_eq!(ask(&local(&server), "SHOW a.b"), "it's \\ a\nline");
}

#[test]
fn by_default_tcp_connections_are_refused() {
    let server =
        TemporaryServer::start(&ServerOptions { tcp: true, ..ServerOptions::default() }).unwrap();
    let loopback = format!("host=127.0.0.1 port={} user=postgres password=guess", server.port());
    let refusal = try_ask(&loopback, "SELECT 1").unwrap_err();
    assert_eq!(
        refusal.code().map(|code| code.code().to_owned()),
        Some("28P01".to_owned()),
        "{refusal}"
    );
    let quiet = TemporaryServer::start(&ServerOptions::default()).unwrap();
    assert_eq!(ask(&local(&quiet), "SHOW listen_addresses"), "");
}

#[test]
fn servers_of_parallel_threads_are_separate() {
    let threads: Vec<_> = (0..4)
        .map(|number| {
            thread::spawn(move || {
                let settings = vec![("a.number".to_owned(), number.to_string())];
                let server =
                    TemporaryServer::start(&ServerOptions { settings, ..ServerOptions::default() })
                        .unwrap();
                (ask(&local(&server), "SHOW a.number"), server)
            })
        })
        .collect();
    let servers: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    for (number, (value, server)) in servers.iter().enumerate() {
        assert_eq!(*value, number.to_string());
        let same = servers.iter().filter(|(_, other)| other.socket() == server.socket()).count();
        assert_eq!(same, 1, "{}", server.socket().display());
    }
}

#[test]
fn servers_with_the_data_of_another_are_separate() {
    let server = TemporaryServer::start(&ServerOptions::default()).unwrap();
    ask(&local(&server), "CREATE TABLE kept AS SELECT 1 AS n; SELECT n::text FROM kept");
    let first = server.socket().to_owned();
    let template = server.into_template().unwrap();
    let settings = vec![("work_mem".to_owned(), "5MB".to_owned())];
    let with = ServerOptions { settings, ..ServerOptions::default() };
    let copies = [ServerOptions::default(), with].map(|options| template.start(&options).unwrap());
    ask(&local(&copies[0]), "UPDATE kept SET n = 2; SELECT n::text FROM kept");
    let values = copies.each_ref().map(|copy| {
        ask(&local(copy), "SELECT n::text || ' ' || current_setting('work_mem') FROM kept")
    });
    assert_eq!(values, ["2 4MB", "1 5MB"]);
    drop(template);
    assert!(!first.exists());
}

#[test]
fn matrix_a_standby_follows_its_primary() {
    for bindir in bindirs() {
        let bindir = Some(bindir);
        let primary =
            TemporaryServer::start(&ServerOptions { bindir, ..ServerOptions::default() }).unwrap();
        ask(&local(&primary), "CREATE TABLE before_it AS SELECT 1");
        let standby = primary.standby(&ServerOptions::default()).unwrap();
        assert_eq!((standby.major(), standby.bindir()), (primary.major(), primary.bindir()));
        let seen = ask(
            &local(&primary),
            "SELECT application_name || ' ' || state FROM pg_stat_replication",
        );
        assert_eq!(seen, "standby streaming", "PostgreSQL {}", primary.version());
        assert_eq!(ask(&local(&standby), "SELECT pg_is_in_recovery()::text"), "true");
        ask(&local(&primary), "CREATE TABLE after_it AS SELECT 1");
        let both = "SELECT count(*)::text FROM pg_class WHERE relname IN ('before_it', 'after_it')";
        until("the standby has both tables", || ask(&local(&standby), both) == "2");
    }
}

fn local(server: &TemporaryServer) -> String {
    format!("host={} port={} user=postgres", server.socket().display(), server.port())
}

/// The programs of the matrix, or those that a user would get.
fn bindirs() -> Vec<PathBuf> {
    match std::env::var_os("POSEMO_PG_MATRIX") {
        Some(list) => std::env::split_paths(&list).collect(),
        None => vec![find_bindir().unwrap()],
    }
}

/// The first column of the first row, or an empty text.
fn ask(conninfo: &str, query: &str) -> String {
    try_ask(conninfo, query).unwrap()
}

fn try_ask(conninfo: &str, query: &str) -> Result<String, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(conninfo, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        let messages = client.simple_query(query).await?;
        let value = messages.iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        Ok(value.unwrap_or_default().to_owned())
    })
}
