-- Whose session it is, to end somebody's sessions without reading all of them. Those from before do not say it: everybody
-- signs in again.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN person_id TEXT;
CREATE INDEX sessions_person_id ON sessions (person_id);
CREATE INDEX sessions_created_at ON sessions (created_at);
