-- servers: 16..
-- expect: ok
create temporary table kept as select pg_read_file(current_setting('ident_file')) as text;
create procedure load(variadic lines text[]) language plpgsql as $$ begin
    -- Backslashes in lines remain as they are.
    execute format('copy (select unnest(%L::text[])) to %L (format csv, delimiter E''\x02'', quote E''\x03'')',
                   lines, current_setting('ident_file'));
    perform pg_reload_conf();
end $$;
call load('staff root all');
-- expect: warning staff root all
call load('staff root /^');
-- expect: warning staff root /^
call load('staff root +app');
-- expect: ok staff root +app
call load('realm /@EXAMPLE\.COM$ all');
-- expect: critical realm /@EXAMPLE\.COM$ all
call load('realm /@EXAMPLE\.COM$ +app');
-- expect: warning realm /@EXAMPLE\.COM$ +app
call load('realm /@EXAMPLE\.COM$ /^app_');
-- expect: warning realm /@EXAMPLE\.COM$ /^app_
call load('staff /. +app');
-- expect: critical staff /. +app
call load('staff root postgres');
-- expect: ok
do $$ begin
    execute format('copy (select unnest(string_to_array(text, E''\n'')) from kept) to %L', current_setting('ident_file'));
end $$;
select pg_reload_conf();
-- expect: ok
