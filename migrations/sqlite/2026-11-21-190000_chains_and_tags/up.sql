-- The roles on the way and the session tags, each a JSON list; empty: none.
ALTER TABLE connectors ADD COLUMN through TEXT NOT NULL DEFAULT '';
ALTER TABLE connectors ADD COLUMN session_tags TEXT NOT NULL DEFAULT '';
-- What the console opens with; empty: its home page.
ALTER TABLE connectors ADD COLUMN console_start TEXT NOT NULL DEFAULT '';
-- off, on or required; it was a yes or no.
ALTER TABLE connectors ADD COLUMN source_identity_word TEXT NOT NULL DEFAULT 'off' CHECK (source_identity_word IN ('off', 'on', 'required'));
UPDATE connectors SET source_identity_word = 'on' WHERE source_identity;
ALTER TABLE connectors DROP COLUMN source_identity;
ALTER TABLE connectors RENAME COLUMN source_identity_word TO source_identity;
