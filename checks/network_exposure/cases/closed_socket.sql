-- settings: unix_socket_permissions=0700
-- The settings need a restart, so the scenario shows only a server without findings.
-- expect: ok
select 1;
-- expect: ok
