-- Before 16, every direct or indirect member can become the role.
WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each role, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(superusers.allowed, '')), '[ ]*,[ ]*') AS names
)
SELECT CAST(r.rolname AS text) AS name,
       r.rolsuper AS superuser,
       (SELECT string_agg(quote_ident(s.rolname), ', ' ORDER BY s.rolname)
        FROM pg_roles AS s
        WHERE s.rolsuper AND NOT r.rolsuper AND pg_has_role(r.oid, s.oid, 'MEMBER')) AS through
FROM pg_roles AS r
WHERE r.rolcanlogin
  AND (r.rolsuper
       OR EXISTS (SELECT FROM pg_roles AS s WHERE s.rolsuper AND pg_has_role(r.oid, s.oid, 'MEMBER')))
  -- The role that initdb created is always a superuser.
  AND r.oid <> 10
  AND NOT r.rolname = ANY ((SELECT w.names FROM allowed AS w)::text[])
ORDER BY superuser DESC, name
