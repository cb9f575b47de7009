//! Says a report as JSON, format 1, in one line.
//!
//! Adds nothing to the report but ids and totals; what each key means is in `schema/report-1.schema.json`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::finding::report::Report;
use crate::report::ReportObject;

use crate::text::visible::is_plain;

/// Says the report as one line of JSON.
///
/// A value that is not finite becomes `null`, as JSON has no word for it.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    line(&ReportObject::from(report), out)
}

/// Writes anything as one line of JSON that is harmless to look at.
pub(super) fn line<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, PlainFormatter))?;
    out.write_all(b"\n")
}

/// Writes compact JSON in which everything that is not plain is escaped as `\u202e`.
///
/// JSON allows most of it as it is, but people look at JSON on terminals.
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
