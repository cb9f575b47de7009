-- SQL shows no certificate of the server: posemo reads it while it connects.
SELECT nullif(certificate_expiry.certificate_end, 0) - certificate_expiry.runner_clock AS time_left,
       to_timestamp(nullif(certificate_expiry.certificate_end, 0)) AS ends
