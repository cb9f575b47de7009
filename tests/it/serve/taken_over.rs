//! What a node wrote or counted before it was removed, or before another one took over, occurs once.

use std::sync::Arc;

use posemo::history::place::HistoryPlace;
use posemo::history::recorder::Recorder;
use posemo::history::runs::day_of;

use super::server;
use super::shared_history::install_history;
use super::shared_limits::{DATABASE, act, history, runs, start};
use crate::waiting::until;

/// A node of which it is known that it holds the target.
fn holding(recorder: &Recorder) {
    recorder.set_targets(vec!["db1".to_owned()], "hash".to_owned());
    until("the target is held", || recorder.holds("db1"));
}

#[test]
fn acts_of_a_removed_node_are_written_once_on_a_server() {
    let server = server();
    install_history(&server);
    let ask = |sql: &str| server.superuser(DATABASE, sql);
    let mut recorder = start(&history(&server), "node");
    holding(&recorder);
    // The acts are committed, and the answer waits for a standby that does not exist.
    ask("ALTER SYSTEM SET synchronous_standby_names = 'missing'");
    ask("SELECT pg_catalog.pg_reload_conf()::text");
    recorder.record_act(act(0));
    recorder.record_act(act(1));
    let waits = "SELECT pid::text FROM pg_catalog.pg_stat_activity
        WHERE wait_event = 'SyncRep' AND usename = 'posemo_history'";
    until("the answer waits", || !ask(waits).is_empty());
    ask("ALTER ROLE posemo_history NOLOGIN");
    ask("SELECT pg_catalog.pg_terminate_backend(pid)::text FROM pg_catalog.pg_stat_activity
        WHERE usename = 'posemo_history'");
    let count = "SELECT pg_catalog.count(*)::text FROM posemo_history.act";
    until("they are committed", || ask(count) == ["2"]);
    until("the failure is known", || recorder.state().error.is_some());
    recorder.record_act(act(2));
    ask("ALTER SYSTEM RESET synchronous_standby_names");
    ask("SELECT pg_catalog.pg_reload_conf()::text");
    // Another node removes this one.
    ask("DELETE FROM posemo_history.node");
    ask("ALTER ROLE posemo_history LOGIN");
    until("it is written again", || recorder.state().error.is_none() && ask(count) == ["3"]);
    assert!(recorder.stop(), "all is written");
    let days = "SELECT (at / 86400000)::text FROM posemo_history.act ORDER BY at";
    let expected = [2, 1, 0].map(|day| (day_of(jiff::Timestamp::now()) - day).to_string());
    assert_eq!(ask(days), expected);
}

#[test]
fn counts_that_cannot_be_read_at_a_take_over_are_added_later_on_a_server() {
    let server = server();
    install_history(&server);
    let ask = |sql: &str| server.superuser(DATABASE, sql);
    let history = history(&server);
    let place = HistoryPlace::Server(Arc::clone(&history));
    let today = day_of(jiff::Timestamp::now());
    let counted = || {
        let all = place.runs_between((today - 1, today + 1)).unwrap();
        all.iter().map(|one| one.counts.runs).sum::<i64>()
    };
    let mut first = start(&history, "first");
    holding(&first);
    first.save_runs("db1", runs());
    assert!(first.stop(), "all is written");
    assert_eq!(counted(), 3);

    // Each attempt to read a row of the table fails.
    ask("ALTER TABLE posemo_history.watched ENABLE ROW LEVEL SECURITY");
    ask("CREATE POLICY fails ON posemo_history.watched USING (1 / (day - day) = 1)");
    let mut second = start(&history, "second");
    holding(&second);
    let claimed = second.take_news().unwrap().claimed;
    assert!(claimed["db1"].runs.is_none());
    second.save_runs("db1", runs());
    second.record_act(act(0));
    let acts = "SELECT seq::text FROM posemo_history.act";
    until("everything else is written", || ask(acts) != [""; 0]);
    ask("ALTER TABLE posemo_history.watched DISABLE ROW LEVEL SECURITY");
    assert_eq!(counted(), 3, "they do not replace those of before");
    until("those of before are read", || second.take_news().unwrap().runs.contains_key("db1"));
    until("the sum is written", || counted() == 6);
    assert!(second.stop(), "all is written");
    assert_eq!(counted(), 6);
}
