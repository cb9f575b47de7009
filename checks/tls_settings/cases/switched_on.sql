-- settings: ssl_min_protocol_version=TLSv1.1, ssl_ciphers=HIGH:RC4-SHA
-- wait: 10s
-- The server has no certificate: it logs an error and continues without TLS. The settings are those of a server
-- with one. ALTER SYSTEM cannot run in a transaction, so each block contains one.
-- expect: ok ssl
alter system set ssl = on;
-- expect: ok ssl
select pg_reload_conf();
-- expect: critical ssl_min_protocol_version, warning ssl_ciphers
alter system set ssl_min_protocol_version = 'TLSv1.2';
-- expect: critical ssl_min_protocol_version
select pg_reload_conf();
-- expect: warning ssl_ciphers
alter system set ssl_ciphers = 'HIGH:!aNULL';
-- expect: warning ssl_ciphers
select pg_reload_conf();
-- expect: ok
alter system reset all;
-- expect: ok
select pg_reload_conf();
-- expect: ok ssl
