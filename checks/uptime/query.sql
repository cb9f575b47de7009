SELECT CAST(extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) AS double precision) AS up,
       CAST(extract(epoch FROM clock_timestamp() - pg_conf_load_time()) AS double precision) AS since_reload
