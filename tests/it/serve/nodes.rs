//! Several nodes on one history: they share the targets, take over what a dead or hung node held, and double nothing.

use std::collections::BTreeMap;

use super::shared_history::{install_history, stored_on};
use super::{EVERY_SECOND, Serving, evidence, server, target};
use crate::server::Server;

const TARGETS: usize = 6;

/// The settings of six targets, which are one server, whose history it keeps, too.
fn settings(server: &Server) -> String {
    let targets = (0..TARGETS).map(|number| target(&format!("db{number}"), server));
    format!("{EVERY_SECOND}{}{}", stored_on(server, "3s"), targets.collect::<String>())
}

/// The targets of a node by holder; its own have no name.
fn holders(node: &Serving) -> BTreeMap<String, Vec<String>> {
    let mut holders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for target in node.json("/api/1/targets").as_array().unwrap() {
        let holder = target["node"].as_str().unwrap_or("own").to_owned();
        holders.entry(holder).or_default().push(target["target"].as_str().unwrap().to_owned());
    }
    holders
}

/// The targets that a node holds.
fn held(node: &Serving) -> Vec<String> {
    holders(node).remove("own").unwrap_or_default()
}

/// Waits until the nodes share all targets: each as many as it may.
fn shared(nodes: &[&Serving]) {
    let most = TARGETS.div_ceil(nodes.len());
    nodes[0].until("the nodes share the targets", || {
        let held: Vec<Vec<String>> = nodes.iter().map(|node| held(node)).collect();
        let mut all = held.concat();
        all.sort();
        all.dedup();
        all.len() == TARGETS
            && held.iter().map(Vec::len).sum::<usize>() == TARGETS
            && held.iter().all(|one| one.len() <= most)
    });
}

/// The changes in the tables, as `target became`.
fn changes(server: &Server) -> Vec<String> {
    let sql = "SELECT target || ' ' || became FROM posemo_history.change WHERE \"check\" = 'superusers' ORDER BY seq";
    server.superuser("posemo_history", sql)
}

/// The number of the node with this port.
fn number(server: &Server, node: &Serving) -> String {
    let port = node.address.port();
    let sql = format!("SELECT id::text FROM posemo_history.node WHERE name LIKE '%:{port}'");
    server.superuser("posemo_history", &sql).concat()
}

#[test]
fn nodes_share_the_targets_and_lose_none_on_a_server() {
    let server = server();
    install_history(&server);
    let settings = settings(&server);
    let first = Serving::start(&settings);
    shared(&[&first]);
    first.ready();
    let second = Serving::start(&settings);
    shared(&[&first, &second]);
    let mut third = Serving::start(&settings);
    shared(&[&first, &second, &third]);
    first.until("all nodes are listed", || holders(&first).len() == 3);

    // An order for a target of another node is refused, with its name.
    let of_third = held(&third).remove(0);
    let name = format!(":{}", third.address.port());
    let order = format!("/api/1/run?target={of_third}");
    first.until("the holder is known", || {
        let refused = first.post(&order);
        refused.status == 409 && refused.body.contains(&name)
    });
    assert_eq!(third.post(&order).status, 200);

    // A problem is found once, by the node that holds the target, and shown by all.
    server.superuser("postgres", "CREATE ROLE intern LOGIN SUPERUSER");
    first.until("the problem is known", || changes(&server).len() == TARGETS);
    first.until("the others show it", || {
        (0..TARGETS).all(|number| first.state(&format!("db{number}"), "superusers") == "warning")
    });
    let metrics = first.text("/metrics");
    assert!(!metrics.contains(&format!("target=\"{of_third}\"")), "{metrics}");

    // A silence of one node is in force on all, and each may end it.
    let silence = format!("/api/1/silence?target={of_third}&for=2h&by=anna&why=known");
    let answer = first.post(&silence);
    let id = serde_json::from_str::<serde_json::Value>(&answer.body).unwrap();
    third.until("it is silenced", || third.state(&of_third, "superusers") == "ok");
    let id = id["id"].as_str().unwrap();
    second.until("the other knows it", || {
        second.post(&format!("/api/1/silence/{id}/end?by=bert")).status == 200
    });
    third.until("it is not silenced", || third.state(&of_third, "superusers") == "warning");

    // A node that dies.
    third.child.kill().unwrap();
    third.child.wait().unwrap();
    shared(&[&first, &second]);
    assert_eq!(changes(&server).len(), TARGETS, "the state was taken over: {:?}", changes(&server));

    // A node that hangs, and comes back.
    let before = number(&server, &second);
    second.signal("-STOP");
    shared(&[&first]);
    server.superuser("postgres", "DROP ROLE intern");
    first.until("the end is known", || changes(&server).len() == 2 * TARGETS);
    second.signal("-CONT");
    shared(&[&first, &second]);
    assert_ne!(number(&server, &second), before);
    assert!(second.log().contains("has lost its lease"), "{}", second.log());
    assert_eq!(
        changes(&server).len(),
        2 * TARGETS,
        "nothing is written twice: {:?}",
        changes(&server)
    );

    // The tables are away: the nodes keep their targets, and write later what they found.
    let numbers = [number(&server, &first), number(&server, &second)];
    let away = "SELECT pg_catalog.pg_terminate_backend(pid)::text FROM pg_catalog.pg_stat_activity WHERE usename = 'posemo_history'";
    server.superuser("postgres", "ALTER ROLE posemo_history NOLOGIN");
    server.superuser("postgres", away);
    server.superuser("postgres", "CREATE ROLE intern LOGIN SUPERUSER");
    for node in [&first, &second] {
        node.until("the failure is shown", || node.sample("posemo_history_up") == Some(0.0));
        node.until("the checks run on", || {
            let held = held(node);
            held.len() == 3 && held.iter().all(|one| node.state(one, "superusers") == "warning")
        });
    }
    // Longer than the lease.
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(changes(&server).len(), 2 * TARGETS);
    server.superuser("postgres", "ALTER ROLE posemo_history LOGIN");
    first.until("it is written", || changes(&server).len() == 3 * TARGETS);
    for node in [&first, &second] {
        node.until("it is written", || node.sample("posemo_history_up") == Some(1.0));
    }
    assert_eq!([number(&server, &first), number(&server, &second)], numbers, "{}", first.log());
    shared(&[&first, &second]);
    assert_eq!(changes(&server).len(), 3 * TARGETS, "{:?}", changes(&server));

    // Other settings are reported.
    let other = settings.replace("[checks.superusers]\n", "[checks.superusers]\nconfirm = 2\n");
    second.write(&other);
    assert_eq!(second.post("/-/reload").status, 200);
    first.until("the other settings are reported", || {
        first.log().contains("has other targets or checks in its settings")
    });
    second.write(&settings);
    assert_eq!(second.post("/-/reload").status, 200);
    shared(&[&first, &second]);

    // One chain for all nodes, also after one was killed and one was stopped.
    let verified = |node: &Serving| evidence::verify(&node.folder, &[]);
    let (code, text) = verified(&first);
    assert!(code == 0 && text.contains(&format!("{} changes verified", 3 * TARGETS)), "{text}");

    // An orderly end gives the targets back at once.
    let mut second = second;
    second.signal("-TERM");
    assert_eq!(second.ended(), Some(0), "{}", second.log());
    shared(&[&first]);
    let (code, text) = verified(&first);
    assert!(code == 0 && !text.contains("no act confirms"), "the end confirms the changes: {text}");
    // What each node counted is one number, whichever node watched the target.
    let page = first.text("/evidence.csv?table=watched");
    let of_check = page.lines().filter(|line| line.contains("\"superusers\"")).count();
    assert_eq!(of_check, TARGETS, "{page}");
    assert_eq!(server.superuser("posemo_history", "SELECT name FROM posemo_history.node").len(), 1);
}
