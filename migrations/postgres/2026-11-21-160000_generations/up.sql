-- A number that changes with whatever a list of connectors is made of: who has read a list by this number need not read it
-- again while it stands.
CREATE TABLE generations (
    name TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO generations (name, number) VALUES ('access', 0);

-- Each transaction has a number of its own. It is written when the transaction commits: nobody waits for the row for long.
-- (A migration that changes rows of these tables and then the table has to SET CONSTRAINTS ALL IMMEDIATE in between.)
CREATE FUNCTION next_access_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE generations SET number = txid_current() WHERE name = 'access' AND number <> txid_current();
    RETURN NULL;
END;
$$;

CREATE CONSTRAINT TRIGGER accounts_access AFTER INSERT OR UPDATE OR DELETE ON accounts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_access_generation();
CREATE CONSTRAINT TRIGGER connectors_access AFTER INSERT OR UPDATE OR DELETE ON connectors
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_access_generation();
CREATE CONSTRAINT TRIGGER grants_access AFTER INSERT OR UPDATE OR DELETE ON grants
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_access_generation();
