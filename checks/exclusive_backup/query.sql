SELECT CASE WHEN pg_is_in_backup()
            THEN CAST(extract(epoch FROM clock_timestamp() - pg_backup_start_time()) AS double precision)
       END AS age
