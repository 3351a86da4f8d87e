-- Times are milliseconds since 1970 in UTC. Ids are UUIDv7 as text.

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE people (
    id TEXT NOT NULL PRIMARY KEY,
    directory TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    mail TEXT NOT NULL,
    session_name TEXT NOT NULL UNIQUE,
    federated_name TEXT NOT NULL UNIQUE,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    UNIQUE (directory, external_id)
);

-- Session names are compared without regard to case: so may the readers of CloudTrail.
CREATE UNIQUE INDEX people_session_name_folded ON people (lower(session_name));
CREATE UNIQUE INDEX people_federated_name_folded ON people (lower(federated_name));

CREATE TABLE sessions (
    id_hash TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX sessions_seen_at ON sessions (seen_at);

CREATE TABLE local_users (
    id TEXT NOT NULL PRIMARY KEY,
    user_name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    mail TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    password_changed_at BIGINT NOT NULL
);

CREATE TABLE local_groups (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE local_memberships (
    group_id TEXT NOT NULL REFERENCES local_groups (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES local_users (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX local_memberships_user_id ON local_memberships (user_id);

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    partition TEXT NOT NULL,
    account_id TEXT NOT NULL,
    label TEXT NOT NULL,
    colour INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (partition, account_id)
);

CREATE TABLE access_keys (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    partition TEXT NOT NULL,
    key_id TEXT NOT NULL,
    secret BYTEA NOT NULL,
    note TEXT NOT NULL,
    account_id TEXT,
    arn TEXT,
    validated_at BIGINT,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE connectors (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    access_key_id TEXT NOT NULL REFERENCES access_keys (id),
    partition TEXT NOT NULL,
    account_id TEXT,
    principal_type TEXT NOT NULL,
    role_arn TEXT,
    external_id TEXT,
    source_identity BOOLEAN NOT NULL,
    policy TEXT,
    policy_arns TEXT NOT NULL,
    omit_policy BOOLEAN NOT NULL,
    duration_seconds INTEGER,
    region TEXT,
    system_scope BOOLEAN NOT NULL,
    enabled BOOLEAN NOT NULL,
    open_without_asking BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX connectors_access_key_id ON connectors (access_key_id);

-- What a connector was at each of its versions; never changed. Kept when the connector goes, for the usage log.
CREATE TABLE connector_versions (
    connector_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    saved_by TEXT NOT NULL,
    PRIMARY KEY (connector_id, version)
);

-- Every slug ever used. It stays its connector's for ever: a shared link must never open another account.
CREATE TABLE slugs (
    slug TEXT NOT NULL PRIMARY KEY,
    connector_id TEXT NOT NULL
);

CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    directory TEXT NOT NULL,
    group_id TEXT NOT NULL,
    group_name TEXT NOT NULL,
    group_detail TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (connector_id, directory, group_id)
);
CREATE INDEX grants_group ON grants (directory, group_id);

CREATE TABLE policy_examples (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    position INTEGER NOT NULL,
    version INTEGER NOT NULL
);

CREATE TABLE api_tokens (
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

CREATE INDEX api_tokens_connector_id ON api_tokens (connector_id);

-- One chain for each process; each names the chain before it and where that one ended.
CREATE TABLE usage_chains (
    id TEXT NOT NULL PRIMARY KEY,
    predecessor TEXT,
    predecessor_hash BYTEA NOT NULL,
    opened_at BIGINT NOT NULL
);

CREATE TABLE usage_log (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain TEXT NOT NULL REFERENCES usage_chains (id),
    seq BIGINT NOT NULL,
    version INTEGER NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    directory TEXT,
    connector_id TEXT,
    connector_name TEXT,
    account_id TEXT,
    arn TEXT,
    session_name TEXT,
    source_identity TEXT,
    issued_key_id TEXT,
    expires_at BIGINT,
    requested_seconds INTEGER,
    granted_seconds INTEGER,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    request_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    grant_id TEXT,
    group_path TEXT,
    rule TEXT,
    connector_version INTEGER,
    policy_hash TEXT,
    row_hash BYTEA NOT NULL,
    UNIQUE (chain, seq)
);
CREATE INDEX usage_log_actor_name ON usage_log (actor_name, id);
CREATE INDEX usage_log_connector_id ON usage_log (connector_id, id);
CREATE INDEX usage_log_kind ON usage_log (kind, id);
CREATE INDEX usage_log_not_ok ON usage_log (outcome, id) WHERE outcome <> 'ok';
CREATE INDEX usage_log_issued_key_id ON usage_log (issued_key_id) WHERE issued_key_id IS NOT NULL;
CREATE INDEX usage_log_at ON usage_log (at);
