WITH RECURSIVE allowed AS MATERIALIZED (
    -- Split once, and not for every role: a caller may send a long list.
    SELECT regexp_split_to_array(btrim(coalesce(superusers.allowed, '')), '[ ]*,[ ]*') AS names
), reach AS (
    SELECT r.oid AS superuser, r.oid AS member
    FROM pg_roles AS r
    WHERE r.rolsuper
    UNION
    -- A member can become the role it is a member of, unless SET FALSE forbids it; who holds ADMIN can take
    -- the right back.
    SELECT h.superuser, m.member
    FROM reach AS h
    JOIN pg_auth_members AS m ON m.roleid = h.member
    WHERE m.admin_option OR m.set_option
)
SELECT CAST(r.rolname AS text) AS name,
       r.rolsuper AS superuser,
       (SELECT string_agg(quote_ident(pg_get_userbyid(h.superuser)), ', ' ORDER BY pg_get_userbyid(h.superuser))
        FROM reach AS h
        WHERE h.member = r.oid AND NOT r.rolsuper) AS through
FROM pg_roles AS r
WHERE r.rolcanlogin
  AND r.oid IN (SELECT h.member FROM reach AS h)
  -- The role that initdb made is a superuser for good, whatever its name.
  AND r.oid <> 10
  AND NOT r.rolname = ANY ((SELECT w.names FROM allowed AS w)::text[])
ORDER BY r.rolsuper DESC, r.rolname
