-- An access key is kept for good, kept until its session token expires, or found in the surroundings at each use.
ALTER TABLE access_keys ADD COLUMN source TEXT NOT NULL DEFAULT 'long_term';
ALTER TABLE access_keys ADD COLUMN session_token BLOB;
ALTER TABLE access_keys ADD COLUMN expires_at BIGINT;
-- Since when this very key pair is here: its age.
ALTER TABLE access_keys ADD COLUMN key_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE access_keys ADD COLUMN last_used_at BIGINT;
ALTER TABLE access_keys ADD COLUMN checked_at BIGINT;
ALTER TABLE access_keys ADD COLUMN trouble TEXT;
ALTER TABLE access_keys ADD COLUMN mfa_serial TEXT;
ALTER TABLE access_keys ADD COLUMN mfa_seed BLOB;
-- The number of the last 30 seconds whose code was used up: a code counts once.
ALTER TABLE access_keys ADD COLUMN mfa_step BIGINT NOT NULL DEFAULT 0;
ALTER TABLE access_keys ADD COLUMN envelope TEXT;
ALTER TABLE access_keys ADD COLUMN rotation_plan TEXT;
UPDATE access_keys SET key_since = created_at;

-- One rotation of an IAM user's own key, step by step; each step is here before AWS is called for it.
CREATE TABLE rotations (
    id TEXT NOT NULL PRIMARY KEY,
    access_key_id TEXT NOT NULL REFERENCES access_keys (id) ON DELETE CASCADE,
    instance TEXT NOT NULL,
    step TEXT NOT NULL,
    old_key_id TEXT NOT NULL,
    seen_key_ids TEXT NOT NULL,
    new_key_id TEXT,
    new_secret BLOB,
    orphan_key_id TEXT,
    orphan_seen_at BIGINT,
    trouble TEXT,
    -- Why the last try failed; the steps as [word, milliseconds].
    failure TEXT,
    taken TEXT NOT NULL,
    started_by TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    step_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX rotations_open ON rotations (access_key_id) WHERE ended_at IS NULL;
CREATE INDEX rotations_access_key_id ON rotations (access_key_id, id);

-- Who does a job that must run once, however many replicas there are.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL
);

-- A token is for one connector, or for replacing the secret of one access key.
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
INSERT INTO api_tokens_next SELECT id, kind, name, slug, hash, connector_id, created_by, created_at, expires_at, revoked_at, NULL FROM api_tokens;
DROP TABLE api_tokens;
ALTER TABLE api_tokens_next RENAME TO api_tokens;
CREATE INDEX api_tokens_connector_id ON api_tokens (connector_id);
CREATE INDEX api_tokens_access_key_id ON api_tokens (access_key_id);
