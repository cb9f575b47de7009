//! Reads the page with Python's HTML parser: no name becomes a tag, and each finding is in it.

use posemo::finding::State;
use posemo::output::{Format, OutputOptions};
use serde_json::Value;

use super::{REPORTS, python, report, spelled, written};
use crate::programs::need;

/// It returns the tags with their attributes, the texts of `strong`, and the rows of tables with their cells.
const READER: &str = r#"
import html.parser, json, sys
class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.strong, self.rows, self.text, self.open = [], [], [], None, []
    def handle_starttag(self, tag, attributes):
        self.tags.append([tag, attributes])
        if tag not in ("meta", "br"): self.open.append(tag)
        if tag == "tr": self.rows.append([])
        if tag in ("strong", "td", "th"): self.text = ""
    def handle_endtag(self, tag):
        if tag in ("meta", "br"): return
        assert self.open.pop() == tag, tag
        if tag == "strong": self.strong.append(self.text)
        if tag in ("td", "th"): self.rows[-1].append(self.text)
    def handle_data(self, data):
        if self.text is not None: self.text += data
    def handle_comment(self, data): self.tags.append(["!--", []])
reader = Reader()
reader.feed(sys.stdin.buffer.read().decode())
reader.close()
assert reader.open == [], reader.open
print(json.dumps({"tags": reader.tags, "strong": reader.strong, "rows": reader.rows}))
"#;

/// The tags of the template.
const OWN: [&str; 30] = [
    "a", "article", "b", "body", "br", "code", "footer", "h1", "h2", "h3", "head", "header",
    "html", "li", "main", "meta", "ol", "p", "section", "span", "strong", "style", "table",
    "tbody", "td", "th", "thead", "title", "tr", "ul",
];

#[test]
fn no_name_becomes_a_tag_and_each_finding_is_on_the_page() {
    need!("python3");
    for name in REPORTS {
        let report = report(name);
        let page = python(READER, &written(&report, Format::Html, &OutputOptions::default()));
        for tag in page["tags"].as_array().unwrap() {
            assert_tag(tag);
        }
        let strong = page["strong"].as_array().unwrap();
        let strong: Vec<&str> = strong.iter().filter_map(Value::as_str).collect();
        let checks = report.targets.iter().flat_map(|target| &target.checks);
        for finding in checks.clone().flat_map(|check| &check.findings) {
            let summary = spelled(&finding.summary);
            let is_shown = |text: &&str| text.contains(&summary);
            assert!(
                summary.trim().is_empty() || strong.iter().any(is_shown),
                "{name}: {summary:?}"
            );
        }
        let rows = page["rows"].as_array().unwrap();
        // Each table has a header: one for the servers, and one for each server with answers.
        let tables =
            page["tags"].as_array().unwrap().iter().filter(|tag| tag[0] == "table").count();
        assert_eq!(rows.len(), tables + report.targets.len() + checks.count(), "{name}");
    }
}

/// A tag of the template, whose only foreign attributes are links.
fn assert_tag(tag: &Value) {
    let name = tag[0].as_str().unwrap();
    assert!(OWN.contains(&name), "{tag}");
    for attribute in tag[1].as_array().unwrap() {
        let value = attribute[1].as_str().unwrap_or_default();
        match attribute[0].as_str().unwrap() {
            "href" => assert!(value.starts_with('#') || value.starts_with("http"), "{tag}"),
            "class" | "id" | "scope" | "lang" | "charset" | "name" | "content" | "http-equiv"
            | "rel" => {}
            other => panic!("{other} in {tag}"),
        }
    }
}

#[test]
fn the_page_counts_the_problems_and_begins_with_the_worst() {
    let report = report("day");
    let page = written(&report, Format::Html, &OutputOptions::default());
    let position = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text} in {page}"));
    assert!(position("What to do first") < position("<h2>Critical ("));
    assert!(position("<h2>Critical (") < position("<h2>Warning ("));
    assert!(position("<h2>Warning (") < position("<h2>Servers</h2>"));
    for state in [State::Critical, State::Warning] {
        let checks = report.targets.iter().flat_map(|target| &target.checks);
        let run = checks.filter(|check| check.skipped.is_none() && check.state() == state).count();
        let tile = format!("<b>{run}</b> {}", state.label().to_lowercase());
        assert!(page.contains(&tile), "{tile}");
    }
}
