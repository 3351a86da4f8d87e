-- A number that changes with whatever a list of connectors is made of: who has read a list by this number need not read it
-- again while it stands.
CREATE TABLE generations (
    name TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO generations (name, number) VALUES ('access', 0);

CREATE TRIGGER accounts_insert_access AFTER INSERT ON accounts BEGIN UPDATE generations SET number = number + 1 WHERE name = 'access'; END;
CREATE TRIGGER accounts_update_access AFTER UPDATE ON accounts BEGIN UPDATE generations SET number = number + 1 WHERE name = 'access'; END;
CREATE TRIGGER accounts_delete_access AFTER DELETE ON accounts BEGIN UPDATE generations SET number = number + 1 WHERE name = 'access'; END;

CREATE TRIGGER connectors_insert_access AFTER INSERT ON connectors BEGIN UPDATE generations SET number = number + 1 WHERE name = 'access'; END;
CREATE TRIGGER connectors_update_access AFTER UPDATE ON connectors BEGIN UPDATE generations SET number = number + 1 WHERE name = 'access'; END;
CREATE TRIGGER connectors_delete_access AFTER DELETE ON connectors BEGIN UPDATE generations SET number = number + 1 WHERE name = 'access'; END;

CREATE TRIGGER grants_insert_access AFTER INSERT ON grants BEGIN UPDATE generations SET number = number + 1 WHERE name = 'access'; END;
CREATE TRIGGER grants_update_access AFTER UPDATE ON grants BEGIN UPDATE generations SET number = number + 1 WHERE name = 'access'; END;
CREATE TRIGGER grants_delete_access AFTER DELETE ON grants BEGIN UPDATE generations SET number = number + 1 WHERE name = 'access'; END;
