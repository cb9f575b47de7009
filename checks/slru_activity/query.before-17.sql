SELECT CASE s.name
           WHEN 'CommitTs' THEN 'commit_timestamp'
           WHEN 'MultiXactMember' THEN 'multixact_member'
           WHEN 'MultiXactOffset' THEN 'multixact_offset'
           WHEN 'Notify' THEN 'notify'
           WHEN 'Serial' THEN 'serializable'
           WHEN 'Subtrans' THEN 'subtransaction'
           WHEN 'Xact' THEN 'transaction'
           ELSE s.name
       END AS cache,
       s.blks_hit AS hits,
       s.blks_read AS reads,
       s.blks_written AS written,
       s.flushes AS flushes,
       s.truncates AS truncates
FROM pg_stat_slru AS s
