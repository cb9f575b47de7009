SELECT CASE WHEN clock_skew.runner_clock > 0
            THEN greatest(abs(c.ahead) - clock_skew.round_trip, 0)
       END AS skew,
       CASE WHEN clock_skew.runner_clock > 0 THEN c.ahead END AS server_ahead,
       clock_skew.round_trip AS round_trip
FROM (
    -- The call was sent before, at most the time of a round trip ago.
    SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision) - clock_skew.runner_clock AS ahead
) AS c
