SELECT CASE WHEN c.contypid <> oid '0' THEN format_type(c.contypid, NULL)
            ELSE CAST(CAST(c.conrelid AS regclass) AS text)
       END AS "table",
       quote_ident(c.conname) AS constraint,
       CASE WHEN c.conenforced THEN false END AS validated,
       CASE c.contype WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' WHEN 'n' THEN 'not null' END AS kind,
       c.conenforced AS enforced
FROM pg_constraint AS c
WHERE NOT c.convalidated
  -- A constraint that a partition or child has only because of its parent is validated with it.
  AND (c.conislocal OR c.contypid <> oid '0')
  AND c.conparentid = oid '0'
  AND c.contype IN ('f', 'c', 'n')
