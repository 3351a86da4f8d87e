-- What is known of a local person beside their names, for placeholders and session tags.
CREATE TABLE local_attributes (
    user_id TEXT NOT NULL REFERENCES local_users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (user_id, name)
);
