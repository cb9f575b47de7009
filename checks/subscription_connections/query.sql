SELECT d.datname AS database,
       s.subname AS subscription,
       s.subenabled AS enabled,
       s.subconninfo ~* '(^|[[:space:]?&])host(addr)?[[:space:]]*=[[:space:]]*''?((localhost|127[.][0-9.]+|::1|[/@%][^,''[:space:]&]*),)*(?!localhost([,''[:space:]&]|$)|127[.]|::1|[/@%])[^,''[:space:]&]'
       -- A URI has its hosts between an @, if it has one, and a slash.
       OR s.subconninfo ~* '^postgres(ql)?://([^/?]*@|(?![^/?]*@))((localhost|127[.][0-9.]+|[[]::1[]]|%2F[^,/?]*)(:[0-9]*)?,)*(?!(localhost|[[]::1[]])([:,/?]|$)|127[.]|%2F|[/?:]|$)[^,/?]' AS remote,
       s.subconninfo ~* '(^|[[:space:]?&])(sslmode[[:space:]]*=[[:space:]]*''?(require|verify-ca|verify-full)|(gssencmode|channel_binding)[[:space:]]*=[[:space:]]*''?require|sslrootcert[[:space:]]*=[[:space:]]*''?system)(''|[[:space:]&]|$)' AS encrypts,
       s.subconninfo ~* '(^|[[:space:]?&])(sslmode[[:space:]]*=[[:space:]]*''?(verify-ca|verify-full)|(gssencmode|channel_binding)[[:space:]]*=[[:space:]]*''?require|sslrootcert[[:space:]]*=[[:space:]]*''?system)(''|[[:space:]&]|$)'
       -- With a root certificate, require verifies like verify-ca.
       OR s.subconninfo ~* '(^|[[:space:]?&])sslmode[[:space:]]*=[[:space:]]*''?require(''|[[:space:]&]|$)'
          AND s.subconninfo ~* '(^|[[:space:]?&])sslrootcert[[:space:]]*=' AS verifies,
       s.subconninfo ~* '(^|[[:space:]?&])password[[:space:]]*=[[:space:]]*''?[^''[:space:]&]'
       OR s.subconninfo ~* '^postgres(ql)?://[^/@?]*:[^/@?]+@' AS has_password,
       s.subconninfo ~* '(^|[[:space:]?&])service[[:space:]]*=' AS service
FROM pg_subscription AS s
JOIN pg_database AS d ON d.oid = s.subdbid
ORDER BY s.subenabled DESC, d.datname, s.subname
