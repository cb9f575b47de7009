-- settings: archive_mode=on, archive_command=true
-- wait: 10s
-- ALTER SYSTEM cannot run in a transaction, so each block contains one.
-- expect: ok
alter system set standard_conforming_strings = off;
-- expect: warning standard_conforming_strings
alter system set local_preload_libraries = 'plpgsql';
-- expect: warning
alter system set row_security = off;
-- expect: warning
alter system set backslash_quote = on;
-- expect: warning
alter system set session_preload_libraries = '$libdir/plpgsql';
-- expect: warning
alter system set archive_command = 'PGPASSWORD=example true';
-- expect: warning
select pg_reload_conf();
-- expect: warning standard_conforming_strings, warning local_preload_libraries, warning row_security, critical backslash_quote, critical session_preload_libraries, critical archive_command
alter system set archive_command = 'PGPASSWORD="$FROM_A_FILE" PGPASSFILE=/x true --no-password --password-file=/y';
-- expect: critical
select pg_reload_conf();
-- expect: warning standard_conforming_strings, warning local_preload_libraries, warning row_security, critical backslash_quote, critical session_preload_libraries
alter system reset all;
-- expect: critical
select pg_reload_conf();
-- expect: ok
