SELECT s.name AS setting,
       s.category AS category
FROM pg_show_all_settings() AS s
WHERE s.pending_restart
ORDER BY 1
