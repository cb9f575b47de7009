//! `posemo init` and `posemo doctor` on a server, from an empty one to a watched one.

use std::fs;

use posemo::tempserver::ServerOptions;

use crate::server::{Server, posemo};

/// Exit code and standard output.
fn run(server: &Server, arguments: &[&str]) -> (i32, String) {
    let output = server.posemo(arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().expect("it exits"), text)
}

#[test]
fn each_step_has_its_result_on_a_server() {
    let server = Server::start(&ServerOptions::default());
    let (code, text) = run(&server, &["doctor"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("FAILED  login"), "{text}");
    assert!(text.contains("posemo install creates the monitor role"), "{text}");
    assert!(text.contains("Not examined: server, installation, checks."), "{text}");
    server.install(&["--all-databases"]);
    let (code, text) = run(&server, &["doctor"]);
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains("FAILED") && !text.contains("Not examined"), "{text}");
    assert!(text.contains("  ok      checks        "), "{text}");
    assert_eq!(run(&server, &["doctor", "--quiet"]), (0, String::new()));
    for (statement, step, reason) in [
        ("REVOKE ALL ON SCHEMA posemo FROM posemo", "installation", "must not use schema posemo"),
        (
            "GRANT USAGE ON SCHEMA posemo TO posemo; REVOKE EXECUTE ON FUNCTION posemo.alive() FROM posemo",
            "checks",
            "alive: ",
        ),
        ("ALTER SCHEMA posemo RENAME TO away", "installation", "has no schema posemo"),
    ] {
        server.superuser("posemo", statement);
        let (code, text) = run(&server, &["doctor"]);
        assert_eq!(code, 1, "{statement}: {text}");
        assert!(text.contains(&format!("FAILED  {step}")), "{statement}: {text}");
        assert!(text.contains(reason), "{statement}: {text}");
        assert!(text.contains("Who can solve it: a superuser"), "{statement}: {text}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("posemo.toml");
    let file = file.to_str().expect("it is text");
    let socket = server.0.socket().display().to_string();
    let init = ["init", &socket, "nosuch.invalid:5433", "-U", "postgres", "--file", file];
    let output = posemo(&init);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("nosuch.invalid:5433: not reached: cannot look up"), "{text}");
    let written = fs::read_to_string(file).expect("it was written");
    let checked = posemo(&["config", "check", file]);
    assert_eq!(checked.status.code(), Some(0), "{written}");
    let again = posemo(&init);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(fs::read_to_string(file).expect("it is there"), written);
}
