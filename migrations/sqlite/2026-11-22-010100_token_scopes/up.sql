-- Tokens of people and programs, each with a scope, networks, and who answers for it.
CREATE TABLE api_tokens_next (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL UNIQUE,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    access_key_id TEXT REFERENCES access_keys (id) ON DELETE CASCADE,
    person_id TEXT REFERENCES people (id) ON DELETE CASCADE,
    -- Words with spaces between them.
    parts TEXT NOT NULL DEFAULT '',
    all_connectors BOOLEAN NOT NULL DEFAULT FALSE,
    networks TEXT NOT NULL DEFAULT '',
    responsible_id TEXT REFERENCES people (id) ON DELETE SET NULL,
    group_directory TEXT,
    group_id TEXT,
    group_name TEXT,
    orphaned_at BIGINT,
    revoked_by TEXT,
    last_used_at BIGINT,
    last_used_from TEXT
);
INSERT INTO api_tokens_next (id, kind, name, slug, hash, created_by, created_at, expires_at, revoked_at, access_key_id, parts)
SELECT id, kind, name, slug, hash, created_by, created_at, expires_at, revoked_at, access_key_id,
    CASE WHEN connector_id IS NULL THEN '' ELSE 'use' END FROM api_tokens;
-- The connectors that a token may use. When one goes, the token is for one less.
CREATE TABLE api_token_connectors (
    token_id TEXT NOT NULL REFERENCES api_tokens_next (id) ON DELETE CASCADE,
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    PRIMARY KEY (token_id, connector_id)
);
INSERT INTO api_token_connectors SELECT id, connector_id FROM api_tokens WHERE connector_id IS NOT NULL;
DROP TABLE api_tokens;
ALTER TABLE api_tokens_next RENAME TO api_tokens;
CREATE INDEX api_tokens_access_key_id ON api_tokens (access_key_id);
CREATE INDEX api_tokens_person_id ON api_tokens (person_id);
CREATE INDEX api_tokens_responsible_id ON api_tokens (responsible_id);
CREATE INDEX api_token_connectors_connector_id ON api_token_connectors (connector_id);
