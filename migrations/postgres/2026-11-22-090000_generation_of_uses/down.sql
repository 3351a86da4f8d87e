DROP TRIGGER connectors_uses ON connectors;
DROP TRIGGER slugs_uses ON slugs;
DROP TRIGGER grants_uses ON grants;
DROP TRIGGER access_keys_uses ON access_keys;
DROP TRIGGER api_tokens_uses ON api_tokens;
DROP TRIGGER api_token_connectors_uses ON api_token_connectors;
DROP FUNCTION next_generation;
DELETE FROM generations WHERE name = 'uses';
