SELECT CAST(CAST(c.conrelid AS regclass) AS text) AS "table",
       quote_ident(c.conname) AS constraint,
       concat(quote_ident(a.attname), ' ', format_type(a.atttypid, NULL)) AS column,
       concat(CAST(c.confrelid AS regclass), '.', quote_ident(b.attname), ' ', format_type(b.atttypid, NULL)) AS referenced
FROM pg_constraint AS c
CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (own, other)
JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.own
JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = k.other
JOIN pg_type AS s ON s.oid = a.atttypid
JOIN pg_type AS t ON t.oid = b.atttypid
WHERE c.contype = 'f'
  -- The constraint of a partition is a copy.
  AND c.conparentid = oid '0'
  AND a.atttypid <> b.atttypid
  -- A domain has the output function of its base type.
  AND s.typoutput <> t.typoutput
  -- text and varchar have the same values and the same operators.
  AND NOT (s.typoutput IN (CAST('textout' AS regproc), CAST('varcharout' AS regproc))
           AND t.typoutput IN (CAST('textout' AS regproc), CAST('varcharout' AS regproc)))
ORDER BY 1, 2, 3
