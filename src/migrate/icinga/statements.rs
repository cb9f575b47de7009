//! Reads the statements of Icinga's configuration: objects, templates, apply rules and constants.

use super::definitions::{
    DefinitionKind, IcingaDefinition, IcingaFile, LoopHeader, PlacedStatement, Statement,
};
use super::syntax::{Expression, SyntaxError, SyntaxReader};
use super::tokens::{Placed, Token};
use super::value::IcingaValue;

/// Reads a whole file. After a mistake, reading continues with the next statement.
pub(super) fn read(tokens: &[Placed]) -> IcingaFile {
    let mut file = IcingaFile::default();
    let mut reader = SyntaxReader::new(tokens);
    loop {
        reader.skip_ends();
        if reader.peek().is_none() {
            return file;
        }
        let line = reader.line();
        if let Err(error) = statement(&mut reader, &mut file) {
            file.unclear.push((error.0.max(line), error.1));
            reader.skip_statement();
            reader.advance();
        }
    }
}

fn statement(reader: &mut SyntaxReader<'_>, file: &mut IcingaFile) -> Result<(), SyntaxError> {
    let line = reader.line();
    let kind = match reader.peek() {
        Some(Token::Name(name)) => match name.as_str() {
            "object" => Some(DefinitionKind::Object),
            "template" => Some(DefinitionKind::Template),
            "apply" => Some(DefinitionKind::Apply),
            _ => None,
        },
        _ => None,
    };
    if let Some(kind) = kind {
        let definition = definition(kind, reader)?;
        file.definitions.push(definition);
        return Ok(());
    }
    if reader.take_name("for") {
        return definitions_in_loop(reader, file);
    }
    if reader.take_name("if") {
        return definitions_in_condition(reader, file);
    }
    if reader.is_name("function") {
        let function = reader.named_function()?;
        file.constants.push(function);
        return Ok(());
    }
    let is_constant = reader.take_name("const") || reader.take_name("var");
    if let Some(Token::Name(name)) = reader.peek() {
        let mut name = name.clone();
        let known =
            ["include", "include_recursive", "include_zones", "library", "using", "namespace"];
        if !is_constant && known.contains(&name.as_str()) {
            reader.skip_statement();
            return Ok(());
        }
        reader.advance();
        if name == "globals"
            && reader.take(".")
            && let Some(Token::Name(inner)) = reader.peek()
        {
            name.clone_from(inner);
            reader.advance();
        }
        if reader.take("=") {
            reader.skip_ends();
            let value = reader.expression()?;
            file.constants.push((name, value));
            return Ok(());
        }
    }
    // Functions and conditions at this place have no effect on what is read, unless they define objects.
    if reader.skip_statement() {
        let message =
            "only Icinga can run the statement around these definitions; write them without it";
        file.unclear.push((line, message.to_owned()));
    }
    if ["}", ")", "]", "}}"].iter().any(|sign| reader.is(sign)) {
        reader.advance();
    }
    Ok(())
}

/// A condition around definitions: a loop with one turn or none.
fn definitions_in_condition(
    reader: &mut SyntaxReader<'_>,
    file: &mut IcingaFile,
) -> Result<(), SyntaxError> {
    let condition = reader.bracketed()?;
    let turns = |then: usize, otherwise: usize| {
        let list = |length| {
            let one = Expression::Value(IcingaValue::Null);
            Box::new(Expression::List(vec![one; length]))
        };
        let condition = Box::new(condition.clone());
        (Vec::new(), Expression::If(condition, list(then), list(otherwise)))
    };
    definitions_in_block(&turns(1, 0), reader, file)?;
    reader.skip_ends();
    if !reader.take_name("else") {
        return Ok(());
    }
    reader.skip_ends();
    let header = turns(0, 1);
    if !reader.take_name("if") {
        return definitions_in_block(&header, reader, file);
    }
    let mut inner = IcingaFile::default();
    reader.enter()?;
    definitions_in_condition(reader, &mut inner)?;
    reader.leave();
    file.add(inner, &header);
    Ok(())
}

/// A loop around definitions.
fn definitions_in_loop(
    reader: &mut SyntaxReader<'_>,
    file: &mut IcingaFile,
) -> Result<(), SyntaxError> {
    let header = loop_header(reader)?;
    reader.skip_ends();
    definitions_in_block(&header, reader, file)
}

fn definitions_in_block(
    header: &LoopHeader,
    reader: &mut SyntaxReader<'_>,
    file: &mut IcingaFile,
) -> Result<(), SyntaxError> {
    reader.expect("{")?;
    reader.enter()?;
    let mut inner = IcingaFile::default();
    loop {
        reader.skip_ends();
        if reader.take("}") {
            break;
        }
        if reader.peek().is_none() {
            return Err(reader.error("the block has no end; add }"));
        }
        statement(reader, &mut inner)?;
    }
    reader.leave();
    file.add(inner, header);
    Ok(())
}

/// `(NAME in LIST)` or `(KEY => VALUE in DICTIONARY)`.
fn loop_header(reader: &mut SyntaxReader<'_>) -> Result<LoopHeader, SyntaxError> {
    reader.expect("(")?;
    let mut names = Vec::new();
    reader.take_name("var");
    while let Some(Token::Name(one)) = reader.peek().filter(|_| !reader.is_name("in")) {
        names.push(one.clone());
        reader.advance();
        if !reader.take("=>") {
            break;
        }
        reader.take_name("var");
    }
    if !reader.take_name("in") {
        return Err(reader.error("\"in\" is missing in the loop"));
    }
    let over = reader.expression()?;
    reader.expect(")")?;
    Ok((names, over))
}

/// The statements of a function. The error is what cannot be read.
pub(super) fn body_of_function(tokens: &[Placed]) -> Result<Vec<PlacedStatement>, SyntaxError> {
    let mut reader = SyntaxReader::new(tokens);
    let mut body = Vec::new();
    loop {
        reader.skip_ends();
        if reader.peek().is_none() {
            return Ok(body);
        }
        let line = reader.line();
        body.push((line, in_body(&mut reader)?));
    }
}

fn definition(
    kind: DefinitionKind,
    reader: &mut SyntaxReader<'_>,
) -> Result<IcingaDefinition, SyntaxError> {
    let line = reader.line();
    reader.advance();
    let Some(Token::Name(of)) = reader.peek() else {
        return Err(reader.error("the type of the object is missing"));
    };
    let of = of.clone();
    reader.advance();
    let mut name = None;
    if !reader.is("{") && !reader.is_name("for") && !reader.is_name("to") {
        name = Some(reader.expression()?);
    }
    let mut each = None;
    loop {
        if reader.take_name("for") {
            each = Some(loop_header(reader)?);
        } else if reader.take_name("to") {
            reader.advance();
        } else if reader.take_name("use") {
            while reader.peek().is_some() && !reader.take(")") {
                reader.advance();
            }
        } else if reader.take_name("ignore_on_error") || reader.take_name("default") {
        } else {
            break;
        }
    }
    reader.skip_ends();
    let body = block(reader)?;
    Ok(IcingaDefinition { kind, of, name, line, each, around: Vec::new(), body })
}

fn block(reader: &mut SyntaxReader<'_>) -> Result<Vec<PlacedStatement>, SyntaxError> {
    reader.expect("{")?;
    reader.enter()?;
    let mut body = Vec::new();
    loop {
        reader.skip_ends();
        if reader.take("}") {
            reader.leave();
            return Ok(body);
        }
        if reader.peek().is_none() {
            return Err(reader.error("the definition has no end; add }"));
        }
        let line = reader.line();
        body.push((line, in_body(reader)?));
    }
}

fn in_body(reader: &mut SyntaxReader<'_>) -> Result<Statement, SyntaxError> {
    if reader.take_name("import") {
        return Ok(Statement::Import(reader.expression()?));
    }
    for (word, assigns) in [("assign", true), ("ignore", false)] {
        if reader.take_name(word) {
            if !reader.take_name("where") {
                return Err(reader.error("\"where\" is missing"));
            }
            reader.skip_ends();
            let condition = reader.expression()?;
            return Ok(if assigns {
                Statement::Assign(condition)
            } else {
                Statement::Ignore(condition)
            });
        }
    }
    if reader.take_name("if") {
        return condition(reader);
    }
    if reader.take_name("for") {
        let header = loop_header(reader)?;
        reader.skip_ends();
        return Ok(Statement::For(header, block(reader)?));
    }
    if reader.take_name("var")
        && let Some(Token::Name(name)) = reader.peek()
    {
        reader.advance();
        reader.expect("=")?;
        reader.skip_ends();
        return Ok(Statement::Local(name.clone(), reader.expression()?));
    }
    if reader.is_name("function") {
        let (name, function) = reader.named_function()?;
        return Ok(Statement::Local(name, function));
    }
    if reader.take_name("while") {
        let condition = reader.bracketed()?;
        return Ok(Statement::While(condition, block(reader)?));
    }
    if reader.take_name("return") {
        let is_empty = matches!(reader.peek(), None | Some(Token::End)) || reader.is("}");
        let value =
            if is_empty { Expression::Value(IcingaValue::Null) } else { reader.expression()? };
        return Ok(Statement::Return(value));
    }
    for word in ["throw", "try", "use", "using", "break", "continue"] {
        if reader.is_name(word) {
            reader.skip_statement();
            return Ok(Statement::Other("a statement with throw, try, using, break or continue"));
        }
    }
    let mut path = Vec::new();
    let whole = reader.expression()?;
    let signs = [("=", ""), ("+=", "+"), ("-=", "-"), ("*=", "*"), ("/=", "/")];
    let Some((sign, operator)) = signs.into_iter().find(|(sign, _)| reader.is(sign)) else {
        return Ok(Statement::Do(whole));
    };
    let mut target = whole.clone();
    while let Expression::Index(of, key) = target {
        path.insert(0, *key);
        target = *of;
    }
    let Expression::Name(name) = target else {
        reader.skip_statement();
        return Ok(Statement::Other("an assignment to something without a name"));
    };
    path.insert(0, Expression::Value(IcingaValue::Text(name)));
    reader.take(sign);
    reader.skip_ends();
    let value = reader.expression()?;
    let adds = operator == "+";
    let value = match operator {
        "" | "+" => value,
        _ => Expression::Binary(operator, Box::new(whole), Box::new(value)),
    };
    Ok(Statement::Set { path, adds, value })
}

fn condition(reader: &mut SyntaxReader<'_>) -> Result<Statement, SyntaxError> {
    let decides = reader.bracketed()?;
    let then = block(reader)?;
    let mut otherwise = Vec::new();
    reader.skip_ends();
    if reader.take_name("else") {
        reader.skip_ends();
        let line = reader.line();
        otherwise = if reader.take_name("if") {
            reader.enter()?;
            let inner = condition(reader)?;
            reader.leave();
            vec![(line, inner)]
        } else {
            block(reader)?
        };
    }
    Ok(Statement::If(decides, then, otherwise))
}
