SELECT m.file_name AS file,
       m.module_name AS module,
       m.version AS version
FROM pg_get_loaded_modules() AS m
ORDER BY 1
