-- servers: 15..
-- expect: ok
create temporary table kept as select pg_read_file(current_setting('ident_file')) as text;
create procedure load(variadic lines text[]) language plpgsql as $$ begin
    -- Backslashes in lines remain as they are.
    execute format('copy (select unnest(%L::text[])) to %L (format csv, delimiter E''\x02'', quote E''\x03'')',
                   lines, current_setting('ident_file'));
    perform pg_reload_conf();
end $$;
call load('staff anna anna', 'staff root postgres', 'staff /^(.*)$ \1', 'realm /^(.*)@EXAMPLE\.COM$ \1', 'realm /@EXAMPLE\.COM$ app');
-- expect: ok
call load('staff anna anna', 'staff /.* postgres');
-- expect: critical staff /.* postgres
call load('staff anna anna', 'staff /^(.*)$ app_user');
-- expect: critical staff /^(.*)$ app_user
call load('staff anna anna', 'staff /(.*) app_\1');
-- expect: ok
do $$ begin
    execute format('copy (select unnest(string_to_array(text, E''\n'')) from kept) to %L', current_setting('ident_file'));
end $$;
select pg_reload_conf();
-- expect: ok
