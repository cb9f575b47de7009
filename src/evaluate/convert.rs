//! Converts rows into frozen Starlark values without loss.

use serde_json::Value as Json;
use starlark::collections::SmallMap;
use starlark::environment::{FrozenModule, Module};
use starlark::singleton_heap_name;
use starlark::values::dict::{AllocDict, Dict};
use starlark::values::list::AllocList;
use starlark::values::none::NoneType;
use starlark::values::{FrozenHeapName, FrozenValue, Heap, Value};

use crate::evaluate::document::parse;
use crate::evaluate::error::ScriptError;
use crate::rows::{QueryRows, Rows, ScriptInput, SqlValue};

/// The name of the documents in the frozen module.
pub(super) const DOCS: &str = "docs";

/// The name of the context's functions in the frozen module.
pub(super) const CONTEXT: &str = "context";

/// Ten to the eighteenth. An integer of more than 64 bits is built from parts of this size.
const PART: i64 = 1_000_000_000_000_000_000;

/// A frozen module with the two arguments of `check_context`.
///
/// Freezing makes them read-only, as in Percona's engine. `now` is a key of the context for the function `rows`.
pub(super) fn arguments<'c>(
    check: &str,
    docs: &ScriptInput,
    context: impl IntoIterator<Item = (&'c str, FrozenValue)>,
    now: Option<i64>,
) -> Result<FrozenModule, ScriptError> {
    let failed = |error: &dyn std::fmt::Display| ScriptError::Documents {
        check: check.to_owned(),
        reason: error.to_string(),
    };
    Module::with_temp_heap(|module| {
        let heap = module.heap();
        let item = |item| document(heap, item).map_err(|error| failed(&error));
        let docs = match docs {
            ScriptInput::Only(only) => item(only)?,
            ScriptInput::List(list) => {
                let items = list.iter().map(item).collect::<Result<Vec<_>, _>>()?;
                heap.alloc(AllocList(items))
            }
            ScriptInput::Document { text, .. } => {
                let parsed = parse(text)
                    .map_err(|error| ScriptError::Form { reason: format!("it {error}") })?;
                json(heap, &parsed).map_err(|error| failed(&error))?
            }
        };
        module.set(DOCS, docs);
        let context = context.into_iter().map(|(name, value)| (name, value.to_value()));
        let context = context.chain(now.map(|now| ("now", heap.alloc(now))));
        module.set(CONTEXT, heap.alloc(AllocDict(context)));
        module
            .freeze_named(FrozenHeapName::Singleton(singleton_heap_name!()))
            .map_err(|error| failed(&starlark::Error::from(error)))
    })
}

fn document<'v>(heap: Heap<'v>, document: &QueryRows) -> starlark::Result<Value<'v>> {
    match document {
        QueryRows::Rows(answer) => rows(heap, answer),
        QueryRows::Databases(databases) => {
            let mut dict = SmallMap::with_capacity(databases.len());
            for (name, answer) in databases {
                let name = heap.alloc_str(name).to_value().get_hashed()?;
                dict.insert_hashed(name, rows(heap, answer)?);
            }
            Ok(heap.alloc(Dict::new(dict)))
        }
    }
}

fn rows<'v>(heap: Heap<'v>, rows: &Rows) -> starlark::Result<Value<'v>> {
    // One string for each column, shared by all rows. Of two columns with the same name the last one remains, as in
    // Percona's engine.
    let mut names = Vec::with_capacity(rows.columns.len());
    for name in &rows.columns {
        names.push(heap.alloc_str(name).to_value().get_hashed()?);
    }
    let mut list = Vec::with_capacity(rows.rows.len());
    for row in &rows.rows {
        let mut dict = SmallMap::with_capacity(names.len());
        for (name, cell) in names.iter().zip(row) {
            dict.insert_hashed(*name, value(heap, cell)?);
        }
        list.push(heap.alloc(Dict::new(dict)));
    }
    Ok(heap.alloc(AllocList(list)))
}

fn value<'v>(heap: Heap<'v>, cell: &SqlValue) -> starlark::Result<Value<'v>> {
    Ok(match cell {
        SqlValue::Null => heap.alloc(NoneType),
        SqlValue::Bool(truth) => heap.alloc(*truth),
        SqlValue::Int(number) => heap.alloc(*number),
        SqlValue::Float(number) => heap.alloc(*number),
        SqlValue::Time(nanoseconds) => integer(heap, *nanoseconds)?,
        SqlValue::Text(text) => heap.alloc(text.as_str()),
    })
}

/// A value of a document. Its depth is limited by the parser.
fn json<'v>(heap: Heap<'v>, value: &Json) -> starlark::Result<Value<'v>> {
    Ok(match value {
        Json::Null => heap.alloc(NoneType),
        Json::Bool(truth) => heap.alloc(*truth),
        Json::String(text) => heap.alloc(text.as_str()),
        Json::Number(number) => match (number.to_string().parse::<i128>(), number.as_f64()) {
            (Ok(exact), _) => integer(heap, exact)?,
            (_, Some(float)) => heap.alloc(float),
            _ => heap.alloc(number.to_string()),
        },
        Json::Array(list) => {
            let items = list.iter().map(|item| json(heap, item)).collect::<Result<Vec<_>, _>>()?;
            heap.alloc(AllocList(items))
        }
        Json::Object(object) => {
            let mut dict = SmallMap::with_capacity(object.len());
            for (name, item) in object {
                let name = heap.alloc_str(name).to_value().get_hashed()?;
                dict.insert_hashed(name, json(heap, item)?);
            }
            heap.alloc(Dict::new(dict))
        }
    })
}

/// An integer of any size. It is built from parts, because the crate converts 64 bits at most.
fn integer(heap: Heap<'_>, number: i128) -> starlark::Result<Value<'_>> {
    if let Ok(number) = i64::try_from(number) {
        return Ok(heap.alloc(number));
    }
    let part = i128::from(PART);
    let low = i64::try_from(number % part).expect("a remainder is smaller than its divisor");
    let high = integer(heap, number / part)?;
    high.mul(heap.alloc(PART), heap)?.add(heap.alloc(low), heap)
}
