-- Tokens of people and programs, each with a scope, networks, and who answers for it.
CREATE TABLE api_token_connectors (
    token_id TEXT NOT NULL REFERENCES api_tokens (id) ON DELETE CASCADE,
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    PRIMARY KEY (token_id, connector_id)
);
INSERT INTO api_token_connectors SELECT id, connector_id FROM api_tokens WHERE connector_id IS NOT NULL;
CREATE INDEX api_token_connectors_connector_id ON api_token_connectors (connector_id);
ALTER TABLE api_tokens ADD COLUMN person_id TEXT REFERENCES people (id) ON DELETE CASCADE;
-- Words with spaces between them.
ALTER TABLE api_tokens ADD COLUMN parts TEXT NOT NULL DEFAULT '';
ALTER TABLE api_tokens ADD COLUMN all_connectors BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE api_tokens ADD COLUMN networks TEXT NOT NULL DEFAULT '';
ALTER TABLE api_tokens ADD COLUMN responsible_id TEXT REFERENCES people (id) ON DELETE SET NULL;
ALTER TABLE api_tokens ADD COLUMN group_directory TEXT;
ALTER TABLE api_tokens ADD COLUMN group_id TEXT;
ALTER TABLE api_tokens ADD COLUMN group_name TEXT;
ALTER TABLE api_tokens ADD COLUMN orphaned_at BIGINT;
ALTER TABLE api_tokens ADD COLUMN revoked_by TEXT;
ALTER TABLE api_tokens ADD COLUMN last_used_at BIGINT;
ALTER TABLE api_tokens ADD COLUMN last_used_from TEXT;
UPDATE api_tokens SET parts = 'use' WHERE connector_id IS NOT NULL;
ALTER TABLE api_tokens DROP COLUMN connector_id;
CREATE INDEX api_tokens_person_id ON api_tokens (person_id);
CREATE INDEX api_tokens_responsible_id ON api_tokens (responsible_id);
