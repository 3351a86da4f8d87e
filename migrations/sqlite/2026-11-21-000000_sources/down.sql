DROP INDEX api_tokens_access_key_id;
DROP INDEX api_tokens_connector_id;
CREATE TABLE api_tokens_before (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL UNIQUE,
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
INSERT INTO api_tokens_before SELECT id, kind, name, slug, hash, connector_id, created_by, created_at, expires_at, revoked_at FROM api_tokens WHERE connector_id IS NOT NULL;
DROP TABLE api_tokens;
ALTER TABLE api_tokens_before RENAME TO api_tokens;
CREATE INDEX api_tokens_connector_id ON api_tokens (connector_id);
DROP TABLE leases;
DROP TABLE rotations;
ALTER TABLE access_keys DROP COLUMN rotation_plan;
ALTER TABLE access_keys DROP COLUMN envelope;
ALTER TABLE access_keys DROP COLUMN mfa_step;
ALTER TABLE access_keys DROP COLUMN mfa_seed;
ALTER TABLE access_keys DROP COLUMN mfa_serial;
ALTER TABLE access_keys DROP COLUMN trouble;
ALTER TABLE access_keys DROP COLUMN checked_at;
ALTER TABLE access_keys DROP COLUMN last_used_at;
ALTER TABLE access_keys DROP COLUMN key_since;
ALTER TABLE access_keys DROP COLUMN expires_at;
ALTER TABLE access_keys DROP COLUMN session_token;
ALTER TABLE access_keys DROP COLUMN source;
