//! Renders templates: a missing value is an error, and every value is escaped that no helper writes.
//!
//! It is the only door of the template engine.

use std::error::Error;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, PathAndJson, RenderContext,
    RenderError, RenderErrorReason,
};
use serde::Serialize;
use serde_json::Value;

/// A helper: a function of its parameters and of all values that returns unescaped text, or what is wrong.
pub type TextHelper = fn(&[&Value], &Value) -> Result<String, String>;

/// A set of templates.
pub struct TemplateEngine {
    registry: Handlebars<'static>,
}

/// Why a template cannot be read or rendered: a defect of this build.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TemplateError(Box<dyn Error + Send + Sync>);

impl TemplateEngine {
    /// An engine without templates that escapes values with this function.
    pub fn new(escape: fn(&str) -> String) -> TemplateEngine {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(escape);
        TemplateEngine { registry }
    }

    /// An engine that escapes values for HTML.
    pub fn html() -> TemplateEngine {
        TemplateEngine::new(handlebars::html_escape)
    }

    /// Adds a helper.
    pub fn add_helper(&mut self, name: &str, helper: TextHelper) {
        self.registry.register_helper(name, Box::new(HelperCall(helper)));
    }

    /// Adds a template.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), TemplateError> {
        let added = self.registry.register_template_string(name, text);
        added.map_err(|error| TemplateError(Box::new(error)))
    }

    /// Whether a template has this name.
    pub fn has(&self, name: &str) -> bool {
        self.registry.has_template(name)
    }

    /// Renders the template with this name.
    pub fn render(&self, name: &str, values: &impl Serialize) -> Result<String, TemplateError> {
        let rendered = self.registry.render(name, values);
        rendered.map_err(|error| TemplateError(Box::new(error)))
    }

    /// Renders a text that has no name.
    pub fn render_text(
        &self,
        text: &str,
        values: &impl Serialize,
    ) -> Result<String, TemplateError> {
        let rendered = self.registry.render_template(text, values);
        rendered.map_err(|error| TemplateError(Box::new(error)))
    }
}

struct HelperCall(TextHelper);

impl HelperDef for HelperCall {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let params: Vec<&Value> = helper.params().iter().map(PathAndJson::value).collect();
        let text = (self.0)(&params, context.data());
        Ok(out.write(
            &text.map_err(|message| RenderError::from(RenderErrorReason::Other(message)))?,
        )?)
    }
}
