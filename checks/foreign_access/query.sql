WITH server AS MATERIALIZED (
    SELECT s.oid, CAST(s.srvname AS text) AS name, CAST(w.fdwname AS text) AS wrapper, s.srvowner, s.srvacl,
           EXISTS (SELECT FROM unnest(s.srvoptions) AS o (option)
                   WHERE o.option ~* '^(ssl)?(password|passwd|pwd|secret|secret_key|secret_access_key|token|api_key|apikey)=.') AS has_secret,
           EXISTS (SELECT FROM unnest(s.srvoptions) AS o (option)
                   WHERE o.option ~ '^host(addr)?=.') AS has_host,
           -- Each of the hosts is this machine or a socket.
           EXISTS (SELECT FROM unnest(s.srvoptions) AS o (option)
                   WHERE o.option ~* '^host(addr)?=((localhost|127[.][0-9.]+|::1|[/@][^,]*)(,|$))+$') AS is_local,
           EXISTS (SELECT FROM unnest(s.srvoptions) AS o (option)
                   WHERE o.option ~ '^(sslmode=(require|verify-ca|verify-full)|gssencmode=require|service=.+)$') AS is_encrypted
    FROM pg_foreign_server AS s
    JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
), mapping AS MATERIALIZED (
    SELECT s.oid AS server, s.name, s.srvowner, m.umuser, r.rolname, coalesce(r.rolsuper, false) AS is_superuser,
           EXISTS (SELECT FROM unnest(m.umoptions) AS o (option)
                   WHERE o.option ~* '^(ssl)?(password|passwd|pwd)=.') AS has_password,
           EXISTS (SELECT FROM unnest(m.umoptions) AS o (option)
                   WHERE o.option ~* '^password_required=(false|off)$') AS needs_none
    FROM pg_user_mapping AS m
    JOIN server AS s ON s.oid = m.umserver
    LEFT JOIN pg_roles AS r ON r.oid = m.umuser
), foreign_table AS MATERIALIZED (
    SELECT t.ftrelid,
           EXISTS (SELECT FROM unnest(t.ftoptions) AS o (option)
                   WHERE o.option LIKE 'program=%') AS runs_program,
           EXISTS (SELECT FROM unnest(t.ftoptions) AS o (option)
                   WHERE o.option LIKE 'filename=%') AS reads_file,
           EXISTS (SELECT FROM unnest(t.ftoptions) AS o (option)
                   WHERE o.option ~* '^(ssl)?(password|passwd|pwd|secret|secret_key|secret_access_key|token|api_key|apikey)=.') AS has_secret,
           w.fdwname
    FROM pg_foreign_table AS t
    JOIN pg_foreign_server AS s ON s.oid = t.ftserver
    JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
), wrapper AS MATERIALIZED (
    SELECT CAST(w.fdwname AS text) AS name, w.fdwowner, w.fdwacl,
           EXISTS (SELECT FROM unnest(w.fdwoptions) AS o (option)
                   WHERE o.option ~* '^(ssl)?(password|passwd|pwd|secret|secret_key|secret_access_key|token|api_key|apikey)=.') AS has_secret
    FROM pg_foreign_data_wrapper AS w
), problem AS (
    SELECT s.name AS object, 'server' AS kind, 'open_secret' AS rule, CAST(NULL AS text) AS role, s.srvowner AS owner,
           1 AS rank
    FROM server AS s
    WHERE s.has_secret
    UNION ALL
    SELECT w.name, 'wrapper', 'open_secret', NULL, w.fdwowner, 1
    FROM wrapper AS w
    WHERE w.has_secret
    UNION ALL
    SELECT concat(quote_ident(n.nspname), '.', quote_ident(c.relname)), 'table', p.rule, NULL, c.relowner, p.rank
    FROM foreign_table AS t
    JOIN pg_class AS c ON c.oid = t.ftrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (VALUES ('open_secret', 1, t.has_secret),
                               ('program', 1, t.runs_program),
                               ('file', 3, t.reads_file AND t.fdwname = 'file_fdw')) AS p (rule, rank, found)
    WHERE p.found
    UNION ALL
    -- Superusers need no password with any mapping.
    SELECT m.name, 'mapping', p.rule, CAST(m.rolname AS text), m.srvowner, p.rank
    FROM mapping AS m
    CROSS JOIN LATERAL (VALUES ('no_password_required', 1, m.needs_none AND NOT m.is_superuser),
                               ('public_mapping', 1, m.umuser = oid '0'),
                               ('password', 3, m.has_password AND m.umuser <> oid '0')) AS p (rule, rank, found)
    WHERE p.found
    UNION ALL
    SELECT s.name, 'server', 'no_tls', NULL, s.srvowner, 2
    FROM server AS s
    WHERE s.wrapper IN ('postgres_fdw', 'dblink_fdw')
      AND s.has_host
      AND NOT s.is_local
      AND NOT s.is_encrypted
    UNION ALL
    SELECT s.name, 'server', 'usage', NULL, s.srvowner, 2
    FROM server AS s
    WHERE EXISTS (SELECT FROM aclexplode(s.srvacl) AS a WHERE a.grantee = oid '0')
    UNION ALL
    SELECT w.name, 'wrapper', 'usage', NULL, w.fdwowner, 2
    FROM wrapper AS w
    WHERE EXISTS (SELECT FROM aclexplode(w.fdwacl) AS a WHERE a.grantee = oid '0')
)
SELECT p.object,
       p.kind,
       p.rule,
       p.role,
       CAST(pg_get_userbyid(p.owner) AS text) AS owner
FROM problem AS p
ORDER BY p.rank, p.rule, p.object, p.role
LIMIT 500
