SELECT CAST(e.extname AS text) AS extension,
       e.extversion AS installed,
       a.default_version AS available
FROM pg_extension AS e
LEFT JOIN pg_available_extensions() AS a ON a.name = e.extname
WHERE e.extversion IS DISTINCT FROM a.default_version
ORDER BY 1
