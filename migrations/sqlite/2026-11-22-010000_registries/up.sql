-- Whether a registry's log-in may go on after the session that it was asked for with.
ALTER TABLE connectors ADD COLUMN registry_tokens_outlive BOOLEAN NOT NULL DEFAULT FALSE;
