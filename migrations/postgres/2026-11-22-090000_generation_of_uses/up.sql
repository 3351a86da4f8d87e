-- A number that changes with whatever a use of a connector is decided on and made with, the times of last uses included.
INSERT INTO generations (name, number) VALUES ('uses', 0);

-- As next_access_generation, for the name that the trigger says.
CREATE FUNCTION next_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE generations SET number = txid_current() WHERE name = TG_ARGV[0] AND number <> txid_current();
    RETURN NULL;
END;
$$;

CREATE CONSTRAINT TRIGGER connectors_uses AFTER INSERT OR UPDATE OR DELETE ON connectors
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_generation('uses');
CREATE CONSTRAINT TRIGGER slugs_uses AFTER INSERT OR UPDATE OR DELETE ON slugs
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_generation('uses');
CREATE CONSTRAINT TRIGGER grants_uses AFTER INSERT OR UPDATE OR DELETE ON grants
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_generation('uses');
CREATE CONSTRAINT TRIGGER access_keys_uses AFTER INSERT OR UPDATE OR DELETE ON access_keys
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_generation('uses');
CREATE CONSTRAINT TRIGGER api_tokens_uses AFTER INSERT OR UPDATE OR DELETE ON api_tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_generation('uses');
CREATE CONSTRAINT TRIGGER api_token_connectors_uses AFTER INSERT OR UPDATE OR DELETE ON api_token_connectors
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_generation('uses');
