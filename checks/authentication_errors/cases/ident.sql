-- servers: 15..
-- expect: ok
create temporary table kept as select pg_read_file(current_setting('ident_file')) as text;
do $$ begin
    execute format('copy (select unnest(array[''staff anna postgres'', ''staff /^( postgres''])) to %L', current_setting('ident_file'));
end $$;
select pg_reload_conf();
-- expect: critical
select line_number, error from pg_ident_file_mappings where error is not null;
do $$ begin
    execute format('copy (select unnest(string_to_array(text, E''\n'')) from kept) to %L', current_setting('ident_file'));
end $$;
select pg_reload_conf();
-- expect: ok
