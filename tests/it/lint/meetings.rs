//! Queries in which a secret meets values that could reveal it: other rows, arguments, the time, an order.

use super::bad::{Row, case};

/// The case, the rule, and a part of the refusal.
pub(crate) const CASES: &[Row] = &[
    // Tables of constants and columns of catalogs take the place of generate_series.
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid AS a JOIN (VALUES ('md5%'), ('SCRAM%')) AS k (pattern) ON a.rolpassword LIKE k.pattern",
        ),
        "secret_spelled",
        "operator ~~",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT string_agg(c, '' ORDER BY i) AS x FROM pg_authid AS a, unnest(ARRAY[1, 2, 3]) AS i, unnest(ARRAY['a', 'b', 'c']) AS c WHERE substr(a.rolpassword, i, 1) = c",
        ),
        "secret_spelled",
        "substr()",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT string_agg(chr(CAST(c.attnum AS integer)), '' ORDER BY i.attnum) AS x FROM pg_authid AS a, pg_attribute AS i, pg_attribute AS c WHERE i.attrelid = 1259 AND c.attrelid = 1259 AND ascii(right(left(a.rolpassword, i.attnum), 1)) = c.attnum",
        ),
        "secret_spelled",
        "left()",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT CAST(p.oid AS bigint) AS x FROM pg_authid AS a JOIN pg_proc AS p ON p.oid = CAST(ascii(a.rolpassword) AS bigint)",
        ),
        "secret_spelled",
        "operator =",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT CAST(c.relname AS text) AS x FROM pg_authid AS a, pg_class AS c WHERE split_part(a.rolpassword, '$', c.relnatts) <> ''",
        ),
        "secret_spelled",
        "split_part()",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(regexp_match(a.rolpassword, '^' || c.relname)) AS x FROM pg_authid AS a, pg_class AS c",
        ),
        "secret_spelled",
        "regexp_match()",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid AS a, unnest(regexp_match(a.rolpassword, '^md5a')) AS m",
        ),
        "secret_returned",
        "unnest(): uses pg_authid.rolpassword as a number of rows",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT CAST(extract(second FROM now()) AS text) AS x FROM pg_authid WHERE left(rolpassword, CAST(extract(second FROM now()) AS integer)) = 'md5'",
        ),
        "secret_spelled",
        "left()",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid AS a, LATERAL (SELECT concat(k.a, k.b) AS v FROM (SELECT (SELECT 'a' WHERE word = '1') AS a, (SELECT 'b' WHERE word = '2') AS b) AS k) AS s WHERE left(a.rolpassword, 1) = s.v",
        ),
        "secret_spelled",
        "operator =",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid AS a LEFT JOIN LATERAL (SELECT left(a.rolpassword, 1) AS c WHERE minimum = 1) AS p ON true LEFT JOIN LATERAL (SELECT right(a.rolpassword, 1) AS c WHERE minimum = 2) AS q ON true WHERE coalesce(p.c, q.c) = 'a'",
        ),
        "secret_spelled",
        "COALESCE",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid AS a WHERE CASE word WHEN '1' THEN left(a.rolpassword, 1) ELSE right(a.rolpassword, 1) END = 'a'",
        ),
        "secret_spelled",
        "operator =",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid AS a WHERE left(a.rolpassword, 1) = (ARRAY['a', 'b', 'c'])[minimum]",
        ),
        "secret_guessed",
        "operator =",
    ),
    // A third column takes the argument to the secret.
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid AS a JOIN pg_class AS c ON a.rolpassword LIKE '%' || c.relname || '%' WHERE c.relname = word",
        ),
        "secret_spelled",
        "operator ~~",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid AS a WHERE a.rolpassword LIKE a.rolname || '%'",
        ),
        "secret_spelled",
        "operator ~~",
    ),
    // Another row with the same secret.
    (
        case(
            "authid",
            "text",
            "SELECT CAST(s.rolname AS text) AS x FROM pg_authid AS s WHERE EXISTS (SELECT FROM pg_authid AS o WHERE o.rolpassword = s.rolpassword AND o.rolname <> s.rolname)",
        ),
        "secret_spelled",
        "operator =",
    ),
    (
        case(
            "authid",
            "bigint",
            "WITH p AS (SELECT rolname, rolpassword FROM pg_authid) SELECT count(*) AS x FROM p AS a, p AS b WHERE a.rolpassword = b.rolname",
        ),
        "secret_spelled",
        "operator =",
    ),
    // Order, groups and sets.
    (
        case("authid", "bigint", "SELECT count(DISTINCT rolpassword) AS x FROM pg_authid"),
        "secret_ordered",
        "uses pg_authid.rolpassword",
    ),
    (
        case("authid", "bigint", "SELECT count(*) AS x FROM pg_authid GROUP BY rolpassword"),
        "secret_ordered",
        "uses pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT CAST(rolname AS text) AS x FROM pg_authid ORDER BY rolpassword",
        ),
        "secret_ordered",
        "uses pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT string_agg(CAST(rolname AS text), ',' ORDER BY reverse(rolpassword)) AS x FROM pg_authid",
        ),
        "secret_ordered",
        "uses pg_authid.rolpassword",
    ),
    (
        case("authid", "bigint", "SELECT rank() OVER (ORDER BY rolpassword) AS x FROM pg_authid"),
        "secret_ordered",
        "uses pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) OVER (PARTITION BY left(rolpassword, 4)) AS x FROM pg_authid",
        ),
        "secret_ordered",
        "uses pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM (SELECT DISTINCT a FROM pg_authid AS a) AS s",
        ),
        "secret_ordered",
        "uses pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM (SELECT rolpassword FROM pg_authid EXCEPT SELECT 'md5' || md5(CAST(relname AS text)) FROM pg_class) AS s",
        ),
        "secret_spelled",
        "UNION, INTERSECT or EXCEPT",
    ),
    (
        case(
            "authid",
            "bigint",
            "WITH RECURSIVE r(p, n) AS (SELECT rolpassword, 1 FROM pg_authid UNION ALL SELECT p, n + 1 FROM r WHERE n < 40) SELECT count(*) AS x FROM r WHERE right(left(p, n), 1) = 'a'",
        ),
        "secret_spelled",
        "left()",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid AS a WHERE ROW(a.rolpassword, 1) > ROW('SCRAM', 0)",
        ),
        "secret_spelled",
        "a comparison of rows",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid AS a JOIN (SELECT CAST(relname AS text) AS rolpassword FROM pg_class) AS c USING (rolpassword)",
        ),
        "secret_spelled",
        "operator =",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) FILTER (WHERE p LIKE 'a%') + count(*) FILTER (WHERE p LIKE 'b%') + count(*) FILTER (WHERE p LIKE 'c%') + count(*) FILTER (WHERE p LIKE 'd%') + count(*) FILTER (WHERE p LIKE 'e%') + count(*) FILTER (WHERE p LIKE 'f%') + count(*) FILTER (WHERE p LIKE '0%') + count(*) FILTER (WHERE p LIKE '1%') + count(*) FILTER (WHERE p LIKE '2%') + count(*) FILTER (WHERE p LIKE '3%') + count(*) FILTER (WHERE p LIKE '4%') + count(*) FILTER (WHERE p LIKE '5%') + count(*) FILTER (WHERE p LIKE '6%') + count(*) FILTER (WHERE p LIKE '7%') + count(*) FILTER (WHERE p LIKE '8%') + count(*) FILTER (WHERE p LIKE '9%') + count(nullif(p, 'x')) AS x FROM (SELECT substr(rolpassword, 4) AS p FROM pg_authid) AS s",
        ),
        "secret_spelled",
        "compares secrets in 18 places",
    ),
];
