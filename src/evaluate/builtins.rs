//! The names a script finds defined: Starlark's own, Percona's and posemo's.
//!
//! It offers nothing that reads a file, a clock or a random number.

#![expect(clippy::unnecessary_wraps, reason = "the macro wants a result of every function")]

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

use crate::evaluate::error::shorten;
use crate::evaluate::{fixed, network, version};
use crate::text::number;

/// What `print` said; the evaluation's `extra` points to it.
pub(super) type Printed = RefCell<Vec<String>>;

/// As many lines of `print` are kept.
const PRINTED_LINES: usize = 1000;

/// As many characters of each are kept.
const PRINTED_WIDTH: usize = 1000;

/// What a script said itself when it gave up.
#[derive(Debug, thiserror::Error)]
#[error("fail: {0}")]
struct Failed(String);

/// All global names. Built once, as that takes milliseconds.
pub(super) static GLOBALS: LazyLock<Globals> = LazyLock::new(|| {
    let extensions = [LibraryExtension::SetType];
    GlobalsBuilder::extended_by(&extensions).with(percona).with(posemo).build()
});

/// The functions of the context, by name. Only these three: scripts may look at all keys.
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
    /// The parts of a version of three numbers, as `MySQL` writes them.
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
    /// Whether an address or a network touches a private block; `None` where it is neither.
    fn ip_is_private(#[starlark(require = pos)] text: &str) -> starlark::Result<NoneOr<bool>> {
        Ok(NoneOr::from_option(network::is_private(text)))
    }
}

#[starlark_module]
fn posemo(builder: &mut GlobalsBuilder) {
    /// A number with so many digits after the point.
    fn fixed<'v>(
        #[starlark(require = pos)] number: Value<'v>,
        #[starlark(require = pos)] digits: i32,
    ) -> starlark::Result<String> {
        let digits = fixed::digits(digits).map_err(starlark::Error::new_value)?;
        if number.get_type() == "int" {
            return Ok(fixed::integer(&number.to_str(), digits));
        }
        Ok(number::fixed(UnpackFloat::unpack_value_err(number)?.0, digits))
    }

    /// A number of bytes as people read it.
    fn pretty_bytes(#[starlark(require = pos)] bytes: UnpackFloat) -> starlark::Result<String> {
        Ok(number::bytes(bytes.0))
    }

    /// A number of seconds as people read it.
    fn pretty_duration(
        #[starlark(require = pos)] seconds: UnpackFloat,
    ) -> starlark::Result<String> {
        Ok(number::duration(seconds.0))
    }

    /// Gives up, and says why.
    fn fail<'v>(
        #[starlark(args)] values: UnpackTuple<Value<'v>>,
        #[starlark(require = named, default = " ")] sep: &str,
    ) -> starlark::Result<NoneType> {
        Err(starlark::Error::new_value(Failed(joined(&values, sep))))
    }

    /// Says something to whoever reads the log.
    fn print<'v>(
        #[starlark(args)] values: UnpackTuple<Value<'v>>,
        #[starlark(require = named, default = " ")] sep: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let place = eval.call_stack_top_location().map(|span| span.resolve().begin_file_line());
        let text = joined(&values, sep);
        let Some(printed) = eval.extra.and_then(|extra| extra.downcast_ref::<Printed>()) else {
            return Ok(NoneType);
        };
        let mut lines = printed.borrow_mut();
        if lines.len() < PRINTED_LINES {
            let place = place.map_or(String::new(), |place| format!("{place}: "));
            lines.push(format!("{place}{}", shorten(&text, PRINTED_WIDTH)));
        }
        Ok(NoneType)
    }
}

fn joined(values: &UnpackTuple<Value<'_>>, separator: &str) -> String {
    values.items.iter().map(|value| value.to_str()).collect::<Vec<_>>().join(separator)
}
