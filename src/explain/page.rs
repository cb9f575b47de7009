//! Writes a page of text for a terminal: headings, wrapped prose, code and aligned tables.
//!
//! The text of a check may be from an unknown author. Characters that move the cursor or change the direction of
//! writing are written as escape sequences.

use std::io::{self, Write};

use crate::text::visible::visible;
use crate::text::width::{width, wrap};

/// A page that is being written.
pub(super) struct TerminalPage<'a> {
    out: &'a mut dyn Write,
    width: usize,
    /// Whether headings are written.
    pub(super) headings: bool,
    begun: bool,
}

impl<'a> TerminalPage<'a> {
    /// An empty page. The width is in columns of the terminal.
    pub(super) fn new(out: &'a mut dyn Write, width: usize) -> TerminalPage<'a> {
        TerminalPage { out, width, headings: true, begun: false }
    }

    /// A heading, with a blank line on either side.
    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        if !self.headings {
            return Ok(());
        }
        if self.begun {
            self.line("")?;
        }
        self.line(&format!("## {text}"))?;
        self.line("")
    }

    /// One line, as it is.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        self.begun = true;
        // A tab is harmless, so it is not escaped.
        let parts: Vec<String> = text.split('\t').map(visible).collect();
        writeln!(self.out, "{}", parts.join("\t").trim_end())
    }

    /// Code, without wrapping.
    pub(super) fn verbatim(&mut self, text: &str) -> io::Result<()> {
        text.lines().try_for_each(|line| self.line(line))
    }

    /// Markdown. Paragraphs and items of lists are wrapped, code and tables are not.
    pub(super) fn prose(&mut self, text: &str) -> io::Result<()> {
        let mut code = false;
        for line in text.trim().lines() {
            let plain = line.trim_start();
            let fence = plain.starts_with("```");
            code ^= fence;
            if code || fence || plain.starts_with('|') {
                self.line(line)?;
            } else {
                let indent = line.len() - plain.len();
                let hanging = " ".repeat(indent + marker(plain));
                let (first, rest) = line.split_at(hanging.len());
                self.hanging(first, &hanging, rest)?;
            }
        }
        Ok(())
    }

    /// Wrapped text. `first` begins the first line, `others` begins each of the others; both have the same width.
    fn hanging(&mut self, first: &str, others: &str, text: &str) -> io::Result<()> {
        let columns = self.width.saturating_sub(width(others)).max(20);
        for (index, line) in wrap(&visible(text), columns).iter().enumerate() {
            self.line(&format!("{}{line}", if index == 0 { first } else { others }))?;
        }
        Ok(())
    }

    /// Names, each with its text in a second column.
    pub(super) fn facts(&mut self, facts: &[(&str, String)]) -> io::Result<()> {
        let columns = facts.iter().map(|(name, _)| width(name)).max().unwrap_or_default() + 2;
        facts.iter().try_for_each(|(name, text)| {
            let first = format!("{name}{}", " ".repeat(columns - width(name)));
            self.hanging(&first, &" ".repeat(columns), text)
        })
    }

    /// Rows of cells. Where a cell is too wide for its column, the next cell begins on a new line.
    pub(super) fn table(&mut self, rows: &[[String; 3]]) -> io::Result<()> {
        let rows: Vec<[String; 3]> =
            rows.iter().map(|row| row.clone().map(|cell| visible(&cell))).collect();
        let widest = |column: usize, most: usize| {
            rows.iter()
                .map(|row| width(&row[column]))
                .filter(|wide| *wide <= most)
                .max()
                .unwrap_or_default()
        };
        let columns = [widest(0, self.width / 2 - 4), widest(1, self.width / 4)];
        for row in &rows {
            let mut line = String::from("  ");
            for (index, cell) in row.iter().enumerate() {
                let start = 2 + columns[..index].iter().map(|wide| wide + 2).sum::<usize>();
                if width(&line) > start {
                    self.line(&line)?;
                    line.clear();
                }
                line.push_str(&" ".repeat(start - width(&line)));
                if index != 1 {
                    line.push_str(cell);
                    continue;
                }
                // A value can be a long list.
                for (number, piece) in wrap(cell, self.width - start).iter().enumerate() {
                    if number > 0 {
                        self.line(&line)?;
                        line = " ".repeat(start);
                    }
                    line.push_str(piece);
                }
            }
            self.line(&line)?;
        }
        Ok(())
    }

    /// A name with its description in parentheses, and a sentence below.
    pub(super) fn entry(&mut self, name: &str, description: &str, help: &str) -> io::Result<()> {
        self.hanging("  ", "      ", &format!("{name} ({description})"))?;
        if help.is_empty() { Ok(()) } else { self.hanging("      ", "      ", help) }
    }
}

/// The length of the mark that begins an item of a list: `- ` or `12. `.
fn marker(line: &str) -> usize {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    match line {
        _ if line.starts_with("- ") || line.starts_with("* ") => 2,
        _ if digits > 0 && line[digits..].starts_with(". ") => digits + 2,
        _ => 0,
    }
}
