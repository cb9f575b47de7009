//! Prometheus, promtool and the node exporter: the metrics that they read from posemo's output.

use std::fs;
use std::sync::{Arc, Mutex};

use posemo::deliver::http::HttpClient;
use posemo::finding::State;
use posemo::finding::metric::MetricKind;
use posemo::finding::report::Report;
use posemo::output::{Format, OutputOptions};
use posemo::settings::receiver::HttpSettings;
use serde_json::Value;

use super::listener::{Listener, answer};
use super::samples::{current, lag};
use super::work_directory::{WorkDirectory, output_of};
use crate::ports::free_port;
use crate::server::{Server, posemo};
use crate::waiting::patience;

/// The section of the page.
fn written(report: &Report, format: Format) -> String {
    let mut out = Vec::new();
    format.write(report, &OutputOptions::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A Prometheus that scrapes every second.
pub(super) struct Prometheus {
    directory: WorkDirectory,
    url: String,
}

impl Prometheus {
    /// One that scrapes one port.
    fn start(port: u16) -> Prometheus {
        Prometheus::with(&format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs: [{{job_name: posemo, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"
        ))
    }

    /// One with this configuration.
    pub(super) fn with(config: &str) -> Prometheus {
        let own = free_port();
        let arguments = [
            "--config.file=p.yml".to_owned(),
            "--storage.tsdb.path=tsdb".to_owned(),
            format!("--web.listen-address=127.0.0.1:{own}"),
        ];
        let mut directory = WorkDirectory::new();
        directory.write("p.yml", config);
        directory.start_program("prometheus", "prometheus", &arguments);
        Prometheus { directory, url: format!("http://127.0.0.1:{own}") }
    }

    fn get(&self, path: &str) -> Option<Value> {
        let client = HttpClient::new(&HttpSettings::default(), patience()).unwrap();
        let answer = client.request("GET", &format!("{}{path}", self.url)).ok()?;
        serde_json::from_str(&answer.body).ok()
    }

    /// The series of a selector: labels and value.
    pub(super) fn series(&self, selector: &str) -> Vec<(Value, f64)> {
        let escaped =
            selector.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
        let answer = self.get(&format!("/api/v1/query?query={escaped}"));
        let result = answer.and_then(|answer| answer["data"]["result"].as_array().cloned());
        let pair = |series: Value| {
            let value = series["value"][1].as_str().unwrap().parse().unwrap();
            (series["metric"].clone(), value)
        };
        result.unwrap_or_default().into_iter().map(pair).collect()
    }

    fn value(&self, selector: &str, expected: f64) {
        self.directory.wait_for(&format!("{selector} being {expected}"), || {
            let series = self.series(selector);
            let is = series.len() == 1 && series[0].1.to_bits() == expected.to_bits();
            is.then_some(())
        });
    }
}

/// The two formats, each with its content type.
const FORMATS: [(Format, &str); 2] = [
    (Format::Prometheus, "text/plain; version=0.0.4; charset=utf-8"),
    (Format::OpenMetrics, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
];

/// A server of metrics. A test replaces the text and the format between scrapes.
struct MetricsServer {
    listener: Listener,
    page: Arc<Mutex<(&'static str, String)>>,
}

impl MetricsServer {
    fn start() -> MetricsServer {
        let page = Arc::new(Mutex::new((FORMATS[0].1, String::new())));
        let current = Arc::clone(&page);
        let listener = Listener::start(move |_| {
            let (kind, text) = &*current.lock().unwrap();
            Some(answer("200 OK", kind, text))
        });
        MetricsServer { listener, page }
    }

    fn set(&self, kind: &'static str, text: String) {
        *self.page.lock().unwrap() = (kind, text);
    }
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn promtool_accepts_each_report() {
    for name in [
        "day",
        "databases",
        "dead",
        "empty",
        "flood",
        "hostile",
        "lag",
        "quiet",
        "script",
        "skipped",
        "targets",
    ] {
        let text = written(&crate::output::reports::report(name), Format::Prometheus);
        let (complaints, code) = output_of("promtool", &["check", "metrics"], &text);
        assert_eq!((complaints.as_str(), code), ("", 0), "{name}");
    }
    // promtool must be able to refuse a metric.
    let bad = "# HELP posemo_lag_ms x\n# TYPE posemo_lag_ms gauge\nposemo_lag_ms 1\n";
    assert_ne!(output_of("promtool", &["check", "metrics"], bad).1, 0);
}

/// Prometheus reads every state and every number, in both formats.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn states_and_numbers_arrive() {
    let served = MetricsServer::start();
    let prometheus = Prometheus::start(served.listener.port);
    for (format, kind) in FORMATS {
        for (state, seconds) in [
            (State::Ok, 0.25),
            (State::Warning, 62.5),
            (State::Critical, 1e21),
            (State::Unknown, 0.0),
            (State::Ok, 5e-324),
        ] {
            served.set(kind, written(&lag(state, seconds), format));
            prometheus.value("posemo_check_state", f64::from(state.exit_code()));
            if state == State::Unknown {
                continue;
            }
            prometheus.value("posemo_replication_lag_lag_seconds{object=\"standby 1\"}", seconds);
        }
        prometheus.value("posemo_up", 1.0);
        let last_run = prometheus.directory.wait_for("the time of the run", || {
            prometheus.series("posemo_last_run_timestamp_seconds").first().map(|series| series.1)
        });
        assert!(last_run > 1.7e9);
        let (mut report, total) = (lag(State::Ok, 1.0), 18_345_776.0);
        let metric = &mut report.targets[0].checks[0].metrics[0];
        (metric.kind, metric.value) = (MetricKind::Counter, total);
        served.set(kind, written(&report, format));
        prometheus.value("posemo_replication_lag_lag_seconds_total", total);
        let metadata = prometheus.get("/api/v1/metadata").unwrap();
        assert_eq!(metadata["data"]["posemo_check_state"][0]["type"], "gauge");
    }
}

/// Prometheus reads each line of reports with hostile names and with thousands of objects.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn hostile_and_large_reports_arrive() {
    let served = MetricsServer::start();
    let prometheus = Prometheus::start(served.listener.port);
    for (format, kind) in FORMATS {
        for name in ["hostile", "flood"] {
            let report = current(name);
            let text = written(&report, format);
            let samples = text.lines().filter(|line| !line.starts_with('#')).count();
            served.set(kind, text);
            let count = "count({__name__=~\"posemo_.*\"})";
            #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
            let expected = samples as f64;
            prometheus.value(count, expected);
            prometheus.directory.wait_for("a scrape without an error", || {
                let targets = prometheus.get("/api/v1/targets")?;
                (targets["data"]["activeTargets"][0]["lastError"] == "").then_some(())
            });
            let log = prometheus.directory.read("out");
            assert!(!log.contains("level=warn"), "{log}");
            if name == "flood" {
                prometheus.value("posemo_samples_left_out", 4000.0);
                prometheus.value("posemo_check_findings{state=\"critical\"}", 5000.0);
                prometheus.value("posemo_table_usage_used_ratio{object=\"public.table_7\"}", 0.99);
            } else {
                names_are_unchanged(&prometheus, &report);
            }
        }
    }
}

/// Prometheus has the names of the objects and the values of the metrics.
fn names_are_unchanged(prometheus: &Prometheus, report: &Report) {
    for name in [
        "pipe | 'fake'=1;2;3",
        "it's \"quoted\"",
        "back\\slash\\n\\x1b",
        "two\nlines",
        "größe.表格.📈",
    ] {
        let quoted = format!("{name:?}");
        let found = prometheus
            .series(&format!("{{__name__=~\"posemo_hostile_names_.*\", object={quoted}}}"));
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert_eq!(found[0].0["object"], name);
        assert_eq!(found[0].1.to_bits(), 1.5_f64.to_bits());
    }
    let metrics = report.targets[0].checks[0].metrics.iter();
    let mut expected: Vec<u64> = metrics
        .filter(|metric| metric.name == "extreme")
        .map(|metric| match metric.unit {
            posemo::finding::metric::Unit::Percent => metric.value / 100.0,
            _ => metric.value,
        })
        // posemo writes minus zero as zero.
        .map(|value| if value.is_nan() { f64::NAN } else { value + 0.0 }.to_bits())
        .collect();
    let series = prometheus.series("{__name__=~\"posemo_hostile_names_extreme.*\"}");
    let mut found: Vec<u64> = series.iter().map(|(_, value)| value.to_bits()).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected, "{series:?}");
}

/// The commands of the page: a file for the node exporter, and promtool.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn commands_of_the_page_work() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&posemo::tempserver::ServerOptions::default());
    server.install(&[]);
    let config = directory.path().join("posemo.toml");
    let target = |port: u16| {
        format!("[targets.db1]\nhost = \"{}\"\nport = {port}\n", server.0.socket().display())
    };
    fs::write(&config, target(server.0.port())).unwrap();
    let config = config.display().to_string();
    for line in [
        "posemo run --output prometheus --output-file /var/lib/prometheus/node-exporter/posemo.prom",
        "prometheus-node-exporter --collector.textfile.directory=/var/lib/prometheus/node-exporter",
        "posemo run --output prometheus | promtool check metrics",
    ] {
        crate::integrations::documented(line);
    }
    let run = || {
        let file = directory.path().join("posemo.prom").display().to_string();
        let arguments = ["run", "--output", "prometheus", "--output-file", &file];
        let output = posemo(&[&["--config", &config], &arguments[..]].concat());
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(output_of("promtool", &["check", "metrics"], &text), (String::new(), 0));
    };
    run();
    // The hidden file of a run that was killed. The node exporter must ignore it.
    fs::write(directory.path().join(".posemo.prom.1.tmp"), "posemo_up{target=\"db").unwrap();
    let port = free_port();
    let arguments = [
        format!("--web.listen-address=127.0.0.1:{port}"),
        "--collector.disable-defaults".to_owned(),
        "--collector.textfile".to_owned(),
        format!("--collector.textfile.directory={}", directory.path().display()),
    ];
    let mut exporter = WorkDirectory::new();
    exporter.start_program("prometheus-node-exporter", "prometheus-node-exporter", &arguments);
    let prometheus = Prometheus::start(port);
    prometheus.value("posemo_check_state{check=\"alive\", target=\"db1\"}", 0.0);
    prometheus.value("posemo_up{target=\"db1\"}", 1.0);
    prometheus.value("node_textfile_scrape_error", 0.0);
    let sizes = prometheus.series("posemo_database_size_size_bytes");
    assert!(!sizes.is_empty() && sizes.iter().all(|(_, bytes)| *bytes > 1e6), "{sizes:?}");
    fs::write(&config, target(1)).unwrap();
    run();
    prometheus.value("posemo_up{target=\"db1\"}", 0.0);
    prometheus.value("posemo_check_state{check=\"alive\", target=\"db1\"}", 2.0);
    assert_eq!(prometheus.series("posemo_check_state").len(), 1);
}
