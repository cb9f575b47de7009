WITH server AS (
    SELECT current_setting('server_version') AS version,
           CAST(current_setting('server_version_num') AS integer) AS number
)
SELECT trim(coalesce(server_version.expected, '')) = ''
       OR EXISTS (
           SELECT FROM unnest(string_to_array(server_version.expected, ',')) AS e (version)
           WHERE trim(e.version) IN (CAST(s.number / 10000 AS text),
                                     concat(s.number / 10000, '.', s.number % 10000),
                                     split_part(s.version, ' ', 1))) AS as_expected,
       s.number / 10000 AS major,
       s.number % 10000 AS minor,
       s.version AS version,
       nullif(trim(server_version.expected), '') AS expected
FROM server AS s
