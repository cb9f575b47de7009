SELECT s.name AS setting,
       pg_is_in_recovery() AS standby,
       s.setting ~* '(^|[\s?&])host(addr)?\s*=\s*''?((localhost|127[.][0-9.]+|::1|[/@%][^,''\s&]*),)*(?!localhost([,''\s&]|$)|127[.]|::1|[/@%])[^,''\s&]'
       -- A URI has its hosts between an @, if it has one, and a slash.
       OR s.setting ~* '^postgres(ql)?://([^/?]*@|(?![^/?]*@))((localhost|127[.][0-9.]+|[[]::1[]]|%2F[^,/?]*)(:[0-9]*)?,)*(?!(localhost|[[]::1[]])([:,/?]|$)|127[.]|%2F|[/?:]|$)[^,/?]' AS remote,
       s.setting ~* '(^|[\s?&])(sslmode\s*=\s*''?(require|verify-ca|verify-full)|(gssencmode|channel_binding)\s*=\s*''?require|sslrootcert\s*=\s*''?system)(''|[\s&]|$)' AS encrypts,
       s.setting ~* '(^|[\s?&])(sslmode\s*=\s*''?(verify-ca|verify-full)|(gssencmode|channel_binding)\s*=\s*''?require|sslrootcert\s*=\s*''?system)(''|[\s&]|$)'
       -- With a root certificate, require verifies like verify-ca.
       OR s.setting ~* '(^|[\s?&])sslmode\s*=\s*''?require(''|[\s&]|$)'
          AND s.setting ~* '(^|[\s?&])sslrootcert\s*=' AS verifies,
       s.setting ~* '(^|[\s?&])password\s*=\s*''?[^''\s&]'
       OR s.setting ~* '^postgres(ql)?://[^/@?]*:[^/@?]+@' AS has_password,
       s.setting ~* '(^|[\s?&])service\s*=' AS service
FROM pg_show_all_settings() AS s
WHERE s.name = 'primary_conninfo'
  AND s.setting <> ''
