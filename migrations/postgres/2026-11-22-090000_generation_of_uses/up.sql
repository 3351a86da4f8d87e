-- A number that changes with whatever a use of a connector is decided on and made with, the times of last uses included.
INSERT INTO generations (name, number) VALUES ('uses', 0);

-- One number for each transaction, which no other has had: a server that took over may count transactions again.
CREATE FUNCTION generation_number() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT hashint8extended(txid_current(), (extract(epoch FROM now()) * 1000000)::bigint);
$$;

CREATE OR REPLACE FUNCTION next_access_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE generations SET number = generation_number() WHERE name = 'access' AND number <> generation_number();
    RETURN NULL;
END;
$$;

-- The row of 'access' is locked first, whatever a transaction changes first: two of them would wait for each other.
CREATE FUNCTION next_uses_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT number FROM generations WHERE name = 'uses') <> generation_number() THEN
        PERFORM 1 FROM generations WHERE name = 'access' FOR UPDATE;
        UPDATE generations SET number = generation_number() WHERE name = 'uses';
    END IF;
    RETURN NULL;
END;
$$;

CREATE CONSTRAINT TRIGGER connectors_uses AFTER INSERT OR UPDATE OR DELETE ON connectors
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_uses_generation();
CREATE CONSTRAINT TRIGGER slugs_uses AFTER INSERT OR UPDATE OR DELETE ON slugs
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_uses_generation();
CREATE CONSTRAINT TRIGGER grants_uses AFTER INSERT OR UPDATE OR DELETE ON grants
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_uses_generation();
CREATE CONSTRAINT TRIGGER access_keys_uses AFTER INSERT OR UPDATE OR DELETE ON access_keys
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_uses_generation();
CREATE CONSTRAINT TRIGGER api_tokens_uses AFTER INSERT OR UPDATE OR DELETE ON api_tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_uses_generation();
CREATE CONSTRAINT TRIGGER api_token_connectors_uses AFTER INSERT OR UPDATE OR DELETE ON api_token_connectors
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_uses_generation();
