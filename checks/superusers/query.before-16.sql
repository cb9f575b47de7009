-- Before 16 every member can become the role that it is a member of, by whatever detour.
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
  AND NOT r.rolname = ANY (regexp_split_to_array(btrim(coalesce(superusers.allowed, '')), '[ ]*,[ ]*'))
ORDER BY superuser DESC, name
