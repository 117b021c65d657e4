-- Calendar feeds, one a person. Only a hash of the secret in its address is
-- kept. The digest is of what was last read, and changed_at when it first was:
-- so a calendar that asks for what is new gets no answer twice.
CREATE TABLE feeds (
    user_id {{.Int}} PRIMARY KEY REFERENCES users (id),
    secret_hash {{.Bytes}} NOT NULL UNIQUE,
    scope TEXT NOT NULL CHECK (scope IN ('mine', 'all')),
    made_at {{.Time}} NOT NULL,
    read_at {{.Time}},
    digest TEXT NOT NULL DEFAULT '',
    changed_at {{.Time}} NOT NULL
);
