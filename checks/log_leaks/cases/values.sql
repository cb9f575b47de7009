-- servers: 13..
-- settings: log_min_duration_statement=1min
-- wait: 10s
-- expect: ok log_parameter_max_length
alter system set log_parameter_max_length = 0;
-- expect: ok log_parameter_max_length
select pg_reload_conf();
-- expect: ok
alter system set log_parameter_max_length_on_error = 10;
-- expect: ok
select pg_reload_conf();
-- expect: ok log_parameter_max_length_on_error
