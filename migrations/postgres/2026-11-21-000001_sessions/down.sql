DROP INDEX sessions_created_at;
DROP INDEX sessions_person_id;
ALTER TABLE sessions DROP COLUMN person_id;
