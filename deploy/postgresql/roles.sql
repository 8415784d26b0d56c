-- Roles and databases, run once: by Patroni when it founds a cluster, by hand on a single server
-- (psql -v ON_ERROR_STOP=1 -f roles.sql). The owner changes tables (linli prepare). Web and work
-- only read and write rows: a trigger that forbids a change is none of theirs to take away.
-- While a cluster is founded nobody follows yet who could confirm.
SET synchronous_commit TO local;
SET statement_timeout TO 0;
CREATE ROLE linli_owner LOGIN PASSWORD '{{owner_password}}';
CREATE ROLE linli LOGIN PASSWORD '{{password}}';

ALTER ROLE linli_owner SET timezone TO 'UTC';
ALTER ROLE linli SET timezone TO 'UTC';
-- Waiting for a lock has an end, and so has a transaction whose process is gone:
-- the journal's sequencer never passes an open one.
ALTER ROLE linli SET lock_timeout TO '5s';
ALTER ROLE linli SET idle_in_transaction_session_timeout TO '60s';

CREATE DATABASE linli OWNER linli_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
CREATE DATABASE keys OWNER linli_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE linli, keys FROM PUBLIC;
GRANT CONNECT ON DATABASE linli, keys TO linli;

\connect linli
SET synchronous_commit TO local;
ALTER DEFAULT PRIVILEGES FOR ROLE linli_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO linli;
ALTER DEFAULT PRIVILEGES FOR ROLE linli_owner GRANT USAGE, SELECT ON SEQUENCES TO linli;
\connect keys
SET synchronous_commit TO local;
ALTER DEFAULT PRIVILEGES FOR ROLE linli_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO linli;
ALTER DEFAULT PRIVILEGES FOR ROLE linli_owner GRANT USAGE, SELECT ON SEQUENCES TO linli;
