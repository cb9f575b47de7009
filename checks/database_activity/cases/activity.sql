-- settings: track_io_timing=on
-- expect: ok
create table written as select generate_series(1, 100) as n;
update written set n = 0;
delete from written;
-- expect: ok
drop table written;
-- expect: ok
