-- The state after pg_upgrade. plpgsql has one version only, so the catalog gets another.
-- expect: ok
update pg_extension set extversion = '0.9' where extname = 'plpgsql';
-- expect: warning plpgsql
update pg_extension set extversion = '1.0' where extname = 'plpgsql';
-- expect: ok
insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
values (99999, 'forgotten', 10, 11, false, '3.3');
-- expect: warning forgotten
delete from pg_extension where extname = 'forgotten';
-- expect: ok
