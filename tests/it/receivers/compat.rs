//! Calls of `check_postgres` and `check_pgactivity` beside the same calls through `posemo compat`, on a server without problems
//! and with some: the exit codes are the same, or tests/it/compat/calls.toml has the reason.

use std::process::Command;

use posemo::tempserver::ServerOptions;

use super::work_directory::{WorkDirectory, program};
use crate::compat::{KnownCall, known_calls};
use crate::server::Server;

const HEALTHY: &str = "
CREATE TABLE orders (id int PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 5000) AS n;
CREATE SEQUENCE numbers MAXVALUE 1000;
SELECT setval('numbers', 100);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noted BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION nothing();
GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk";

const PROBLEMS: &str = "
SELECT setval('numbers', 970);
CREATE UNLOGGED TABLE scratch (id int);
ALTER TABLE orders DISABLE TRIGGER noted";

/// The exit code and the output.
fn code(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap(), text)
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn other_plugins_have_the_same_exit_codes_through_compat() {
    let settings = [("max_prepared_transactions", "5"), ("wal_level", "replica")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let server = Server::start(&ServerOptions { settings, ..ServerOptions::default() });
    server.superuser("postgres", "CREATE DATABASE shop");
    server.superuser("postgres", "CREATE ROLE clerk LOGIN");
    server.superuser("shop", HEALTHY);
    server.superuser("shop", "VACUUM ANALYZE");
    server.install(&["--all-databases"]);
    let directory = WorkDirectory::new();
    let connection = server.connection();
    let (host, port) = (&connection[1], &connection[3]);
    let calls: Vec<KnownCall> =
        known_calls().into_iter().filter(|known| known.posemo.is_some()).collect();
    let mut wrong = Vec::new();
    let mut compared = 0;
    let mut compare = |place: usize| {
        for known in calls.iter().filter(|known| !known.call.contains("--host")) {
            let words = known.words();
            let (mut original, connected) = if known.call.starts_with("check_postgres") {
                let mut command = Command::new(program("check_postgres", "check-postgres"));
                command.args(["--dbuser=postgres", "-H", host, "-p", port]);
                (command, ["-H", host, "-p", port])
            } else {
                let mut command = Command::new("/usr/lib/nagios/plugins/check_pgactivity");
                command.args(["-h", host, "-p", port, "-U", "postgres", "--status-file"]);
                command.arg(directory.path().join("pga"));
                (command, ["-h", host, "-p", port])
            };
            let (theirs, their_text) = code(original.args(&words[1..]));
            let mut ours = Command::new(env!("CARGO_BIN_EXE_posemo"));
            ours.env_remove("POSEMO_CONFIG").arg("compat").args(&words).args(connected);
            let (ours, our_text) = code(&mut ours);
            let expected = known.ours.unwrap_or(known.codes)[place];
            assert_eq!(known.ours.is_some(), known.reason.is_some(), "{}", known.call);
            if theirs != known.codes[place] || ours != expected {
                wrong.push(format!(
                    "{} [{place}]: {theirs}, posemo {ours}\n  {their_text}  {our_text}",
                    known.call
                ));
            }
            compared += 1;
        }
    };
    compare(0);
    server.superuser("shop", PROBLEMS);
    let clerk = server.session("clerk", "shop");
    clerk.ask("BEGIN; UPDATE orders SET note = 'p' WHERE id = 7; PREPARE TRANSACTION 'p'").unwrap();
    clerk.ask("BEGIN; UPDATE orders SET note = 'y' WHERE id = 2").unwrap();
    std::thread::sleep(std::time::Duration::from_secs(2));
    compare(1);
    clerk.ask("ROLLBACK").unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 100, "{compared}");
    migrated(&directory, host, port);
    super::print_line(&format!("check_postgres, check_pgactivity: {compared} exit codes"));
}

/// `posemo migrate --compare` runs each call once and that of posemo, and prints both answers.
fn migrated(directory: &WorkDirectory, host: &str, port: &str) {
    let plugin = program("check_postgres", "check-postgres");
    let plugin = plugin.display();
    let options = format!("--dbuser=postgres -H {host} -p {port}");
    let lines = format!(
        "command[connection]={plugin} --action=connection {options}
command[sequence]=sudo -n {plugin} --action=sequence {options} --db=shop -w 80% -c 95%
command[locks]=PGAPPNAME=x {plugin} --action=locks {options} -w 1000 -c 2000
command[disk]={plugin} --action=disk_space {options}
command[pga]=/usr/lib/nagios/plugins/check_pgactivity -s table_unlogged -h {host} -p {port} -U postgres --status-file {status}
command[gone]=/nonexistent/check_postgres --action=connection {options}
",
        status = directory.path().join("pga").display(),
    );
    let file = directory.path().join("nrpe.cfg");
    std::fs::write(&file, lines).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_posemo"));
    command.env_remove("POSEMO_CONFIG").args(["migrate", "--compare"]).arg(&file);
    let (code, text) = code(&mut command);
    for part in [
        "\"connection\", check_postgres connection\n",
        &format!(
            "  {plugin} --action=sequence {options} --db=shop -w 80% -c 95%\n    CRITICAL  POSTGRES_SEQUENCE"
        ),
        "    CRITICAL  SEQUENCE_USAGE CRITICAL - ",
        &format!("  PGAPPNAME=x {plugin} --action=locks"),
        "    CRITICAL  UNLOGGED_TABLES CRITICAL - ",
        "not run: the plugin is not on this machine; name its folder with --plugins",
        "6 calls: 4 with the same state, 0 with another (0 without a documented reason), 2 not compared",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(code, 0, "{text}");
}
