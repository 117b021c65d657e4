-- The audit log. No foreign keys: it outlives what it tells about. Rows are
-- only ever added; a chain's numbers are unique so that two writers who saw the
-- same head cannot both go on from it.
CREATE TABLE audit_entries (
    id {{.PK}},
    chain {{.Int}} NOT NULL CHECK (chain >= 0),
    seq {{.Int}} NOT NULL CHECK (seq >= 1),
    at {{.Time}} NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    reason TEXT NOT NULL,
    event_seq {{.Int}} NOT NULL,
    event_hash {{.Bytes}} NOT NULL,
    detail TEXT NOT NULL,
    prev_hash {{.Bytes}} NOT NULL,
    hash {{.Bytes}} NOT NULL,
    UNIQUE (chain, seq)
);
--bun:split
-- Signed statements of what the log held.
CREATE TABLE audit_checkpoints (
    number {{.Int}} PRIMARY KEY CHECK (number >= 1),
    at {{.Time}} NOT NULL,
    -- The highest entry id covered, and how many entries all checkpoints up to
    -- this one cover.
    covers_to {{.Int}} NOT NULL,
    covers {{.Int}} NOT NULL,
    -- Chain, number and hash of the last entry of every chain that grew since
    -- the checkpoint before: 48 bytes each, by chain.
    heads {{.Bytes}} NOT NULL,
    prev_digest {{.Bytes}} NOT NULL,
    digest {{.Bytes}} NOT NULL,
    key_id TEXT NOT NULL,
    public_key {{.Bytes}} NOT NULL,
    signature {{.Bytes}} NOT NULL
);
--bun:split
-- Which checkpoint covers a row.
CREATE INDEX audit_checkpoints_cover ON audit_checkpoints (covers_to);
