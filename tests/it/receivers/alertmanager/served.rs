//! The alerts of `posemo serve`: they fire as long as the problem lasts, whatever the interval of its check, and also if
//! posemo is killed in between.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::cluster::{AlertmanagerCluster, ClusterOptions};
use crate::receivers::listener::{Listener, answer};
use crate::serve::{EVERY_SECOND, Serving, server, target};
use crate::server::Server;

/// A cluster of Alertmanagers, its webhook, and a server with two superusers.
pub(super) fn two_superusers() -> (Listener, AlertmanagerCluster, Server) {
    let webhook = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let members = AlertmanagerCluster::start(&ClusterOptions {
        webhook: Some(&webhook.url()),
        ..ClusterOptions::default()
    });
    let server = server();
    for role in ["intern", "guest"] {
        server.superuser("postgres", &format!("CREATE ROLE {role} LOGIN SUPERUSER"));
    }
    (webhook, members, server)
}

/// The notifications of alerts of a role with a status.
pub(super) fn notified(webhook: &Listener, role: &str, status: &str) -> usize {
    let bodies = webhook.bodies();
    let bodies = bodies.iter().map(|body| serde_json::from_str::<Value>(body).unwrap());
    let alerts = bodies.flat_map(|body| body["alerts"].as_array().unwrap().clone());
    let of_role = |alert: &Value| alert["labels"].to_string().contains(role);
    alerts.filter(|alert| of_role(alert) && alert["status"] == status).count()
}

/// The alert of a role on the first member.
pub(super) fn alert(members: &AlertmanagerCluster, role: &str) -> Option<Value> {
    members.alerts(0).into_iter().find(|alert| alert["labels"].to_string().contains(role))
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn alerts_of_the_schedule_survive_a_kill() {
    let (webhook, members, server) = two_superusers();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("alerts.json");
    let urls: Vec<String> = members.urls.iter().map(|url| format!("\"{url}\"")).collect();
    // Alerts end after four intervals: 12 s.
    let settings = format!(
        "{EVERY_SECOND}{}[targets.db1.checks.superusers]\ninterval = \"1d\"\n\
         [receivers.alerts]\nkind = \"alertmanager\"\nurls = [{}]\ninterval = \"3s\"\nstate_file = \"{}\"\n",
        target("db1", &server),
        urls.join(", "),
        file.display()
    );
    let mut serving = Serving::within(&directory, &settings, &[], &[]);
    let run = "/api/1/run?target=db1&check=superusers";
    assert_eq!(serving.post(run).status, 200);
    let fires = || alert(&members, "intern").is_some() && alert(&members, "guest").is_some();
    serving.until("the alerts fire", fires);
    serving.until("they are notified", || {
        notified(&webhook, "intern", "firing") > 0 && notified(&webhook, "guest", "firing") > 0
    });
    let started = alert(&members, "intern").unwrap()["startsAt"].clone();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(16) {
        assert!(fires(), "the alerts of a daily check last: {:?}", members.names(0));
        std::thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(serving.sample("posemo_receiver_up{receiver=\"alerts\"}"), Some(1.0));

    serving.child.kill().unwrap();
    serving.child.wait().unwrap();
    serving = Serving::within(&directory, &settings, &[], &[]);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(16) {
        assert!(fires(), "a restart ends no alert: {:?}\n{}", members.names(0), serving.log());
        std::thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(serving.post(run).status, 200);
    std::thread::sleep(Duration::from_secs(4));
    assert!(fires());
    assert_eq!(alert(&members, "intern").unwrap()["startsAt"], started);
    for role in ["intern", "guest"] {
        // The other member may notify a second time if it does not yet know of the first.
        assert!(notified(&webhook, role, "firing") <= 2, "{:?}", webhook.bodies());
        assert_eq!(notified(&webhook, role, "resolved"), 0, "{:?}", webhook.bodies());
    }
    let firing = notified(&webhook, "guest", "firing");

    // A problem that is solved while posemo does not run.
    serving.child.kill().unwrap();
    serving.child.wait().unwrap();
    server.superuser("postgres", "DROP ROLE intern");
    serving = Serving::within(&directory, &settings, &[], &[]);
    assert_eq!(serving.post(run).status, 200);
    serving.until("the alert is resolved", || notified(&webhook, "intern", "resolved") > 0);
    assert!(alert(&members, "guest").is_some());
    assert_eq!(notified(&webhook, "guest", "resolved"), 0);
    assert_eq!(notified(&webhook, "guest", "firing"), firing);

    // A target that is removed from the settings has no alert.
    serving.write(&settings.replace("targets.db1", "targets.db2"));
    assert_eq!(serving.post("/-/reload").status, 200);
    let of = |target: &str| {
        members.alerts(0).into_iter().any(|alert| alert["labels"]["instance"] == target)
    };
    serving.until("the alert of the new target fires", || of("db2"));
    serving.until("the alert of the removed target ends", || !of("db1"));
}

/// The state of the alert of a role on the first member: `active` or `suppressed`.
fn state(members: &AlertmanagerCluster, role: &str) -> Option<String> {
    alert(members, role)?["status"]["state"].as_str().map(str::to_owned)
}

/// A silenced alert remains in Alertmanager, silenced there, too. One that Alertmanager cannot match ends there.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn a_silence_of_the_server_is_one_of_alertmanager() {
    let (webhook, members, server) = two_superusers();
    let directory = tempfile::tempdir().unwrap();
    let urls: Vec<String> = members.urls.iter().map(|url| format!("\"{url}\"")).collect();
    let settings = format!(
        "{EVERY_SECOND}{}groups = [\"production\"]\n{}groups = [\"production\"]\n\
         [receivers.alerts]\nkind = \"alertmanager\"\nurls = [{}]\ninterval = \"3s\"\nstate_file = \"{}\"\n\
         [receivers.alerts.hosts]\ndb1 = \"db1|.*\"\n",
        target("db1", &server),
        crate::serve::on_port("down", crate::ports::DEAD),
        urls.join(", "),
        directory.path().join("alerts.json").display()
    );
    let serving = Serving::within(&directory, &settings, &[], &[]);
    serving.until("the alerts fire", || {
        ["intern", "guest", "\"down\""].iter().all(|role| {
            state(&members, role).as_deref() == Some("active")
                && notified(&webhook, role, "firing") > 0
        })
    });
    let ids = |role: &str| {
        let report = serving.check("db1", "superusers").unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        let one = findings.into_iter().find(|one| one["object"] == role).unwrap();
        one["id"].as_str().unwrap().to_owned()
    };
    let silence = |query: &str| {
        let answer = serving.post(&format!("/api/1/silence?by=anna&why=known&{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        let silence: Value = serde_json::from_str(&answer.body).unwrap();
        silence["id"].as_str().unwrap().to_owned()
    };
    let finding = ids("guest");
    let object = silence("target=db1&check=superusers&object=intern&for=1h");
    let is = |role: &str, expected: &str| state(&members, role).as_deref() == Some(expected);
    serving.until("the alert is suppressed there", || is("intern", "suppressed"));
    assert!(is("guest", "active") && is("\"down\"", "active"));
    let group = silence("group=production&for=1h");
    serving.until("all alerts are suppressed there", || {
        is("guest", "suppressed") && is("\"down\"", "suppressed")
    });
    let listed = serving.json("/api/1/silences");
    let has = |one: &Value| one["receivers"] == serde_json::json!(["alerts"]);
    assert!(listed.as_array().unwrap().iter().all(has), "{listed:#}");
    let started = alert(&members, "intern").unwrap()["startsAt"].clone();
    assert_eq!(serving.post(&format!("/api/1/silence/{group}/end?by=anna")).status, 200);
    serving.until("the others fire again", || is("guest", "active") && is("\"down\"", "active"));
    assert!(is("intern", "suppressed"));
    assert_eq!(serving.post(&format!("/api/1/silence/{object}/end?by=anna")).status, 200);
    serving.until("it fires again", || is("intern", "active"));
    assert_eq!(alert(&members, "intern").unwrap()["startsAt"], started, "it never ended");
    assert_eq!(notified(&webhook, "intern", "resolved"), 0, "{:?}", webhook.bodies());

    // Alerts have no label with the id of a finding.
    silence(&format!("finding={finding}&for=1h"));
    serving.until("the alert ends there", || state(&members, "guest").is_none());
    assert!(is("intern", "active"));
    assert_eq!(serving.sample("posemo_receiver_up{receiver=\"alerts\"}"), Some(1.0));
}
