//! Calls with a mistake that is found while the server starts the session.

use posemo::tempserver::ServerOptions;

use crate::server::Server;
use crate::waiting::until;

/// The server starts the session before posemo reads the check. A mistake that is found then ends the session as any other.
#[test]
fn a_call_with_a_mistake_completes_its_login_on_a_server() {
    let server = Server::start(&ServerOptions::default());
    server.install_few(&["--check", "alive"]);
    server.superuser("postgres", "ALTER SYSTEM SET log_connections = on");
    server.superuser("postgres", "SELECT pg_reload_conf()");
    for _ in 0..5 {
        let output = server.posemo(&["check", "alive", "-c", "alive=1"]);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
    }
    let log = || std::fs::read_to_string(server.0.log()).unwrap();
    until("the logins", || log().matches("authorized: user=posemo").count() == 5);
    until("the end of the sessions", || {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'posemo'";
        server.superuser("postgres", count) == ["0"]
    });
    let log = log();
    assert!(!log.contains("client lost") && !log.contains("could not send"), "{log}");
}
