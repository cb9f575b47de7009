-- settings: autovacuum_freeze_max_age=100000, autovacuum=off
-- A database with an old id, as after an interrupted upgrade or a vacuum that cannot finish. The scenario writes the id
-- into the system catalog, as 250,000 transactions would take too long.
-- expect: ok
create database neglected with is_template true;
-- expect: ok
do $$ begin
    update pg_database set datfrozenxid = ((txid_current() - 250000 + 4294967296) % 4294967296)::text::xid
    where datname = 'neglected';
end $$;
-- expect: warning neglected
update pg_database set datfrozenxid = (select datfrozenxid from pg_database where datname = 'template0'), datistemplate = false
where datname = 'neglected';
-- expect: ok
drop database neglected;
-- expect: ok
