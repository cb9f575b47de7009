SELECT s.name AS setting,
       s.source AS source
FROM pg_show_all_settings() AS s
WHERE s.name LIKE 'enable\_%'
  AND s.vartype = 'bool'
  -- Some methods are off by default.
  AND s.boot_val = 'on'
  AND s.reset_val = 'off'
ORDER BY 1
