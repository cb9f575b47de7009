//! Connection strings: `key=value` pairs with quoting, and URIs, read as libpq reads them.
//!
//! It does not know which keywords exist, and no error repeats more of a string than a keyword.

use super::error::ParametersError;

/// Keywords and their values, in the order written.
pub(crate) type Pairs = Vec<(String, String)>;

/// Whether a `dbname` is more than a name.
pub(crate) fn is_connection_string(text: &str) -> bool {
    after_scheme(text).is_some() || text.contains('=')
}

/// The pairs of a connection string of either form.
pub(crate) fn parse(text: &str) -> Result<Pairs, ParametersError> {
    match after_scheme(text) {
        Some(rest) => parse_uri(rest).map_err(ParametersError::Uri),
        None => parse_pairs(text).map_err(ParametersError::Conninfo),
    }
}

fn after_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://"))
}

fn parse_pairs(text: &str) -> Result<Pairs, String> {
    let mut pairs = Pairs::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (keyword, tail) = rest.split_at(end);
        let Some(tail) = tail.trim_start().strip_prefix('=') else {
            // The word may be a piece of an unquoted password, so only its position is reported.
            let place = text.len() - rest.len() + 1;
            return Err(format!(
                "the word at character {place} is not followed by \"=\"; write values with blanks in single quotes"
            ));
        };
        let (value, tail) = value(tail.trim_start(), keyword)?;
        pairs.push((keyword.to_owned(), value));
        rest = tail.trim_start();
    }
    Ok(pairs)
}

/// One value, plain or quoted, and the rest of the text.
fn value<'a>(text: &'a str, keyword: &str) -> Result<(String, &'a str), String> {
    let quoted = text.starts_with('\'');
    let text = if quoted { &text[1..] } else { text };
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            _ if !quoted && letter.is_ascii_whitespace() => return Ok((value, &text[at..])),
            _ => value.push(letter),
        }
    }
    if quoted {
        return Err(format!("the quoted value of {keyword} has no closing quote"));
    }
    Ok((value, ""))
}

fn parse_uri(rest: &str) -> Result<Pairs, String> {
    let mut pairs = Pairs::new();
    let mut put = |keyword: &str, value: &str| -> Result<(), String> {
        if !value.is_empty() {
            pairs.push((keyword.to_owned(), decode(value)?));
        }
        Ok(())
    };
    let credentials = rest.find(['@', '/']).filter(|at| rest[*at..].starts_with('@'));
    let mut rest = rest;
    if let Some(at) = credentials {
        let (user, password) = rest[..at].split_once(':').unwrap_or((&rest[..at], ""));
        put("user", user)?;
        put("password", password)?;
        rest = &rest[at + 1..];
    }
    let (hosts, ports, rest) = netlocs(rest)?;
    put("host", &hosts)?;
    put("port", &ports)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    put("dbname", path.strip_prefix('/').unwrap_or(path))?;
    parse_query(query, &mut pairs)?;
    Ok(pairs)
}

/// The hosts and the ports, each joined by commas, and the rest of the text.
fn netlocs(mut rest: &str) -> Result<(String, String, &str), String> {
    let (mut hosts, mut ports) = (String::new(), String::new());
    loop {
        let host;
        if let Some(inside) = rest.strip_prefix('[') {
            let end = inside.find(']').ok_or("an IPv6 address has no closing \"]\"")?;
            if end == 0 {
                return Err("an IPv6 address in brackets is empty".to_owned());
            }
            (host, rest) = (&inside[..end], &inside[end + 1..]);
            if !(rest.is_empty() || rest.starts_with([':', '/', '?', ','])) {
                return Err(
                    "after the \"]\" of an IPv6 address \":\" or \"/\" must follow".to_owned()
                );
            }
        } else {
            (host, rest) = rest.split_at(rest.find([':', '/', '?', ',']).unwrap_or(rest.len()));
        }
        hosts.push_str(host);
        if let Some(tail) = rest.strip_prefix(':') {
            let (port, tail) = tail.split_at(tail.find(['/', '?', ',']).unwrap_or(tail.len()));
            ports.push_str(port);
            rest = tail;
        }
        let Some(tail) = rest.strip_prefix(',') else { return Ok((hosts, ports, rest)) };
        hosts.push(',');
        ports.push(',');
        rest = tail;
    }
}

fn parse_query(query: &str, pairs: &mut Pairs) -> Result<(), String> {
    for part in query.split('&').filter(|_| !query.is_empty()) {
        let Some((keyword, value)) = part.split_once('=') else {
            return Err("a query parameter has no \"=\"".to_owned());
        };
        let keyword = decode(keyword)?;
        if value.contains('=') {
            return Err(format!(
                "the query parameter {keyword} has a second \"=\"; write it as %3D"
            ));
        }
        let value = decode(value)?;
        let pair = match (keyword.as_str(), value.as_str()) {
            // The spelling of JDBC, as in libpq.
            ("ssl", "true") => ("sslmode".to_owned(), "require".to_owned()),
            _ => (keyword, value),
        };
        pairs.push(pair);
    }
    Ok(())
}

fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            None => return Err("a \"%\" is not followed by two hexadecimal digits".to_owned()),
            Some(0) => return Err("%00 is not allowed".to_owned()),
            Some(byte) => bytes.push(byte),
        }
        rest = &tail[2..];
    }
    String::from_utf8(bytes).map_err(|_| "a percent-encoded value is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        match parse(text) {
            Ok(pairs) => {
                pairs.iter().map(|(k, v)| format!("{k}=<{v}>")).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn strings_are_read_as_libpq_reads_them() {
        for (text, expected) in [
            ("host=a port = 5 user='x y'", "host=<a> port=<5> user=<x y>"),
            (r"password='it\'s' dbname=a\ b", "password=<it's> dbname=<a b>"),
            ("host='' ", "host=<>"),
            ("host= port=1", "host=<port=1>"),
            (
                "user='x",
                "cannot read the connection string: the quoted value of user has no closing quote",
            ),
            ("postgres://", ""),
            ("postgresql:///db", "dbname=<db>"),
            (
                "postgresql://u:p%40s@h:1/d?sslmode=require",
                "user=<u> password=<p@s> host=<h> port=<1> dbname=<d> sslmode=<require>",
            ),
            ("postgresql://[::1]:7,b,:9/x", "host=<::1,b,> port=<7,,9> dbname=<x>"),
            ("postgresql://%2Ftmp%2Fs/x", "host=</tmp/s> dbname=<x>"),
            ("postgresql:///x?host=/tmp&ssl=true", "dbname=<x> host=</tmp> sslmode=<require>"),
            (
                "postgresql://h?user=a=b",
                "cannot read the connection URI: the query parameter user has a second \"=\"; write it as %3D",
            ),
            (
                "postgresql://h%zz",
                "cannot read the connection URI: a \"%\" is not followed by two hexadecimal digits",
            ),
            (
                "postgresql://[::1",
                "cannot read the connection URI: an IPv6 address has no closing \"]\"",
            ),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn a_stray_piece_of_a_password_is_not_repeated() {
        assert!(!parsed("password=correct horse battery").contains("horse"));
    }
}
