//! The objects of Icinga 2 with their values: templates are imported, conditions decided.

use std::collections::BTreeMap;
use std::rc::Rc;

use indexmap::IndexMap;

use super::definitions::{
    DefinitionKind, IcingaDefinition, LoopHeader, PlacedStatement, Statement,
};
use super::evaluate::IcingaScope;
use super::statements::read;
use super::syntax::Expression;
use super::tokens::{Token, tokens};
use super::value::IcingaValue;
use super::world::{IcingaWorld, NamedValues};
use crate::migrate::place::DefinitionPlace;
use crate::migrate::source::SourceFile;
use crate::text::mistake::Mistake;

/// The most definitions that loops make.
const MOST_TURNS: usize = 10_000;

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
    pub(super) definition: Rc<IcingaDefinition>,
    /// The names of the loops around it, in this turn.
    local: NamedValues,
}

/// All definitions of the files.
#[derive(Debug)]
pub(super) struct IcingaObjects {
    pub(super) definitions: Vec<FiledDefinition>,
    templates: BTreeMap<(String, String), usize>,
    pub(super) world: IcingaWorld,
    /// Whether an expression asks for a service by its name.
    pub(super) calls_get_service: bool,
}

/// What the body of an object means.
#[derive(Debug, Default)]
pub(super) struct EvaluatedBody {
    /// The values of the object.
    pub(super) values: IcingaValue,
    /// What only Icinga can decide, and its line.
    pub(super) unclear: Vec<(DefinitionPlace, String)>,
    /// Templates that are in none of the files, and their lines.
    pub(super) missing: Vec<(DefinitionPlace, String)>,
    /// The number of templates that were imported.
    imports: usize,
    /// The number of turns of loops.
    turns: usize,
}

impl IcingaObjects {
    /// Reads files.
    pub(super) fn of(files: &[&SourceFile], unclear: &mut Vec<Mistake>) -> IcingaObjects {
        let builtin =
            SourceFile { path: "icinga".into(), name: "icinga".into(), text: BUILTIN.to_owned() };
        let mut objects = IcingaObjects {
            definitions: Vec::new(),
            templates: BTreeMap::new(),
            world: IcingaWorld::new(),
            calls_get_service: false,
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
            let asks = |token: &Token| *token == Token::Name("get_service".to_owned());
            objects.calls_get_service |= tokens.iter().any(|(token, _)| asks(token));
            let content = read(&tokens);
            for (line, message) in content.unclear {
                unclear.push(file.place(line).mistake("", message));
            }
            constants.extend(content.constants);
            let filed = |definition| FiledDefinition {
                file: Rc::clone(&file.name),
                definition: Rc::new(definition),
                local: IndexMap::new(),
            };
            objects.definitions.extend(content.definitions.into_iter().map(filed));
        }
        for (name, value) in &constants {
            let value = objects.scope(&IndexMap::new(), &IcingaValue::Null).value(value);
            objects.world.constants.insert(name.clone(), value);
        }
        objects.unroll(unclear);
        for (at, filed) in objects.definitions.iter().enumerate() {
            let name = objects.name_of(filed);
            if let (Some(name), true) = (name, filed.definition.kind != DefinitionKind::Apply) {
                objects.templates.insert((filed.definition.of.clone(), name), at);
            }
        }
        objects
    }

    /// The names that an expression can use.
    pub(super) fn scope<'a>(
        &'a self,
        local: &'a NamedValues,
        this: &'a IcingaValue,
    ) -> IcingaScope<'a> {
        IcingaScope { world: &self.world, local, this, macros: None }
    }

    /// The name of an object or a template, which needs only constants and the names of loops.
    pub(super) fn name_of(&self, filed: &FiledDefinition) -> Option<String> {
        let name = filed.definition.name.as_ref()?;
        self.scope(&filed.local, &IcingaValue::Null).value(name).text()
    }

    /// Puts a definition for each turn in the place of one in loops.
    fn unroll(&mut self, unclear: &mut Vec<Mistake>) {
        let mut made = 0;
        let mut unrolled = Vec::with_capacity(self.definitions.len());
        for filed in std::mem::take(&mut self.definitions) {
            let mut turns = vec![filed.local.clone()];
            for header in &filed.definition.around {
                let mut next = Vec::new();
                for local in &turns {
                    match self.turns(header, local) {
                        Ok(more) => next.extend(more),
                        Err(what) => {
                            let place = DefinitionPlace {
                                file: Rc::clone(&filed.file),
                                line: filed.definition.line,
                            };
                            let message = format!(
                                "the loop or condition around it has {what}, which is not known; write the definition without it"
                            );
                            unclear.push(place.mistake("", message));
                        }
                    }
                    if made + next.len() > MOST_TURNS {
                        break;
                    }
                }
                turns = next;
            }
            made += if filed.definition.around.is_empty() { 0 } else { turns.len() };
            if made > MOST_TURNS {
                let place = DefinitionPlace { file: filed.file, line: filed.definition.line };
                let message =
                    format!("loops make more than {MOST_TURNS} definitions; name fewer files");
                unclear.push(place.mistake("", message));
                break;
            }
            let of_turn = |local| FiledDefinition { local, ..filed.clone() };
            unrolled.extend(turns.into_iter().map(of_turn));
        }
        self.definitions = unrolled;
    }

    /// The names for each turn of a loop. The error is what is not known.
    pub(super) fn turns(
        &self,
        header: &LoopHeader,
        base: &NamedValues,
    ) -> Result<Vec<NamedValues>, String> {
        let turns = self.scope(base, &IcingaValue::Null).turns(header)?;
        let with_base = |turn| {
            let mut local = base.clone();
            local.extend::<Vec<_>>(turn);
            local
        };
        Ok(turns.into_iter().map(with_base).collect())
    }

    /// An object or template by its type and name.
    pub(super) fn named(&self, of: &str, name: &str) -> Option<&FiledDefinition> {
        self.templates.get(&(of.to_owned(), name.to_owned())).map(|at| &self.definitions[*at])
    }

    /// Whether a rule applies, for the host in `local`; `without` is the answer if it has no `assign where`.
    pub(super) fn applies(
        &self,
        filed: &FiledDefinition,
        local: &NamedValues,
        without: bool,
    ) -> Result<bool, (DefinitionPlace, String)> {
        let mut names = filed.local.clone();
        if !names.is_empty() {
            names.extend(local.clone());
        }
        let names = if names.is_empty() { local } else { &names };
        let scope = self.scope(names, &IcingaValue::Null);
        // One condition that holds decides, also if others are not known.
        let holds = |is_wanted: fn(&Statement) -> Option<&Expression>| {
            let mut known = None;
            for (line, statement) in &filed.definition.body {
                let Some(condition) = is_wanted(statement) else { continue };
                match scope.value(condition).truth() {
                    Ok(true) => return Ok(Some(true)),
                    Ok(false) => known = known.or(Some(Ok(false))),
                    Err(what) => {
                        let place = DefinitionPlace { file: Rc::clone(&filed.file), line: *line };
                        let message = format!(
                            "the condition has {what}, which is not known; write it without this"
                        );
                        known = Some(Err((place, message)));
                    }
                }
            }
            known.transpose()
        };
        let assigned = holds(|statement| match statement {
            Statement::Assign(condition) => Some(condition),
            _ => None,
        });
        if matches!(assigned, Ok(Some(false))) || matches!(assigned, Ok(None)) && !without {
            return Ok(false);
        }
        let ignored = holds(|statement| match statement {
            Statement::Ignore(condition) => Some(condition),
            _ => None,
        });
        match (assigned, ignored) {
            (_, Ok(Some(true))) => Ok(false),
            (Err(unclear), _) | (_, Err(unclear)) => Err(unclear),
            _ => Ok(true),
        }
    }

    /// Evaluates the body of a definition. `local` are the names of the host and of a loop.
    pub(super) fn evaluate(&self, filed: &FiledDefinition, local: &NamedValues) -> EvaluatedBody {
        self.evaluate_with(filed, local, NamedValues::new())
    }

    /// The same for an object that has values before its body.
    pub(super) fn evaluate_with(
        &self,
        filed: &FiledDefinition,
        local: &NamedValues,
        first: NamedValues,
    ) -> EvaluatedBody {
        let mut body = EvaluatedBody::default();
        let values = body.values.map_mut();
        // Each object has it.
        values.insert("vars".to_owned(), IcingaValue::Null);
        values.extend(first);
        let mut names = filed.local.clone();
        names.extend(local.clone());
        self.run(filed, &filed.definition.body, &mut names, &mut body, 0);
        body
    }

    fn run(
        &self,
        filed: &FiledDefinition,
        statements: &[PlacedStatement],
        local: &mut NamedValues,
        body: &mut EvaluatedBody,
        depth: usize,
    ) {
        for (line, statement) in statements {
            let place = || DefinitionPlace { file: Rc::clone(&filed.file), line: *line };
            match statement {
                Statement::Import(name) => {
                    let Some(name) = self.scope(local, &body.values).value(name).text() else {
                        body.unclear.push((
                            place(),
                            "the name of the template is not known; write it".to_owned(),
                        ));
                        continue;
                    };
                    match self.named(&filed.definition.of, &name) {
                        Some(template) if depth < DEEPEST.0 && body.imports < DEEPEST.1 => {
                            body.imports += 1;
                            let list = IcingaValue::List(vec![IcingaValue::Text(name)]);
                            body.values.set(&["templates".to_owned()], true, list);
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
                    let scope = self.scope(local, &body.values);
                    let keys = scope.keys(path);
                    let new = scope.value(expression);
                    match keys {
                        // A name that `var` defined before.
                        Some(keys) if keys.first().is_some_and(|key| local.contains_key(key)) => {
                            IcingaValue::set_in(local, &keys, *adds, new);
                        }
                        Some(keys) => body.values.set(&keys, *adds, new),
                        None => body
                            .unclear
                            .push((place(), "a key is not known; write its name".to_owned())),
                    }
                }
                // Icinga decides them before it evaluates the body.
                Statement::Assign(_) | Statement::Ignore(_) => {}
                Statement::If(condition, then, otherwise) => {
                    match self.scope(local, &body.values).value(condition).truth() {
                        Ok(truth) => {
                            let chosen = if truth { then } else { otherwise };
                            self.run(filed, chosen, local, body, depth + 1);
                        }
                        Err(what) => body.unclear.push((
                            place(),
                            format!("the condition has {what}, which is not known; write it without this"),
                        )),
                    }
                }
                Statement::For(header, inner) => match self.turns(header, local) {
                    Ok(turns) => {
                        for mut turn in turns {
                            body.turns += 1;
                            if body.turns > MOST_TURNS {
                                body.unclear
                                    .push((place(), "the loops have too many turns".to_owned()));
                                return;
                            }
                            self.run(filed, inner, &mut turn, body, depth + 1);
                        }
                    }
                    Err(what) => body.unclear.push((
                        place(),
                        format!("the loop has {what}, which is not known; write the list"),
                    )),
                },
                Statement::Local(name, expression) => {
                    let value = self.scope(local, &body.values).value(expression);
                    local.insert(name.clone(), value);
                }
                Statement::Do(Expression::Call(function, _))
                    if **function == Expression::Name("log".to_owned()) => {}
                Statement::Do(_) | Statement::While(..) | Statement::Return(_) => {
                    let what = "a call of a function, a loop with while, or return";
                    body.unclear.push((
                        place(),
                        format!("only Icinga can run {what}; write the values without it"),
                    ));
                }
                Statement::Other(what) => {
                    body.unclear.push((
                        place(),
                        format!("only Icinga can run {what}; write the values without it"),
                    ));
                }
            }
        }
    }
}
