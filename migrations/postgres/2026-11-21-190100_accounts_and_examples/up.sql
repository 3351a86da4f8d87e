-- Whom to ask about an account, and what there is to know of it.
ALTER TABLE accounts ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN contact TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- What ships is part of the program from now on, so that a new version of it brings better ones; the table keeps what
-- administrators wrote. Nobody could write any until now: what goes here had shipped.
DROP TABLE policy_examples;
CREATE TABLE policy_examples (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT NOT NULL,
    text TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (kind, name_folded)
);

-- Shipped examples that nobody is to be offered.
CREATE TABLE hidden_examples (
    id TEXT NOT NULL PRIMARY KEY
);
