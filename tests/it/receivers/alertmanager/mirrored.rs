//! The silences of `posemo serve` in an Alertmanager, where a member does not answer or a silence has no target.

use std::time::Duration;

use posemo::deliver::alertmanager::mirror::{MirrorState, MirroredSilence, mirror};
use posemo::settings::receiver::{Receiver, ReceiverKind};

use crate::receivers::listener::{Listener, answer};
use crate::receivers::samples::alertmanagers;

/// The id of a silence in the Alertmanager.
const KNOWN: &str = "0b6e9c1a-7d0f-4f1e-9a3c-2f5d8c1b7e44";

/// A member that has the silence `known` of posemo.
fn member() -> Listener {
    Listener::by_request(|request, _| {
        let silence = serde_json::json!({
            "id": KNOWN,
            "matchers": [{ "name": "job", "value": "posemo", "isRegex": false }],
            "startsAt": "2026-11-20T10:00:00Z", "endsAt": "2100-01-01T00:00:00Z", "createdBy": "anna",
            "comment": "patching (posemo silence known)", "status": { "state": "active" },
        });
        let body = match request {
            "GET /api/v2/silences" => serde_json::json!([silence]).to_string(),
            "POST /api/v2/silences" => serde_json::json!({ "silenceID": "new" }).to_string(),
            _ => silence.to_string(),
        };
        Some(answer("200 OK", "application/json", &body))
    })
}

fn silence(id: &str, targets: &[&str]) -> MirroredSilence {
    MirroredSilence {
        id: id.to_owned(),
        targets: Some(targets.iter().map(|&target| target.to_owned()).collect()),
        check: None,
        database: None,
        object: None,
        until: "2100-01-01T00:00:00Z".parse().unwrap(),
        by: "anna".to_owned(),
        why: "patching".to_owned(),
    }
}

fn mirror_to(receiver: &Receiver, wanted: &[MirroredSilence], over: &[&str]) -> MirrorState {
    let ReceiverKind::Alertmanager(settings) = &receiver.kind else { panic!("{receiver:?}") };
    mirror(receiver, settings, wanted, over)
}

/// Matchers without a target would match the watchdog, which has no label `instance`.
#[test]
fn a_silence_of_a_group_without_targets_is_ended_and_not_added() {
    let member = member();
    let directory = tempfile::tempdir().unwrap();
    let receiver = alertmanagers(&[member.url()], directory.path());
    let state = mirror_to(&receiver, &[silence("known", &[]), silence("other", &[])], &[]);
    assert_eq!((state.error, state.present.len()), (None, 0));
    let one = format!("/api/v2/silence/{KNOWN}");
    let expected =
        ["GET /api/v2/silences".to_owned(), format!("GET {one}"), format!("DELETE {one}")];
    assert_eq!(member.requests(), expected);
}

/// The member that does not answer takes its share of the time once.
#[test]
fn a_member_without_an_answer_leaves_time_for_the_others() {
    let (slow, member) = (Listener::start(|_| None), member());
    let directory = tempfile::tempdir().unwrap();
    let mut receiver = alertmanagers(&[slow.url(), member.url()], directory.path());
    receiver.timeout = Duration::from_secs(6);
    let state = mirror_to(&receiver, &[silence("new", &["db1"])], &["known"]);
    assert_eq!(state.error, None);
    assert!(state.present.contains("new"));
    let one = format!("/api/v2/silence/{KNOWN}");
    let expected = [
        "GET /api/v2/silences".to_owned(),
        "POST /api/v2/silences".to_owned(),
        format!("GET {one}"),
        format!("DELETE {one}"),
    ];
    assert_eq!(member.requests(), expected);
    assert_eq!(slow.requests(), expected[..1]);
}
