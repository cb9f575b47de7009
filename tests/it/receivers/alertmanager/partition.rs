//! A node that loses its network: another one takes over, no alert ends, and none is sent again as new.

use std::time::{Duration, Instant};

use super::cluster::{AlertmanagerCluster, ClusterOptions};
use super::nodes::starts;
use super::served::{alert, notified};
use crate::receivers::island::{Island, Link};
use crate::receivers::listener::{Listener, answer};
use crate::serve::shared_history::install_history;
use crate::serve::{EVERY_SECOND, Serving, server};
use crate::server::Server;
use crate::waiting::{assert_within, wait_with};

const LEASE: Duration = Duration::from_secs(3);

/// The nodes, and what they watch.
struct Watched {
    webhook: Listener,
    members: AlertmanagerCluster,
    server: Server,
    settings: String,
}

/// A server with two superusers, which also has the history, on the links of an island.
fn watched(island: &Island) -> Watched {
    let webhook = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let (history, others) = (island.host(Link::History), island.host(Link::Others));
    let members = AlertmanagerCluster::start(&ClusterOptions {
        webhook: Some(&webhook.url()),
        address: Some(&others),
        ..ClusterOptions::default()
    });
    let mut server = server();
    server.0.restart(&[("listen_addresses", "*")]).unwrap();
    for role in ["intern", "guest"] {
        server.superuser("postgres", &format!("CREATE ROLE {role} LOGIN SUPERUSER"));
    }
    install_history(&server);
    let port = server.0.port();
    let urls: Vec<String> = members.urls.iter().map(|url| format!("\"{url}\"")).collect();
    let settings = format!(
        "{EVERY_SECOND}[serve]\ntimeout = \"3s\"\n[targets.db1]\nhost = \"{others}\"\nport = {port}\n\
         [history]\nstore = \"postgres:host={history} port={port} sslmode=disable\"\nlease = \"{}s\"\n\
         [receivers.alerts]\nkind = \"alertmanager\"\nurls = [{}]\ninterval = \"3s\"\ntimeout = \"5s\"\n",
        LEASE.as_secs(),
        urls.join(", "),
    );
    Watched { webhook, members, server, settings }
}

impl Watched {
    /// The number of alerts that were notified: intern and guest as firing, as resolved, and anything else.
    fn notified(&self) -> [usize; 5] {
        let of = |role: &str, status: &str| notified(&self.webhook, role, status);
        let all = of("", "firing") + of("", "resolved");
        let known = [
            of("intern", "firing"),
            of("guest", "firing"),
            of("intern", "resolved"),
            of("guest", "resolved"),
        ];
        let [one, two, three, four] = known;
        [one, two, three, four, all - known.iter().sum::<usize>()]
    }

    fn fires(&self, role: &str) -> bool {
        alert(&self.members, role).is_some()
    }

    /// The port of the node that holds the target.
    fn holder(&self) -> Option<u16> {
        let sql = "SELECT n.name FROM posemo_history.target AS t JOIN posemo_history.node AS n ON n.id = t.node";
        let name = self.server.superuser("posemo_history", sql).concat();
        name.rsplit_once(':')?.1.parse().ok()
    }

    /// Fails if an alert ends or another notification is sent in a time.
    fn unchanged(&self, what: &str, firing: &[&str], seconds: u64, nodes: [&Serving; 2]) {
        let before = (self.notified(), firing.iter().map(|role| starts(&self.members, role)));
        let (notified, started) = (before.0, before.1.collect::<Vec<_>>());
        let logs = || nodes.map(Serving::log).join("\n--\n");
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(seconds) {
            for role in firing {
                assert!(self.fires(role), "{what}: {:?}\n{}", self.members.names(0), logs());
            }
            assert_eq!(
                self.notified(),
                notified,
                "{what}: {:?}\n{}",
                self.webhook.bodies(),
                logs()
            );
            std::thread::sleep(Duration::from_millis(300));
        }
        let now = firing.iter().map(|role| starts(&self.members, role)).collect::<Vec<_>>();
        assert_eq!(now, started, "{what}\n{}", logs());
    }
}

/// Waits for a message of a node.
fn logged(node: &Serving, text: &str) {
    wait_with(text, || node.log(), || node.log().contains(text).then_some(()));
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn alerts_survive_a_partition_of_the_network() {
    let Some(island) = Island::create() else { return };
    let all = watched(&island);
    let folder = tempfile::tempdir().unwrap();
    let inner = Serving::command(folder.path(), &all.settings);
    let away = Serving::spawn(island.command(&inner), folder.path());
    let port = |node: &Serving| Some(node.address.port());
    let is_held_by = |node: &Serving, what: &str| {
        wait_with(what, || node.log(), || (all.holder() == port(node)).then_some(()));
    };
    is_held_by(&away, "the node watches the target");
    let other = Serving::start(&all.settings);
    let both = ["intern", "guest"];
    other.until("the alerts fire", || both.iter().all(|role| all.fires(role)));
    other.until("they are notified", || {
        let [intern, guest, ..] = all.notified();
        intern > 0 && guest > 0
    });
    // The other member of the cluster may notify a second time if it does not yet know of the first.
    std::thread::sleep(Duration::from_secs(5));

    // The node reaches the target and the receivers, but not the history: both nodes deliver.
    island.cut(&[Link::History]);
    let began = Instant::now();
    is_held_by(&other, "the other node takes over");
    // The lease, a beat, and the time until the busy machine noticed it.
    assert_within(LEASE + LEASE / 3, began, "the take-over");
    logged(&away, "the lease of this node is not renewed");
    all.unchanged("no history", &both, 15, [&away, &other]);
    island.heal(&[Link::History]);
    logged(&away, "has lost its lease");
    all.unchanged("the history is back", &both, 8, [&away, &other]);
    // A problem that ends is resolved once.
    all.server.superuser("postgres", "DROP ROLE intern");
    other.until("the alert is resolved", || all.notified()[2] > 0);
    std::thread::sleep(Duration::from_secs(5));

    // The node that watches the target loses everything.
    drop(other);
    is_held_by(&away, "the first node takes over");
    let other = Serving::start(&all.settings);
    other.until("it knows the holder", || {
        other.listed("db1").is_some_and(|db1| db1["node"].is_string())
    });
    let links = [Link::History, Link::Others];
    island.cut(&links);
    is_held_by(&other, "the other node takes over again");
    // For it the target is down, which is not true: this alert must not arrive when the network is back.
    logged(&away, "cannot be queried");
    all.unchanged("no network", &["guest"], 22, [&away, &other]);
    island.heal(&links);
    all.unchanged("the network is back", &["guest"], 15, [&away, &other]);
    let log = away.log();
    assert_eq!(log.matches("has lost its lease").count(), 2, "{log}");
    assert!(log.contains("receiver alerts: delivered"), "{log}");
}
