//! Reloads: all of the new settings, or none of them.

use std::time::{Duration, Instant};

use super::{EVERY_SECOND, Serving, on_port, request, server, silent, target};
use crate::ports::DEAD;
use crate::waiting::slack;

#[test]
fn a_reload_is_all_or_nothing_on_a_server() {
    let server = server();
    let one = format!("{EVERY_SECOND}{}", target("db1", &server));
    let serving = Serving::start(&one);
    serving.ready();
    assert_eq!(serving.sample("posemo_serve_settings_valid"), Some(1.0));

    let wrong = format!("{EVERY_SECOND}{}prot = 1\n", target("db2", &server));
    serving.write(&wrong);
    let line = wrong.lines().position(|line| line == "prot = 1").unwrap() + 1;
    let place = format!("posemo.toml:{line}: ");
    for path in ["/-/reload", "/api/1/reload"] {
        let answer = serving.post(path);
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(answer.body.contains(&place) && answer.body.contains("port"), "{answer:?}");
    }
    assert_eq!(serving.sample("posemo_serve_settings_valid"), Some(0.0));
    assert!(serving.listed("db1").is_some() && serving.listed("db2").is_none());
    let count = || serving.log().matches(&place).count();
    serving.until("both are in the log", || count() >= 2);
    let logged = count();
    serving.signal("-HUP");
    serving.until("the signal has the same effect", || count() > logged);
    let before = serving.sample("posemo_serve_sweeps_total");
    serving.until("checks go on", || serving.sample("posemo_serve_sweeps_total") > before);

    for (text, contains) in [
        ("", "no target"),
        ("[targets.db1]\nhost = \"x\"\n[checks.aliv]\ninterval = \"1s\"\n", "alive"),
        ("[[[", "posemo.toml:1"),
    ] {
        serving.write(text);
        let answer = serving.post("/-/reload");
        assert!(answer.status == 422 && answer.body.contains(contains), "{text}: {answer:?}");
    }

    let two = format!("{EVERY_SECOND}{}", target("db2", &server));
    serving.write(&two);
    serving.signal("-HUP");
    serving.until("the target was added", || serving.listed("db2").is_some());
    assert!(serving.listed("db1").is_none());
    serving.until("its checks run", || serving.state("db2", "superusers") == "ok");
    assert_eq!(serving.sample("posemo_serve_settings_valid"), Some(1.0));
    assert_eq!(serving.sample("posemo_up{target=\"db1\"}"), None);

    // A check that is disabled is not shown as if it still ran.
    serving.write(&format!("{two}[targets.db2.checks.superusers]\nenabled = false\n"));
    assert_eq!(serving.post("/-/reload").status, 200);
    serving.until("the check is gone", || serving.check("db2", "superusers").is_none());
}

/// Reloads while sweeps and orders run.
#[test]
fn many_reloads_lose_no_target_on_a_server() {
    let server = server();
    let names = ["a", "b", "c", "d", "e"];
    let all = |names: &[&str]| {
        let targets: String = names.iter().map(|name| target(name, &server)).collect();
        format!("{EVERY_SECOND}{targets}")
    };
    let serving = Serving::start(&all(&names));
    serving.ready();
    let address = serving.address;
    let orders = std::thread::spawn(move || {
        let path = "/api/1/run?target=a";
        (0..20).map(|_| request(address, "POST", path, &[]).status).collect::<Vec<_>>()
    });
    for round in 0..50 {
        // The order of targets and checks changes, and one target comes and goes.
        let mut names = names.to_vec();
        names.rotate_left(round % 5);
        if round % 3 == 0 {
            names.push("f");
        }
        serving.write(&all(&names));
        if round % 2 == 0 {
            assert_eq!(serving.post("/-/reload").status, 200);
        } else {
            serving.signal("-HUP");
        }
    }
    serving.write(&all(&names));
    assert_eq!(serving.post("/-/reload").status, 200);
    assert_eq!(orders.join().unwrap(), [200; 20]);
    let swept = |name: &str| serving.listed(name).map(|listed| listed["swept"].to_string());
    let before: Vec<_> = names.iter().map(|name| swept(name)).collect();
    serving.until("each target is queried", || {
        names.iter().zip(&before).all(|(name, before)| swept(name) != *before)
    });
    assert!(swept("f").is_none());
    for name in names {
        assert_eq!(serving.listed(name).unwrap()["state"], "ok", "{name}");
    }
}

/// An order that waits for a server that does not answer is answered if a reload removes what it waits for.
#[test]
fn an_order_for_what_a_reload_removes_is_answered() {
    let mute = on_port("mute", silent());
    let others = format!("{EVERY_SECOND}{}", on_port("db1", DEAD));
    for (after, status) in [
        (others.clone(), [404, 404]),
        // An order that arrives after the reload is refused.
        (format!("{others}{mute}[targets.mute.checks.superusers]\nenabled = false\n"), [200, 404]),
    ] {
        let serving = Serving::start(&format!("{others}{mute}"));
        let address = serving.address;
        let order = std::thread::spawn(move || {
            request(address, "POST", "/api/1/run?target=mute&check=superusers", &[])
        });
        std::thread::sleep(Duration::from_millis(500));
        serving.write(&after);
        let began = Instant::now();
        assert_eq!(serving.post("/-/reload").status, 200);
        let answer = order.join().unwrap();
        assert!(status.contains(&answer.status), "{answer:?}");
        assert!(began.elapsed() < Duration::from_secs(5) + slack(), "{:?}", began.elapsed());
    }
}
