-- settings: unix_socket_permissions=0770
-- expect: ok local all all trust, ok local replication all trust
select 1;
-- expect: ok local all all trust, ok local replication all trust
