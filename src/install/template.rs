//! Reads and renders the templates of `sql/`. A missing value is an error, and a helper quotes every value.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, PathAndJson, RenderContext,
    RenderError, RenderErrorReason,
};
use serde_json::Value;

use super::error::InstallError;
use super::script::{Piece, When};
use crate::text::sql;

const FILES: [(&str, &str); 16] = [
    ("session", include_str!("../../sql/session.sql.hbs")),
    ("preflight", include_str!("../../sql/preflight.sql.hbs")),
    ("roles", include_str!("../../sql/roles.sql.hbs")),
    ("database", include_str!("../../sql/database.sql.hbs")),
    ("schema", include_str!("../../sql/schema.sql.hbs")),
    ("function", include_str!("../../sql/function.sql.hbs")),
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
    registry: Handlebars<'static>,
}

impl Templates {
    /// Reads the templates; each section of a file becomes a template.
    pub(super) fn new() -> Result<Templates, InstallError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(sql::literal);
        registry.register_helper("ident", Box::new(TextHelper(ident)));
        registry.register_helper("dollar", Box::new(TextHelper(dollar)));
        registry.register_helper("sql_type", Box::new(TextHelper(sql_type)));
        registry.register_helper("value", Box::new(TextHelper(value)));
        registry.register_helper("query", Box::new(TextHelper(verbatim)));
        registry.register_helper("grant", Box::new(TextHelper(verbatim)));
        registry.register_helper("since", Box::new(TextHelper(since)));
        for (file, text) in FILES {
            for (section, text) in sections(text) {
                // Sections without a verb are partials; their names are unique in all files.
                let name =
                    if section.contains(": ") { format!("{file}/{section}") } else { section };
                debug_assert!(!registry.has_template(&name), "two partials have the name {name}");
                registry
                    .register_template_string(&name, text)
                    .map_err(|error| InstallError::Template { name, source: Box::new(error) })?;
            }
        }
        Ok(Templates { registry })
    }

    /// Renders one section.
    pub(super) fn render(&self, name: &str, context: &Value) -> Result<String, InstallError> {
        let rendered = self.registry.render(name, context).map(|text| text.trim_end().to_owned());
        rendered.map_err(|error| InstallError::Render {
            name: name.to_owned(),
            source: Box::new(error),
        })
    }

    /// Renders a text that is not a section: the grants of a privilege set.
    pub(super) fn render_text(
        &self,
        name: &str,
        text: &str,
        context: &Value,
    ) -> Result<String, InstallError> {
        let rendered = self.registry.render_template(text, context);
        rendered.map_err(|error| InstallError::Render {
            name: name.to_owned(),
            source: Box::new(error),
        })
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
        if self.registry.has_template(&names) {
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
        Ok(Piece { what, when, names: None, sql, shared, secret: false, function: None })
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

/// A helper: the function that returns its unescaped text.
struct TextHelper(fn(&[PathAndJson<'_>], &Context) -> Result<String, RenderError>);

impl HelperDef for TextHelper {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        Ok(out.write(&(self.0)(helper.params(), context)?)?)
    }
}

/// `{{ident a b}}`: quoted identifiers, joined by dots.
fn ident(names: &[PathAndJson<'_>], _: &Context) -> Result<String, RenderError> {
    let quoted = names.iter().map(|name| {
        name.value()
            .as_str()
            .map(sql::identifier)
            .ok_or_else(|| helper_error("ident requires names"))
    });
    Ok(quoted.collect::<Result<Vec<_>, _>>()?.join("."))
}

/// `{{dollar text}}`: a text between dollar quotes.
fn dollar(text: &[PathAndJson<'_>], _: &Context) -> Result<String, RenderError> {
    text_of(text).map(sql::dollar_quoted)
}

/// `{{value v}}`: a number or a boolean in SQL, a text as a literal.
fn value(value: &[PathAndJson<'_>], _: &Context) -> Result<String, RenderError> {
    match value.first().map(PathAndJson::value) {
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Bool(truth)) => Ok(truth.to_string()),
        Some(Value::String(text)) => Ok(sql::literal(text)),
        _ => Err(helper_error("value requires a number, a boolean or a text")),
    }
}

/// `{{sql_type name}}`: the name of a type, which the catalog has validated.
fn sql_type(name: &[PathAndJson<'_>], _: &Context) -> Result<String, RenderError> {
    let name = text_of(name)?;
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b" _\"[]".contains(&byte);
    if name.bytes().all(plain) {
        Ok(name.to_owned())
    } else {
        Err(helper_error("sql_type requires the name of a type"))
    }
}

/// `{{query text}}` and `{{grant text}}`: unchanged SQL of the catalog and of `sql/owners/`.
fn verbatim(text: &[PathAndJson<'_>], _: &Context) -> Result<String, RenderError> {
    text_of(text).map(str::to_owned)
}

/// `{{#if (since 14)}}`: whether the server has at least this major version.
fn since(wanted: &[PathAndJson<'_>], context: &Context) -> Result<String, RenderError> {
    let wanted = wanted.first().and_then(|param| param.value().as_u64());
    let major = context.data().get("major").and_then(Value::as_u64);
    match (wanted, major) {
        (Some(wanted), Some(major)) => Ok(if major >= wanted { "true" } else { "" }.to_owned()),
        _ => Err(helper_error("since requires a major version")),
    }
}

fn text_of<'a>(params: &'a [PathAndJson<'_>]) -> Result<&'a str, RenderError> {
    let text = params.first().and_then(|param| param.value().as_str());
    text.ok_or_else(|| helper_error("the parameter is not a text"))
}

fn helper_error(message: &str) -> RenderError {
    RenderErrorReason::Other(message.to_owned()).into()
}
