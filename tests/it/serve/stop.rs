//! The start with wrong settings, and the end.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::{EVERY_SECOND, Serving, command, on_port, server, silent, target};
use crate::ports::DEAD;
use crate::waiting::slack;

#[test]
fn a_signal_ends_the_program_on_a_server() {
    let server = server();
    let settings = format!("{EVERY_SECOND}{}", target("db1", &server));
    for name in ["-TERM", "-INT"] {
        let mut serving = Serving::start(&settings);
        serving.ready();
        let began = Instant::now();
        serving.signal(name);
        assert_eq!(serving.ended(), Some(0), "{}", serving.log());
        assert!(began.elapsed() < Duration::from_secs(10) + slack(), "{:?}", began.elapsed());
        crate::waiting::until("no session of it is left", || {
            let sql = "SELECT count(*)::text FROM pg_stat_activity WHERE usename = 'posemo'";
            server.superuser("postgres", sql) == ["0"]
        });
    }
}

/// A sweep that waits for a silent server has ten seconds, and none after a second signal.
#[test]
fn a_second_signal_ends_the_program_at_once() {
    let settings = format!("{EVERY_SECOND}{}", on_port("mute", silent()));
    for second in [false, true] {
        let mut serving = Serving::start(&settings);
        serving.until("the sweep runs", || serving.get("/-/healthy").status == 200);
        std::thread::sleep(Duration::from_millis(1500));
        let began = Instant::now();
        serving.signal("-TERM");
        if second {
            std::thread::sleep(Duration::from_millis(300));
            serving.signal("-TERM");
        }
        assert_eq!(serving.ended(), Some(0), "{}", serving.log());
        // The time limit of the sweep is 30 s.
        let limit = Duration::from_secs(if second { 8 } else { 22 });
        assert!(began.elapsed() < limit, "{:?}", began.elapsed());
    }
}

#[test]
fn a_wrong_start_is_one_message() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let db1 = on_port("db1", DEAD);
    let wide = format!("[serve]\nlisten = \"0.0.0.0:80\"\n{db1}");
    for (settings, arguments, code, contains) in [
        (db1.as_str(), &["--listen", taken.as_str()][..], 1, "cannot listen on http://127.0.0.1:"),
        ("", &[], 2, "the settings have no target; add a section [targets.NAME]"),
        (&db1, &["--listen", "0.0.0.0:9847"], 2, "listen on a loopback address"),
        (&db1, &["--listen", "localhost:9847"], 2, "is not an address"),
        (&wide, &[], 2, "posemo.toml:2: serve.listen:"),
        ("[targets.db1]\nhots = \"x\"\n", &[], 2, "posemo.toml:2: targets.db1.hots:"),
        (&db1, &["db1"], 2, "unexpected argument"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("posemo.toml"), settings).unwrap();
        let output = command(directory.path()).args(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {settings}: {error}");
        assert!(error.contains(contains), "{error}");
        assert!(error.matches("posemo: ").count() <= 1 && !error.contains("panicked"), "{error}");
        assert!(output.stdout.is_empty());
    }
    // Without a schedule, a server without targets is of use if probe_hosts allows something.
    let serving =
        Serving::with("[serve]\nprobe_hosts = [\"10.0.0.0/8:5432\"]\n", &["--probe-only"], &[]);
    assert_eq!(serving.get("/-/healthy").status, 200);
}
