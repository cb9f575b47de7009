//! Reads and renders the templates of `sql/`. A missing value is an error, and a helper quotes every value.

use std::sync::OnceLock;

use serde_json::Value;

use super::error::InstallError;
use super::script::{Piece, When};
use crate::template::{TemplateEngine, TextHelper};
use crate::text::sql;

const FILES: [(&str, &str); 17] = [
    ("session", include_str!("../../sql/session.sql.hbs")),
    ("preflight", include_str!("../../sql/preflight.sql.hbs")),
    ("roles", include_str!("../../sql/roles.sql.hbs")),
    ("database", include_str!("../../sql/database.sql.hbs")),
    ("schema", include_str!("../../sql/schema.sql.hbs")),
    ("function", include_str!("../../sql/function.sql.hbs")),
    ("extension", include_str!("../../sql/extension.sql.hbs")),
    ("closed", include_str!("../../sql/closed.sql.hbs")),
    ("assert", include_str!("../../sql/assert.sql.hbs")),
    ("uninstall", include_str!("../../sql/uninstall.sql.hbs")),
    ("verify/functions", include_str!("../../sql/verify/functions.sql.hbs")),
    ("verify/schema", include_str!("../../sql/verify/schema.sql.hbs")),
    ("verify/rights", include_str!("../../sql/verify/rights.sql.hbs")),
    ("verify/database", include_str!("../../sql/verify/database.sql.hbs")),
    ("verify/roles", include_str!("../../sql/verify/roles.sql.hbs")),
    ("verify/home", include_str!("../../sql/verify/home.sql.hbs")),
    ("verify/cluster", include_str!("../../sql/verify/cluster.sql.hbs")),
];

/// All templates, ready to render.
pub(super) struct Templates {
    engine: TemplateEngine,
}

impl Templates {
    /// The templates, which a process reads once.
    pub(super) fn get() -> Result<&'static Templates, InstallError> {
        static READ: OnceLock<Templates> = OnceLock::new();
        if let Some(templates) = READ.get() {
            return Ok(templates);
        }
        let templates = Templates::new()?;
        Ok(READ.get_or_init(|| templates))
    }

    /// Reads the templates; each section of a file becomes a template.
    fn new() -> Result<Templates, InstallError> {
        let mut engine = TemplateEngine::new(sql::literal);
        let helpers: [(&str, TextHelper); 7] = [
            ("ident", ident),
            ("dollar", dollar),
            ("sql_type", sql_type),
            ("value", value),
            ("query", verbatim),
            ("grant", verbatim),
            ("since", since),
        ];
        for (name, helper) in helpers {
            engine.add_helper(name, helper);
        }
        for (file, text) in FILES {
            for (section, text) in sections(text) {
                // Sections without a verb are partials; their names are unique in all files.
                let name =
                    if section.contains(": ") { format!("{file}/{section}") } else { section };
                debug_assert!(!engine.has(&name), "two partials have the name {name}");
                let added = engine.add(&name, &text);
                added.map_err(|source| InstallError::Template { name, source })?;
            }
        }
        Ok(Templates { engine })
    }

    /// Renders one section.
    pub(super) fn render(&self, name: &str, context: &Value) -> Result<String, InstallError> {
        let rendered = self.engine.render(name, context).map(|text| text.trim_end().to_owned());
        rendered.map_err(|source| InstallError::Render { name: name.to_owned(), source })
    }

    /// Renders a text that is not a section: the grants of a privilege set.
    pub(super) fn render_text(
        &self,
        name: &str,
        text: &str,
        context: &Value,
    ) -> Result<String, InstallError> {
        let rendered = self.engine.render_text(text, context);
        rendered.map_err(|source| InstallError::Render { name: name.to_owned(), source })
    }

    /// A piece of a script that is applied unless the section `unless` is true.
    pub(super) fn piece(
        &self,
        name: &str,
        what: String,
        context: &Value,
    ) -> Result<Piece, InstallError> {
        let done = self.render(&format!("{name}: unless"), context)?;
        let mut piece = self.always(When::Unless(done), name, what, context)?;
        let names = format!("{name}: names");
        if self.engine.has(&names) {
            piece.names = Some(self.render(&names, context)?);
        }
        Ok(piece)
    }

    /// A piece of a script without the section `unless`.
    pub(super) fn always(
        &self,
        when: When,
        name: &str,
        what: String,
        context: &Value,
    ) -> Result<Piece, InstallError> {
        let sql = self.render(&format!("{name}: do"), context)?;
        let shared = name.starts_with("roles/");
        Ok(Piece {
            what,
            when,
            names: None,
            sql,
            shared,
            secret: false,
            function: None,
            extension: false,
        })
    }
}

/// Splits a file at the lines that consist of `{{!-- name --}}` or `{{!-- name: verb --}}`.
fn sections(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let comment = line.strip_prefix("{{!-- ").and_then(|rest| rest.strip_suffix(" --}}"));
        let is_name = |text: &&str| {
            text.bytes().all(|byte| byte.is_ascii_lowercase() || b": ".contains(&byte))
        };
        if let Some(name) = comment.filter(is_name) {
            found.push((name.to_owned(), String::new()));
        } else if let Some((_, body)) = found.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    for (_, body) in &mut found {
        body.truncate(body.trim_end().len());
        // A partial that is alone on its line replaces the line break too.
        body.push('\n');
    }
    found
}

/// `{{ident a b}}`: quoted identifiers, joined by dots.
fn ident(names: &[&Value], _: &Value) -> Result<String, String> {
    let quoted = names.iter().map(|name| {
        name.as_str().map(sql::identifier).ok_or_else(|| "ident requires names".to_owned())
    });
    Ok(quoted.collect::<Result<Vec<_>, _>>()?.join("."))
}

/// `{{dollar text}}`: a text between dollar quotes.
fn dollar(text: &[&Value], _: &Value) -> Result<String, String> {
    text_of(text).map(sql::dollar_quoted)
}

/// `{{value v}}`: a number or a boolean in SQL, a text as a literal.
fn value(value: &[&Value], _: &Value) -> Result<String, String> {
    match value.first() {
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Bool(truth)) => Ok(truth.to_string()),
        Some(Value::String(text)) => Ok(sql::literal(text)),
        _ => Err("value requires a number, a boolean or a text".to_owned()),
    }
}

/// `{{sql_type name}}`: the name of a type, which the catalog has validated.
fn sql_type(name: &[&Value], _: &Value) -> Result<String, String> {
    let name = text_of(name)?;
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b" _\"[]".contains(&byte);
    if name.bytes().all(plain) {
        Ok(name.to_owned())
    } else {
        Err("sql_type requires the name of a type".to_owned())
    }
}

/// `{{query text}}` and `{{grant text}}`: unchanged SQL of the catalog and of `sql/owners/`.
fn verbatim(text: &[&Value], _: &Value) -> Result<String, String> {
    text_of(text).map(str::to_owned)
}

/// `{{#if (since 14)}}`: whether the server has at least this major version.
fn since(wanted: &[&Value], values: &Value) -> Result<String, String> {
    let wanted = wanted.first().and_then(|param| param.as_u64());
    let major = values.get("major").and_then(Value::as_u64);
    match (wanted, major) {
        (Some(wanted), Some(major)) => Ok(if major >= wanted { "true" } else { "" }.to_owned()),
        _ => Err("since requires a major version".to_owned()),
    }
}

fn text_of<'a>(params: &[&'a Value]) -> Result<&'a str, String> {
    let text = params.first().and_then(|param| param.as_str());
    text.ok_or_else(|| "the parameter is not a text".to_owned())
}
