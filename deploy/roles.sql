-- Roles and schemas: one of each per daemon, none with rights on another's. Run once by a superuser in the data base of
-- the installation. Passwords are set by whoever deploys.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
DO $$
DECLARE
    service text;
BEGIN
    FOREACH service IN ARRAY ARRAY['planning', 'feedback', 'monitoring', 'incentive', 'gateway'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bihuan_' || service) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', 'bihuan_' || service);
        END IF;
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, 'bihuan_' || service);
    END LOOP;
END $$;
