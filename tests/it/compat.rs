//! Calls of `check_postgres` and `check_pgactivity`: those of manuals and public configurations, and hostile ones.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output};

use posemo::compat::{self, Translated};
use serde::Deserialize;

use crate::server::{posemo, program};

mod tables;

/// The calls of tests/it/compat/calls.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallFile {
    pub(crate) calls: Vec<KnownCall>,
}

/// A call of another plugin.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownCall {
    /// The plugin and its options.
    pub(crate) call: String,
    /// posemo's call, without the time limit.
    pub(crate) posemo: Option<String>,
    /// A part of the reason, if posemo refuses it.
    pub(crate) refused: Option<String>,
    /// The exit codes of the original on the healthy and on the other server.
    #[serde(default)]
    pub(crate) codes: [i32; 2],
    /// Those of posemo, if they differ.
    pub(crate) ours: Option<[i32; 2]>,
    /// Why they differ.
    pub(crate) reason: Option<String>,
}

impl KnownCall {
    /// The words of the call.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for letter in self.call.chars() {
            match letter {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                letter => words.last_mut().unwrap().push(letter),
            }
        }
        words.into_iter().map(OsString::from).collect()
    }
}

pub(crate) fn known_calls() -> Vec<KnownCall> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/compat/calls.toml");
    toml::from_str::<CallFile>(&fs::read_to_string(path).unwrap()).unwrap().calls
}

#[test]
fn known_calls_are_translated() {
    let (mut wrong, mut translated) = (Vec::new(), [0, 0]);
    for known in known_calls() {
        match (compat::translate(&known.words()), &known.posemo, &known.refused) {
            (Ok(Translated::Call(call)), Some(expected), None) => {
                let words = call.words().join(" ");
                let words = words.strip_suffix(" --timeout 30").unwrap();
                if words != expected {
                    wrong.push(format!("{}\n  {words}\n  {expected}", known.call));
                }
                translated[usize::from(known.call.starts_with("check_pga"))] += 1;
            }
            (Err(error), None, Some(part)) if error.to_string().contains(part) => {}
            (other, ..) => wrong.push(format!("{}: {other:?}", known.call)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(translated[0] >= 20 && translated[1] >= 20, "{translated:?}");
}

/// Nothing that a call contains can become an option of posemo, a second line or performance data.
#[test]
fn hostile_words_stay_words() {
    for (words, expected) in [
        (
            &["check_postgres", "--action=sequence", "--dbname=--config=/etc/passwd"][..],
            "--database=--config=/etc/passwd",
        ),
        (&["check_postgres", "--action=connection", "-H", "-x;rm -rf /"], "'-H-x;rm -rf /'"),
        (
            &["check_postgres", "--action=database_size", "-c", "1", "--exclude=a*'b"],
            "--except 'a\\*'\\''b'",
        ),
        (
            &["check_postgres", "--action=connection", "--dbservice=a' host=b"],
            "-d 'service='\\''a\\'\\'' host=b'\\'' dbname=posemo'",
        ),
    ] {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let Ok(Translated::Call(call)) = compat::translate(&words) else { panic!("{words:?}") };
        assert!(call.command().contains(expected), "{}", call.command());
    }
    for words in [
        &["compat", "check_postgres", "--action=a|b\nOK - fine"][..],
        &["compat", "check_pgactivity", "-s", "a", "--\u{1b}[31m|x"],
        &["compat", "check_mysql"],
        &["compat", "check_postgres"],
        &["compat", "check_pgactivity", "-s"],
        &["compat"],
    ] {
        let output = posemo(words);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!((output.status.code(), text.lines().count()), (Some(3), 1), "{text}");
        assert!(text.starts_with("POSEMO UNKNOWN - ") && !text.contains(['|', '\u{1b}']), "{text}");
        assert!(output.stderr.is_empty());
    }
    let long = vec![OsString::from("check_postgres"); 600];
    assert!(compat::translate(&long).is_err());
}

/// The file of defaults has the options that the call does not contain, and passes over those of other actions.
#[test]
fn options_come_from_the_file_of_defaults() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(".check_postgresrc");
    let run = |text: &str, more: &[&str]| {
        fs::write(&file, text).unwrap();
        let mut command = program();
        command.args(["compat", "--print", "check_postgres", "--action=sequence"]).args(more);
        let output = command.env("HOME", directory.path()).current_dir("/").output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let text = "# site\n\n host = db1.example\nport=5433\nu=clerk\nexclude=a\nexclude = b\nwarning= 70% \n\
                skipcycled = 1\nverbose=2\nno value\nquiet=\n";
    let expected = "posemo check sequence_usage -w used=@70: -c used=~: --except '*.a' --except '*.b' -H db1.example -p 5433 -U clerk --timeout 30\n";
    assert_eq!(run(text, &[]), (Some(0), expected.to_owned()));
    let (code, some) = run(text, &["-H", "db2", "--exclude=c", "--critical=90%"]);
    let expected = "posemo check sequence_usage -w used=@70: -c used=@90: --except '*.c' -H db2 -p 5433 -U clerk --timeout 30\n";
    assert_eq!((code, some.as_str()), (Some(0), expected));
    let (_, none) = run(text, &["--no-check_postgresrc", "-c", "90%"]);
    assert_eq!(none, "posemo check sequence_usage -c used=@90: -w used=~: --timeout 30\n");
    for (text, expected) in [
        ("a=1\n", ":1: a is not an option of check_postgres"),
        ("\nexlude=a\n", ":2: exlude is not an option of check_postgres; did you mean \"exclude\""),
        ("dbpass=hunter2\n", ":1: dbpass has no counterpart: posemo takes no password"),
        ("output=mrtg\n", ":1: output has no counterpart: posemo writes the format of Nagios"),
        ("timeout=x\n", "--timeout takes a time"),
    ] {
        let (code, line) = run(text, &[]);
        assert!(code == Some(3) && line.contains(expected), "{line}");
        assert!(line.lines().count() == 1 && !line.contains("hunter2"), "{line}");
    }
    // What is for other servers or off has no effect, and the connection of the call counts.
    let text = "host=a\nhost2=b\ndb3=c\noutput=nagios\nnoidle=0\ntarget=t\n";
    let call = ["-c", "90%", "--dbhost2=d"];
    let expected = "posemo check sequence_usage -c used=@90: -w used=~: -H d --timeout 30\n";
    assert_eq!(run(text, &call), (Some(0), expected.to_owned()));
    // Another user must not choose the server.
    fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
    let (code, line) = run("host=a\n", &[]);
    assert!(code == Some(3) && line.contains("another user can write it"), "{line}");
    fs::remove_file(&file).unwrap();
    // A home directory that is not one, as some daemons have.
    let mut command = program();
    command.args(["compat", "--print", "check_postgres", "--action=connection"]);
    let output = command.env("HOME", "/dev/null").current_dir("/").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    fs::create_dir(&file).unwrap();
    let output = program()
        .args(["compat", "check_postgres", "--action=sequence"])
        .env("HOME", directory.path())
        .current_dir("/")
        .output()
        .unwrap();
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(
        line.contains("it is not a regular file; --no-check_postgresrc ignores the file"),
        "{line}"
    );
}

/// `PGDATABASE` is the database of the old call, and not that of posemo.
#[test]
fn the_variable_of_the_database_counts_like_the_option() {
    for (call, expected) in [
        (
            "check_postgres --action=last_vacuum -w 1d",
            "posemo check last_vacuum -w age=@86400: -c age=~: --database a -d dbname=posemo --timeout 30",
        ),
        (
            "check_postgres --action=last_vacuum -w 1d --db=b",
            "posemo check last_vacuum -w age=@86400: -c age=~: --database b -d dbname=posemo --timeout 30",
        ),
        ("check_pgactivity -s connection", "posemo check alive -d dbname=posemo --timeout 30"),
    ] {
        let mut command = program();
        command.args(["compat", "--print"]).args(call.split(' ')).env("PGDATABASE", "a");
        let output = command.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected, "{call}");
    }
    // The other plugin asks two ports of that host.
    let mut command = program();
    command.args(["compat", "--print", "check_pgactivity", "-s", "hot_standby_delta", "-p", "1,2"]);
    let output = command.env("PGHOST", "db1").output().unwrap();
    let expected = "posemo check replication_lag -H db1,db1 -p 1,2 -d target_session_attrs=standby --timeout 30";
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected);
    // A service can name that database, too.
    let mut command = program();
    command.args(["compat", "--print", "check_postgres", "--action=connection"]);
    let output = command.env("PGSERVICE", "shop").output().unwrap();
    let expected = "posemo check alive -d dbname=posemo --timeout 30";
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected);
}

/// A service does not replace the host, the port and the role of the call, and a wrong time limit is an error.
#[test]
fn the_connection_is_that_of_the_call() {
    let shop = r"-d 'service='\''shop'\'' dbname=posemo";
    let connection = "check_postgres --action=connection --dbservice=shop";
    for (call, expected) in [
        (
            format!("{connection} --port=5433 --dbuser=clerk -H db1"),
            format!("posemo check alive -H db1 -p 5433 {shop}' -U clerk --timeout 30"),
        ),
        (format!("{connection} -t 7"), format!("posemo check alive {shop}' --timeout 7")),
        (
            "check_postgres --action=hot_standby_delay -c 1 --dbservice=shop -H a,b".to_owned(),
            format!("-H a,b {shop} target_session_attrs=standby' --timeout 30"),
        ),
        (
            "check_postgres --action=hot_standby_delay -c 1 --host=a --port=5432,5433".to_owned(),
            "-H a,a -p 5432,5433 -d target_session_attrs=standby --timeout 30".to_owned(),
        ),
        (
            "check_postgres --action=hot_standby_delay -c 1 --port=5432,5433".to_owned(),
            "-H , -p 5432,5433 -d target_session_attrs=standby --timeout 30".to_owned(),
        ),
        (
            "check_pgactivity -s hot_standby_delta -h a,b -p 5433".to_owned(),
            "-H a,b -p 5433 -d target_session_attrs=standby --timeout 30".to_owned(),
        ),
        (
            "check_postgres --action=checkpoint -c 9 --assume-prod".to_owned(),
            "check checkpoint_age,replication_role -c checkpoint_age.age=@9: -w checkpoint_age.age=~: -w \
             checkpoint_age.overdue=~: -c checkpoint_age.overdue=~: -a replication_role.expected=primary"
                .to_owned(),
        ),
        (
            "check_postgres --action=backends --assume-prod".to_owned(),
            "posemo's check has nothing like it".to_owned(),
        ),
        (
            "check_postgres --action=connection --port=5432,5433".to_owned(),
            "--port of connection has no counterpart: a call asks one server".to_owned(),
        ),
        (format!("{connection},bar"), "--dbservice of connection has no counterpart".to_owned()),
        (format!("{connection} -t xxx"), "--timeout takes a time of at least 1 s".to_owned()),
        (
            "check_pgactivity -s connection -t 0".to_owned(),
            "--timeout takes a time of at least 1 s, such as 30".to_owned(),
        ),
    ] {
        let words: Vec<OsString> = call.split(' ').map(OsString::from).collect();
        let text = match compat::translate(&words) {
            Ok(Translated::Call(call)) => call.command(),
            Ok(Translated::Text(text)) => text,
            Err(error) => error.to_string(),
        };
        assert!(text.contains(&expected), "{call}\n{text}\n{expected}");
    }
}

/// A message goes to a monitoring system: it has no word of the call that can be a password.
#[test]
fn no_message_has_a_password() {
    for (call, expected) in [
        ("check_pgactivity -s connection -Wsekret", "no option \"-W\""),
        ("check_postgres --noidle=sekret", "--noidle has no value"),
        ("check_postgres noidle=sekret", "noidle has no value"),
        ("check_postgres dbpasssekret", "word 1 after check_postgres is not an option"),
        ("check_postgres --dbpasssekret", "no option \"--dbpass...\""),
        ("check_postgres --dbpass my sekret", "word 3 after check_postgres is not an option"),
        ("check_postgres --dbpass=my sek=ret", "word 2 after check_postgres is not an option"),
        ("check_postgres --dbpass sekret", "check_postgres needs --action=NAME"),
        ("check_postgres --action=connection --dbpass=sekret", "~/.pgpass"),
        ("check_postgres -psekret", "no option \"-p...\""),
        ("check_postgres -exlude=sekret", "\"-e...\"; did you mean \"--exclude\"?"),
        ("check_postgres --dbpsss=sekret", "no option \"--dbpsss\""),
        ("check_pgactivity sekret", "word 1 after check_pgactivity is not an option"),
        ("check_pgactivity --pasword=sekret", "no option \"--pasword\""),
        ("check_postgres --action=connection -t sekret", "--timeout takes a time"),
    ] {
        let words: Vec<OsString> = call.split(' ').map(OsString::from).collect();
        let error = compat::translate(&words).unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("sek"), "{call}: {error}");
        for refused in ["mean \"--dbpass\"", "mean \"--dbpass1\"", "mean \"-W"] {
            assert!(!error.contains(refused), "{call}: {error}");
        }
    }
}

/// A link has the name of the plugin, or of one action.
#[test]
fn a_link_answers_as_the_plugin() {
    let directory = tempfile::tempdir().unwrap();
    let run = |name: &str, words: &[&str]| -> Output {
        let link = directory.path().join(name);
        if !link.exists() {
            symlink(env!("CARGO_BIN_EXE_posemo"), &link).unwrap();
        }
        Command::new(link).args(words).env_remove("POSEMO_CONFIG").output().unwrap()
    };
    for (name, words, code, expected) in [
        (
            "check_postgres.pl",
            &["--action=connection", "--host=127.0.0.1", "--port=1"][..],
            2,
            "ALIVE CRITICAL - ",
        ),
        ("check_postgres_connection", &["-H", "127.0.0.1", "-p", "1"], 2, "ALIVE CRITICAL - "),
        (
            "check_postgres_sequence",
            &["-H", "127.0.0.1", "-p", "1"],
            3,
            "SEQUENCE_USAGE UNKNOWN - ",
        ),
        ("check_pgactivity", &["-h", "127.0.0.1", "-p1", "-sconnection"], 2, "ALIVE CRITICAL - "),
        (
            "check_postgres_disk_space",
            &[],
            3,
            "POSEMO UNKNOWN - check_postgres disk_space has no counterpart: SQL",
        ),
        ("check_pgactivity", &["--list"], 0, "posemo answers calls of check_pgactivity"),
        ("check_postgres", &["--version"], 0, "posemo "),
    ] {
        let output = run(name, words);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(expected), "{name} {words:?}: {text}");
        assert_eq!(output.status.code(), Some(code), "{name} {words:?}: {text}");
        assert!(output.stderr.is_empty(), "{name}");
    }
    let printed =
        posemo(&["compat", "--print", "check_postgres", "--action=sequence", "-c", "95%"]);
    let expected = "posemo check sequence_usage -c used=@95: -w used=~: --timeout 30\n";
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), expected);
}
