//! The README of a check as HTML. Tags in it are text, and only links to the web are links.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::text::visible::visible;

/// The whole text, without its first heading, as the page has its own.
pub(super) fn whole(readme: &str) -> Markup {
    let text = readme.trim_start();
    let rest = match text.strip_prefix("# ") {
        Some(rest) => rest.split_once('\n').map_or("", |(_, rest)| rest),
        None => text,
    };
    render(rest)
}

/// One section of second level; absent if the text has none with this title.
pub(super) fn section(readme: &str, title: &str) -> Option<Markup> {
    let mut is_code = false;
    let mut found: Option<String> = None;
    for line in readme.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let heading = line.strip_prefix("## ").filter(|_| !is_code);
        match (heading, &mut found) {
            (Some(heading), None) if heading.trim() == title => found = Some(String::new()),
            (Some(_), Some(_)) => break,
            (None, Some(text)) => {
                text.push_str(line);
                text.push('\n');
            }
            _ => {}
        }
    }
    found.filter(|text| !text.trim().is_empty()).map(|text| render(&text))
}

fn render(text: &str) -> Markup {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut out = String::new();
    // The end of a link has the same form as its start.
    let mut links = Vec::new();
    let events = Parser::new_ext(text, options).filter_map(|event| {
        Some(match event {
            Event::Html(text) | Event::InlineHtml(text) | Event::Text(text) => {
                Event::Text(plain(&text))
            }
            Event::Code(text) => Event::Code(plain(&text)),
            Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
                level: lower(level),
                id: None,
                classes: Vec::new(),
                attrs: Vec::new(),
            }),
            Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
            Event::Start(Tag::Link { ref dest_url, .. }) => {
                let is_web = dest_url.starts_with("https://") || dest_url.starts_with("http://");
                links.push(is_web);
                return is_web.then_some(event);
            }
            Event::End(TagEnd::Link) => return links.pop().unwrap_or(false).then_some(event),
            Event::Start(Tag::Image { .. } | Tag::HtmlBlock)
            | Event::End(TagEnd::Image | TagEnd::HtmlBlock) => return None,
            other => other,
        })
    });
    html::push_html(&mut out, events);
    PreEscaped(out)
}

/// A heading of the page is above those of the text.
fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        _ => HeadingLevel::H5,
    }
}

fn plain(text: &str) -> CowStr<'static> {
    let lines =
        text.split('\n').map(|line| line.split('\t').map(visible).collect::<Vec<_>>().join("\t"));
    lines.collect::<Vec<_>>().join("\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_text_and_only_links_to_the_web_are_links() {
        let page = whole(
            "# name\n\n## Why\n\nText <script>x</script> <b>y</b> [a](javascript:z) [b](https://e.org/?a=1&b=2) ![c](https://e.org/c.png)\n\n```sql\n## no heading \u{202e}\n```\n\n<div onclick=\"x\">\n",
        );
        let page = page.into_string();
        assert!(page.contains("<h3>Why</h3>"), "{page}");
        assert!(page.contains("Text &lt;script&gt;x&lt;/script&gt; &lt;b&gt;"), "{page}");
        assert!(page.contains("<a href=\"https://e.org/?a=1&amp;b=2\">b</a>"), "{page}");
        assert!(page.contains("## no heading \\u{202e}"), "{page}");
        for bad in ["<script", "<b>", "javascript", "<img", "<div", "name</h"] {
            assert!(!page.contains(bad), "{bad}: {page}");
        }
    }

    #[test]
    fn a_section_ends_at_the_next_heading() {
        let readme =
            "# x\n\n## What to do\n\nFirst.\n\n```sh\n## not a heading\n```\n\n## Other\n\nLast.\n";
        let text = section(readme, "What to do").expect("it exists").into_string();
        assert!(
            text.contains("First.") && text.contains("not a heading") && !text.contains("Last")
        );
        assert!(section(readme, "Why it matters").is_none());
    }
}
