-- Messages that came to a company's mailbox, each delivery once. The original
-- is sealed byte for byte, in parts, under a key of its own. What became of a
-- message is its outcome; nothing is ever lost for want of one.
CREATE TABLE mails (
    id {{.PK}},
    policy TEXT NOT NULL,
    source TEXT NOT NULL UNIQUE,      -- one delivery: imap:moxora/INBOX/1700000000/42
    content {{.Bytes}} NOT NULL,      -- blind index of the message itself, however it came
    door TEXT NOT NULL CHECK (door IN ('imap', 'lmtp', 'stdin')),
    received_at {{.Time}} NOT NULL,
    kept_at {{.Time}} NOT NULL,
    size {{.Int}} NOT NULL,           -- of the whole message, in bytes
    whole {{.Bool}} NOT NULL,         -- false: too large, only its head was kept
    kind TEXT NOT NULL DEFAULT '' CHECK (kind IN ('', 'letter', 'auto_reply', 'bounce', 'list', 'spam', 'loop')),
    why TEXT NOT NULL DEFAULT '',     -- the header that decided the kind
    outcome TEXT NOT NULL DEFAULT 'waiting' CHECK (outcome IN ('waiting', 'reply', 'request', 'bounce', 'noted', 'unsorted', 'dropped', 'repeated')),
    settled_at {{.Time}},
    request_id {{.Int}} NOT NULL DEFAULT 0, -- what it belongs to
    same_as {{.Int}} NOT NULL DEFAULT 0,    -- the mail that this one repeats
    wrapped_key {{.Bytes}},
    sealed {{.Bytes}},                -- the envelope it came in
    summary {{.Bytes}}                -- what lists show of it, sealed
);
--bun:split
-- Which message was the first of its content. The second delivery of one finds
-- its place taken.
CREATE UNIQUE INDEX mails_content ON mails (policy, content) WHERE outcome <> 'repeated';
--bun:split
CREATE INDEX mails_request ON mails (request_id, id) WHERE request_id <> 0;
--bun:split
CREATE INDEX mails_outcome ON mails (outcome, id);
--bun:split
CREATE TABLE mail_parts (
    mail_id {{.Int}} NOT NULL REFERENCES mails (id),
    n {{.Int}} NOT NULL,
    sealed {{.Bytes}} NOT NULL,
    PRIMARY KEY (mail_id, n)
);
--bun:split
-- How far a mailbox was read, so that a restart goes on where it stopped.
CREATE TABLE mailboxes (
    name TEXT PRIMARY KEY,
    policy TEXT NOT NULL,
    uid_validity {{.Int}} NOT NULL,
    last_uid {{.Int}} NOT NULL,
    looked_at {{.Time}} NOT NULL,
    fault TEXT NOT NULL DEFAULT '',   -- why it could not be read when it was looked at last
    failing_since {{.Time}}
);
--bun:split
-- When a mail server reported that a letter it had taken could not be delivered.
ALTER TABLE letters ADD COLUMN bounced_at {{.Time}};
