-- Tables that need no further partition: for the future, an archive, without partitions, by number, and a month that is
-- partitioned by day.
-- expect: ok
create table future (day date) partition by range (day);
create table archive (at timestamp) partition by range (at);
create table archive_1 partition of archive for values from ('2001-01-01') to ('2002-01-01');
create table unused (at timestamp) partition by range (at);
create table numbers (n int) partition by range (n);
create table numbers_1 partition of numbers for values from (1) to (100);
create table months (day date) partition by range (day);
do $$ begin
    execute format('create table future_1 partition of future for values from (%L) to (%L)', current_date + 20, current_date + 50);
    execute format('create table month_1 partition of months for values from (%L) to (%L) partition by range (day)', current_date - 40, current_date - 10);
    execute format('create table day_1 partition of month_1 for values from (%L) to (%L)', current_date - 11, current_date - 10);
    execute format('create table month_2 partition of months for values from (%L) to (%L) partition by range (day)', current_date - 10, current_date + 20);
    execute format('create table day_2 partition of month_2 for values from (%L) to (%L)', current_date - 10, current_date + 20);
end $$;
-- expect: ok
drop table day_2;
do $$ begin
    execute format('create table day_2 partition of month_2 for values from (%L) to (%L)', current_date - 10, current_date - 2);
end $$;
-- expect: critical public.month_2
drop table months, numbers, unused, archive, future;
-- expect: ok
