SELECT s.name AS setting,
       pg_is_in_recovery() AS standby,
       s.setting ~* '(^|[[:space:]?&])host(addr)?[[:space:]]*=[[:space:]]*''?((localhost|127[.][0-9.]+|::1|[/@%][^,''[:space:]&]*),)*(?!localhost([,''[:space:]&]|$)|127[.]|::1|[/@%])[^,''[:space:]&]'
       -- A URI has its hosts between an @, if it has one, and a slash.
       OR s.setting ~* '^postgres(ql)?://([^/?]*@|(?![^/?]*@))((localhost|127[.][0-9.]+|[[]::1[]]|%2F[^,/?]*)(:[0-9]*)?,)*(?!(localhost|[[]::1[]])([:,/?]|$)|127[.]|%2F|[/?:]|$)[^,/?]' AS remote,
       s.setting ~* '(^|[[:space:]?&])(sslmode[[:space:]]*=[[:space:]]*''?(require|verify-ca|verify-full)|(gssencmode|channel_binding)[[:space:]]*=[[:space:]]*''?require|sslrootcert[[:space:]]*=[[:space:]]*''?system)(''|[[:space:]&]|$)' AS encrypts,
       s.setting ~* '(^|[[:space:]?&])(sslmode[[:space:]]*=[[:space:]]*''?(verify-ca|verify-full)|(gssencmode|channel_binding)[[:space:]]*=[[:space:]]*''?require|sslrootcert[[:space:]]*=[[:space:]]*''?system)(''|[[:space:]&]|$)'
       -- With a root certificate, require verifies like verify-ca.
       OR s.setting ~* '(^|[[:space:]?&])sslmode[[:space:]]*=[[:space:]]*''?require(''|[[:space:]&]|$)'
          AND s.setting ~* '(^|[[:space:]?&])sslrootcert[[:space:]]*=' AS verifies,
       s.setting ~* '(^|[[:space:]?&])password[[:space:]]*=[[:space:]]*''?[^''[:space:]&]'
       OR s.setting ~* '^postgres(ql)?://[^/@?]*:[^/@?]+@' AS has_password,
       s.setting ~* '(^|[[:space:]?&])service[[:space:]]*=' AS service
FROM pg_show_all_settings() AS s
WHERE s.name = 'primary_conninfo'
  AND s.setting <> ''
