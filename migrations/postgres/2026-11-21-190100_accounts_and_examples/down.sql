DROP TABLE hidden_examples;
DROP TABLE policy_examples;
CREATE TABLE policy_examples (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    position INTEGER NOT NULL,
    version INTEGER NOT NULL
);
ALTER TABLE accounts DROP COLUMN note;
ALTER TABLE accounts DROP COLUMN contact;
ALTER TABLE accounts DROP COLUMN owner;
