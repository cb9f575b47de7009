//! The alerts of `posemo serve`: they fire as long as the problem lasts, whatever the interval of its check, and also if
//! posemo is killed in between.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::cluster::{AlertmanagerCluster, ClusterOptions};
use crate::receivers::listener::{Listener, answer};
use crate::serve::{EVERY_SECOND, Serving, server, target};

/// The notifications of alerts of a role with a status.
fn notified(webhook: &Listener, role: &str, status: &str) -> usize {
    let bodies = webhook.bodies();
    let bodies = bodies.iter().map(|body| serde_json::from_str::<Value>(body).unwrap());
    let alerts = bodies.flat_map(|body| body["alerts"].as_array().unwrap().clone());
    let of_role = |alert: &Value| alert["labels"].to_string().contains(role);
    alerts.filter(|alert| of_role(alert) && alert["status"] == status).count()
}

/// The alert of a role on the first member.
fn alert(members: &AlertmanagerCluster, role: &str) -> Option<Value> {
    members.alerts(0).into_iter().find(|alert| alert["labels"].to_string().contains(role))
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn alerts_of_the_schedule_survive_a_kill() {
    let webhook = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let members = AlertmanagerCluster::start(&ClusterOptions {
        webhook: Some(&webhook.url()),
        ..ClusterOptions::default()
    });
    let server = server();
    for role in ["intern", "guest"] {
        server.superuser("postgres", &format!("CREATE ROLE {role} LOGIN SUPERUSER"));
    }
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
