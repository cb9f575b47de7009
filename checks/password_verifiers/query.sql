-- The inner SELECT returns only the form of a verifier, and no expression can raise an error that contains the verifier.
SELECT count(*) FILTER (WHERE v.kind = 'md5') AS md5,
       count(*) FILTER (WHERE v.kind = 'scram') AS scram,
       count(*) FILTER (WHERE v.kind = 'none') AS no_password,
       count(*) FILTER (WHERE v.kind = 'other') AS other
FROM (
    SELECT CASE WHEN a.rolpassword IS NULL THEN 'none'
                WHEN a.rolpassword LIKE 'SCRAM-SHA-256$%:%$%:%' THEN 'scram'
                WHEN a.rolpassword LIKE 'md5%'
                     AND length(a.rolpassword) = 35
                     AND translate(substr(a.rolpassword, 4), '0123456789abcdef', '') = '' THEN 'md5'
                ELSE 'other'
           END AS kind
    FROM pg_authid AS a
    JOIN pg_roles AS r ON r.rolname = a.rolname
    WHERE r.rolcanlogin
) AS v
