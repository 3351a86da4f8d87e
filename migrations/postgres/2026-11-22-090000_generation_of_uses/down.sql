DROP TRIGGER connectors_uses ON connectors;
DROP TRIGGER slugs_uses ON slugs;
DROP TRIGGER grants_uses ON grants;
DROP TRIGGER access_keys_uses ON access_keys;
DROP TRIGGER api_tokens_uses ON api_tokens;
DROP TRIGGER api_token_connectors_uses ON api_token_connectors;
DROP FUNCTION next_uses_generation;
CREATE OR REPLACE FUNCTION next_access_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE generations SET number = txid_current() WHERE name = 'access' AND number <> txid_current();
    RETURN NULL;
END;
$$;
DROP FUNCTION generation_number;
DELETE FROM generations WHERE name = 'uses';
