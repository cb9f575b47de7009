WITH RECURSIVE step AS (
    -- A member can become the role it is a member of. Since 16 that can be forbidden by SET FALSE, for which
    -- older servers have no column; who holds ADMIN can take the right back.
    SELECT m.roleid AS role,
           m.member AS member
    FROM pg_auth_members AS m
    WHERE m.admin_option
       OR coalesce(CAST(to_jsonb(m) ->> 'set_option' AS boolean), true)
), reach AS (
    SELECT r.oid AS superuser, r.oid AS member
    FROM pg_roles AS r
    WHERE r.rolsuper
    UNION
    SELECT h.superuser, s.member
    FROM reach AS h
    JOIN step AS s ON s.role = h.member
), through AS (
    SELECT h.member AS member,
           string_agg(quote_ident(r.rolname), ', ' ORDER BY r.rolname) AS names
    FROM reach AS h
    JOIN pg_roles AS r ON r.oid = h.superuser
    WHERE h.member <> h.superuser
    GROUP BY h.member
)
SELECT CAST(r.rolname AS text) AS name,
       r.rolsuper AS superuser,
       t.names AS through
FROM pg_roles AS r
LEFT JOIN through AS t ON t.member = r.oid
WHERE r.rolcanlogin
  AND (r.rolsuper OR t.member IS NOT NULL)
  -- The role that initdb made is a superuser for good, whatever its name.
  AND r.oid <> 10
  AND NOT r.rolname = ANY (regexp_split_to_array(btrim(coalesce(superusers.allowed, '')), '[ ]*,[ ]*'))
ORDER BY r.rolsuper DESC, r.rolname
