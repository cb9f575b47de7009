SELECT CAST(CAST(c.oid AS regclass) AS text) AS view,
       CAST(pg_get_userbyid(c.relowner) AS text) AS owner
FROM pg_class AS c
WHERE c.relkind = 'm'
  AND NOT c.relispopulated
ORDER BY 1
