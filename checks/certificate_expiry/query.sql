-- SQL shows no certificate of the server: posemo reads it while it connects. Other numbers are not times.
SELECT CASE WHEN certificate_expiry.certificate_end > 0 AND certificate_expiry.certificate_end < 253402300800
             AND certificate_expiry.runner_clock >= 0 AND certificate_expiry.runner_clock < 253402300800
            THEN certificate_expiry.certificate_end - certificate_expiry.runner_clock END AS time_left,
       CASE certificate_expiry.certificate_name WHEN 1 THEN true WHEN 2 THEN false END AS for_this_host,
       CASE WHEN certificate_expiry.certificate_end > 0 AND certificate_expiry.certificate_end < 253402300800
            THEN to_timestamp(certificate_expiry.certificate_end) END AS ends
