SELECT trim(coalesce(cluster_identity.expected, '')) = ''
       OR EXISTS (
           SELECT FROM unnest(string_to_array(cluster_identity.expected, ',')) AS e (identifier)
           WHERE trim(e.identifier) = CAST(s.system_identifier AS text)) AS as_expected,
       c.timeline_id AS timeline,
       CAST(s.system_identifier AS text) AS identifier,
       nullif(trim(cluster_identity.expected), '') AS expected
FROM pg_control_system() AS s
CROSS JOIN pg_control_checkpoint() AS c
