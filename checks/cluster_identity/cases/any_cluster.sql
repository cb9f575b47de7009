-- Without a setting, each cluster is as expected.
-- expect: ok
checkpoint;
-- expect: ok
