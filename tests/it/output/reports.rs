//! Sample reports: ordinary ones, and ones with the texts of an attacker.
//!
//! They are written by hand, so that they do not depend on a judge or a server.

use std::collections::BTreeMap;
use std::time::Duration;

use posemo::finding::metric::{Metric, MetricKind, Unit};
use posemo::finding::report::{CheckReport, Report, ServerRole, Skip, TargetReport};
use posemo::finding::{Finding, Severity, State, Suppressed};

mod markup;

/// The report with this name.
pub(crate) fn report(name: &str) -> Report {
    let on = |name, checks: Vec<CheckReport>| TargetReport {
        checks: checks.into(),
        ..server(name, ServerRole::Primary)
    };
    let on_db1 = |checks| run(vec![on("db1", checks)]);
    match name {
        "empty" => run(vec![]),
        "quiet" => on_db1(quiet_checks()),
        "day" => run(vec![loud_primary(), standby(), dead()]),
        "crowd" => on_db1(crowd()),
        "dead" => run(vec![dead()]),
        "down" => run(vec![down()]),
        "lag" => on_db1(vec![lag()]),
        "skipped" => run(vec![TargetReport {
            checks: vec![skipped("replication_lag", Skip::Role)].into(),
            ..server("db1", ServerRole::Standby)
        }]),
        "databases" => on_db1(databases()),
        "targets" => run(["db1", "db2"].map(|name| on(name, databases())).into()),
        "script" => on_db1(vec![advice()]),
        "hostile" => run(vec![hostile_target(), nameless_target()]),
        "markup" => run(vec![markup::target()]),
        "flood" => on_db1(vec![flood()]),
        _ => panic!("unknown report {name:?}"),
    }
}

/// Texts that must not be written unchanged.
pub(crate) const HOSTILE: [&str; 16] = [
    "two\nlines",
    "cr\rOK - all is well",
    "\x1b[2J\x1b]0;title\x07red",
    "c1\u{9b}31m",
    "rtl\u{202e}gnp.exe\u{2066}\u{200f}",
    "zero\u{200b}width\u{feff}\u{2028}line",
    "pipe | 'fake'=1;2;3",
    "it's \"quoted\"",
    "semi;colon=equals%percent",
    "back\\slash\\n\\x1b",
    "größe.表格.📈",
    "tab\tand\0nul\x7f",
    "multi::label::name",
    "a_63_byte_name_a_63_byte_name_a_63_byte_name_a_63_byte_name_ab",
    "   ",
    "",
];

fn run(targets: Vec<TargetReport>) -> Report {
    Report {
        started: "2026-11-20T10:00:00Z".parse().unwrap(),
        duration: Duration::from_millis(31),
        targets,
    }
}

fn server(name: &str, role: ServerRole) -> TargetReport {
    TargetReport {
        target: name.to_owned(),
        host: Some(format!("{name}.example")),
        port: Some(5432),
        server_version: Some("17.10".to_owned()),
        role: Some(role),
        ..TargetReport::default()
    }
}

fn dead() -> TargetReport {
    let error = "could not connect to db3.example:5432 within 5 s: nothing answers there; look whether the server runs and a firewall lets port 5432 through";
    TargetReport {
        target: "db3".to_owned(),
        host: Some("db3.example".to_owned()),
        port: Some(5432),
        error: Some(error.to_owned()),
        ..TargetReport::default()
    }
}

fn down() -> TargetReport {
    let error = "cannot connect to db3.example:5432; check that PostgreSQL is running there and listening on that address and port: Connection refused (os error 111)";
    TargetReport {
        error: Some(error.to_owned()),
        no_answer: Some(State::Critical),
        checks: vec![CheckReport::failed("alive", State::Critical, error)].into(),
        ..dead()
    }
}

fn check(name: &str, summary: &str) -> CheckReport {
    CheckReport {
        summary: summary.to_owned(),
        duration: Duration::from_millis(2),
        ..CheckReport::new(name, None)
    }
}

/// More checks that are OK than a person reads.
fn crowd() -> Vec<CheckReport> {
    let topics = ["wal", "replication", "vacuum"];
    let quiet = (0..24).map(|number| CheckReport {
        topic: topics[number % 3].to_owned(),
        ..check(&format!("check_of_{}_{}", topics[number % 3], number / 3), "fine")
    });
    let per_database = ["app", "shop"].map(|database| CheckReport {
        topic: "schema".to_owned(),
        ..in_database(database, check("invalid_indexes", "no problem found"))
    });
    let skipped = ["standby_conflicts", "wal_receiver"]
        .map(|name| CheckReport { topic: "replication".to_owned(), ..skipped(name, Skip::Role) });
    let not_installed = skipped_check();
    let late = CheckReport { topic: "replication".to_owned(), ..lag() };
    quiet.chain(per_database).chain(skipped).chain([not_installed, late]).collect()
}

/// A check that is missing on the server, so a person is needed.
fn skipped_check() -> CheckReport {
    let missing = skipped("checkpoint_pressure", Skip::NotInstalled);
    CheckReport { error: Some("not installed".to_owned()), ..missing }
}

fn in_database(database: &str, check: CheckReport) -> CheckReport {
    CheckReport { database: Some(database.to_owned()), ..check }
}

fn skipped(name: &str, skip: Skip) -> CheckReport {
    CheckReport { skipped: Some(skip), ..check(name, "") }
}

fn with(findings: Vec<Finding>, metrics: Vec<Metric>, check: CheckReport) -> CheckReport {
    CheckReport { findings, metrics, ..check }
}

fn metric(name: &str, object: Option<&str>, value: f64, unit: Unit, levels: [&str; 2]) -> Metric {
    let [warning, critical] = levels.map(|level| match level {
        "" => None,
        range => Some(range.parse().unwrap()),
    });
    Metric {
        name: name.to_owned(),
        object: object.map(str::to_owned),
        value,
        unit,
        kind: MetricKind::Gauge,
        warning,
        critical,
    }
}

fn finding(state: State, object: &str, summary: &str) -> Finding {
    Finding::new(state, summary).about(Some(object.to_owned()))
}

fn quiet_checks() -> Vec<CheckReport> {
    let transactions = Metric {
        kind: MetricKind::Counter,
        ..metric("commits", None, 18_345_776.0, Unit::Count, ["", ""])
    };
    vec![
        with(
            vec![],
            vec![metric("answer", None, 0.0021, Unit::Seconds, ["", ""])],
            check("alive", "answered in 0.002 s"),
        ),
        with(
            vec![],
            vec![metric("used", None, 23.0, Unit::Percent, ["80", "95"])],
            check("connection_usage", "used 23 %"),
        ),
        with(
            vec![],
            vec![metric("ratio", None, 0.9987, Unit::Ratio, ["0.9:", "0.8:"])],
            check("cache_hit_ratio", "ratio 0.999"),
        ),
        in_database(
            "shop",
            with(
                vec![],
                vec![metric("size", None, 8.69e9, Unit::Bytes, ["", ""]), transactions],
                check("database_size", "size 8.1 GiB"),
            ),
        ),
        in_database(
            "größe表",
            with(
                vec![],
                vec![metric("size", None, 7.5e6, Unit::Bytes, ["", ""])],
                check("database_size", "size 7.2 MiB"),
            ),
        ),
        skipped("replication_lag", Skip::Role),
        skipped("checkpoint_pressure", Skip::NotInstalled),
    ]
}

fn lag() -> CheckReport {
    let summary = "standby2 62 s behind (warning above 60)";
    let metrics = vec![
        metric("lag", Some("standby1"), 0.25, Unit::Seconds, ["60", "300"]),
        metric("lag", Some("standby2"), 62.0, Unit::Seconds, ["60", "300"]),
    ];
    with(
        vec![finding(State::Warning, "standby2", summary)],
        metrics,
        check("replication_lag", summary),
    )
}

fn sequences() -> CheckReport {
    let findings = vec![
        finding(State::Critical, "public.filling", "public.filling used 96 % (critical above 95)"),
        finding(
            State::Warning,
            "public.orders_id_seq",
            "public.orders_id_seq used 91.4 % (warning above 80)",
        ),
        finding(
            State::Warning,
            "public.a_rather_long_name_for_a_sequence_id_seq",
            "public.a_rather_long_name_for_a_sequence_id_seq used 82 % (warning above 80)",
        ),
    ];
    let metrics = vec![
        metric("used", Some("public.filling"), 96.0, Unit::Percent, ["80", "95"]),
        metric("used", Some("public.orders_id_seq"), 91.4, Unit::Percent, ["80", "95"]),
        metric(
            "used",
            Some("public.a_rather_long_name_for_a_sequence_id_seq"),
            82.0,
            Unit::Percent,
            ["80", "95"],
        ),
    ];
    with(
        findings,
        metrics,
        check("sequence_usage", "public.filling used 96 % (critical above 95); 2 more problems"),
    )
}

fn databases() -> Vec<CheckReport> {
    let fine = with(
        vec![],
        vec![metric("used", Some("public.filling"), 3.0, Unit::Percent, ["80", "95"])],
        check("sequence_usage", "used 3 % at most"),
    );
    vec![in_database("app", fine), in_database("shop", sequences())]
}

fn advice() -> CheckReport {
    let advice = Finding {
        description: Some("A superuser may read and change everything, files of the server included.\n\nTake the right away: alter role backup nosuperuser".to_owned()),
        read_more_url: Some("https://www.postgresql.org/docs/current/role-attributes.html".to_owned()),
        labels: BTreeMap::from([("role".to_owned(), "backup".to_owned())]),
        references: ["CIS 4.3", "CIS 4.8", "BSI BER.3.6"].map(str::to_owned).into(),
        ..Finding::new(State::Warning, "1 superuser beside the first one: backup")
    };
    let notice = Finding {
        severity: Severity::Notice,
        ..Finding::new(State::Ok, "The first superuser is named postgres")
    };
    let accepted = Finding {
        severity: Severity::Warning,
        suppressed: Some(Box::new(Suppressed {
            name: "migration".to_owned(),
            state: State::Warning,
            reason: "until the old server is off, ticket 4711".to_owned(),
            author: "A. Weber".to_owned(),
            until: "2027-03-31".to_owned(),
        })),
        ..finding(State::Ok, "migration", "migration may log in and is a superuser")
    };
    with(
        vec![advice, accepted, notice],
        vec![],
        check("superusers", "1 superuser beside the first one: backup"),
    )
}

fn loud_primary() -> TargetReport {
    let failed = CheckReport {
        error: Some("could not call posemo.archiver_failing() on db1: permission denied for schema posemo; run `posemo install` again".to_owned()),
        ..check("archiver_failing", "permission denied for schema posemo")
    };
    let mut checks = quiet_checks();
    checks.extend([in_database("shop", sequences()), advice(), failed]);
    TargetReport { checks: checks.into(), ..server("db1", ServerRole::Primary) }
}

fn standby() -> TargetReport {
    let checks = vec![
        with(vec![], vec![], check("alive", "answered in 0.002 s")),
        lag(),
        skipped("wal_summaries", Skip::Version),
    ];
    TargetReport {
        checks: checks.into(),
        server_version: Some("16.14".to_owned()),
        ..server("db2", ServerRole::Standby)
    }
}

fn hostile_target() -> TargetReport {
    let states = [State::Critical, State::Warning, State::Unknown, State::Ok];
    let findings = HOSTILE.iter().zip(states.into_iter().cycle()).map(|(name, state)| Finding {
        description: Some(format!(
            "{name} described\n[CRITICAL] second line | 'fake'=1\n\nFix: DROP ROLE \"{}\";\n",
            name.replace('"', "\"\"")
        )),
        read_more_url: Some(format!("https://example.org/{name}")),
        labels: BTreeMap::from([((*name).to_owned(), (*name).to_owned())]),
        references: [format!("CIS {name}")].into(),
        ..finding(state, name, &format!("{name} is too large"))
    });
    let extremes = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        -0.0,
        -12.5,
        1e21,
        1e-7,
    ];
    let ranges = ["~:10", "@1:2", "1e3", "1e3:2E3", "@~:-2.5e-3", "10:", "", "-5:5", "0.1:"];
    let units = Unit::ALL.into_iter().cycle();
    let extremes = extremes.into_iter().zip(ranges).zip(units);
    let extremes =
        extremes.map(|((value, range), unit)| metric("extreme", None, value, unit, [range, range]));
    let named = HOSTILE.iter().map(|name| metric(name, Some(name), 1.5, Unit::Bytes, ["10", ""]));
    let main = with(
        findings.collect(),
        named.chain(extremes).collect(),
        check("hostile_names", "two\nlines | 'fake'=1;2;3 \x1b[31m"),
    );
    let per_database = HOSTILE.iter().map(|name| {
        in_database(
            name,
            with(vec![finding(State::Warning, name, " ")], vec![], check("hostile_names", name)),
        )
    });
    let mut checks = vec![main];
    checks.extend(per_database);
    TargetReport {
        target: HOSTILE[2].to_owned(),
        host: Some(HOSTILE[4].to_owned()),
        checks: checks.into(),
        ..server("db1", ServerRole::Primary)
    }
}

fn nameless_target() -> TargetReport {
    TargetReport {
        error: Some(HOSTILE.join("\n")),
        server_version: Some("17\x1b".to_owned()),
        ..TargetReport::default()
    }
}

fn flood() -> CheckReport {
    let objects = (0..5000).map(|number| format!("public.table_{number}"));
    let findings = objects.clone().map(|object| {
        finding(State::Critical, &object, &format!("{object} used 99 % (critical above 95)"))
    });
    let metrics =
        objects.map(|object| metric("used", Some(&object), 99.0, Unit::Percent, ["80", "95"]));
    with(
        findings.collect(),
        metrics.collect(),
        check("table_usage", "public.table_0 used 99 % (critical above 95); 4999 more problems"),
    )
}
