ALTER TABLE connectors ADD COLUMN source_identity_flag BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE connectors SET source_identity_flag = TRUE WHERE source_identity <> 'off';
ALTER TABLE connectors DROP COLUMN source_identity;
ALTER TABLE connectors RENAME COLUMN source_identity_flag TO source_identity;
ALTER TABLE connectors DROP COLUMN console_start;
ALTER TABLE connectors DROP COLUMN session_tags;
ALTER TABLE connectors DROP COLUMN through;
