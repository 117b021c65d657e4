-- People and firms that ask for others, one row for each policy they ask under.
-- Name and address are sealed; person is the blind index of the address.
CREATE TABLE agents (
    id {{.PK}},
    policy TEXT NOT NULL,
    person {{.Bytes}} NOT NULL,
    wrapped_key {{.Bytes}} NOT NULL,
    sealed {{.Bytes}} NOT NULL,
    language TEXT NOT NULL,
    relation TEXT NOT NULL DEFAULT 'agent' CHECK (relation IN ('agent', 'parent')), -- what they say they are
    created_at {{.Time}} NOT NULL,
    proved_at {{.Time}}, -- when they first opened a letter sent to them
    signed_out_at {{.Time}}, -- visits begun before have ended
    digest_off_at {{.Time}}, -- since when they want no weekly letter
    digested_on TEXT NOT NULL DEFAULT '', -- the last Monday that was looked at, 2026-11-23, or the day they became known
    authority TEXT NOT NULL DEFAULT '' CHECK (authority IN ('', 'signed_permission', 'power_of_attorney', 'parental')), -- accepted for whomever they ask for
    UNIQUE (policy, person)
);
--bun:split
CREATE INDEX agents_digest ON agents (policy, digested_on, id) WHERE proved_at IS NOT NULL AND digest_off_at IS NULL;
--bun:split
-- Links and codes in letters to agents. Only a hash of the secret is kept.
-- Relation and language are what was typed when the link was asked for; they
-- count once it is used.
CREATE TABLE agent_links (
    hash {{.Bytes}} PRIMARY KEY,
    agent_id {{.Int}} NOT NULL REFERENCES agents (id),
    relation TEXT NOT NULL CHECK (relation IN ('', 'agent', 'parent')),
    language TEXT NOT NULL,
    created_at {{.Time}} NOT NULL,
    expires_at {{.Time}} NOT NULL,
    used_at {{.Time}},
    code {{.Bytes}},
    tries {{.Int}} NOT NULL DEFAULT 0
);
--bun:split
CREATE INDEX agent_links_agent ON agent_links (agent_id, created_at);
--bun:split
CREATE INDEX agent_links_expiry ON agent_links (expires_at);
--bun:split
-- Letters to agents that are about no single request, sealed whole. The
-- occasion, "digest:12:2026-11-23", is written about once.
CREATE TABLE agent_letters (
    id {{.PK}},
    agent_id {{.Int}} NOT NULL REFERENCES agents (id),
    occasion TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    created_at {{.Time}} NOT NULL,
    sent_at {{.Time}},
    last_error TEXT NOT NULL DEFAULT '',
    sealed {{.Bytes}}
);
--bun:split
CREATE INDEX agent_letters_agent ON agent_letters (agent_id, id);
--bun:split
-- Documents by which agents show that they may act. request_id is the request
-- it is for, 0 where it is for all of them. The content goes with the document's
-- force: when it is refused or withdrawn.
CREATE TABLE agent_documents (
    id {{.PK}},
    agent_id {{.Int}} NOT NULL REFERENCES agents (id),
    authority TEXT NOT NULL CHECK (authority IN ('signed_permission', 'power_of_attorney', 'parental')),
    request_id {{.Int}} NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'refused', 'withdrawn')),
    sent_at {{.Time}} NOT NULL,
    judged_at {{.Time}},
    judged_by {{.Int}} NOT NULL DEFAULT 0,
    type TEXT NOT NULL,
    size {{.Int}} NOT NULL,
    sha256 TEXT NOT NULL,
    sealed_name {{.Bytes}},
    sealed_reason {{.Bytes}}
);
--bun:split
CREATE INDEX agent_documents_agent ON agent_documents (agent_id, id);
--bun:split
CREATE INDEX agent_documents_waiting ON agent_documents (id) WHERE state = 'waiting';
--bun:split
CREATE TABLE agent_document_parts (
    document_id {{.Int}} NOT NULL REFERENCES agent_documents (id),
    n {{.Int}} NOT NULL,
    sealed {{.Bytes}} NOT NULL,
    PRIMARY KEY (document_id, n)
);
--bun:split
-- For whom an agent may act by a document that names a person: later requests
-- for the same person need no other. person is the blind index of an address.
CREATE TABLE agent_principals (
    agent_id {{.Int}} NOT NULL REFERENCES agents (id),
    person {{.Bytes}} NOT NULL,
    authority TEXT NOT NULL CHECK (authority IN ('signed_permission', 'power_of_attorney', 'parental')),
    document_id {{.Int}} NOT NULL,
    PRIMARY KEY (agent_id, person)
);
--bun:split
-- Tables of requests that agents send in one file. hash is that of the file, so
-- that the same file sent twice is one table.
CREATE TABLE agent_batches (
    id {{.PK}},
    agent_id {{.Int}} NOT NULL REFERENCES agents (id),
    hash {{.Bytes}} NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done')),
    row_count {{.Int}} NOT NULL,
    created_at {{.Time}} NOT NULL,
    finished_at {{.Time}},
    sealed {{.Bytes}},
    UNIQUE (agent_id, hash)
);
--bun:split
-- The rows of such a table. What a row says is sealed, and gone once it became
-- a request; mark is a blind index of it, by which a row sent again is known.
CREATE TABLE agent_batch_rows (
    batch_id {{.Int}} NOT NULL REFERENCES agent_batches (id),
    n {{.Int}} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'received', 'again', 'bad', 'cleared')),
    mark {{.Bytes}} NOT NULL,
    request_id {{.Int}} NOT NULL DEFAULT 0,
    confirmed {{.Bool}} NOT NULL,
    sealed {{.Bytes}},
    PRIMARY KEY (batch_id, n)
);
--bun:split
CREATE INDEX agent_batch_rows_mark ON agent_batch_rows (mark);
--bun:split
CREATE INDEX agent_batch_rows_state ON agent_batch_rows (batch_id, state, n);
