-- SQL cannot measure these times: posemo gives them as arguments.
SELECT nullif(response_time.connected_in, 0) AS connect,
       nullif(response_time.answered_in, 0) AS query
