-- Half-filled forms of connectors, kept while their writer adds or changes an access key.
CREATE TABLE drafts (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    -- The connector that it is of; none: a new one.
    connector_id TEXT REFERENCES connectors (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX drafts_person_id ON drafts (person_id, created_at);
CREATE INDEX drafts_connector_id ON drafts (connector_id);
CREATE INDEX drafts_created_at ON drafts (created_at);
