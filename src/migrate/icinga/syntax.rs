//! Reads the expressions of Icinga's configuration.

use std::rc::Rc;

use super::tokens::{Placed, Token};
use super::value::IcingaValue;

/// The deepest expression or block.
const DEEPEST: usize = 60;

/// The most operators, parts after points and brackets within each other.
const HIGHEST: usize = 150;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Value(IcingaValue),
    Name(String),
    List(Vec<Expression>),
    /// Keys with their paths, whether they are added to, and values.
    Map(Vec<(Vec<Expression>, bool, Expression)>),
    Index(Box<Expression>, Box<Expression>),
    Call(Box<Expression>, Vec<Expression>),
    Not(Box<Expression>),
    Minus(Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// The condition, and the values with and without it.
    If(Box<Expression>, Box<Expression>, Box<Expression>),
    /// A function: its parameters, the names in `use`, and its body.
    Function(Rc<[String]>, Vec<String>, Rc<[Placed]>),
}

/// What is wrong, and where.
pub(super) type SyntaxError = (usize, String);

/// Reads tokens.
#[derive(Debug)]
pub(super) struct SyntaxReader<'t> {
    pub(super) tokens: &'t [Placed],
    pub(super) at: usize,
    depth: usize,
    /// The number of expressions within each other in the one that was read last.
    height: usize,
}

impl<'t> SyntaxReader<'t> {
    pub(super) fn new(tokens: &'t [Placed]) -> SyntaxReader<'t> {
        SyntaxReader { tokens, at: 0, depth: 0, height: 0 }
    }

    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    pub(super) fn line(&self) -> usize {
        let last = self.tokens.last();
        self.tokens.get(self.at).or(last).map_or(1, |(_, line)| *line)
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(found)) if found == name)
    }

    pub(super) fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.take(sign) { Ok(()) } else { Err(self.error(&format!("\"{sign}\" is missing"))) }
    }

    pub(super) fn error(&self, message: &str) -> SyntaxError {
        (self.line(), message.to_owned())
    }

    pub(super) fn skip_ends(&mut self) {
        while self.peek() == Some(&Token::End) {
            self.at += 1;
        }
    }

    /// Enters a block or an expression in brackets.
    pub(super) fn enter(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("more than 60 brackets within each other"));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Notes that an expression contains one of this height and the one that was read last.
    fn above(&mut self, height: usize) -> Result<(), SyntaxError> {
        self.height = 1 + height.max(self.height);
        if self.height > HIGHEST {
            return Err(self.error("more than 150 operators and brackets within each other"));
        }
        Ok(())
    }

    /// Skips up to the end of the line, or of a block that begins in it. Returns whether a definition was in it.
    pub(super) fn skip_statement(&mut self) -> bool {
        let mut depth = 0_usize;
        let mut defines = false;
        while let Some(token) = self.peek() {
            match token {
                Token::Sign("{" | "(" | "[" | "{{") => depth += 1,
                Token::Sign("}" | ")" | "]" | "}}") | Token::End if depth == 0 => break,
                Token::Sign("}" | ")" | "]" | "}}") => depth -= 1,
                Token::Name(name) => defines |= name == "object" || name == "apply",
                _ => {}
            }
            self.at += 1;
        }
        defines
    }

    pub(super) fn expression(&mut self) -> Result<Expression, SyntaxError> {
        self.enter()?;
        let mut result = self.binary(0)?;
        if self.take("?") {
            let height = self.height;
            self.skip_ends();
            let then = self.expression()?;
            self.above(height)?;
            let height = self.height;
            self.skip_ends();
            self.expect(":")?;
            self.skip_ends();
            let otherwise = self.expression()?;
            self.above(height)?;
            result = Expression::If(Box::new(result), Box::new(then), Box::new(otherwise));
        }
        self.leave();
        Ok(result)
    }

    /// `if (CONDITION) { VALUE } else { VALUE }` in the place of a value.
    fn chosen(&mut self) -> Result<Expression, SyntaxError> {
        self.enter()?;
        let condition = self.bracketed()?;
        let mut height = self.height;
        let then = self.braced()?;
        let mut otherwise = Expression::Value(IcingaValue::Null);
        if self.take_name("else") {
            height = height.max(self.height);
            self.skip_ends();
            otherwise = if self.take_name("if") { self.chosen()? } else { self.braced()? };
        }
        self.above(height)?;
        self.leave();
        Ok(Expression::If(Box::new(condition), Box::new(then), Box::new(otherwise)))
    }

    /// `(CONDITION)`, and what is before the block after it.
    pub(super) fn bracketed(&mut self) -> Result<Expression, SyntaxError> {
        self.expect("(")?;
        self.skip_ends();
        let condition = self.expression()?;
        self.skip_ends();
        self.expect(")")?;
        self.skip_ends();
        Ok(condition)
    }

    fn braced(&mut self) -> Result<Expression, SyntaxError> {
        self.expect("{")?;
        self.skip_ends();
        let value = self.expression()?;
        self.skip_ends();
        self.expect("}")?;
        Ok(value)
    }

    fn operator(&self) -> Option<(&'static str, u8)> {
        let sign = match self.peek()? {
            Token::Sign(sign) => *sign,
            Token::Name(name) if name == "in" => "in",
            _ => return None,
        };
        let strength = match sign {
            "||" => 1,
            "&&" => 2,
            "in" | "!in" => 4,
            "==" | "!=" => 3,
            "<" | ">" | "<=" | ">=" => 5,
            "+" | "-" => 6,
            "*" | "/" | "%" => 7,
            _ => return None,
        };
        Some((sign, strength))
    }

    fn binary(&mut self, least: u8) -> Result<Expression, SyntaxError> {
        let mut left = self.unary()?;
        while let Some((sign, strength)) = self.operator().filter(|(_, strength)| *strength > least)
        {
            self.at += 1;
            let height = self.height;
            self.skip_ends();
            let right = self.binary(strength)?;
            self.above(height)?;
            left = Expression::Binary(sign, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, SyntaxError> {
        self.enter()?;
        let result = if self.take("!") {
            Ok(Expression::Not(Box::new(self.unary()?)))
        } else if self.take("-") {
            Ok(Expression::Minus(Box::new(self.unary()?)))
        } else {
            self.postfix()
        };
        self.leave();
        result
    }

    fn postfix(&mut self) -> Result<Expression, SyntaxError> {
        let mut found = self.primary()?;
        loop {
            let height = self.height;
            if self.take(".") {
                let Some(Token::Name(name)) = self.peek() else {
                    return Err(self.error("after a point a name follows"));
                };
                self.at += 1;
                let name = Expression::Value(IcingaValue::Text(name.clone()));
                found = Expression::Index(Box::new(found), Box::new(name));
            } else if self.take("[") {
                let index = self.expression()?;
                self.expect("]")?;
                found = Expression::Index(Box::new(found), Box::new(index));
            } else if self.take("(") {
                found = Expression::Call(Box::new(found), self.list(")")?);
            } else {
                return Ok(found);
            }
            self.above(height)?;
        }
    }

    fn primary(&mut self) -> Result<Expression, SyntaxError> {
        let Some(token) = self.peek() else { return Err(self.error("a value is missing")) };
        self.height = 1;
        if self.begins_function() {
            return self.function();
        }
        self.at += 1;
        let value = match token {
            Token::Text(text) => IcingaValue::Text(text.clone()),
            Token::Number(number) => IcingaValue::Number(*number),
            Token::Name(name) => match name.as_str() {
                "true" => IcingaValue::Bool(true),
                "false" => IcingaValue::Bool(false),
                "null" => IcingaValue::Null,
                "if" => return self.chosen(),
                _ => return Ok(Expression::Name(name.clone())),
            },
            Token::Sign("(") => {
                self.skip_ends();
                let inner = self.expression()?;
                self.skip_ends();
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => return Ok(Expression::List(self.list("]")?)),
            Token::Sign("{") => return Ok(Expression::Map(self.map()?)),
            Token::Sign(_) | Token::End => {
                self.at -= 1;
                return Err(self.error("a value is missing"));
            }
        };
        Ok(Expression::Value(value))
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expression>, SyntaxError> {
        let mut items = Vec::new();
        let mut height = 0;
        loop {
            self.skip_ends();
            if self.take(end) {
                self.height = 0;
                self.above(height)?;
                return Ok(items);
            }
            items.push(self.expression()?);
            height = height.max(self.height);
            self.skip_ends();
            if !self.take(",") && !self.is(end) {
                return Err(self.error(&format!("\"{end}\" is missing")));
            }
        }
    }

    fn map(&mut self) -> Result<Vec<(Vec<Expression>, bool, Expression)>, SyntaxError> {
        let mut entries = Vec::new();
        let mut height = 0;
        loop {
            while self.peek() == Some(&Token::End) || self.is(",") {
                self.at += 1;
            }
            if self.take("}") {
                self.height = 0;
                self.above(height)?;
                return Ok(entries);
            }
            let Some(Token::Name(key) | Token::Text(key)) = self.peek() else {
                return Err(self.error("a key of the dictionary is missing"));
            };
            self.at += 1;
            let text = |text: &String| Expression::Value(IcingaValue::Text(text.clone()));
            let mut path = vec![text(key)];
            loop {
                if self.take(".") {
                    let Some(Token::Name(name)) = self.peek() else {
                        return Err(self.error("after a point a name follows"));
                    };
                    path.push(text(name));
                    self.at += 1;
                } else if self.take("[") {
                    path.push(self.expression()?);
                    self.expect("]")?;
                } else {
                    break;
                }
                if path.len() > DEEPEST {
                    return Err(self.error("more than 60 parts of a name"));
                }
            }
            let adds = self.is("+=");
            if !self.take("=") && !self.take("+=") {
                return Err(self.error("after a key of a dictionary \"=\" follows"));
            }
            self.skip_ends();
            entries.push((path, adds, self.expression()?));
            height = height.max(self.height);
        }
    }
}
