//! The objects of Icinga 2 with their values: templates are imported, conditions decided.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use indexmap::IndexMap;

use super::evaluate::{IcingaScope, MOST_VALUES};
use super::statements::{DefinitionKind, IcingaDefinition, PlacedStatement, Statement, read};
use super::syntax::Expression;
use super::tokens::tokens;
use super::value::IcingaValue;
use crate::migrate::place::DefinitionPlace;
use crate::migrate::source::SourceFile;
use crate::text::mistake::Mistake;

/// The most templates that are imported one in the other, and all together for one object.
const DEEPEST: (usize, usize) = (16, 500);

/// The commands of Icinga's own library.
const BUILTIN: &str = include_str!("builtin.conf");

/// Templates of this library without an effect on calls.
const LIBRARY: [&str; 2] = ["plugin-check-command", "ipv4-or-ipv6"];

/// A definition and its file.
#[derive(Debug, Clone)]
pub(super) struct FiledDefinition {
    pub(super) file: Rc<str>,
    pub(super) definition: IcingaDefinition,
}

/// All definitions of the files.
#[derive(Debug)]
pub(super) struct IcingaObjects {
    pub(super) definitions: Vec<FiledDefinition>,
    templates: BTreeMap<(String, String), usize>,
    pub(super) constants: IndexMap<String, IcingaValue>,
    pub(super) left: Cell<usize>,
}

/// What the body of an object means.
#[derive(Debug, Default)]
pub(super) struct EvaluatedBody {
    /// The values of the object.
    pub(super) values: IcingaValue,
    /// Whether an `assign where` holds; absent without one.
    pub(super) assigned: Option<bool>,
    /// Whether an `ignore where` holds.
    pub(super) ignored: bool,
    /// What only Icinga can decide, and its line.
    pub(super) unclear: Vec<(DefinitionPlace, String)>,
    /// Templates that are in none of the files, and their lines.
    pub(super) missing: Vec<(DefinitionPlace, String)>,
    /// The number of templates that were imported.
    imports: usize,
}

impl IcingaObjects {
    /// Reads files.
    pub(super) fn of(files: &[&SourceFile], unclear: &mut Vec<Mistake>) -> IcingaObjects {
        let builtin =
            SourceFile { path: "icinga".into(), name: "icinga".into(), text: BUILTIN.to_owned() };
        let mut objects = IcingaObjects {
            definitions: Vec::new(),
            templates: BTreeMap::new(),
            constants: IndexMap::new(),
            left: Cell::new(MOST_VALUES),
        };
        let mut constants = Vec::new();
        for file in [&builtin].into_iter().chain(files.iter().copied()) {
            let tokens = match tokens(&file.text) {
                Ok(tokens) => tokens,
                Err((line, message)) => {
                    unclear.push(file.place(line).mistake("", message));
                    continue;
                }
            };
            let content = read(&tokens);
            for (line, message) in content.unclear {
                unclear.push(file.place(line).mistake("", message));
            }
            constants.extend(content.constants);
            let filed = |definition| FiledDefinition { file: Rc::clone(&file.name), definition };
            objects.definitions.extend(content.definitions.into_iter().map(filed));
        }
        for (name, value) in &constants {
            let value = objects.scope(&IndexMap::new(), &IcingaValue::Null).value(value);
            objects.constants.insert(name.clone(), value);
        }
        for (at, filed) in objects.definitions.iter().enumerate() {
            let name = filed.definition.name.as_ref().and_then(|name| objects.constant(name));
            if let (Some(name), true) = (name, filed.definition.kind != DefinitionKind::Apply) {
                objects.templates.insert((filed.definition.of.clone(), name), at);
            }
        }
        objects
    }

    /// The names that an expression can use.
    pub(super) fn scope<'a>(
        &'a self,
        local: &'a IndexMap<String, IcingaValue>,
        this: &'a IcingaValue,
    ) -> IcingaScope<'a> {
        IcingaScope { constants: &self.constants, local, this, left: &self.left }
    }

    /// The text of an expression that needs only constants.
    pub(super) fn constant(&self, expression: &Expression) -> Option<String> {
        self.scope(&IndexMap::new(), &IcingaValue::Null).value(expression).text()
    }

    /// An object or template by its type and name.
    pub(super) fn named(&self, of: &str, name: &str) -> Option<&FiledDefinition> {
        self.templates.get(&(of.to_owned(), name.to_owned())).map(|at| &self.definitions[*at])
    }

    /// Evaluates the body of a definition. `local` are the names of the host and of a loop.
    pub(super) fn evaluate(
        &self,
        filed: &FiledDefinition,
        local: &IndexMap<String, IcingaValue>,
    ) -> EvaluatedBody {
        let mut body = EvaluatedBody::default();
        body.values.map_mut();
        self.run(filed, &filed.definition.body, local, &mut body, 0);
        body
    }

    fn run(
        &self,
        filed: &FiledDefinition,
        statements: &[PlacedStatement],
        local: &IndexMap<String, IcingaValue>,
        body: &mut EvaluatedBody,
        depth: usize,
    ) {
        for (line, statement) in statements {
            let place = || DefinitionPlace { file: Rc::clone(&filed.file), line: *line };
            let value = |expression: &Expression, body: &EvaluatedBody| {
                self.scope(local, &body.values).value(expression)
            };
            match statement {
                Statement::Import(name) => {
                    let Some(name) = value(name, body).text() else {
                        body.unclear
                            .push((place(), "the name of the template is not known".to_owned()));
                        continue;
                    };
                    match self.named(&filed.definition.of, &name) {
                        Some(template) if depth < DEEPEST.0 && body.imports < DEEPEST.1 => {
                            body.imports += 1;
                            self.run(template, &template.definition.body, local, body, depth + 1);
                        }
                        Some(_) => {
                            body.unclear.push((
                                place(),
                                "templates import each other in a circle, or there are too many"
                                    .to_owned(),
                            ));
                        }
                        None if LIBRARY.contains(&name.as_str()) => {}
                        None => body.missing.push((
                            place(),
                            format!("the template \"{name}\" is in none of the files; name its file, too"),
                        )),
                    }
                }
                Statement::Set { path, adds, value: expression } => {
                    let keys: Option<Vec<String>> =
                        path.iter().map(|key| value(key, body).text()).collect();
                    let new = value(expression, body);
                    match keys {
                        Some(keys) => set(&mut body.values, &keys, *adds, new),
                        None => body.unclear.push((place(), "a key is not known".to_owned())),
                    }
                }
                Statement::Assign(condition) => match value(condition, body).truth() {
                    Ok(truth) => body.assigned = Some(body.assigned.unwrap_or_default() || truth),
                    Err(what) => body
                        .unclear
                        .push((place(), format!("the condition has {what}, which is not known"))),
                },
                Statement::Ignore(condition) => match value(condition, body).truth() {
                    Ok(truth) => body.ignored |= truth,
                    Err(what) => body
                        .unclear
                        .push((place(), format!("the condition has {what}, which is not known"))),
                },
                Statement::If(condition, then, otherwise) => match value(condition, body).truth() {
                    Ok(truth) => {
                        let chosen = if truth { then } else { otherwise };
                        self.run(filed, chosen, local, body, depth + 1);
                    }
                    Err(what) => body
                        .unclear
                        .push((place(), format!("the condition has {what}, which is not known"))),
                },
                Statement::Other(what) => {
                    body.unclear.push((place(), format!("only Icinga can run {what}")));
                }
            }
        }
    }
}

/// Sets a value at a path.
fn set(values: &mut IcingaValue, keys: &[String], adds: bool, new: IcingaValue) {
    let Some((last, before)) = keys.split_last() else { return };
    let mut map = values.map_mut();
    for key in before {
        map = map.entry(key.clone()).or_default().map_mut();
    }
    let old = map.entry(last.clone()).or_default();
    *old = if adds { std::mem::take(old).plus(new) } else { new };
}
