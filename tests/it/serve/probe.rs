//! `/probe`: one server for a Prometheus that has its own schedule.

use std::time::{Duration, Instant};

use super::{EVERY_SECOND, Serving, calls, on_port, sample, server, silent, target};
use crate::ports::DEAD;
use crate::waiting::slack;

/// The header in which Prometheus sends its time limit.
const TIMEOUT: &str = "X-Prometheus-Scrape-Timeout-Seconds";

#[test]
fn a_probe_answers_for_each_kind_of_target_on_a_server() {
    let server = server();
    let settings = format!(
        "{EVERY_SECOND}[checks.superusers]\ninterval = \"1d\"\n{}{}{}[serve]\noutage_recheck = \"1s\"\n",
        target("primary", &server),
        on_port("dead", DEAD),
        on_port("mute", silent()),
    )
    .replace("[checks.superusers]\ninterval = \"1s\"\n", "");
    let serving = Serving::start(&settings);
    let answer = serving.get("/probe?target=primary");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(sample(&answer.body, "posemo_up{target=\"primary\"}"), Some(1.0), "{answer:?}");
    assert!(answer.body.contains("check=\"superusers\""), "{answer:?}");
    let only = serving.text("/probe?target=primary&check=alive&check=connection_usage&module=x");
    assert!(only.contains("check=\"connection_usage\""), "{only}");
    assert!(!only.contains("check=\"superusers\""), "{only}");
    let only = serving.text("/probe?target=primary&check=alive");
    assert!(only.contains("check=\"alive\"") && !only.contains("check=\"superusers\""), "{only}");

    // A check with a long interval is called once for many probes.
    for _ in 0..20 {
        assert_eq!(serving.get("/probe?target=primary").status, 200);
    }
    serving.until("the statistics arrived", || calls(&server, "superusers") > 0);
    assert_eq!(calls(&server, "superusers"), 1);
    let text = serving.text("/probe?target=primary");
    let of_check =
        "posemo_check_last_run_timestamp_seconds{target=\"primary\",check=\"superusers\"";
    assert!(sample(&text, of_check).is_some(), "{text}");

    for (path, status, contains) in [
        ("/probe", 400, "target is missing"),
        ("/probe?target=", 400, "target is missing"),
        ("/probe?target=primry", 404, "did you mean \"primary\"?"),
        ("/probe?target=primary&check=aliv", 404, "did you mean \"alive\"?"),
        ("/probe?target=127.0.0.1:5432", 404, "does not exist"),
    ] {
        let answer = serving.get(path);
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert!(answer.body.contains(contains), "{path}: {answer:?}");
    }

    for (name, limit) in [("dead", "5"), ("mute", "2")] {
        let began = Instant::now();
        let path = format!("/probe?target={name}");
        let answer = serving.request("GET", &path, &[(TIMEOUT, limit)]);
        let limit = Duration::from_secs(limit.parse().unwrap());
        assert!(began.elapsed() < limit + slack(), "{name}: {:?}", began.elapsed());
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        let up = format!("posemo_up{{target=\"{name}\"}}");
        assert_eq!(sample(&answer.body, &up), Some(0.0), "{name}: {answer:?}");
    }
}

/// Without `probe_hosts` nothing but targets is asked, and with it nothing outside of it.
#[test]
fn only_allowed_servers_are_probed_on_a_server() {
    let server = server();
    let port = server.0.port();
    let settings = format!(
        "{EVERY_SECOND}[serve]\nprobe_hosts = [\"127.0.0.1/32:{port}\"]\n{}",
        target("db1", &server)
    );
    let serving = Serving::start(&settings);
    let allowed = serving.get(&format!("/probe?target=127.0.0.1:{port}"));
    assert_eq!(allowed.status, 200, "{allowed:?}");
    let up = format!("posemo_up{{target=\"127.0.0.1:{port}\"}}");
    assert_eq!(sample(&allowed.body, &up), Some(1.0), "{allowed:?}");
    assert!(!allowed.body.contains("} 3\n"), "no check is unknown: {}", allowed.body);

    // A server that posemo may not query sees no connection.
    let trap = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let other = trap.local_addr().unwrap().port();
    for host in [
        "169.254.169.254:80".to_owned(),
        format!("[::1]:{port}"),
        format!("[::ffff:127.0.0.1]:{other}"),
        format!("127.0.0.1:{other}"),
        format!("2130706433:{other}"),
        format!("0x7f000001:{other}"),
        format!("0177.0.0.1:{other}"),
        format!("127.1:{other}"),
        format!("0:{other}"),
        format!("0.0.0.0:{port}"),
        format!("127.0.0.2:{port}"),
        format!("localhost:{other}"),
        format!("localhost.:{other}"),
        format!("no-such-host.invalid:{port}"),
        "/tmp:5432".to_owned(),
        format!("user@127.0.0.1:{port}"),
        format!("127.0.0.1,127.0.0.2:{port}"),
        format!("127.0.0.1 host=db1:{port}"),
        "127.0.0.1:0".to_owned(),
        "127.0.0.1:70000".to_owned(),
    ] {
        let escaped = host.replace(' ', "%20");
        let answer = serving.get(&format!("/probe?target={escaped}"));
        assert!(matches!(answer.status, 403 | 404), "{host}: {answer:?}");
    }
    assert!(trap.accept().is_err(), "nothing connected");
}

#[test]
fn without_a_schedule_only_probes_are_answered_on_a_server() {
    let server = server();
    let settings = format!("{EVERY_SECOND}{}", target("db1", &server));
    let serving = Serving::with(&settings, &["--probe-only"], &[]);
    for path in ["/", "/metrics", "/api/1/report", "/api/1/targets"] {
        assert_eq!(serving.get(path).status, 404, "{path}");
    }
    assert_eq!(serving.post("/api/1/run?target=db1").status, 404);
    assert_eq!(serving.get("/-/ready").status, 200);
    assert_eq!(calls(&server, "alive"), 0);
    let text = serving.text("/probe?target=db1");
    assert_eq!(sample(&text, "posemo_up{target=\"db1\"}"), Some(1.0), "{text}");
    assert_eq!(serving.get("/probe?target=db2").status, 404);
    // The scheduler is awake, however many requests arrive.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(12) {
        assert_eq!(serving.get("/probe?target=db1&check=alive").status, 200);
        let healthy = serving.get("/-/healthy");
        assert_eq!(healthy.status, 200, "{healthy:?}");
    }
    serving.until("each probe is a call", || calls(&server, "alive") > 2);
}
