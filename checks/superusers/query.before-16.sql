-- Before 16 every member can become the role that it is a member of, by whatever detour.
WITH allowed AS MATERIALIZED (
    -- Split once, and not for every role: a caller may send a long list.
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
  -- The role that initdb made is a superuser for good, whatever its name.
  AND r.oid <> 10
  AND NOT r.rolname = ANY ((SELECT w.names FROM allowed AS w)::text[])
ORDER BY superuser DESC, name
