//! Sections `[receivers.NAME]`: what they come to, and mistakes with their place and a way out.
//!
//! Nothing is sent.

use std::time::Duration;

use posemo::catalog::Catalog;
use posemo::output::alertmanager::labels::OWN;
use posemo::settings::Settings;
use posemo::settings::receiver::Kind;

fn parse(text: &str) -> Result<Settings, String> {
    let settings = Settings::parse("f", text.to_owned(), &Catalog::embedded());
    settings.map_err(|error| error.to_string())
}

#[test]
fn a_cluster_of_alertmanagers() {
    let text = r#"
[receivers.am]
kind = "alertmanager"
url = "https://a.example/alertmanager/"
urls = ["https://b.example"]
token_file = "/t"
labels = { team = "dba" }
interval = "1m"
[receivers.am.hosts]
db1 = "one"
"#;
    let settings = parse(text).unwrap();
    let receiver = settings.receiver("am").unwrap();
    let Kind::Alertmanager(to) = &receiver.kind else { panic!("{receiver:?}") };
    assert_eq!(to.http.urls, ["https://a.example/alertmanager", "https://b.example"]);
    assert_eq!(to.labels["team"], "dba");
    assert_eq!(
        (receiver.interval, receiver.timeout),
        (Duration::from_secs(60), Duration::from_secs(10))
    );
    assert_eq!((receiver.host("db1"), receiver.host("db2")), ("one", "db2"));
    assert_eq!(settings.receivers().len(), 1);
}

/// What posemo says itself in an alert, no settings may say otherwise: both keep the same list.
#[test]
fn labels_of_posemos_own_are_refused() {
    for name in OWN {
        let text = format!(
            "[receivers.am]\nkind = 'alertmanager'\nurl = 'https://a'\nlabels = {{ {name} = 'x' }}\n"
        );
        let error = parse(&text).expect_err(name);
        assert!(error.contains("posemo sets this label itself"), "{error}");
    }
}

#[test]
fn mistakes_are_said_with_their_place() {
    for (lines, expected) in [
        (
            "kind = 'alertmanger'\nurl = 'http://a'",
            "f:2: receivers.am.kind: unknown kind \"alertmanger\"; did you mean \"alertmanager\"?",
        ),
        ("kind = 'alertmanager'", "has a url"),
        ("kind = 'alertmanager'\nurl = 'a:9093'", "\"a:9093\" is no URL"),
        (
            "kind = 'alertmanager'\nurl = 'http://u:sesame@a'",
            "holds a user or password for a: write user and password_file",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\nuser = 'u'",
            "user and password_file go together",
        ),
        (
            "kind = 'alertmanager'\nurls = ['https://a', 'http://b:9093']\ntoken_file = 't'",
            "f:4: receivers.am.token_file: would be sent in clear text to http://b:9093: write https://, or allow_cleartext = true",
        ),
        (
            "kind = 'icinga2'\nurl = 'http://a'\nuser = 'u'\npassword_file = 'p'\nallow_cleartext = false",
            "f:5: receivers.am.password_file: would be sent in clear text to http://a:",
        ),
        (
            "kind = 'icinga2'\nurl = 'https://a'\nuser = 'u:v'\npassword_file = 'p'",
            "f:4: receivers.am.user: is no user",
        ),
        (
            "kind = 'zabbix'\nservers = ['a']\nallow_cleartext = true",
            "receivers.am.allow_cleartext: is not for a receiver of kind zabbix",
        ),
        ("kind = 'alertmanager'\nurl = 'http://a'\nsslkey = 'k'", "sslcert and sslkey go together"),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\nservers = ['a']",
            "f:4: receivers.am.servers: is not for a receiver of kind alertmanager",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\nlabels = { severity = 'page' }",
            "receivers.am.labels.severity: posemo sets this label itself",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\nlabels = { a-b = 'c' }",
            "receivers.am.labels.a-b: is no name of a label",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\nlabels = { __a = 'c' }",
            "is no name of a label",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\ntimeout = '5'",
            "f:4: receivers.am.timeout: \"5\" is not an interval",
        ),
        (
            "kind = 'icinga2'\nurl = 'http://a'\nlabels = { a = 'c' }",
            "is not for a receiver of kind icinga2",
        ),
    ] {
        let error = parse(&format!("[receivers.am]\n{lines}\n")).unwrap_err();
        assert!(error.contains(expected), "{lines}: {error}");
        assert!(!error.contains("sesame"), "{error}");
    }
    let error = parse("[receivers.am]\nkind = 'alertmanager'\nurl = 'http://a'\n").unwrap();
    let error = error.receiver("ma").unwrap_err().to_string();
    assert!(error.contains("did you mean \"am\""), "{error}");
}

/// A secret goes over a network without TLS only where that is wanted by name; to this machine it always may.
#[test]
fn secrets_in_clear_text_are_asked_for() {
    for lines in [
        "url = 'http://a'\nallow_cleartext = true\ntoken_file = 't'",
        "url = 'http://127.0.0.1:9093'\ntoken_file = 't'",
        "url = 'http://a'",
    ] {
        let text = format!("[receivers.am]\nkind = 'alertmanager'\n{lines}\n");
        assert_eq!(parse(&text).map(|settings| settings.receivers().len()), Ok(1), "{lines}");
    }
}
