//! Reads the functions in Icinga's configuration: `{{ }}`, `function(NAMES) { }` and `NAMES => VALUE`.

use std::rc::Rc;

use super::syntax::{Expression, SyntaxError, SyntaxReader};
use super::tokens::{Placed, Token};

impl SyntaxReader<'_> {
    /// Whether a function begins here.
    pub(super) fn begins_function(&self) -> bool {
        let sign = |at: usize, sign: &str| matches!(self.tokens.get(at), Some((Token::Sign(found), _)) if *found == sign);
        let name = |at: usize, name: &str| matches!(self.tokens.get(at), Some((Token::Name(found), _)) if found == name);
        match self.peek() {
            Some(Token::Sign("{{")) => true,
            Some(Token::Name(one)) if one == "function" => true,
            Some(Token::Name(_)) => sign(self.at + 1, "=>"),
            // `(NAMES) =>`: a list of names does not contain other signs.
            Some(Token::Sign("(")) => {
                let is_part = |token: &Token| matches!(token, Token::Name(_) | Token::Sign(","));
                let more = self.tokens[self.at + 1..].iter();
                let end = self.at + 1 + more.take_while(|(token, _)| is_part(token)).count();
                sign(end, ")") && (sign(end + 1, "=>") || name(end + 1, "use"))
            }
            _ => false,
        }
    }

    /// A function without a name.
    pub(super) fn function(&mut self) -> Result<Expression, SyntaxError> {
        if self.is("{{") {
            let body = self.between("{{", "}}")?;
            return Ok(Expression::Function([].into(), Vec::new(), body));
        }
        let is_word = self.take_name("function");
        self.function_after_name(is_word)
    }

    /// `function NAME(NAMES) { }`.
    pub(super) fn named_function(&mut self) -> Result<(String, Expression), SyntaxError> {
        self.take_name("function");
        let Some(Token::Name(name)) = self.peek() else {
            return Err(self.error("the name of the function is missing"));
        };
        let name = name.clone();
        self.advance();
        Ok((name, self.function_after_name(true)?))
    }

    /// The parameters, the names in `use`, and the body.
    fn function_after_name(&mut self, is_word: bool) -> Result<Expression, SyntaxError> {
        let parameters = match self.peek() {
            Some(Token::Name(name)) => {
                self.advance();
                vec![name.clone()]
            }
            _ => self.names()?,
        };
        let captured = if self.take_name("use") { self.names()? } else { Vec::new() };
        if !is_word {
            self.expect("=>")?;
        }
        self.skip_ends();
        let body = if self.is("{") {
            self.between("{", "}")?
        } else {
            let begun = self.at;
            self.expression()?;
            self.tokens[begun..self.at].into()
        };
        Ok(Expression::Function(parameters.into(), captured, body))
    }

    /// `(NAME, NAME)`.
    fn names(&mut self) -> Result<Vec<String>, SyntaxError> {
        self.expect("(")?;
        let mut names = Vec::new();
        loop {
            self.skip_ends();
            if self.take(")") {
                return Ok(names);
            }
            let Some(Token::Name(name)) = self.peek() else {
                return Err(self.error("a name is missing"));
            };
            names.push(name.clone());
            self.advance();
            self.skip_ends();
            if !self.take(",") && !self.is(")") {
                return Err(self.error("\")\" is missing"));
            }
        }
    }

    /// What is between two signs, with others of them in it.
    fn between(&mut self, start: &str, end: &str) -> Result<Rc<[Placed]>, SyntaxError> {
        let line = self.line();
        self.expect(start)?;
        let begun = self.at;
        let mut depth = 1_usize;
        while self.peek().is_some() {
            depth += usize::from(self.is(start));
            depth -= usize::from(self.is(end));
            self.advance();
            if depth == 0 {
                return Ok(self.tokens[begun..self.at - 1].into());
            }
        }
        Err((line, format!("the function has no end; add {end}")))
    }
}
