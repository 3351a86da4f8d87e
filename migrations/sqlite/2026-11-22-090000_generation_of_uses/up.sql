-- A number that changes with whatever a use of a connector is decided on and made with, the times of last uses included.
-- (A migration that makes one of these tables anew has to make its triggers again.)
INSERT INTO generations (name, number) VALUES ('uses', 0);

CREATE TRIGGER connectors_insert_uses AFTER INSERT ON connectors BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER connectors_update_uses AFTER UPDATE ON connectors BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER connectors_delete_uses AFTER DELETE ON connectors BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;

CREATE TRIGGER slugs_insert_uses AFTER INSERT ON slugs BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER slugs_update_uses AFTER UPDATE ON slugs BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER slugs_delete_uses AFTER DELETE ON slugs BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;

CREATE TRIGGER grants_insert_uses AFTER INSERT ON grants BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER grants_update_uses AFTER UPDATE ON grants BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER grants_delete_uses AFTER DELETE ON grants BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;

CREATE TRIGGER access_keys_insert_uses AFTER INSERT ON access_keys BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER access_keys_update_uses AFTER UPDATE ON access_keys BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER access_keys_delete_uses AFTER DELETE ON access_keys BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;

CREATE TRIGGER api_tokens_insert_uses AFTER INSERT ON api_tokens BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER api_tokens_update_uses AFTER UPDATE ON api_tokens BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER api_tokens_delete_uses AFTER DELETE ON api_tokens BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;

CREATE TRIGGER api_token_connectors_insert_uses AFTER INSERT ON api_token_connectors BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER api_token_connectors_update_uses AFTER UPDATE ON api_token_connectors BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
CREATE TRIGGER api_token_connectors_delete_uses AFTER DELETE ON api_token_connectors BEGIN UPDATE generations SET number = number + 1 WHERE name = 'uses'; END;
