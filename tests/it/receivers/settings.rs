//! Sections `[receivers.NAME]`: the receivers that they make, and mistakes with their place and a remedy.
//!
//! Nothing is sent.

use std::time::Duration;

use posemo::catalog::Catalog;
use posemo::output::alertmanager::labels::OWN;
use posemo::settings::Settings;
use posemo::settings::receiver::ReceiverKind;

fn parse(text: &str) -> Result<Settings, String> {
    let settings = Settings::parse("f", text.to_owned(), &Catalog::embedded());
    settings.map_err(|error| error.to_string())
}

#[test]
fn a_section_makes_a_receiver() {
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
    let ReceiverKind::Alertmanager(to) = &receiver.kind else { panic!("{receiver:?}") };
    assert_eq!(to.http.urls, ["https://a.example/alertmanager", "https://b.example"]);
    assert_eq!(to.labels["team"], "dba");
    assert_eq!(
        (receiver.interval, receiver.timeout),
        (Duration::from_secs(60), Duration::from_secs(10))
    );
    assert_eq!((receiver.host("db1"), receiver.host("db2")), ("one", "db2"));
    assert_eq!(settings.receivers().len(), 1);
}

/// The settings must not replace a label that posemo sets. Output and settings have the same list of labels.
#[test]
fn labels_that_posemo_sets_are_refused() {
    for name in OWN {
        let text = format!(
            "[receivers.am]\nkind = 'alertmanager'\nurl = 'https://a'\nlabels = {{ {name} = 'x' }}\n"
        );
        let error = parse(&text).expect_err(name);
        assert!(error.contains("posemo sets this label; choose another name"), "{error}");
    }
}

#[test]
fn a_mistake_has_its_place() {
    for (lines, expected) in [
        (
            "kind = 'alertmanger'\nurl = 'http://a'",
            "f:2: receivers.am.kind: unknown kind \"alertmanger\"; did you mean \"alertmanager\"?",
        ),
        ("kind = 'nagios'", "kind \"nagios\" needs exactly one of command_file and spool"),
        ("kind = 'zabbix'", "kind \"zabbix\" needs servers = [\"host:10051\"]"),
        ("kind = 'alertmanager'", "kind \"alertmanager\" needs a url"),
        ("kind = 'alertmanager'\nurl = 'a:9093'", "\"a:9093\" is not a URL"),
        (
            "kind = 'alertmanager'\nurl = 'http://u:sesame@a'",
            "contains a user or password for a; write user and password_file",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\nuser = 'u'",
            "user and password_file need each other",
        ),
        (
            "kind = 'alertmanager'\nurls = ['https://a', 'http://b:9093']\ntoken_file = 't'",
            "f:4: receivers.am.token_file: the secret would be sent in clear text to http://b:9093; write https://, or allow_cleartext = true",
        ),
        (
            "kind = 'icinga2'\nurl = 'http://a'\nuser = 'u'\npassword_file = 'p'\nallow_cleartext = false",
            "f:5: receivers.am.password_file: the secret would be sent in clear text to http://a;",
        ),
        (
            "kind = 'icinga2'\nurl = 'https://a'\nuser = 'u:v'\npassword_file = 'p'",
            "f:4: receivers.am.user: must not be empty or contain a colon",
        ),
        (
            "kind = 'zabbix'\nservers = ['a']\nallow_cleartext = true",
            "receivers.am.allow_cleartext: not allowed for kind \"zabbix\"",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\nsslkey = 'k'",
            "sslcert and sslkey need each other",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\nservers = ['a']",
            "f:4: receivers.am.servers: not allowed for kind \"alertmanager\"",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\nlabels = { severity = 'page' }",
            "receivers.am.labels.severity: posemo sets this label",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\nlabels = { a-b = 'c' }",
            "receivers.am.labels.a-b: not a valid label name",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\nlabels = { __a = 'c' }",
            "not a valid label name",
        ),
        (
            "kind = 'alertmanager'\nurl = 'http://a'\ntimeout = '5'",
            "f:4: receivers.am.timeout: \"5\" is not an interval",
        ),
        (
            "kind = 'icinga2'\nurl = 'http://a'\nlabels = { a = 'c' }",
            "not allowed for kind \"icinga2\"",
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

/// To another machine a secret is sent without TLS only where `allow_cleartext` is set.
#[test]
fn a_secret_in_clear_text_needs_allow_cleartext() {
    for lines in [
        "url = 'http://a'\nallow_cleartext = true\ntoken_file = 't'",
        "url = 'http://127.0.0.1:9093'\ntoken_file = 't'",
        "url = 'http://a'",
    ] {
        let text = format!("[receivers.am]\nkind = 'alertmanager'\n{lines}\n");
        assert_eq!(parse(&text).map(|settings| settings.receivers().len()), Ok(1), "{lines}");
    }
}
