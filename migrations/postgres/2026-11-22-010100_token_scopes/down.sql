-- What the earlier form cannot say is gone: tokens of people, and for more or less than one thing.
ALTER TABLE api_tokens ADD COLUMN connector_id TEXT REFERENCES connectors (id) ON DELETE CASCADE;
DELETE FROM api_tokens WHERE kind <> 'program' OR all_connectors
    OR (SELECT COUNT(*) FROM api_token_connectors WHERE token_id = api_tokens.id)
        + (CASE WHEN access_key_id IS NULL THEN 0 ELSE 1 END) <> 1
    OR (access_key_id IS NULL AND ' ' || parts || ' ' NOT LIKE '% use %');
UPDATE api_tokens SET connector_id = (SELECT MIN(connector_id) FROM api_token_connectors WHERE token_id = api_tokens.id);
DROP TABLE api_token_connectors;
ALTER TABLE api_tokens DROP COLUMN person_id;
ALTER TABLE api_tokens DROP COLUMN parts;
ALTER TABLE api_tokens DROP COLUMN all_connectors;
ALTER TABLE api_tokens DROP COLUMN networks;
ALTER TABLE api_tokens DROP COLUMN responsible_id;
ALTER TABLE api_tokens DROP COLUMN group_directory;
ALTER TABLE api_tokens DROP COLUMN group_id;
ALTER TABLE api_tokens DROP COLUMN group_name;
ALTER TABLE api_tokens DROP COLUMN orphaned_at;
ALTER TABLE api_tokens DROP COLUMN revoked_by;
ALTER TABLE api_tokens DROP COLUMN last_used_at;
ALTER TABLE api_tokens DROP COLUMN last_used_from;
CREATE INDEX api_tokens_connector_id ON api_tokens (connector_id);
