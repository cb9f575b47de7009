//! The schedule, and what the HTTP server shows of it.

use serde_json::Value;

use super::{CHECKS, EVERY_SECOND, Serving, calls, sample, server, target};

#[test]
fn every_check_runs_at_its_interval_on_a_server() {
    let server = server();
    let settings = format!(
        "{EVERY_SECOND}{}[targets.db1.checks.superusers]\ninterval = \"3s\"\n",
        target("db1", &server)
    );
    let serving = Serving::start(&settings);
    serving.ready();
    serving.until("each check ran", || CHECKS.split(',').all(|check| calls(&server, check) > 0));
    let called = || [calls(&server, "alive"), calls(&server, "superusers")];
    let (before, began) = (called(), std::time::Instant::now());
    serving.until("six more runs", || called()[0] >= before[0] + 6);
    let (after, took) = (called(), began.elapsed().as_secs_f64());
    // Runs can be fewer on a busy machine, but not more.
    let runs = [after[0] - before[0], after[1] - before[1]];
    assert!(f64::from(i32::try_from(runs[0]).unwrap()) <= took + 2.0, "{runs:?} in {took} s");
    assert!(f64::from(i32::try_from(runs[1]).unwrap()) <= took / 3.0 + 2.0, "{runs:?}");
    assert!(runs[1] >= 1 && runs[1] < runs[0], "{runs:?}");

    let report = serving.json("/api/1/report");
    let schema = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/schema/report-1.schema.json"));
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let errors: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{report}");
    assert_eq!(report["targets"][0]["role"], "primary");
    let one = serving.json("/api/1/report?target=db1");
    assert_eq!(one["targets"].as_array().unwrap().len(), 1);
    for (path, status, expected) in [
        ("/api/1/report?target=db2", 404, "did you mean \"db1\"?"),
        ("/api/1/report?targte=db1", 400, "unknown parameter \"targte\"; did you mean \"target\"?"),
        ("/api/1/changes?limit=many", 400, "limit=\"many\" is not a whole number from 1 to 1000"),
        ("/api/1/run?target=db1", 405, "send POST"),
        ("/probe", 400, "the parameter target is missing: /probe?target=NAME"),
    ] {
        let answer = serving.get(path);
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert!(answer.body.contains(expected), "{path}: {answer:?}");
    }
    assert_eq!(serving.post("/api/1/run").status, 400);
    let get = serving.post("/metrics");
    assert!(get.status == 405 && get.body == "send GET or HEAD\n", "{get:?}");

    let listed = serving.listed("db1").unwrap();
    assert_eq!((&listed["state"], &listed["role"]), (&"ok".into(), &"primary".into()), "{listed}");
    assert_eq!((&listed["checks"], &listed["outage"]), (&3.into(), &Value::Null));
    for time in ["swept", "next"] {
        assert!(listed[time].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{listed}");
    }
    let page = serving.get("/targets");
    assert!(page.head.contains("text/html") && page.body.contains("db1"), "{page:?}");
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    assert_eq!(serving.get("/nothing").status, 404);

    // A run at once does not wait for the interval.
    serving.write(&settings.replace("3s", "1d"));
    assert_eq!(serving.post("/-/reload").status, 200);
    let before = calls(&server, "superusers");
    let run = serving.post("/api/1/run?target=db1&check=superusers");
    assert_eq!(run.status, 200, "{run:?}");
    serving.until("it ran again", || calls(&server, "superusers") > before);
    assert_eq!(serving.post("/api/1/run?target=db7").status, 404);
    let unknown = serving.post("/api/1/run?target=db1&check=superuser");
    assert!(unknown.status == 404 && unknown.body.contains("superusers"), "{unknown:?}");
}

#[test]
fn metrics_have_the_format_that_the_client_accepts_on_a_server() {
    let server = server();
    let settings = format!("{EVERY_SECOND}{}", target("db1", &server));
    let serving = Serving::start(&settings);
    let of_check = "posemo_check_state{target=\"db1\",check=\"superusers\"";
    serving.until("the check has a sample", || serving.sample(of_check).is_some());
    let plain = serving.get("/metrics");
    assert!(plain.head.contains("content-type: text/plain; version=0.0.4"), "{}", plain.head);
    let accept = ("Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    let open = serving.request("GET", "/metrics", &[accept]);
    assert!(open.head.contains("content-type: application/openmetrics-text"), "{}", open.head);
    assert!(open.body.ends_with("\n# EOF\n") && open.body.matches("# EOF").count() == 1);
    assert!(open.body.contains("# TYPE posemo_serve_sweeps counter\n"));
    assert!(plain.body.contains("# TYPE posemo_serve_sweeps_total counter\n"));
    assert!(!plain.body.contains("# EOF"));
    for text in [&plain.body, &open.body] {
        assert_eq!(sample(text, "posemo_up{target=\"db1\"}"), Some(1.0), "{text}");
        assert_eq!(sample(text, "posemo_serve_settings_valid"), Some(1.0), "{text}");
        assert!(sample(text, "posemo_serve_sweeps_total") > Some(0.0), "{text}");
        let ran = sample(text, "posemo_check_last_run_timestamp_seconds{target=\"db1\"").unwrap();
        let now = jiff::Timestamp::now().as_duration().as_secs_f64();
        assert!((0.0..600.0).contains(&(now - ran)), "{ran} {now}");
        // A family appears once, and each line is a comment or a sample.
        let mut families: Vec<&str> =
            text.lines().filter(|line| line.starts_with("# TYPE ")).collect();
        let count = families.len();
        families.sort_unstable();
        families.dedup();
        assert_eq!(families.len(), count);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
        }
    }
    promtool(&plain.body);
    promtool(&serving.text("/probe?target=db1"));
}

/// `promtool check metrics`, where it is installed.
fn promtool(text: &str) {
    use std::io::Write;
    let child = std::process::Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut child) = child else { return };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert_eq!(String::from_utf8(said).unwrap(), "", "{text}");
}
