-- What somebody used lately is read by who they are; nothing looks for a temporary key's id.
DROP INDEX usage_log_issued_key_id;
CREATE INDEX usage_log_recent_uses ON usage_log (actor_id, id) WHERE issued_key_id IS NOT NULL;
