//! The values with which the templates render one function: its definition, and the hash that identifies it.
//!
//! `sql/function.sql.hbs` contains the definition itself.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::InstallError;
use super::options::InstallOptions;
use super::template::Templates;
use crate::catalog::check::{Check, MOST_ROWS, Query};
use crate::catalog::function::{Argument, ArgumentValue, ColumnRole, ColumnType, WorstEnd};
use crate::catalog::server_version::ServerVersion;

/// The template context of a function, including the comment with the hash of its definition.
pub(super) fn context(
    templates: &Templates,
    options: &InstallOptions,
    version: ServerVersion,
    check: &Check,
    query: &Query,
) -> Result<Value, InstallError> {
    let signature = &query.signature;
    let columns: Vec<Value> = signature
        .columns
        .iter()
        .map(|column| json!({ "name": column.name, "type": column.sql_type.sql() }))
        .collect();
    let arguments: Vec<Value> = signature.arguments.iter().map(argument).collect();
    let types: Vec<&str> =
        signature.arguments.iter().map(|argument| argument.sql_type.sql()).collect();
    let extension = check.requires;
    let text = query.text_for(version.major()).trim_end();
    let mut context = json!({
        "schema": options.schema,
        "monitor": options.monitor,
        "function": signature.function,
        "owner": check.owner_role(),
        "superuser": check.owner == "superuser",
        "managed": !options.superuser,
        "major": version.major(),
        "columns": columns,
        "arguments": arguments,
        "argument_types": types.join(", "),
        "modes": "i".repeat(arguments.len()) + &"t".repeat(columns.len()),
        "restricted": version.restricts_relation_kinds(),
        "settings": settings(version),
        "text": text,
        "ordered": ordered(query),
        "several": ordered(query).len() > 1,
        "ties": ties(query),
        // Settings can set a higher limit than the check. One row more shows that rows were cut off.
        "cap": MOST_ROWS + 1,
        "check": check.name,
        "extension": extension.map(|required| required.name),
        "calls": extension.map(|required| required.called_in(text)).unwrap_or_default(),
        "source": null,
        "create": null,
        // The values of an installation; a verification has others.
        "installer": "",
        "installing": true,
    });
    let body = format!("\n{}\n", templates.render("body", &context)?);
    context["body_sha256"] = Value::String(hash(&body));
    if extension.is_some() {
        context["source"] = Value::String(body.clone());
    }
    context["body"] = Value::String(body);
    context["text"] = Value::Null;
    let definition = templates.render("definition", &context)?;
    context["comment"] = Value::String(format!(
        "{{\"posemo\":\"{}\",\"sha256\":\"{}\"}}",
        env!("CARGO_PKG_VERSION"),
        hash(&definition)
    ));
    if extension.is_some() {
        context["head"] = Value::String(templates.render("head", &context)?);
        context["create"] = Value::String(format!("\n{}\n", templates.render("create", &context)?));
    }
    Ok(context)
}

/// The contexts for templates about many functions, which identify a body by its hash.
pub(super) fn without_bodies(functions: &[Value]) -> Vec<Value> {
    let brief = |function: &Value| {
        let fields = function.as_object().into_iter().flatten();
        let fields =
            fields.filter(|(name, _)| !matches!(name.as_str(), "body" | "head" | "create"));
        Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    functions.iter().map(brief).collect()
}

/// The metrics by which the rows are ordered.
fn ordered(query: &Query) -> Vec<Value> {
    let columns = query.signature.columns.iter();
    columns
        .filter_map(|column| {
            let boolean = column.sql_type == ColumnType::Boolean;
            let highest = column.worst? == WorstEnd::Highest;
            Some(json!({ "name": column.name, "boolean": boolean, "highest": highest }))
        })
        .collect()
}

/// The names that distinguish rows with equal numbers.
fn ties(query: &Query) -> Vec<&str> {
    let columns = query.signature.columns.iter();
    let names = columns.filter(|it| matches!(it.role, ColumnRole::Object | ColumnRole::Label));
    names.map(|column| column.name.as_str()).collect()
}

/// An argument with its default, and with the text that `pg_get_expr` returns for the default: PostgreSQL
/// writes a number's type only where the parser would give the bare number another type.
fn argument(argument: &Argument) -> Value {
    let (default, deparsed) = match &argument.default {
        ArgumentValue::Text(text) => (json!(text), String::new()),
        ArgumentValue::Boolean(truth) => (json!(truth), truth.to_string()),
        ArgumentValue::Integer(number) => {
            let deparsed = match i32::try_from(*number) {
                Ok(0..) => number.to_string(),
                Ok(_) => format!("'{number}'::integer"),
                Err(_) => format!("'{number}'::bigint"),
            };
            (json!(number), deparsed)
        }
        ArgumentValue::Double(number) => {
            (json!(number.to_string()), format!("'{number}'::double precision"))
        }
    };
    json!({
        "name": argument.name,
        "type": argument.sql_type.sql(),
        "text": matches!(argument.default, ArgumentValue::Text(_)),
        "double": matches!(argument.default, ArgumentValue::Double(_)),
        "default": default,
        "deparsed": deparsed,
    })
}

/// `pg_proc.proconfig` as PostgreSQL stores the settings of the definition.
fn settings(version: ServerVersion) -> Vec<&'static str> {
    let mut settings = vec![
        "search_path=pg_catalog, pg_temp",
        "standard_conforming_strings=on",
        "transform_null_equals=off",
        "lock_timeout=100ms",
        "row_security=off",
    ];
    if version.restricts_relation_kinds() {
        settings.push("restrict_nonsystem_relation_kind=view,foreign-table");
    }
    settings
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"))
}
