DROP INDEX usage_log_recent_uses;
CREATE INDEX usage_log_issued_key_id ON usage_log (issued_key_id) WHERE issued_key_id IS NOT NULL;
