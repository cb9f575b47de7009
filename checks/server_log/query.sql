WITH state AS MATERIALIZED (
    SELECT l.path,
           l.path ~ '[.]json$' AS json,
           regexp_replace(l.path, '[^/]*$', '') AS directory,
           least(greatest(coalesce(server_log.read_bytes, 1048576), 65536), 8388608) AS budget,
           -- Times in the log are local. In the night when clocks go back, an hour more is read.
           least(to_char(now() AT TIME ZONE l.zone - interval '1 hour', l.form) COLLATE "C",
                 to_char((now() - interval '1 hour') AT TIME ZONE l.zone, l.form) COLLATE "C") AS since,
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
      AND f.modification >= now() - interval '1 hour'
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
), word AS (
    -- PANIC and FATAL in the languages of PostgreSQL's messages, with the bytes of UTF-8. In json they are not translated.
    SELECT 'PANI(?:C|K|CO|KA)|P\\303\\20[12]NICO|PAN\\304\\260K|\\354\\206\\220\\354\\203\\201'
           || '|\\320\\237\\320\\220\\320\\235\\320(?:\\230|\\206)\\320\\232\\320\\220'
           || '|\\341\\203\\236\\341\\203\\220\\341\\203\\234\\341\\203\\230\\341\\203\\231\\341\\203\\220'
           || '|\\346\\257\\224(?:\\[0-7]{3}){30}' AS panic,
           'FATAL[ET]?|\\320\\222\\320\\220\\320\\226\\320\\235\\320\\236|\\320\\244\\320\\220\\320\\242(?:\\[0-7]{3}){10}'
           || '|\\354\\271\\230(?:\\[0-7]{3}){12}|\\341\\203\\244(?:\\[0-7]{3}){21}|\\350\\207\\264(?:\\[0-7]{3}){9}' AS fatal
), line AS (
    SELECT t.json, l.text
    FROM text AS t
    CROSS JOIN LATERAL unnest(string_to_array(t.text, chr(10))) AS l (text)
    WHERE CASE WHEN t.json THEN l.text LIKE '{"timestamp":"%"state_code":"%' ELSE l.text LIKE ANY (ARRAY['%,XX001,"%', '%,XX002,"%', '%,58030,"%', '%,53100,"%', '%,53200,"%', '%,53300,"%',
             '%,PAN%', '%,FATAL%', '%,\\2%', '%,\\3%', '%,P\\3%']) END
), record AS MATERIALIZED (
    -- A logged text, such as a name or a statement, can contain lines that look like records. In csv its quotes are
    -- doubled: an odd number of quotes that no comma follows is not within a text and not at the end of one, so it
    -- begins a field, and here this is the message of a real record. In json a quote in a text follows a backslash, and
    -- a text has no line breaks.
    SELECT l.json, l.text,
           CASE WHEN NOT l.json THEN substring(l.text FROM
             ',[^,"]*,[^,"]*,[0-9]*,(?:(?:' || w.panic || '|' || w.fatal || '),[0-9A-Z]{5}|[^,"]*,(?:XX001|XX002|58030|53100|53200|53300)),"(?:"")*[^",]') END AS tail
    FROM line AS l
    CROSS JOIN word AS w
), message AS (
    SELECT CASE WHEN r.json THEN substr(r.text, 15, 23)
                -- Before a real record can be text of a name with a line break, so its time can be false.
                ELSE greatest(split_part(r.tail, ',', 2), substring(r.text FROM '^[-0-9]{10} [0-9:]{8}[.][0-9]{3}'))
                END COLLATE "C" AS at,
           CASE WHEN r.json THEN split_part(split_part(r.text, '"error_severity":"', 2), '"', 1)
                ELSE split_part(r.tail, ',', 5) END AS severity,
           CASE WHEN r.json THEN split_part(split_part(r.text, '"state_code":"', 2), '"', 1)
                ELSE split_part(r.tail, ',', 6) END AS code
    FROM record AS r
    WHERE r.json OR r.tail IS NOT NULL
), counted AS (
    SELECT CASE WHEN m.severity ~ ('^(?:' || w.panic || ')$') THEN 'panic'
                WHEN m.code IN ('XX001', 'XX002', '58030') THEN 'damage'
                WHEN m.code = '53100' THEN 'disk full'
                WHEN m.code = '53200' THEN 'memory'
                WHEN m.code = '53300' THEN 'connections'
                WHEN m.severity ~ ('^(?:' || w.fatal || ')$') THEN 'other fatal' END AS class,
           count(*) AS messages
    FROM message AS m
    JOIN log AS s ON m.at >= s.since
    CROSS JOIN word AS w
    GROUP BY 1
), start AS (
    -- The oldest record, if there were more bytes than were read.
    SELECT min(substring(t.text FROM CASE WHEN t.json THEN '(?w)^\{"timestamp":"([-0-9]{10} [0-9:]{8}[.][0-9]{3}) ' ELSE
             '(?w)^([-0-9]{10} [0-9:]{8}[.][0-9]{3}) [^,"\n]*,(?:"(?:"")*[^",\n]|,,[0-9]+,,[0-9a-f.]+,[0-9]+,,'
             || '[^,"\n]*,[^,"\n]*,[0-9]*,[^,"\n]*,[0-9A-Z]{5},"(?:"")*[^",\n])' END) COLLATE "C") AS oldest
    FROM text AS t
    WHERE t.cut
)
SELECT k.class AS class,
       CASE WHEN s.problem IS NULL THEN coalesce(c.messages, 0) END AS messages,
       coalesce(b.oldest > s.since, EXISTS (SELECT FROM text AS t WHERE t.cut)) AS truncated,
       CASE WHEN b.oldest > s.since THEN left(b.oldest, 19) END AS oldest,
       s.problem AS problem
FROM (VALUES (1, 'damage'), (2, 'panic'), (3, 'disk full'), (4, 'memory'), (5, 'connections'), (6, 'other fatal')) AS k (rank, class)
CROSS JOIN log AS s
CROSS JOIN start AS b
LEFT JOIN counted AS c ON c.class = k.class
ORDER BY k.rank
