-- What programs made with an Idempotency-Key, for a day: the same request again is answered with the same thing.
CREATE TABLE creations (
    token_id TEXT NOT NULL REFERENCES api_tokens (id) ON DELETE CASCADE,
    idempotency_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    made_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (token_id, idempotency_key)
);
CREATE INDEX creations_created_at ON creations (created_at);
