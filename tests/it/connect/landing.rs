//! Strings, URIs, services, variables and files: posemo must land where psql lands.
//!
//! TLS is only switched on and off here; certificates are judged elsewhere.

use posemo::database::connect::Startup;
use posemo::database::parameters::{Environment, Parameters};

use super::client::{Surroundings, open, run};
use super::world::{world, write};
use crate::programs::need;
use crate::server::psql;

type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// Connection string, variables, and a piece of where it leads or of the complaint. `PORT`, `SOCKET`, `CODED` (the
/// socket's directory in percent-encoding) and `HOME` stand for what differs from run to run.
const CASES: &[Case] = &[
    // Strings and URIs.
    ("host=127.0.0.1 port=PORT user=postgres dbname=other", &[], "postgres|other|PORT|t|psql"),
    ("host=127.0.0.1 port=PORT user=postgres", &[], "postgres|postgres|PORT|t|psql"),
    (
        "host = '127.0.0.1' port= PORT user='post\\gres' application_name='it\\'s me'",
        &[],
        "postgres|postgres|PORT|t|it's me",
    ),
    (
        "postgresql://postgres@127.0.0.1:PORT/other?application_name=a%20b",
        &[],
        "postgres|other|PORT|t|a b",
    ),
    ("postgres://postgres@127.0.0.1:PORT/?dbname=other&ssl=true", &[], "postgres|other|PORT|t"),
    ("postgresql://postgres@CODED:PORT/other", &[], "postgres|other|f"),
    ("postgresql:///other?host=SOCKET&port=PORT&user=postgres", &[], "postgres|other|f"),
    ("postgresql://postgres@[::2]:1,127.0.0.1:PORT/other", &[], "postgres|other|PORT"),
    ("postgresql://127.0.0.1:PORT/other", &[], "root|other|PORT"),
    (
        "postgresql:///other",
        &[("PGHOST", "SOCKET"), ("PGPORT", "PORT"), ("PGUSER", "postgres")],
        "postgres|other|f",
    ),
    (
        "host='' hostaddr=127.0.0.1 port=PORT user=postgres",
        &[("PGHOST", "SOCKET")],
        "postgres|postgres|PORT",
    ),
    ("port=PORT host=127.0.0.1 dbname=", &[("PGDATABASE", "other")], "root|root|PORT"),
    (
        "host=127.0.0.1 port=PORT usr=postgres",
        &[],
        "\"usr\" does not exist; the nearest is \"user\"",
    ),
    ("postgresql://127.0.0.1:PORT/?nonsense=1", &[], "\"nonsense\" does not exist"),
    ("host=127.0.0.1 port=70000", &[], "port cannot be \"70000\""),
    ("host=127.0.0.1 port=PORT sslmode=sometimes", &[], "one of disable, allow, prefer"),
    ("host=a,b,c port=1,2", &[], "2 ports do not match 3 hosts"),
    ("host=a,b hostaddr=127.0.0.1", &[], "2 host names do not match 1 hosts"),
    // The environment.
    (
        "user=postgres dbname=postgres",
        &[("PGHOST", "127.0.0.1"), ("PGPORT", "PORT"), ("PGSSLMODE", "disable")],
        "PORT|f|psql",
    ),
    (
        "host=127.0.0.1 user=postgres",
        &[("PGPORT", "PORT"), ("PGAPPNAME", "mine")],
        "postgres|postgres|PORT|t|mine",
    ),
    (
        "user=postgres",
        &[("PGHOSTADDR", "127.0.0.1"), ("PGHOST", "nowhere.invalid"), ("PGPORT", "PORT")],
        "postgres|postgres|PORT",
    ),
    (
        "host=127.0.0.1 port=PORT user=postgres",
        &[("PGOPTIONS", "-c default_transaction_read_only=on")],
        "|on",
    ),
    (
        "host=127.0.0.1 port=PORT user=postgres",
        &[("PGREQUIRESSL", "1"), ("PGDATABASE", "other")],
        "other|PORT|t",
    ),
    (
        "host=127.0.0.1 port=PORT user=postgres",
        &[("PGSSLMODE", "verify-full")],
        "root.crt does not exist",
    ),
    // Services.
    ("service=first", &[], "postgres|other|PORT|t|psql"),
    ("service=first user=root dbname=postgres", &[], "root|postgres|PORT"),
    (
        "service=second",
        &[("PGUSER", "nobody"), ("PGDATABASE", "other"), ("PGAPPNAME", "variable")],
        "root|other|f|from service",
    ),
    ("dbname=postgres", &[("PGSERVICE", "second")], "root|postgres|f|from service"),
    ("service=first", &[("PGSERVICE", "second")], "postgres|other|PORT"),
    ("service=system", &[], "root|root|f|from service"),
    (
        "service=nowhere",
        &[],
        "\"nowhere\" is not defined in HOME/.pg_service.conf or HOME/pg_service.conf",
    ),
    ("service=wrong", &[], "\"hots\" does not exist; the nearest is \"host\""),
    ("service=broken", &[], "line 17: has no \"=\""),
    (
        "service=first",
        &[("PGSERVICEFILE", "HOME/missing")],
        "cannot read the service file HOME/missing",
    ),
    ("service=system", &[("PGSERVICEFILE", "HOME/pg_service.conf")], "root|root|f"),
    // Passwords.
    ("host=127.0.0.1 port=PORT user=scram dbname=other", &[], "scram|other|PORT"),
    ("host=127.0.0.1 port=PORT user=clear dbname=postgres", &[], "clear|postgres|PORT"),
    (
        "host=127.0.0.1 port=PORT user=md5 dbname=postgres sslmode=disable",
        &[],
        "md5|postgres|PORT|f",
    ),
    (
        "host=127.0.0.1 port=PORT user=clear dbname=other",
        &[],
        "none was found: no line of the password file HOME/.pgpass is for 127.0.0.1:PORT:other:clear",
    ),
    (
        "host=127.0.0.1 port=PORT user=clear dbname=other",
        &[("PGPASSWORD", "sesame")],
        "clear|other|PORT",
    ),
    ("postgresql://clear@127.0.0.1:PORT/other", &[("PGPASSWORD", "sesame")], "clear|other|PORT"),
    (
        "postgresql://clear@127.0.0.1:PORT/other",
        &[("PGPASSWORD", "wrong")],
        "check its password in ~/.pgpass",
    ),
    (
        "host=127.0.0.1 port=PORT user=clear dbname=other passfile=HOME/open.pgpass",
        &[],
        "none was found: the password file HOME/open.pgpass is not used: others may read or write it",
    ),
    (
        "host=127.0.0.1 port=PORT user=clear dbname=other",
        &[("PGPASSFILE", "HOME/nowhere")],
        "none was found: the password file HOME/nowhere is not used: ",
    ),
    (
        "host=127.0.0.1 port=PORT user=clear dbname=postgres channel_binding=require",
        &[],
        "cannot log in",
    ),
    (
        "host=127.0.0.1 port=PORT user=scram dbname=other channel_binding=require",
        &[],
        "scram|other|PORT|t",
    ),
    (
        "host=127.0.0.1 port=PORT user=scram dbname=other channel_binding=require sslmode=disable",
        &[],
        "cannot log in",
    ),
    ("host=127.0.0.1 port=PORT user=postgres channel_binding=require", &[], "cannot log in"),
    // TLS or not.
    ("host=127.0.0.1 port=PORT user=postgres sslmode=allow", &[], "PORT|f"),
    ("host=127.0.0.1 port=PORT user=tls_only dbname=postgres sslmode=allow", &[], "PORT|t"),
    ("host=127.0.0.1 port=PORT user=plain_only dbname=postgres sslmode=prefer", &[], "PORT|f"),
    (
        "host=127.0.0.1 port=PORT user=plain_only dbname=postgres sslmode=require",
        &[],
        "check the lines of pg_hba.conf",
    ),
    (
        "host=127.0.0.1 port=PORT user=tls_only dbname=postgres sslmode=disable",
        &[],
        "check the lines of pg_hba.conf",
    ),
    ("host=SOCKET port=PORT user=postgres sslmode=verify-full", &[], "postgres|postgres|f"),
    ("host=127.0.0.1 port=PORT user=postgres ssl_max_protocol_version=TLSv1.2", &[], "PORT|t"),
    (
        "host=127.0.0.1 port=PORT user=postgres sslmode=require ssl_max_protocol_version=TLSv1.1",
        &[],
        "TLSv1.2 or TLSv1.3",
    ),
    (
        "host=127.0.0.1 port=PORT user=postgres sslsni=0 gssencmode=disable keepalives=1 client_encoding=UTF8",
        &[],
        "PORT|t",
    ),
    (
        "host=127.0.0.1 port=PORT user=postgres gssencmode=require",
        &[],
        "GSSAPI is not supported; leave it out",
    ),
    // Other.
    (
        "host=127.0.0.1 port=PORT user=postgres dbname=nowhere",
        &[],
        "create the database, or name another",
    ),
    (
        "host=127.0.0.1 port=1 user=postgres",
        &[],
        "check that PostgreSQL is running there and listening",
    ),
    ("host=nowhere.invalid user=postgres", &[], "cannot look up the host nowhere.invalid"),
    (
        "host=SOCKET port=1 user=postgres",
        &[],
        "check that PostgreSQL is running there and listening",
    ),
    (
        "host=SOCKET port=PORT user=postgres requirepeer=nobody-at-all",
        &[],
        "requirepeer requires nobody-at-all",
    ),
    (
        "host=nowhere.invalid,127.0.0.1,127.0.0.1 port=1,1,PORT user=postgres",
        &[],
        "postgres|postgres|PORT",
    ),
    (
        "host=127.0.0.1,127.0.0.1 port=PORT,1 user=postgres dbname=nowhere",
        &[],
        "create the database",
    ),
];

#[test]
fn everything_lands_where_psql_lands() {
    need!("psql");
    let home = tempfile::tempdir().expect("a directory");
    let (cluster, _) = world(home.path());
    let psql = psql(cluster.bindir());
    let socket = cluster.socket().display().to_string();
    let fill = |text: &str| {
        let text = text
            .replace("PORT", &cluster.port().to_string())
            .replace("CODED", &socket.replace('/', "%2F"));
        text.replace("SOCKET", &socket).replace("HOME", &home.path().display().to_string())
    };
    let mut wrong = Vec::new();
    for (conninfo, variables, expected) in CASES {
        // Names of variables end in PORT as well.
        let variables: Vec<(&str, String)> =
            variables.iter().map(|(name, value)| (*name, fill(value))).collect();
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let here = Surroundings::new(home.path(), &variables);
        let (conninfo, expected) = (fill(conninfo), fill(expected));
        let (ours, theirs) = (here.posemo(&conninfo), here.psql(&psql, &conninfo));
        let said = ours.as_ref().unwrap_or_else(|error| error);
        if !said.contains(&expected) || ours.as_ref().ok() != theirs.as_ref().ok() {
            wrong.push(format!("{conninfo} {variables:?}:\n  expected {expected}\n  posemo {ours:?}\n  psql {theirs:?}"));
        }
        assert!(!format!("{ours:?}").contains("sesame"), "a password is told: {ours:?}");
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

#[test]
fn defaults_of_posemo_come_last_and_another_database_has_another_password() {
    let home = tempfile::tempdir().expect("a directory");
    let (cluster, here) = world(home.path());
    let given = |conninfo: &str| [("dbname".to_owned(), conninfo.to_owned())];
    let resolve = |given: &[(String, String)], variables: &[(&str, &str)]| {
        let surroundings = Surroundings::new(home.path(), variables);
        let defaults = [("user", "posemo"), ("dbname", "posemo")];
        let parameters =
            Parameters::resolve(given, &defaults, &surroundings.environment()).expect("parameters");
        format!("{}@{}", parameters.user(), parameters.database())
    };
    assert_eq!(resolve(&[], &[]), "posemo@posemo");
    assert_eq!(resolve(&given("user=a"), &[("PGDATABASE", "b")]), "a@b");
    assert_eq!(resolve(&given("service=first"), &[("PGDATABASE", "b")]), "postgres@other");
    let priority = [("user", "low"), ("dbname", "user=high"), ("dbname", "name")];
    let priority = priority.map(|(keyword, value)| (keyword.to_owned(), value.to_owned()));
    assert_eq!(resolve(&priority, &[]), "high@name");
    // The password file knows a password for one of the two databases only.
    let conninfo = format!("host=127.0.0.1 port={} user=clear dbname=other", cluster.port());
    let other = here.resolve(&conninfo).expect("parameters");
    for (parameters, lets_in) in [(&other, false), (&other.with_database("postgres"), true)] {
        let connection = run(open(parameters, &Startup::default()));
        assert_eq!(connection.is_ok(), lets_in, "{}", parameters.database());
    }
}

#[test]
fn nothing_secret_is_shown() {
    let home = tempfile::tempdir().expect("a directory");
    write(home.path(), "open.pgpass", 0o640, "*:*:*:*:sesame\n");
    write(home.path(), ".pgpass", 0o600, "*:*:*:*:sesame\n");
    let here = Surroundings::new(home.path(), &[]);
    let parameters = here.resolve("user=a").expect("parameters");
    assert!(!format!("{parameters:?}").contains("sesame"));
    assert!(parameters.warnings().is_empty());
    for conninfo in
        ["postgresql://a:sesame@h/d", "user=a password=sesame", "postgresql://h/d?password=sesame"]
    {
        let error = here.resolve(conninfo).expect_err("it contains a password");
        assert!(error.contains("contains a password") && !error.contains("sesame"), "{error}");
    }
    let open = here.resolve(
        "user=a passfile=HOME/open.pgpass"
            .replace("HOME", &home.path().display().to_string())
            .as_str(),
    );
    assert!(open.expect("parameters").warnings()[0].contains("chmod 0600"));
    for broken in
        ["user=a password='sesame", "user=a password=x sesame", "postgresql://a:sesame%@h"]
    {
        let error = here.resolve(broken).expect_err("it is broken");
        assert!(!error.contains("sesame"), "{error}");
    }
}

#[test]
fn the_environment_of_a_process_names_its_user() {
    let environment = Environment::of_process();
    assert!((environment.user)().is_some_and(|name| !name.is_empty()));
    assert!(!format!("{environment:?}").contains("variable"));
}
