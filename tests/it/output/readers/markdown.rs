//! Reads the Markdown in GitHub's dialect, and checks that no name has a meaning in it.

use std::io::Write;
use std::process::{Command, Stdio};

use posemo::finding::State;
use posemo::output::{Format, OutputOptions};
use pulldown_cmark::{Event, Options as Dialect, Parser, Tag, TagEnd};

use super::{REPORTS, report, spelled, written};
use crate::programs::need;

/// The HTML that the format itself writes.
const OWN: [&str; 4] = [
    "<details><summary>What to do</summary>",
    "<details><summary>OK or skipped</summary>",
    "</details>",
    "<!-- -->",
];

/// The cells of the table, row by row, without the header. Panics if anything except the format's own marks has a
/// meaning.
fn rows(page: &str) -> Vec<Vec<String>> {
    let (mut rows, mut cell, mut text) = (Vec::<Vec<String>>::new(), None, String::new());
    // Smart punctuation would change the texts.
    let dialect = Dialect::all() - Dialect::ENABLE_SMART_PUNCTUATION;
    for event in Parser::new_ext(page, dialect) {
        match event {
            Event::Start(Tag::TableRow) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => cell = Some(String::new()),
            Event::End(TagEnd::TableCell) => {
                // The cells of the header are before the first row.
                if let (Some(row), Some(cell)) = (rows.last_mut(), cell.take()) {
                    row.push(cell);
                }
            }
            Event::Text(part) => cell.as_mut().unwrap_or(&mut text).push_str(&part),
            Event::Html(html) | Event::InlineHtml(html) => {
                assert!(OWN.contains(&html.trim()), "{html}");
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                assert!(dest_url.starts_with("https://"), "{dest_url}");
                assert!(page.contains(&format!("  Read more: <{dest_url}>\n")), "{dest_url}");
            }
            Event::Start(
                Tag::Table(_)
                | Tag::TableHead
                | Tag::List(None)
                | Tag::Item
                | Tag::Paragraph
                | Tag::Strong
                | Tag::HtmlBlock,
            )
            | Event::End(_)
            | Event::HardBreak
            | Event::SoftBreak => {}
            Event::Start(Tag::Heading { level, .. }) => {
                assert_eq!(level, pulldown_cmark::HeadingLevel::H2);
            }
            other => panic!("unexpected {other:?} in\n{page}"),
        }
    }
    rows
}

#[test]
fn no_name_has_a_meaning_and_each_problem_is_in_the_table() {
    for name in REPORTS {
        let report = report(name);
        let page = written(&report, Format::Markdown, &OutputOptions::default());
        assert!(page.len() < 65_536, "{} bytes", page.len());
        let rows = rows(&page);
        let mut problems = 0;
        for target in &report.targets {
            problems += usize::from(target.error.is_some());
            for check in &target.checks {
                let errors = usize::from(check.error.is_some());
                problems += errors;
                for finding in check.findings.iter().filter(|finding| finding.state != State::Ok) {
                    problems += 1;
                    let database = check.database.as_deref().map(spelled).unwrap_or_default();
                    let summary = spelled(&finding.summary);
                    let is_row = |row: &Vec<String>| {
                        row[0] == finding.state.label()
                            && row[1] == spelled(&target.target).trim()
                            && row[2] == check.check
                            && row[3] == database.trim()
                            && row[4].contains(summary.trim())
                    };
                    assert!(
                        name == "flood" || rows.iter().any(is_row),
                        "{finding:?} in\n{rows:#?}"
                    );
                }
            }
        }
        assert!(rows.iter().all(|row| row.len() == 5), "{rows:?}");
        if name == "flood" {
            let left = format!("\n{} more problems are omitted here.\n", problems - rows.len());
            assert!(rows.len() > 300 && page.contains(&left), "{} rows", rows.len());
        } else {
            assert_eq!(rows.len(), problems, "{name}");
        }
    }
}

/// GitHub's library also makes links of addresses without marks; only the format's own links must be found.
#[test]
fn githubs_library_makes_no_link_tag_or_image_of_a_name() {
    need!("cmark-gfm");
    for name in REPORTS {
        let report = report(name);
        let page = written(&report, Format::Markdown, &OutputOptions::default());
        let html = rendered(&page);
        let own = page.matches("\n  Read more: <https://").count();
        assert_eq!(html.matches("<a ").count(), own, "{html}");
        for tag in ["<img", "<script", "<em>", "<del>", "<code>", "<h1>", "<ol", "<blockquote"] {
            assert!(!html.contains(tag), "{tag} in {html}");
        }
        assert_eq!(html.matches("<details>").count(), page.matches("\n<details>").count());
        assert_eq!(html.matches("<table>").count(), page.matches("\n|---|").count());
    }
}

fn rendered(page: &str) -> String {
    let extensions = ["table", "autolink", "strikethrough", "tasklist"];
    let mut child = Command::new("cmark-gfm")
        .arg("--unsafe")
        .args(extensions.iter().flat_map(|extension| ["-e", extension]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = page.to_owned();
    let writing = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
