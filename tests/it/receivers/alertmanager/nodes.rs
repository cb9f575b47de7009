//! The alerts of several nodes: a take-over ends none and sends no notification again.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::cluster::AlertmanagerCluster;
use super::served::{alert, notified, two_superusers};
use crate::serve::shared_history::{install_history, stored_on};
use crate::serve::{EVERY_SECOND, Serving, target};

/// Whether a node watches the target.
fn holds(node: &Serving) -> bool {
    node.listed("db1").is_some_and(|target| target["node"].is_null())
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn alerts_survive_the_loss_of_a_node() {
    let (webhook, members, server) = two_superusers();
    install_history(&server);
    let urls: Vec<String> = members.urls.iter().map(|url| format!("\"{url}\"")).collect();
    // Alerts end after four intervals: 12 s.
    let settings = format!(
        "{EVERY_SECOND}{}{}[receivers.alerts]\nkind = \"alertmanager\"\nurls = [{}]\ninterval = \"3s\"\n",
        target("db1", &server),
        stored_on(&server, "3s"),
        urls.join(", "),
    );
    let mut first = Serving::start(&settings);
    first.until("it watches", || holds(&first));
    let second = Serving::start(&settings);
    let fires = || alert(&members, "intern").is_some() && alert(&members, "guest").is_some();
    first.until("the alerts fire", fires);
    first.until("they are notified", || {
        notified(&webhook, "intern", "firing") > 0 && notified(&webhook, "guest", "firing") > 0
    });
    // The other member of the cluster may notify a second time if it does not yet know of the first.
    std::thread::sleep(Duration::from_secs(5));
    let started = ["intern", "guest"].map(|role| starts(&members, role));
    let firing = ["intern", "guest"].map(|role| notified(&webhook, role, "firing"));
    let unchanged = |what: &str, time: u64| {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(time) {
            assert!(fires(), "{what}: {:?}\n{}", members.names(0), second.log());
            std::thread::sleep(Duration::from_millis(300));
        }
        assert_eq!(["intern", "guest"].map(|role| starts(&members, role)), started, "{what}");
        assert_eq!(["intern", "guest"].map(|role| notified(&webhook, role, "firing")), firing);
        for role in ["intern", "guest"] {
            assert_eq!(notified(&webhook, role, "resolved"), 0, "{what}: {:?}", webhook.bodies());
        }
    };
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    second.until("it takes over", || holds(&second));
    unchanged("a node died", 15);

    // The node hangs; another takes over, and finds that a problem is over.
    let third = Serving::start(&settings);
    second.signal("-STOP");
    third.until("it takes over", || holds(&third));
    server.superuser("postgres", "DROP ROLE intern");
    third.until("the alert is resolved", || notified(&webhook, "intern", "resolved") > 0);
    // As above.
    std::thread::sleep(Duration::from_secs(5));
    let resolved = notified(&webhook, "intern", "resolved");
    second.signal("-CONT");
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(15) {
        assert!(alert(&members, "intern").is_none(), "{}", second.log());
        assert!(alert(&members, "guest").is_some(), "{}", third.log());
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(!holds(&second) && holds(&third));
    assert_eq!(notified(&webhook, "intern", "resolved"), resolved);
    assert_eq!(["intern", "guest"].map(|role| notified(&webhook, role, "firing")), firing);
    assert_eq!(notified(&webhook, "guest", "resolved"), 0, "{:?}", webhook.bodies());
}

/// When an alert of a role began.
pub(super) fn starts(members: &AlertmanagerCluster, role: &str) -> Option<Value> {
    Some(alert(members, role)?["startsAt"].clone())
}
