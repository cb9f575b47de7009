//! Queries over secrets that a program builds without knowing the rules of the linter. Those that pass run on two servers
//! that differ in nothing but the secrets; a different answer is a leak.
//!
//! The secrets agree in whatever a comparison with one of the constants in the grammar can show: length, beginning and
//! end. So only a value that is not a constant can distinguish them: another row, an argument, an order, a group.

use std::path::Path;

use posemo::tempserver::ServerOptions;

use super::{Case, lint_cases};
use crate::server::{Person, Server};

/// Queries for each server.
const QUERIES: usize = 100;

/// Arguments of the calls: `minimum` and `word`.
const CALLS: [(i64, &str); 3] = [(1, "a"), (12, "7"), (10, "md5")];

/// How deep expressions are nested at most.
const DEPTH: usize = 3;

/// Builds queries; the numbers come from a linear congruential generator, so that each run builds the same.
struct Grammar(u64);

impl Grammar {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit as u64).unwrap()
    }

    fn pick(&mut self, forms: &[&'static str], depth: u32) -> String {
        let form = forms[self.below(forms.len())];
        self.fill(form, depth)
    }

    /// Replaces each letter in braces: `{S}` a text with a secret in it, `{T}` a text, `{N}` a number, `{B}` a condition.
    fn fill(&mut self, form: &str, depth: u32) -> String {
        let mut text = String::new();
        let mut rest = form;
        while let Some((before, after)) = rest.split_once('{') {
            let (letter, after) = after.split_once('}').unwrap();
            text.push_str(before);
            text.push_str(&self.part(letter, depth));
            rest = after;
        }
        text + rest
    }

    fn part(&mut self, letter: &str, depth: u32) -> String {
        let leaf = depth == 0;
        let depth = depth.saturating_sub(1);
        let forms: &[&str] = match letter {
            "S" if leaf => &["a.rolpassword"],
            "S" => &[
                "a.rolpassword",
                "left({S}, {N})",
                "right({S}, {N})",
                "substr({S}, {N}, {N})",
                "split_part({S}, '$', {N})",
                "lower({S})",
                "reverse({S})",
                "coalesce({S}, {T})",
                "nullif({S}, {T})",
                "({S} || {T})",
                "({T} || {S})",
                "CASE WHEN {B} THEN {S} ELSE {T} END",
                "(ARRAY[{S}, {T}])[{N}]",
                "greatest({S}, {T})",
                "(SELECT {S})",
                "(SELECT {S} WHERE {B})",
                "concat({S}, {T})",
                "({S} COLLATE \"C\")",
            ],
            "T" if leaf => &["'md5'", "'a'", "'x'", "CAST(a.rolname AS text)", "b.v", "word"],
            "T" => &[
                "'md5'",
                "'0'",
                "CAST(a.rolname AS text)",
                "b.v",
                "word",
                "lower({T})",
                "({T} || {T})",
                "left({T}, {N})",
                "(SELECT {T})",
                "coalesce({T}, {T})",
                "(ARRAY['a', 'f', '7'])[{N}]",
                "CASE WHEN {B} THEN {T} ELSE {T} END",
                "(SELECT max(s.v) FROM {third} AS s (n, v) WHERE s.n > {N})",
            ],
            "N" if leaf => &["1", "3", "35", "b.n", "CAST(minimum AS integer)"],
            "N" => &[
                "1",
                "3",
                "35",
                "b.n",
                "CAST(minimum AS integer)",
                "length({S})",
                "ascii({S})",
                "length({T})",
                "a.rolconnlimit",
                "CASE WHEN {B} THEN 1 ELSE 3 END",
            ],
            "B" if leaf => &[
                "a.rolcanlogin",
                "a.rolpassword IS NULL",
                "a.rolpassword LIKE 'md5%'",
                "minimum = 1",
            ],
            "B" => &[
                "{S} = {T}",
                "{S} < {T}",
                "{S} LIKE {T} || '%'",
                "{S} <> {S}",
                "{S} IS NULL",
                "({B} AND {B})",
                "(NOT {B})",
                "({B} OR {B})",
                "{S} IN ({T}, {T})",
                "{S} = ANY (ARRAY[{T}, 'x'])",
                "{S} ~ {T}",
                "starts_with({S}, {T})",
                "{S} IN (SELECT s.v FROM {third} AS s (n, v))",
                "ROW({S}, 1) < ROW({T}, 2)",
                "{S} IS DISTINCT FROM {T}",
                "EXISTS (SELECT FROM {third} AS b (n, v) WHERE {B})",
                "{N} = {N}",
                "{N} > {N}",
                "{T} = word",
                "a.rolname < {T}",
                "regexp_match({S}, {T}) IS NULL",
                "strpos({S}, {T}) = {N}",
            ],
            "third" => &[
                "(SELECT g, chr(g + 47) FROM generate_series(1, 40, 3) AS g)",
                "(VALUES (12, 'a'), (20, 'f'), (3, '7'))",
                "(SELECT relnatts::integer, relname::text FROM pg_class WHERE oid BETWEEN 1247 AND 1262)",
                "(SELECT oid::integer % 40, rolpassword FROM pg_authid)",
                "(SELECT 9 + n, substr('0123456789abcdef', n, 1) FROM unnest(ARRAY[1, 5, 9, 13, 16]) AS n)",
                "(SELECT attnum::integer, attname::text FROM pg_attribute WHERE attnum > 0 AND attrelid = 1259)",
                "(SELECT row_number() OVER ()::integer, rolname::text FROM pg_roles)",
            ],
            "from" => &[
                "pg_authid AS a, {third} AS b (n, v)",
                "pg_authid AS a JOIN {third} AS b (n, v) ON {B}",
                "{third} AS b (n, v) LEFT JOIN pg_authid AS a ON {B}",
                "(SELECT DISTINCT * FROM pg_authid) AS a, {third} AS b (n, v)",
                "(SELECT * FROM pg_authid ORDER BY rolpassword LIMIT 3) AS a, {third} AS b (n, v)",
                "(SELECT * FROM pg_authid ORDER BY rolname LIMIT 12) AS a, {third} AS b (n, v)",
                "pg_authid AS a, LATERAL (SELECT {N}, {S}) AS b (n, v)",
                "pg_authid AS a, LATERAL (SELECT {N}, {T} FROM (SELECT 1, '') AS b (n, v)) AS b (n, v)",
                "p AS a, (SELECT oid::integer % 40, rolpassword FROM p) AS b (n, v)",
                "(SELECT c.*, lag(c.rolpassword) OVER (ORDER BY c.rolname) AS before FROM pg_authid AS c) AS a, {third} AS b (n, v)",
            ],
            "x" => &[
                "CAST(count(*) AS text)",
                "CAST(count(DISTINCT {S}) AS text)",
                "CAST(count({S}) AS text)",
                "string_agg({T}, ',' ORDER BY {S}, {T})",
                "string_agg({T}, ',' ORDER BY {T}, {N})",
                "max({T})",
                "CAST(max({N}) AS text)",
                "CAST(bool_or({B}) AS text)",
                "CAST(count(*) FILTER (WHERE {B}) AS text)",
                "max(CASE WHEN {B} THEN {T} ELSE 'no' END)",
                "CAST(sum({N}) AS text)",
                "max({S})",
            ],
            "row" => &[
                "{T}",
                "CAST(rank() OVER (ORDER BY {S}) AS text)",
                "CAST(count(*) OVER (PARTITION BY {S}) AS text)",
                "CASE WHEN {B} THEN {T} ELSE {T} END",
                "CAST(a.rolname AS text)",
                "CAST({B} AS text)",
                "CAST({N} AS text)",
                "{S}",
            ],
            "query" => &[
                "SELECT {x} AS x FROM {from} WHERE {B}",
                "SELECT {x} AS x FROM {from}",
                "SELECT {row} AS x FROM {from} WHERE {B}",
                "SELECT {x} AS x FROM {from} GROUP BY {S}",
                "SELECT {x} AS x FROM {from} GROUP BY a.rolname HAVING {x} <> 'x'",
                "SELECT CAST(count(*) AS text) AS x FROM (SELECT {S} FROM {from} INTERSECT SELECT {T} FROM {from}) AS s",
                "SELECT CAST(count(*) AS text) AS x FROM (SELECT DISTINCT {row} FROM {from}) AS s",
                "SELECT {row} AS x FROM {from} WHERE {B} LIMIT {N}",
                "SELECT CAST(count(*) AS text) AS x FROM (SELECT {S} AS v FROM {from} UNION SELECT {T} FROM {from}) AS s",
            ],
            _ => unreachable!("{letter}"),
        };
        self.pick(forms, depth)
    }

    fn query(&mut self) -> String {
        let depth = 1 + u32::try_from(self.below(DEPTH)).unwrap();
        let query = self.part("query", depth);
        if query.contains("p AS a") {
            format!("WITH p AS (SELECT * FROM pg_authid) {query}")
        } else {
            query
        }
    }
}

/// A server with twelve roles; `middle` is the part of a verifier in which the servers differ.
fn server(bindir: &Path, middle: impl Fn(u32) -> u32) -> Server {
    let server = Server::start(&ServerOptions {
        bindir: Some(bindir.to_owned()),
        ..ServerOptions::default()
    });
    server.superuser("postgres", "CREATE DATABASE app");
    for number in 0..12 {
        let verifier =
            format!("md501234567{:016x}77777777", u64::from(middle(number)) * 0x0101_0307_0b0d);
        server.superuser(
            "postgres",
            &format!("SET client_min_messages = error; CREATE ROLE role_{number} LOGIN PASSWORD '{verifier}'"),
        );
    }
    server
}

/// The answers to a query, sorted; an error is one too.
fn answers(person: &Person, query: &str) -> Vec<Result<Vec<String>, String>> {
    let call = |(minimum, word): (i64, &str)| {
        let sql = format!(
            "SELECT q.x FROM (SELECT {minimum}::bigint AS minimum, '{word}'::text AS word) AS args, LATERAL ({query}) AS q (x)"
        );
        let mut rows = person.ask(&sql)?;
        rows.sort_unstable();
        Ok(rows)
    };
    CALLS.into_iter().map(call).collect()
}

fn timed_out(answers: &[Result<Vec<String>, String>]) -> bool {
    answers
        .iter()
        .filter_map(|answer| answer.as_ref().err())
        .any(|error| error.contains("57014") || error.contains("timeout"))
}

/// Builds other queries for each major version.
pub(super) fn suite(bindir: &Path, major: u32) {
    // On the first server roles share a verifier, and the order is another one.
    let (one, two) =
        (server(bindir, |number| number / 2 + 3), server(bindir, |number| 40 - number));
    let mut grammar = Grammar(u64::from(major));
    let queries: Vec<&'static str> = (0..QUERIES).map(|_| &*grammar.query().leak()).collect();
    let cases: Vec<Case> = queries
        .iter()
        .map(|query| Case { owner: "authid", sql_type: "text", query, since: 12 })
        .collect();
    let people = [&one, &two].map(|server| server.session("postgres", "app"));
    for person in &people {
        person.ask("SET statement_timeout = '1s'").unwrap();
    }
    let (mut passed, mut refused, mut rightly) = (0, 0, 0);
    for (case, found) in lint_cases(&one, &cases.iter().collect::<Vec<_>>()) {
        if found.iter().any(|refusal| !refusal.rule.starts_with("secret_")) {
            continue;
        }
        let [first, second] = people.each_ref().map(|person| answers(person, case.query));
        // Errors of the query itself, and joins that take long.
        if first.iter().chain(&second).all(Result::is_err)
            || timed_out(&first)
            || timed_out(&second)
        {
            continue;
        }
        if found.is_empty() {
            passed += 1;
            assert_eq!(first, second, "this query reveals a secret:\n{}", case.query);
        } else {
            refused += 1;
            rightly += usize::from(first != second);
        }
    }
    let counts = format!("{passed} passed; {refused} refused, {rightly} of them reveal a secret");
    assert!(passed > QUERIES / 20 && rightly > QUERIES / 20, "PostgreSQL {major}: {counts}");
}
