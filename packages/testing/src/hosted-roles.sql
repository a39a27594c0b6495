-- The roles of hosted Supabase, once a cluster; the superuser who runs this is supabase_admin.

create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit password 'postgres';
grant anon, authenticated, service_role to authenticator;
create role supabase_auth_admin nologin noinherit createrole;
create role supabase_storage_admin nologin noinherit createrole;
-- As the real one: no superuser, and owner of neither auth, storage nor realtime.
create role postgres login createdb createrole bypassrls password 'postgres';
grant anon, authenticated, service_role to postgres;
-- Only for policies; hosted-supabase.sql refuses the rest.
grant supabase_storage_admin to postgres;
