WITH state AS MATERIALIZED (
    SELECT l.path,
           l.path ~ '[.]json$' AS json,
           regexp_replace(l.path, '[^/]*$', '') AS directory,
           least(greatest(coalesce(failed_logins.read_bytes, 4194304), 65536), 8388608) AS budget,
           -- Times in the log are local. In the night when clocks go back, an hour more is read.
           least(to_char(now() AT TIME ZONE l.zone - interval '1 day', l.form) COLLATE "C",
                 to_char((now() - interval '1 day') AT TIME ZONE l.zone, l.form) COLLATE "C") AS since,
           CASE WHEN NOT l.collector OR NOT l.readable THEN 'format'
                WHEN l.path IS NULL THEN 'file'
                WHEN l.path ~ '(^|/)[.][.](/|$)' THEN 'directory' END AS problem
    FROM (
        SELECT CAST(current_setting('logging_collector') AS boolean) AS collector,
               current_setting('log_destination') ~* '(csv|json)log' AS readable,
               current_setting('log_timezone') AS zone,
               'YYYY-MM-DD HH24:MI:SS.MS' AS form,
               -- Servers before 15 have no jsonlog, and refuse the word.
               coalesce(CASE WHEN current_setting('log_destination') ~* 'jsonlog' THEN pg_current_logfile('jsonlog') END,
                        CASE WHEN current_setting('log_destination') ~* 'csvlog' THEN pg_current_logfile('csvlog') END) AS path
    ) AS l
), listed AS MATERIALIZED (
    SELECT f.name, f.size, f.modification
    FROM pg_ls_logdir() AS f
    -- Without the collector there may be no directory, and pg_ls_logdir() would raise an error. The server evaluates
    -- this condition first, and does not call the function if it is false.
    WHERE CAST(current_setting('logging_collector') AS boolean)
      AND current_setting('log_destination') ~* '(csv|json)log'
), log AS MATERIALIZED (
    SELECT s.path, s.json, s.directory, s.budget, s.since,
           coalesce(s.problem, CASE WHEN NOT EXISTS (SELECT FROM listed AS f WHERE s.directory || f.name = s.path)
                                    THEN 'deleted' END) AS problem
    FROM state AS s
), file AS (
    -- The newest files, until there are bytes enough. A server can have written several since the last rotation.
    SELECT s.directory || f.name AS path, f.size, s.budget, s.json,
           sum(f.size) OVER (ORDER BY f.modification DESC, f.name DESC) - f.size AS newer,
           sum(f.size) OVER () > s.budget AS cut
    FROM log AS s
    JOIN listed AS f ON f.name ~ CASE WHEN s.json THEN '[.]json$' ELSE '[.]csv$' END
    WHERE s.problem IS NULL
      AND f.size > 0
      AND f.modification >= now() - interval '1 day'
), part AS (
    SELECT f.path, f.size, f.json, f.cut, CAST(least(f.size, f.budget - f.newer) AS bigint) AS length
    FROM file AS f
    WHERE f.newer < f.budget
), text AS MATERIALIZED (
    -- With the format escape no byte is invalid: bytes beyond ASCII become \ooo, and backslashes are doubled. The first
    -- line of a part of a file is not complete.
    SELECT p.json, p.cut,
           CASE WHEN p.length < p.size THEN substr(r.text, strpos(r.text, chr(10)) + 1) ELSE r.text END AS text
    FROM part AS p
    CROSS JOIN LATERAL (
        SELECT encode(pg_read_binary_file(p.path, p.size - p.length, p.length), 'escape') AS text) AS r
), line AS (
    SELECT t.json, l.text
    FROM text AS t
    CROSS JOIN LATERAL unnest(string_to_array(t.text, chr(10))) AS l (text)
    WHERE CASE WHEN t.json THEN l.text LIKE '{"timestamp":"%"state_code":"%' ELSE l.text LIKE ANY (ARRAY['%,28P01,"%', '%,28000,"%', '%,3D000,"%', '%,42501,"%']) END
), record AS MATERIALIZED (
    -- A logged text, such as a name or a statement, can contain lines that look like records. In csv its quotes are
    -- doubled: an odd number of quotes that no comma follows is not within a text and not at the end of one, so it
    -- begins a field, and here this is the message of a real record. In json a quote in a text follows a backslash, and
    -- a text has no line breaks.
    SELECT l.json, l.text,
           CASE WHEN NOT l.json THEN substring(l.text FROM
             '"(?:|authentication|startup)",[^,"]*,[^,"]*,[0-9]*,[^,"]*,(?:28P01|28000|3D000|42501),"(?:"")*[^",]') END AS tail
    FROM line AS l
), login AS (
    -- The fields of csv before the title contain no line breaks and are counted from the title backwards; the first one
    -- after it is the start of the session.
    SELECT r.json,
           CASE WHEN r.json THEN substr(r.text, 15, 23) ELSE split_part(r.tail, ',', 2) END COLLATE "C" AS at,
           CASE WHEN r.json THEN split_part(split_part(r.text, '"user":"', 2), '","', 1)
                WHEN r.text ~ '^[-0-9]{10} [0-9:]{8}[.][0-9]{3} [^,"]*,"(?:"")*[^",]'
                THEN substring(r.text FROM '^[^"]*"((?:[^"]|"")*)",') END AS name,
           CASE WHEN r.json THEN split_part(split_part(r.text, '"remote_host":"', 2), '"', 1)
                ELSE regexp_replace(btrim(reverse(split_part(reverse(left(r.text, strpos(r.text, r.tail) - 1)), ',', 4)), '"'),
                                    ':[0-9]+$', '') END AS host,
           CASE WHEN r.json THEN split_part(split_part(r.text, '"ps":"', 2), '"', 1)
                ELSE btrim(split_part(r.tail, ',', 1), '"') END AS title,
           CASE WHEN r.json THEN split_part(split_part(r.text, '"error_severity":"', 2), '"', 1)
                ELSE split_part(r.tail, ',', 5) END AS severity,
           CASE WHEN r.json THEN split_part(split_part(r.text, '"state_code":"', 2), '"', 1)
                ELSE split_part(r.tail, ',', 6) END AS code
    FROM record AS r
    WHERE r.json OR r.tail IS NOT NULL
), role AS (
    -- The names of roles, as the two formats write them. Other names are not returned: a person can have typed a password
    -- instead of a name.
    SELECT r.rolname AS name, n.name AS logged
    FROM log AS s
    CROSS JOIN pg_roles AS r
    CROSS JOIN LATERAL (
        SELECT CAST(to_json(CAST(r.rolname AS text)) AS text) AS quoted) AS j
    CROSS JOIN LATERAL (
        SELECT CASE WHEN s.json THEN substr(j.quoted, 2, length(j.quoted) - 2)
                    ELSE replace(CAST(r.rolname AS text), '"', '""') END AS plain) AS p
    CROSS JOIN LATERAL (
        SELECT encode(decode(replace(p.plain, '\', '\\'), 'escape'), 'escape') AS name) AS n
), failure AS (
    SELECT CASE WHEN l.code = '28P01' THEN 'password'
                WHEN l.code = '3D000' THEN 'database'
                WHEN l.code = '42501' THEN 'privilege'
                WHEN l.title = 'startup' THEN 'role'
                ELSE 'refused' END AS reason,
           CAST(r.name AS text) AS role,
           -- With log_hostname, this is a name from the DNS.
           coalesce(nullif(left(regexp_replace(l.host, '[^][0-9A-Za-z.:%_-]', '?', 'g'), 64), ''), '[unknown]') AS address,
           count(*) AS failures
    FROM login AS l
    JOIN log AS s ON l.at >= s.since
    LEFT JOIN role AS r ON r.logged = l.name
    WHERE l.code IN ('28P01', '28000', '3D000', '42501')
      AND l.title IN ('authentication', 'startup', '')
      -- Without update_process_title the processes have no title, but only the server ends a session with FATAL.
      AND (l.title <> '' OR l.severity LIKE 'FATAL%')
    GROUP BY 1, 2, 3
), start AS (
    -- The oldest record, if there were more bytes than were read.
    SELECT min(substring(t.text FROM CASE WHEN t.json THEN '(?w)^\{"timestamp":"([-0-9]{10} [0-9:]{8}[.][0-9]{3}) ' ELSE
             '(?w)^([-0-9]{10} [0-9:]{8}[.][0-9]{3}) [^,"\n]*,(?:"(?:"")*[^",\n]|,,[0-9]+,,[0-9a-f.]+,[0-9]+,,'
             || '[^,"\n]*,[^,"\n]*,[0-9]*,[^,"\n]*,[0-9A-Z]{5},"(?:"")*[^",\n])' END) COLLATE "C") AS oldest
    FROM text AS t
    WHERE t.cut
)
SELECT f.address AS address,
       f.reason AS reason,
       f.role AS role,
       f.failures AS failures,
       CAST(sum(f.failures) OVER (PARTITION BY f.address) AS bigint) AS of_address,
       CAST(sum(f.failures) OVER () AS bigint) AS of_all,
       coalesce(failed_logins.warning, 10) AS warning_limit,
       coalesce(failed_logins.critical, 100) AS critical_limit,
       coalesce(c.oldest > s.since, EXISTS (SELECT FROM text AS t WHERE t.cut)) AS truncated,
       CASE WHEN c.oldest > s.since THEN left(c.oldest, 19) END AS oldest,
       s.problem AS problem
FROM log AS s
CROSS JOIN start AS c
LEFT JOIN failure AS f ON true
ORDER BY 5 DESC NULLS LAST, 1, 4 DESC, 2, 3
