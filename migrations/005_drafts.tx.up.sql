-- Forms under way, each under a hash of the secret in its address. The answers
-- are sealed; once they are sent only the submission they became is kept.
CREATE TABLE drafts (
    id_hash {{.Bytes}} PRIMARY KEY,
    policy TEXT NOT NULL,
    wrapped_key {{.Bytes}} NOT NULL,
    sealed {{.Bytes}},
    submission_id {{.Int}} NOT NULL DEFAULT 0,
    begun_at {{.Time}} NOT NULL,
    expires_at {{.Time}} NOT NULL
);
--bun:split
CREATE INDEX drafts_expiry ON drafts (expires_at);
