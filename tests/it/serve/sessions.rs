//! Many requests to one server, and servers that do not answer.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{EVERY_SECOND, Serving, on_port, request, server, silent, target};

/// The monitor role may have 20 sessions. Targets and probes of one server share five.
#[test]
fn one_server_never_has_more_than_five_sessions_on_a_server() {
    let server = server();
    let port = server.0.port();
    let names: Vec<String> = (0..10).map(|number| format!("db{number}")).collect();
    let targets: String = names.iter().map(|name| on_port(name, port)).collect();
    let settings =
        format!("{EVERY_SECOND}[serve]\nprobe_hosts = [\"127.0.0.1/32:{port}\"]\n{targets}");
    let serving = Serving::start(&settings);
    let (stop, watcher) =
        (Arc::new(AtomicBool::new(false)), server.session("postgres", "postgres"));
    let address = serving.address;
    let mut clients = Vec::new();
    for number in 0..20 {
        let (stop, name) = (Arc::clone(&stop), format!("db{}", number % 10));
        clients.push(std::thread::spawn(move || {
            let mut wrong = BTreeSet::new();
            while !stop.load(Ordering::Relaxed) {
                let (method, path) = match number % 3 {
                    0 => ("GET", format!("/probe?target={name}")),
                    1 => ("GET", format!("/probe?target=127.0.0.1:{port}")),
                    _ => ("POST", format!("/api/1/run?target={name}")),
                };
                let answer = request(address, method, &path, &[]);
                let unknown = answer.body.lines().any(|line| {
                    line.starts_with("posemo_check_state") && line.ends_with(" 3")
                        || line.starts_with("posemo_up") && line.ends_with(" 0")
                        || line.contains("\"state\":\"unknown\"")
                });
                if answer.status != 200 || unknown {
                    wrong.insert(format!("{path}: {answer:?}"));
                }
            }
            wrong
        }));
    }
    let mut most = 0;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        let sql = "SELECT count(*)::text FROM pg_stat_activity WHERE usename = 'posemo'";
        most = most.max(watcher.ask(sql).unwrap()[0].parse::<u32>().unwrap());
        std::thread::sleep(Duration::from_millis(2));
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        assert_eq!(client.join().unwrap(), BTreeSet::new());
    }
    assert!((1..=5).contains(&most), "{most} sessions");
    for name in names {
        assert_eq!(serving.listed(&name).unwrap()["state"], "ok", "{name}");
    }
}

/// Servers that accept and never answer do not delay the others.
#[test]
fn silent_targets_do_not_delay_the_others_on_a_server() {
    let server = server();
    let mute = silent();
    let bad: String = (0..30).map(|number| on_port(&format!("mute{number}"), mute)).collect();
    let good: Vec<String> = (0..5).map(|number| format!("good{number}")).collect();
    let targets: String = good.iter().map(|name| target(name, &server)).collect();
    let settings = format!("{EVERY_SECOND}[serve]\njobs = 4\n{bad}{targets}");
    let serving = Serving::start(&settings);
    serving.until("the good targets were queried", || {
        good.iter().all(|name| serving.listed(name).unwrap()["swept"].is_string())
    });
    let began = Instant::now();
    let mut seen = vec![BTreeSet::new(); good.len()];
    serving.until("each good target was queried five times", || {
        for (name, seen) in good.iter().zip(&mut seen) {
            seen.insert(serving.listed(name).unwrap()["swept"].to_string());
        }
        seen.iter().all(|times| times.len() >= 5)
    });
    // The time limit of a silent target is 30 s.
    let most = Duration::from_secs(10) + crate::waiting::slack() / 2;
    assert!(began.elapsed() < most, "{:?}", began.elapsed());
    for name in &good {
        assert_eq!(serving.listed(name).unwrap()["state"], "ok", "{name}");
    }
}
