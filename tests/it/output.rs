//! Reports and how every format says them, byte by byte, and what must hold whatever a report has in it.
//!
//! `BLESS=1 cargo test` rewrites the golden files; read the difference before committing it.

use posemo::finding::report::Report;
use posemo::output::table::{Style, Verbosity};
use posemo::output::{Format, Options};

mod perfdata;
mod readers;
pub(crate) mod reports;
mod schema;

use reports::report;

use crate::golden;

/// Reports of which every format has a golden file, in some manner.
const NEEDED: [&str; 3] = ["day", "empty", "hostile"];

/// The manner in which a report is said.
fn options(manner: &str, report: &Report) -> Options {
    let plain = Style::default();
    let style = match manner {
        "color" => Style { color: true, ..plain },
        "narrow" => Style { width: 60, ..plain },
        "quiet" => Style { verbosity: Verbosity::Quiet, ..plain },
        "verbose" => Style { verbosity: Verbosity::Verbose, ..plain },
        "" | "check" | "hosts" => plain,
        _ => panic!("there is no manner {manner:?}"),
    };
    let name = report.targets.iter().flat_map(|target| &target.checks).next();
    let name = name.map_or("alive", |check| check.check.as_str());
    Options {
        check: (manner == "check").then(|| name.to_owned()),
        style,
        piggyback: manner == "hosts",
    }
}

fn said(report: &Report, format: Format, options: &Options) -> String {
    let mut out = Vec::new();
    format.write(report, options, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("output is UTF-8")
}

/// A golden file of this folder: its name is what it holds.
struct Golden {
    file: String,
    report: String,
    manner: String,
    code: String,
    format: Format,
}

/// The golden files: the report (and the manner), the exit code, the format.
fn goldens() -> Vec<Golden> {
    let read = |file: String| {
        let parts: [&str; 3] =
            file.split('.').collect::<Vec<_>>().try_into().unwrap_or_else(|_| {
                panic!("tests/golden/output/{file} is not named REPORT+MANNER.CODE.FORMAT")
            });
        let (report, manner) = parts[0].split_once('+').unwrap_or((parts[0], ""));
        let (report, manner, code) = (report.to_owned(), manner.to_owned(), parts[1].to_owned());
        let format = Format::parse(parts[2]);
        let format = format.unwrap_or_else(|error| panic!("tests/golden/output/{file}: {error}"));
        Golden { file, report, manner, code, format }
    };
    golden::names("output").into_iter().map(read).collect()
}

/// A new golden file is made empty under its name, and filled with `BLESS=1`.
#[test]
fn every_report_is_said_as_in_its_golden_file() {
    let mut wrong = Vec::new();
    for golden in goldens() {
        let report = report(&golden.report);
        let said = said(&report, golden.format, &options(&golden.manner, &report));
        // A release changes the version, and that alone must not touch the files.
        let version = concat!("\":\"", env!("CARGO_PKG_VERSION"), "\"");
        let said = said.replacen(version, "\":\"0.0.0\"", 1);
        let version = concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}");
        let said = said.replacen(version, "{version=\"0.0.0\"}", 1);
        let file = &golden.file;
        assert_eq!(report.state().exit_code().to_string(), golden.code, "the exit code of {file}");
        if !golden::has(&format!("output/{file}"), &said) {
            wrong.push(format!("{file} should be:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}\nBLESS=1 rewrites the files", wrong.join("\n"));
}

#[test]
fn every_format_has_golden_files() {
    let goldens = goldens();
    for format in Format::ALL {
        for report in NEEDED {
            let is_there = |golden: &&Golden| golden.format == format && golden.report == report;
            let name = format.name();
            assert!(
                goldens.iter().any(|golden| is_there(&golden)),
                "tests/golden/output has no {report}.CODE.{name}: make an empty file, and run with BLESS=1"
            );
        }
    }
}

#[test]
fn an_unknown_format_is_answered_with_the_known_ones() {
    for format in Format::ALL {
        assert_eq!(Format::parse(format.name()), Ok(format));
    }
    let message = Format::parse("yaml").unwrap_err().to_string();
    let known = Format::ALL.map(Format::name).join(", ");
    assert_eq!(message, format!("there is no output format \"yaml\": choose one of {known}"));
}

/// Everything that is said of the reports with hostile or endless contents, in that format.
fn hard_cases(format: Format) -> Vec<(Report, String)> {
    let mut cases = Vec::new();
    for name in ["hostile", "markup", "flood", "day", "targets", "empty"] {
        // The formats for programs know no manners.
        let manners: &[&str] = match format {
            Format::Table | Format::Nagios => &["", "check", "verbose", "quiet", "narrow"],
            _ => &[""],
        };
        for manner in manners {
            let report = report(name);
            let said = said(&report, format, &options(manner, &report));
            cases.push((report, said));
        }
    }
    cases
}

fn assert_plain(said: &str) {
    let hostile = |character: &char| {
        character.is_control() && *character != '\n'
            || ('\u{200b}'..='\u{200f}').contains(character)
            || ('\u{2028}'..='\u{202e}').contains(character)
            || ('\u{2066}'..='\u{2069}').contains(character)
            || *character == '\u{feff}'
    };
    assert_eq!(said.chars().find(hostile), None);
}

#[test]
fn no_format_passes_on_what_moves_a_cursor_or_turns_a_line() {
    for format in Format::ALL {
        for (_, said) in hard_cases(format) {
            // The lines of CSV end in both, and no other carriage return is in it.
            assert_plain(&said.replace("\r\n", "\n"));
        }
    }
}

#[test]
fn a_plugin_output_keeps_to_every_rule() {
    for (report, said) in hard_cases(Format::Nagios) {
        assert!(said.len() <= 8192, "{} bytes", said.len());
        let (first, below) = said.split_once('\n').unwrap();
        assert!(!below.contains('|') && first.matches('|').count() <= 1, "{said}");
        assert!(!said.contains('\\'), "{said}");
        assert!(said.ends_with('\n') && !said.contains("\n\n"), "{said}");
        let (text, perfdata) = first.split_once(" | ").unwrap_or((first, ""));
        assert!(text.chars().count() <= 255, "{text}");
        let state = text.split(" - ").next().unwrap().rsplit(' ').next().unwrap();
        assert_eq!(state, report.state().label());
        if !perfdata.is_empty() {
            let items = perfdata::read(perfdata).unwrap();
            let mut labels = items.iter().map(|item| item.label).collect::<Vec<_>>();
            labels.sort_unstable();
            labels.dedup();
            assert_eq!(labels.len(), items.len(), "{perfdata}");
        }
    }
}

#[test]
fn metrics_and_lines_that_do_not_fit_are_counted() {
    let report = report("flood");
    let said = said(&report, Format::Nagios, &Options::default());
    let (first, below) = said.split_once('\n').unwrap();
    let items = perfdata::read(first.split_once(" | ").unwrap().1).unwrap();
    assert!(items.iter().all(|item| item.value.to_bits() == 99f64.to_bits()));
    let problems = below.lines().filter(|line| line.starts_with('[')).count();
    assert!(problems > 20 && items.len() > 50, "{problems} lines, {} metrics", items.len());
    assert!(below.contains(&format!("\n({} more lines left out", 5000 - problems)), "{below}");
    assert!(below.contains(&format!("\n({} more metrics left out", 5000 - items.len())), "{below}");
    assert!(first.contains("; 4999 more problems |"), "{first}");
}

#[test]
fn values_reach_the_performance_data_exactly() {
    let mut report = report("lag");
    let metrics = &mut report.targets[0].checks[0].metrics;
    let values = [0.1, 1.0 / 3.0, -2.5e-9, 5e-324, 123_456_789_012_345_680.0, f64::NAN, 2e15];
    let template = metrics[0].clone();
    *metrics =
        values.map(|value| posemo::finding::metric::Metric { value, ..template.clone() }).into();
    let said = said(&report, Format::Nagios, &options("check", &report));
    let perfdata = said.lines().next().unwrap().split_once(" | ").unwrap().1;
    let read = perfdata::read(perfdata).unwrap().iter().map(|item| item.value).collect::<Vec<_>>();
    let finite = values.into_iter().filter(|value| !value.is_nan()).collect::<Vec<_>>();
    assert_eq!(read, finite);
}

#[test]
fn a_table_never_leaves_its_width() {
    for name in ["hostile", "markup", "flood", "day", "targets", "empty"] {
        let report = report(name);
        for width in [60, 61, 72, 80, 100, 250] {
            let style = Style { width, verbosity: Verbosity::Verbose, ..Style::default() };
            let said = said(&report, Format::Table, &Options { style, ..Options::default() });
            for line in said.lines() {
                assert!(unicode_width::UnicodeWidthStr::width(line) <= width, "{width}: {line}");
                assert_eq!(line.trim_end(), line);
            }
        }
    }
}

#[test]
fn no_name_can_pass_for_a_service() {
    let report = report("hostile");
    let said = said(&report, Format::Table, &Options::default());
    let services = said.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let checks = report
        .targets
        .iter()
        .map(|target| target.checks.len() + usize::from(target.error.is_some()));
    assert_eq!(services.count(), checks.sum::<usize>(), "{said}");
}
