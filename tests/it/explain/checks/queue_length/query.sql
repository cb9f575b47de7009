SELECT queue_length.kind AS queue, 1::bigint AS waiting, 2::float8 AS oldest, true AS healthy
