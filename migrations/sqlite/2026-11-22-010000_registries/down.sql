ALTER TABLE connectors DROP COLUMN registry_tokens_outlive;
