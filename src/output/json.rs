//! Writes a report as JSON, format 1, in one line.
//!
//! `schema/report-1.schema.json` documents each key.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::finding::report::Report;
use crate::report::ReportObject;
use crate::text::visible::is_plain;

/// Writes the report as one line of JSON.
///
/// A value that is not finite becomes `null`, because JSON cannot represent it.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    line(&ReportObject::from(report), out)
}

/// Writes a value as one line of JSON, harmless for a terminal.
pub(super) fn line<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, PlainFormatter))?;
    out.write_all(b"\n")
}

/// Writes compact JSON in which characters that are not plain are escaped: `\u202e`.
///
/// JSON requires this for some of them only, but people read JSON on terminals.
struct PlainFormatter;

impl Formatter for PlainFormatter {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(start) = rest.find(|character| !is_plain(character)) {
            let (plain, other) = rest.split_at(start);
            out.write_all(plain.as_bytes())?;
            let end = other.find(is_plain).unwrap_or(other.len());
            for unit in other[..end].encode_utf16() {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &other[end..];
        }
        out.write_all(rest.as_bytes())
    }
}
