WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each membership, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(admin_options.allowed, '')), '[ ]*,[ ]*') AS names
)
SELECT CAST(r.rolname AS text) AS member,
       CAST(g.rolname AS text) AS "group",
       CAST(o.rolname AS text) AS grantor,
       r.rolcanlogin AS login
FROM pg_auth_members AS m
JOIN pg_roles AS r ON r.oid = m.member
JOIN pg_roles AS g ON g.oid = m.roleid
LEFT JOIN pg_roles AS o ON o.oid = m.grantor
WHERE m.admin_option
  -- A superuser may grant every role.
  AND NOT r.rolsuper
  AND NOT CAST(r.rolname AS text) = ANY ((SELECT w.names FROM allowed AS w)::text[])
ORDER BY r.rolcanlogin DESC, member, "group"
