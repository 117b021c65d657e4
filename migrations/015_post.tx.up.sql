-- How letters fare on their way. What a mail server reports of letters about no
-- request, as 014 has it for those about one.
ALTER TABLE agent_letters ADD COLUMN bounced_at {{.Time}};
--bun:split
ALTER TABLE staff_letters ADD COLUMN bounced_at {{.Time}};
--bun:split
-- The letter that was sent instead of one that failed or came back, 0 if none.
ALTER TABLE letters ADD COLUMN sent_again {{.Int}} NOT NULL DEFAULT 0;
--bun:split
-- Why letters wait, by the job that sends them, for as long as they do: the
-- domain they go to and what was said last. Gone once a letter has left.
CREATE TABLE letter_troubles (
    job_key TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('greylisted', 'refused', 'unreachable', 'paced')),
    since {{.Time}} NOT NULL,
    last_at {{.Time}} NOT NULL
);
--bun:split
CREATE INDEX letters_bounced ON letters (bounced_at) WHERE bounced_at IS NOT NULL;
