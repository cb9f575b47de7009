WITH library AS MATERIALIZED (
    SELECT regexp_replace(regexp_replace(btrim(l.name, ' "'), '^[$]libdir/(plugins/)?', ''), '[.]so$', '') AS name
    FROM unnest(string_to_array(current_setting('shared_preload_libraries'), ',')) AS l (name)
), judged AS (
    SELECT w.setting, w.rule, w.value, w.rank, w.weak
    FROM (VALUES
        ('db_user_namespace', 'database_users', current_setting('db_user_namespace', true), 1,
         current_setting('db_user_namespace', true) = 'on'),
        ('krb_caseins_users', 'case_insensitive', current_setting('krb_caseins_users'), 1,
         current_setting('krb_caseins_users') = 'on'),
        ('shared_preload_libraries', 'no_delay', NULL, 2,
         -- A value of 0 delays nothing and locks no role.
         NOT (EXISTS (SELECT FROM library AS l WHERE l.name = 'auth_delay')
              AND current_setting('auth_delay.milliseconds', true) ~ '^[1-9]'
              OR EXISTS (SELECT FROM library AS l WHERE l.name = 'credcheck')
                 AND (current_setting('credcheck.auth_delay_ms', true) ~ '^[1-9]'
                      OR current_setting('credcheck.max_auth_failure', true) ~ '^[1-9]') IS TRUE) IS TRUE),
        ('shared_preload_libraries', 'no_password_check', NULL, 3,
         NOT EXISTS (SELECT FROM library AS l WHERE l.name IN ('passwordcheck', 'passwordcheck_extra', 'credcheck'))),
        ('authentication_timeout', 'long_timeout', current_setting('authentication_timeout'), 4,
         CAST(current_setting('authentication_timeout') AS interval) > interval '1 min')
        ) AS w (setting, rule, value, rank, weak)
)
SELECT j.setting AS setting,
       j.rule AS rule,
       j.value AS value,
       coalesce(login_protection.required, false) AS required
FROM judged AS j
WHERE j.weak
ORDER BY j.rank
