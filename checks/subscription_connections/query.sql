SELECT d.datname AS database,
       s.subname AS subscription,
       s.subenabled AS enabled,
       s.subconninfo ~* '(^|[\s?&])host(addr)?\s*=\s*''?((localhost|127[.][0-9.]+|::1|[/@%][^,''\s&]*),)*(?!localhost([,''\s&]|$)|127[.]|::1|[/@%])[^,''\s&]'
       -- A URI has its hosts between an @, if it has one, and a slash.
       OR s.subconninfo ~* '^postgres(ql)?://([^/?]*@|(?![^/?]*@))((localhost|127[.][0-9.]+|[[]::1[]]|%2F[^,/?]*)(:[0-9]*)?,)*(?!(localhost|[[]::1[]])([:,/?]|$)|127[.]|%2F|[/?:]|$)[^,/?]' AS remote,
       s.subconninfo ~* '(^|[\s?&])(sslmode\s*=\s*''?(require|verify-ca|verify-full)|(gssencmode|channel_binding)\s*=\s*''?require|sslrootcert\s*=\s*''?system)(''|[\s&]|$)' AS encrypts,
       s.subconninfo ~* '(^|[\s?&])(sslmode\s*=\s*''?(verify-ca|verify-full)|(gssencmode|channel_binding)\s*=\s*''?require|sslrootcert\s*=\s*''?system)(''|[\s&]|$)'
       -- With a root certificate, require verifies like verify-ca.
       OR s.subconninfo ~* '(^|[\s?&])sslmode\s*=\s*''?require(''|[\s&]|$)'
          AND s.subconninfo ~* '(^|[\s?&])sslrootcert\s*=' AS verifies,
       s.subconninfo ~* '(^|[\s?&])password\s*=\s*''?[^''\s&]'
       OR s.subconninfo ~* '^postgres(ql)?://[^/@?]*:[^/@?]+@' AS has_password,
       s.subconninfo ~* '(^|[\s?&])service\s*=' AS service
FROM pg_subscription AS s
JOIN pg_database AS d ON d.oid = s.subdbid
ORDER BY s.subenabled DESC, d.datname, s.subname
