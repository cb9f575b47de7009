-- expect: ok
create table notes (author text);
alter table notes enable row level security;
create policy everything on notes using (true);
-- expect: warning public.notes
create policy own on notes as restrictive using (author = current_user);
-- expect: ok
drop policy own on notes;
drop policy everything on notes;
create policy nothing on notes using (false);
-- expect: ok
drop policy nothing on notes;
create policy writing on notes for insert with check (true);
-- expect: warning public.notes
drop policy writing on notes;
create policy reading on notes for select using (true);
-- expect: ok public.notes
drop table notes;
-- expect: ok
