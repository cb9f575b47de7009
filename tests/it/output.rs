//! The formats: golden files byte by byte, and what holds for all reports.
//!
//! `BLESS=1 cargo test` rewrites the golden files; read the difference before committing it.

use posemo::finding::report::Report;
use posemo::output::table::{Style, Verbosity};
use posemo::output::{Format, OutputOptions};

mod perfdata;
mod readers;
pub(crate) mod reports;
mod schema;

use reports::report;

use crate::golden;

/// Reports of which each format has a golden file.
const NEEDED: [&str; 3] = ["day", "empty", "hostile"];

/// The options for the word after `+` in the name of a golden file.
fn options(variant: &str, report: &Report) -> OutputOptions {
    let plain = Style::default();
    let style = match variant {
        "color" => Style { color: true, ..plain },
        "narrow" => Style { width: 60, ..plain },
        "quiet" => Style { verbosity: Verbosity::Quiet, ..plain },
        "problems" => Style { verbosity: Verbosity::Problems, ..plain },
        "verbose" => Style { verbosity: Verbosity::Verbose, ..plain },
        "" | "check" | "hosts" => plain,
        _ => panic!("unknown variant {variant:?}"),
    };
    let name = report.targets.iter().flat_map(|target| &target.checks).next();
    let name = name.map_or("alive", |check| check.check.as_str());
    OutputOptions {
        check: (variant == "check").then(|| name.to_owned()),
        style,
        piggyback: variant == "hosts",
    }
}

fn written(report: &Report, format: Format, options: &OutputOptions) -> String {
    let mut out = Vec::new();
    format.write(report, options, &mut out).expect("writing to a vector cannot fail");
    String::from_utf8(out).expect("output is UTF-8")
}

/// A golden file, described by its name.
struct Golden {
    file: String,
    report: String,
    variant: String,
    code: String,
    format: Format,
}

/// The golden files; a name has the report and the variant, the exit code, and the format.
fn goldens() -> Vec<Golden> {
    let read = |file: String| {
        let parts: [&str; 3] =
            file.split('.').collect::<Vec<_>>().try_into().unwrap_or_else(|_| {
                panic!("tests/golden/output/{file} is not named REPORT+VARIANT.CODE.FORMAT")
            });
        let (report, variant) = parts[0].split_once('+').unwrap_or((parts[0], ""));
        let (report, variant, code) = (report.to_owned(), variant.to_owned(), parts[1].to_owned());
        let format = Format::parse(parts[2]);
        let format = format.unwrap_or_else(|error| panic!("tests/golden/output/{file}: {error}"));
        Golden { file, report, variant, code, format }
    };
    golden::names("output").into_iter().map(read).collect()
}

/// To add a golden file, create it empty, and fill it with `BLESS=1`.
#[test]
fn every_report_is_written_as_in_its_golden_file() {
    let mut wrong = Vec::new();
    for golden in goldens() {
        let report = report(&golden.report);
        let text = written(&report, golden.format, &options(&golden.variant, &report));
        // A release changes the version, which must not change the files.
        let version = concat!("\":\"", env!("CARGO_PKG_VERSION"), "\"");
        let text = text.replacen(version, "\":\"0.0.0\"", 1);
        let version = concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}");
        let text = text.replacen(version, "{version=\"0.0.0\"}", 1);
        let version = concat!("Written by posemo ", env!("CARGO_PKG_VERSION"), ".");
        let text = text.replacen(version, "Written by posemo 0.0.0.", 1);
        let file = &golden.file;
        assert_eq!(report.state().exit_code().to_string(), golden.code, "the exit code of {file}");
        if !golden::has(&format!("output/{file}"), &text) {
            wrong.push(format!("{file} should be:\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}\nBLESS=1 rewrites the files", wrong.join("\n"));
}

#[test]
fn every_format_has_golden_files() {
    let goldens = goldens();
    for format in Format::ALL {
        for report in NEEDED {
            let is_wanted = |golden: &&Golden| golden.format == format && golden.report == report;
            let name = format.name();
            assert!(
                goldens.iter().any(|golden| is_wanted(&golden)),
                "tests/golden/output has no {report}.CODE.{name}: create an empty file, and run with BLESS=1"
            );
        }
    }
}

#[test]
fn the_error_for_an_unknown_format_names_the_formats() {
    for format in Format::ALL {
        assert_eq!(Format::parse(format.name()), Ok(format));
    }
    let message = Format::parse("yaml").unwrap_err().to_string();
    let known = Format::ALL.map(Format::name).join(", ");
    assert_eq!(message, format!("unknown output format \"yaml\": choose one of {known}"));
}

/// The reports with hostile or very large contents, written in a format.
fn hard_cases(format: Format) -> Vec<(Report, String)> {
    let mut cases = Vec::new();
    for name in ["hostile", "markup", "flood", "day", "targets", "empty"] {
        // Only the formats for people have variants.
        let variants: &[&str] = match format {
            Format::Table | Format::Nagios => &["", "check", "verbose", "quiet", "narrow"],
            _ => &[""],
        };
        for variant in variants {
            let report = report(name);
            let text = written(&report, format, &options(variant, &report));
            cases.push((report, text));
        }
    }
    cases
}

fn assert_plain(text: &str) {
    let hostile = |character: &char| {
        character.is_control() && *character != '\n'
            || ('\u{200b}'..='\u{200f}').contains(character)
            || ('\u{2028}'..='\u{202e}').contains(character)
            || ('\u{2066}'..='\u{2069}').contains(character)
            || *character == '\u{feff}'
    };
    assert_eq!(text.chars().find(hostile), None);
}

#[test]
fn no_format_writes_control_characters_or_changes_of_direction() {
    for format in Format::ALL {
        for (_, text) in hard_cases(format) {
            // The lines of CSV end with CR and LF; any other CR is an error.
            assert_plain(&text.replace("\r\n", "\n"));
        }
    }
}

#[test]
fn plugin_output_follows_all_rules() {
    for (report, output) in hard_cases(Format::Nagios) {
        assert!(output.len() <= 8192, "{} bytes", output.len());
        let (first, below) = output.split_once('\n').unwrap();
        assert!(!below.contains('|') && first.matches('|').count() <= 1, "{output}");
        assert!(!output.contains('\\'), "{output}");
        assert!(output.ends_with('\n') && !output.contains("\n\n"), "{output}");
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
    let output = written(&report, Format::Nagios, &OutputOptions::default());
    let (first, below) = output.split_once('\n').unwrap();
    let items = perfdata::read(first.split_once(" | ").unwrap().1).unwrap();
    assert!(items.iter().all(|item| item.value.to_bits() == 99f64.to_bits()));
    let problems = below.lines().filter(|line| line.starts_with('[')).count();
    assert!(problems > 20 && items.len() > 50, "{problems} lines, {} metrics", items.len());
    assert!(below.contains(&format!("\n({} more lines omitted", 5000 - problems)), "{below}");
    assert!(below.contains(&format!("\n({} more metrics omitted", 5000 - items.len())), "{below}");
    assert!(first.contains("; 4999 more problems |"), "{first}");
}

#[test]
fn values_are_exact_in_performance_data() {
    let mut report = report("lag");
    let metrics = &mut report.targets[0].checks[0].metrics;
    let values = [0.1, 1.0 / 3.0, -2.5e-9, 5e-324, 123_456_789_012_345_680.0, f64::NAN, 2e15];
    let template = metrics[0].clone();
    *metrics =
        values.map(|value| posemo::finding::metric::Metric { value, ..template.clone() }).into();
    let output = written(&report, Format::Nagios, &options("check", &report));
    let perfdata = output.lines().next().unwrap().split_once(" | ").unwrap().1;
    let read = perfdata::read(perfdata).unwrap().iter().map(|item| item.value).collect::<Vec<_>>();
    let finite = values.into_iter().filter(|value| !value.is_nan()).collect::<Vec<_>>();
    assert_eq!(read, finite);
}

#[test]
fn a_table_is_never_wider_than_its_width() {
    for name in ["hostile", "markup", "flood", "day", "targets", "empty"] {
        let report = report(name);
        for width in [60, 61, 72, 80, 100, 250] {
            let style = Style { width, verbosity: Verbosity::Verbose, ..Style::default() };
            let options = OutputOptions { style, ..OutputOptions::default() };
            let table = written(&report, Format::Table, &options);
            for line in table.lines() {
                // A URL is not broken.
                let fits = unicode_width::UnicodeWidthStr::width(line) <= width;
                assert!(fits || line.contains("https://"), "{width}: {line}");
                assert_eq!(line.trim_end(), line);
            }
        }
    }
}

#[test]
fn quiet_and_verbose_tables_together_show_all_problems() {
    let report = report("flood");
    let table = |verbosity: Verbosity| {
        let style = Style { verbosity, ..Style::default() };
        written(&report, Format::Table, &OutputOptions { style, ..OutputOptions::default() })
    };
    let lines = |table: &str| table.lines().filter(|line| line.contains("public.table_")).count();
    assert_eq!(lines(&table(Verbosity::Problems)), 5000);
    assert!(lines(&table(Verbosity::Quiet)) < 20);
}

#[test]
fn no_name_looks_like_a_check_in_the_table() {
    let report = report("hostile");
    let table = written(&report, Format::Table, &OutputOptions::default());
    let services = table.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let checks = report
        .targets
        .iter()
        .map(|target| target.checks.len() + usize::from(target.error.is_some()));
    assert_eq!(services.count(), checks.sum::<usize>(), "{table}");
}
