//! Converts the value that the function `rows` of a script returned into rows.

use indexmap::IndexSet;
use starlark::values::dict::DictRef;
use starlark::values::float::UnpackFloat;
use starlark::values::{UnpackValue, Value};

use crate::evaluate::answer::{kind, sequence};
use crate::evaluate::error::ScriptError;
use crate::rows::{Rows, SqlValue};
use crate::text::visible::truncated;

/// The maximum number of values, over all rows.
const MOST_CELLS: usize = 20_000;

/// The maximum size of the texts together, in bytes. With the findings, the reply of the worker has more room.
const MOST_CHARACTERS: usize = 256 * 1024;

/// The rows of the answer: a list of dicts. A text is the reason why the script made none.
pub(super) fn rows(answer: Value<'_>) -> Result<Rows, ScriptError> {
    if let Some(reason) = answer.unpack_str() {
        return Err(ScriptError::NoRows { reason: truncated(reason, 500) });
    }
    read(answer).map_err(|reason| ScriptError::Form { reason: format!("rows returned {reason}") })
}

fn read(answer: Value<'_>) -> Result<Rows, String> {
    let list =
        sequence(answer).ok_or_else(|| format!("{}; it must return a list", kind(answer)))?;
    let mut names: IndexSet<String> = IndexSet::new();
    let mut dicts = Vec::with_capacity(list.len().min(MOST_CELLS));
    for item in list {
        let dict = DictRef::from_value(*item)
            .ok_or_else(|| format!("a list with {}; a row is a dict", kind(*item)))?;
        for (key, _) in dict.iter() {
            let name = key.unpack_str().ok_or_else(|| "a key that is not a text".to_owned())?;
            if !names.contains(name) {
                names.insert(name.to_owned());
            }
        }
        dicts.push(dict);
        if dicts.len().saturating_mul(names.len()) > MOST_CELLS {
            return Err(format!("more than {MOST_CELLS} values; return fewer rows"));
        }
    }
    let named: usize = names.iter().map(String::len).sum();
    let too_long = || format!("keys of more than {MOST_CHARACTERS} bytes");
    let mut left = MOST_CHARACTERS.checked_sub(named).ok_or_else(too_long)?;
    let mut rows = Vec::with_capacity(dicts.len());
    for (dict, number) in dicts.iter().zip(1..) {
        let cell = |name: &String| {
            let absent = || format!("row {number} without a value for {name:?}; use None");
            let value = dict.get_str(name).ok_or_else(absent)?;
            scalar(value, &mut left)
                .map_err(|problem| format!("{name} of row {number} as {problem}"))
        };
        rows.push(names.iter().map(cell).collect::<Result<_, _>>()?);
    }
    Ok(Rows { columns: names.into_iter().collect(), rows })
}

fn scalar(value: Value<'_>, left: &mut usize) -> Result<SqlValue, String> {
    if let Some(text) = value.unpack_str() {
        *left = left
            .checked_sub(text.len())
            .ok_or_else(|| format!("one of more than {MOST_CHARACTERS} bytes of text"))?;
        return Ok(SqlValue::Text(text.to_owned()));
    }
    match value.get_type() {
        "NoneType" => Ok(SqlValue::Null),
        "bool" => Ok(SqlValue::Bool(value.to_bool())),
        "int" => match i64::unpack_value(value) {
            Ok(Some(number)) => Ok(SqlValue::Int(number)),
            _ => Err("an integer of more than 64 bits".to_owned()),
        },
        "float" => match UnpackFloat::unpack_value(value) {
            Ok(Some(UnpackFloat(number))) if number.is_finite() => Ok(SqlValue::Float(number)),
            _ => Err("a number that is not finite".to_owned()),
        },
        _ => Err(kind(value)),
    }
}
