//! The functions that scripts can call: those of Starlark, of Percona's engine and of posemo.
//!
//! None of them reads a file, a clock or a random number.

#![expect(
    clippy::unnecessary_wraps,
    reason = "the macro requires that each function returns a result"
)]

use std::cell::RefCell;
use std::sync::LazyLock;

use starlark::environment::{Globals, GlobalsBuilder, LibraryExtension};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::AllocDict;
use starlark::values::float::UnpackFloat;
use starlark::values::none::{NoneOr, NoneType};
use starlark::values::tuple::UnpackTuple;
use starlark::values::{FrozenValue, Heap, UnpackValue, Value};

use crate::evaluate::{network, version};
use crate::text::number;
use crate::text::visible::truncated;

/// The printed lines; the evaluation's `extra` points to them.
pub(super) type Printed = RefCell<Vec<String>>;

/// The maximum number of printed lines that are kept.
const PRINTED_LINES: usize = 1000;

/// The maximum number of characters of a printed line that are kept.
const PRINTED_WIDTH: usize = 1000;

/// The largest number of digits that `fixed` writes; a 64-bit float has fewer.
const MOST_DIGITS: usize = 100;

/// The script called `fail`.
#[derive(Debug, thiserror::Error)]
#[error("fail: {0}")]
struct FailCalled(String);

/// The script called `fixed` with a number of digits that is out of range.
#[derive(Debug, thiserror::Error)]
#[error("fixed: {0} digits after the point; 0 to {MOST_DIGITS} are allowed")]
struct DigitsError(i32);

/// The script called `parse_time` with another text.
#[derive(Debug, thiserror::Error)]
#[error("parse_time: the text is not a time such as 2026-11-20T10:00:00Z")]
struct TimeError;

/// All global names. Built once, because building takes milliseconds.
pub(super) static GLOBALS: LazyLock<Globals> = LazyLock::new(|| {
    let extensions = [LibraryExtension::SetType];
    GlobalsBuilder::extended_by(&extensions).with(percona).with(posemo).build()
});

/// The functions of `context`, by name. There are only these three, because scripts may list all keys.
pub(super) fn context() -> [(&'static str, FrozenValue); 3] {
    static CONTEXT: LazyLock<Globals> =
        LazyLock::new(|| GlobalsBuilder::new().with(percona).with(percona_context).build());
    ["parse_version", "format_version_num", "ip_is_private"].map(|name| {
        let found = CONTEXT.iter().find(|(known, _)| *known == name);
        (name, found.expect("the three functions are defined below").1)
    })
}

#[starlark_module]
fn percona(builder: &mut GlobalsBuilder) {
    /// The parts of a version with three numbers, as `MySQL` writes it.
    fn parse_version<'v>(
        #[starlark(require = pos)] text: &str,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        let version = version::Version::parse(text).map_err(starlark::Error::new_value)?;
        let number = |number: i64| heap.alloc(number);
        Ok(heap.alloc(AllocDict([
            ("major", number(version.major)),
            ("minor", number(version.minor)),
            ("patch", number(version.patch)),
            ("rest", heap.alloc(version.rest)),
            ("num", number(version.number())),
            ("numrest", number(version.rest_number)),
        ])))
    }

    /// The text of a version number of the form `MMmmpp` or `MMmmppRRR`.
    fn format_version_num(#[starlark(require = pos)] number: i64) -> starlark::Result<String> {
        Ok(version::format(number))
    }
}

#[starlark_module]
fn percona_context(builder: &mut GlobalsBuilder) {
    /// Whether an address or a network overlaps a private block; `None` if the text is neither.
    fn ip_is_private(#[starlark(require = pos)] text: &str) -> starlark::Result<NoneOr<bool>> {
        Ok(NoneOr::from_option(network::is_private(text)))
    }
}

#[starlark_module]
fn posemo(builder: &mut GlobalsBuilder) {
    /// A number with exactly `digits` digits after the point.
    fn fixed<'v>(
        #[starlark(require = pos)] number: Value<'v>,
        #[starlark(require = pos)] digits: i32,
    ) -> starlark::Result<String> {
        let valid = usize::try_from(digits).ok().filter(|digits| *digits <= MOST_DIGITS);
        let digits = valid.ok_or_else(|| starlark::Error::new_value(DigitsError(digits)))?;
        if number.get_type() == "int" {
            // An integer may have more digits than a float.
            let point = if digits == 0 { "" } else { "." };
            return Ok(format!("{}{point}{}", number.to_str(), "0".repeat(digits)));
        }
        Ok(number::fixed(UnpackFloat::unpack_value_err(number)?.0, digits))
    }

    /// A number of bytes for people.
    fn pretty_bytes(#[starlark(require = pos)] bytes: UnpackFloat) -> starlark::Result<String> {
        Ok(number::bytes(bytes.0))
    }

    /// A number of seconds for people.
    fn pretty_duration(
        #[starlark(require = pos)] seconds: UnpackFloat,
    ) -> starlark::Result<String> {
        Ok(number::duration(seconds.0))
    }

    /// The seconds since 1970 of a time in the form of RFC 3339, rounded down.
    fn parse_time(#[starlark(require = pos)] text: &str) -> starlark::Result<i64> {
        let time: Result<jiff::Timestamp, _> = text.parse();
        let time = time.map_err(|_| starlark::Error::new_value(TimeError))?;
        Ok(time.as_second())
    }

    /// Ends the script with an error.
    fn fail<'v>(
        #[starlark(args)] values: UnpackTuple<Value<'v>>,
        #[starlark(require = named, default = " ")] sep: &str,
    ) -> starlark::Result<NoneType> {
        Err(starlark::Error::new_value(FailCalled(joined(&values, sep))))
    }

    /// Writes a line to the log of posemo.
    fn print<'v>(
        #[starlark(args)] values: UnpackTuple<Value<'v>>,
        #[starlark(require = named, default = " ")] sep: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let position = eval.call_stack_top_location().map(|span| span.resolve().begin_file_line());
        let text = joined(&values, sep);
        let Some(printed) = eval.extra.and_then(|extra| extra.downcast_ref::<Printed>()) else {
            return Ok(NoneType);
        };
        let mut lines = printed.borrow_mut();
        if lines.len() < PRINTED_LINES {
            let position = position.map_or(String::new(), |position| format!("{position}: "));
            lines.push(format!("{position}{}", truncated(&text, PRINTED_WIDTH)));
        }
        Ok(NoneType)
    }
}

fn joined(values: &UnpackTuple<Value<'_>>, separator: &str) -> String {
    values.items.iter().map(|value| value.to_str()).collect::<Vec<_>>().join(separator)
}
