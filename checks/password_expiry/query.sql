WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each role, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(password_expiry.allowed, '')), '[ ]*,[ ]*') AS names
)
SELECT CAST(r.rolname AS text) AS name,
       CASE WHEN isfinite(r.rolvaliduntil)
            THEN CAST(extract(epoch FROM r.rolvaliduntil) - extract(epoch FROM now()) AS double precision)
       END AS remaining,
       CASE WHEN password_expiry.require_end
            THEN coalesce(isfinite(r.rolvaliduntil), false)
                 -- The end -infinity is in the past.
                 OR r.rolvaliduntil IS NOT DISTINCT FROM timestamptz '-infinity'
                 OR CAST(r.rolname AS text) = ANY ((SELECT w.names FROM allowed AS w)::text[])
       END AS limited
FROM pg_roles AS r
WHERE r.rolcanlogin
  AND (isfinite(r.rolvaliduntil) OR password_expiry.require_end)
