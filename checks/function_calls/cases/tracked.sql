-- settings: track_functions=all
-- expect: ok
create function price(amount int) returns int language plpgsql as $$ begin return amount * 2; end $$;
create function "Price"(amount int, name text default 'x') returns int language plpgsql
as $$ begin return price(amount); end $$;
select "Price"(n) from generate_series(1, 10) as n;
-- expect: ok
