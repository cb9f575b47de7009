WITH own_schema AS (
    -- The schema of this function, which has all functions of posemo.
    SELECT o.pronamespace AS oid
    FROM pg_proc AS o
    WHERE o.proname = 'function_calls'
      AND pg_get_userbyid(o.proowner) = current_user
), called AS MATERIALIZED (
    SELECT p.pronamespace, p.proname, p.proargtypes, pg_stat_get_function_calls(p.oid) AS calls,
           pg_stat_get_function_total_time(p.oid) AS total_time,
           pg_stat_get_function_self_time(p.oid) AS self_time
    FROM pg_proc AS p
    WHERE pg_stat_get_function_calls(p.oid) IS NOT NULL
      AND p.pronamespace NOT IN (SELECT s.oid FROM own_schema AS s)
    ORDER BY 6 DESC, p.oid
    LIMIT 50
)
SELECT format('%I.%I(%s)', n.nspname, c.proname, oidvectortypes(c.proargtypes)) AS function,
       c.calls AS calls,
       c.total_time / 1000 AS total_time,
       c.self_time / 1000 AS self_time
FROM called AS c
JOIN pg_namespace AS n ON n.oid = c.pronamespace
ORDER BY 4 DESC, 1
