//! Outages, confirmation, and maintenance windows.

use std::process::Command;

use super::{CHECKS, EVERY_SECOND, Serving, calls, sample, server, target};
use crate::server::Server;
use crate::waiting::until;

/// Stops the server as an administrator does.
fn stop(server: &Server) {
    let pid = server.0.pid().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    until("the server is down", || {
        !server.0.socket().join(".s.PGSQL.5432").exists() && {
            let socket = format!(".s.PGSQL.{}", server.0.port());
            !server.0.socket().join(socket).exists()
        }
    });
}

#[test]
fn an_outage_counts_after_some_runs_and_ends_for_every_check_on_a_server() {
    let mut server = server();
    server.superuser("postgres", "CREATE ROLE old LOGIN SUPERUSER");
    let settings = format!(
        "[serve]\noutage_confirm = 5\noutage_recheck = \"2s\"\n{EVERY_SECOND}{}\
         [targets.db1.checks.superusers]\ninterval = \"1d\"\n",
        target("db1", &server)
    );
    let serving = Serving::start(&settings);
    assert_eq!(serving.post("/api/1/run?target=db1").status, 200);
    let all_ran = || {
        let of = |check: &str| if check == "superusers" { "warning" } else { "ok" };
        CHECKS.split(',').all(|check| serving.state("db1", check) == of(check))
    };
    serving.until("each check ran", all_ran);
    stop(&server);
    let outage = serving.wait_for("the first failure is shown", || {
        let listed = serving.listed("db1")?;
        listed["outage"].as_str().map(|text| (text.to_owned(), listed.clone()))
    });
    assert!(!outage.0.is_empty());
    assert!(outage.1["error"].is_null(), "it does not count yet: {}", outage.1);
    let counts = serving.wait_for("the outage counts", || {
        let listed = serving.listed("db1")?;
        listed["error"].is_string().then_some(listed)
    });
    assert_eq!(counts["state"], "critical", "{counts}");
    let metrics = serving.text("/metrics");
    assert_eq!(sample(&metrics, "posemo_up{target=\"db1\"}"), Some(0.0), "{metrics}");
    assert_eq!(serving.get("/-/healthy").status, 200);

    server.0.restart(&[]).unwrap();
    serving.until("the target is back", || {
        serving.listed("db1").is_some_and(|listed| listed["outage"].is_null())
    });
    serving.until("every check reports again", all_ran);
    // Also one that would not be due for a day. The statistics of the server survive a shutdown, but not a crash.
    serving.until("the daily check ran", || calls(&server, "superusers") > 0);
    assert_eq!(serving.listed("db1").unwrap()["error"], serde_json::Value::Null);
    // The problem from before the outage did not begin again.
    let changes = serving.json("/api/1/changes?limit=100");
    let changes = changes["changes"].as_array().unwrap().iter();
    let old: Vec<_> = changes.filter(|change| change["object"] == "old").collect();
    assert_eq!(old.len(), 1, "{old:#?}");
}

#[test]
fn a_problem_counts_after_bad_runs_and_ends_after_good_runs_on_a_server() {
    let server = server();
    let settings = format!(
        "{EVERY_SECOND}{}[targets.db1.checks.superusers]\nconfirm = 4\nrelease = 4\nrecheck = \"1s\"\n",
        target("db1", &server)
    );
    let serving = Serving::start(&settings);
    serving.until("the check is OK", || serving.state("db1", "superusers") == "ok");
    let shown = || serving.check("db1", "superusers").unwrap();
    // The report in which a text appears first.
    let with = |text: &str| {
        serving.wait_for(text, || Some(shown()).filter(|check| check.to_string().contains(text)))
    };
    server.superuser("postgres", "CREATE ROLE intern LOGIN SUPERUSER");
    let check = with(" of 4 runs)");
    assert_eq!(check["state"], "ok", "{check}");
    assert!(check.to_string().contains("intern"), "{check}");
    serving.until("it counts", || serving.state("db1", "superusers") == "warning");
    server.superuser("postgres", "DROP ROLE intern");
    let check = with("(OK, ");
    assert_eq!(check["state"], "warning", "{check}");
    serving.until("it is over", || serving.state("db1", "superusers") == "ok");
    serving.until("the problem is not shown", || !shown().to_string().contains("intern"));
}

#[test]
fn new_problems_are_suppressed_in_a_maintenance_window_on_a_server() {
    let mut server = server();
    server.superuser("postgres", "CREATE ROLE old LOGIN SUPERUSER");
    server.superuser("posemo", "REVOKE ALL ON FUNCTION posemo.connection_usage FROM posemo");
    let settings = format!("{EVERY_SECOND}{}", target("db1", &server));
    let serving = Serving::start(&settings);
    let has_failed = || serving.state("db1", "connection_usage") == "unknown";
    serving.until("the failure counts", has_failed);
    serving.until("the old problem counts", || serving.state("db1", "superusers") == "warning");
    let from = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let window =
        format!("[maintenance.move]\nfrom = {from}\nfor = \"1h\"\nreason = \"new rack\"\n");
    serving.write(&format!("{settings}{window}"));
    assert_eq!(serving.post("/-/reload").status, 200);
    server.superuser("postgres", "CREATE ROLE fresh LOGIN SUPERUSER");
    let shown = || serving.check("db1", "superusers").unwrap();
    serving.until("the new problem is shown", || shown().to_string().contains("fresh"));
    let check = shown();
    let findings = check["findings"].as_array().unwrap();
    let of = |role: &str| {
        findings.iter().find(|finding| finding.to_string().contains(role)).unwrap().clone()
    };
    assert_eq!(of("old")["state"], "warning", "{check}");
    assert_eq!(of("fresh")["state"], "ok", "{check}");
    assert!(of("fresh").to_string().contains("new rack"), "{check}");
    assert_eq!(serving.listed("db1").unwrap()["maintenance"], "move");
    // The old problem and the failure remain while the server is down, and the outage is suppressed.
    stop(&server);
    serving.until("the outage is shown", || serving.listed("db1").unwrap()["outage"].is_string());
    serving.until("the outage is suppressed", || shown().to_string().contains("maintenance move"));
    assert_eq!(serving.state("db1", "superusers"), "warning", "{}", shown());
    assert!(has_failed(), "{}", serving.text("/api/1/report"));
    assert_eq!(serving.state("db1", "alive"), "ok", "{}", serving.text("/api/1/report"));
    server.0.restart(&[]).unwrap();
    serving.until("the server is back", || serving.listed("db1").unwrap()["outage"].is_null());
    let changes = serving.json("/api/1/changes?limit=100");
    let changes = changes["changes"].as_array().unwrap().iter();
    let failed: Vec<_> = changes.filter(|one| one["check"] == "connection_usage").collect();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    // After the window it is a problem like any other.
    serving.write(&settings);
    assert_eq!(serving.post("/-/reload").status, 200);
    serving.until("it counts", || {
        shown()["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|finding| !finding.to_string().contains("fresh") || finding["state"] == "warning")
    });
}

/// The postmaster and its sessions are stopped, so that the server accepts connections, and answers neither new nor kept
/// sessions.
#[test]
fn a_server_that_hangs_is_an_outage_on_a_server() {
    let server = server();
    let settings = format!("{EVERY_SECOND}{}[serve]\ntimeout = \"2s\"\n", target("db1", &server));
    let serving = Serving::start(&settings);
    serving.until("the check is OK", || serving.state("db1", "superusers") == "ok");
    let postmaster = server.0.pid().unwrap().to_string();
    let children = Command::new("pgrep").args(["-P", &postmaster]).output().unwrap();
    let children = String::from_utf8(children.stdout).unwrap();
    let signal = |name: &str| {
        let pids = std::iter::once(postmaster.as_str()).chain(children.lines());
        // A session may have ended.
        let _ = Command::new("kill").arg(name).args(pids).status().unwrap();
    };
    signal("-STOP");
    let listed = serving.wait_for("the outage counts", || {
        serving.listed("db1").filter(|listed| listed["error"].is_string())
    });
    assert_eq!(listed["state"], "critical", "{listed}");
    assert_eq!(serving.get("/-/healthy").status, 200);
    signal("-CONT");
    serving.until("every check reports again", || {
        CHECKS.split(',').all(|check| serving.state("db1", check) == "ok")
            && serving.listed("db1").unwrap()["error"].is_null()
    });
}
