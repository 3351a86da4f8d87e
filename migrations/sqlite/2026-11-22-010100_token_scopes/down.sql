-- What the earlier form cannot say is gone: tokens of people, and for more or less than one thing.
CREATE TABLE api_tokens_next (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL UNIQUE,
    connector_id TEXT REFERENCES connectors (id) ON DELETE CASCADE,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    access_key_id TEXT REFERENCES access_keys (id) ON DELETE CASCADE
);
INSERT INTO api_tokens_next SELECT id, kind, name, slug, hash,
    (SELECT MIN(connector_id) FROM api_token_connectors WHERE token_id = api_tokens.id),
    created_by, created_at, expires_at, revoked_at, access_key_id FROM api_tokens
WHERE kind = 'program' AND NOT all_connectors
    AND (SELECT COUNT(*) FROM api_token_connectors WHERE token_id = api_tokens.id)
        + (CASE WHEN access_key_id IS NULL THEN 0 ELSE 1 END) = 1
    AND (access_key_id IS NOT NULL OR ' ' || parts || ' ' LIKE '% use %');
DROP TABLE api_token_connectors;
DROP TABLE api_tokens;
ALTER TABLE api_tokens_next RENAME TO api_tokens;
CREATE INDEX api_tokens_connector_id ON api_tokens (connector_id);
CREATE INDEX api_tokens_access_key_id ON api_tokens (access_key_id);
