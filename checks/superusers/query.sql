WITH RECURSIVE allowed AS MATERIALIZED (
    -- The list is split once and not for each role, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(superusers.allowed, '')), '[ ]*,[ ]*') AS names
), reach AS (
    SELECT r.oid AS superuser, r.oid AS member
    FROM pg_roles AS r
    WHERE r.rolsuper
    UNION
    -- A member can become the role, unless the membership has SET FALSE. With ADMIN, the member can change this.
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
  -- The role that initdb created is always a superuser.
  AND r.oid <> 10
  AND NOT r.rolname = ANY ((SELECT w.names FROM allowed AS w)::text[])
ORDER BY r.rolsuper DESC, r.rolname
