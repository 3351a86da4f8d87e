DROP TRIGGER accounts_access ON accounts;
DROP TRIGGER connectors_access ON connectors;
DROP TRIGGER grants_access ON grants;
DROP FUNCTION next_access_generation;
DROP TABLE generations;
