-- Frozen rulings: which clocks run, by which pack and law. Few, shared by many.
CREATE TABLE rulings (
    sha256 TEXT PRIMARY KEY,
    content TEXT NOT NULL
);
--bun:split
-- What was posted in one go: one person, one or several rights.
CREATE TABLE submissions (
    id {{.Int}} PRIMARY KEY,
    nonce TEXT NOT NULL UNIQUE,
    policy TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('form', 'mail', 'phone', 'post', 'counter', 'signal')),
    language TEXT NOT NULL,
    received_at {{.Time}} NOT NULL,
    signed_out_at {{.Time}} -- visits begun before have ended
);
--bun:split
-- One right each. The program gives the ids, see requests/id.go. Everything but id, submission_id and the sealed columns is a
-- projection of the events.
CREATE TABLE requests (
    id {{.Int}} PRIMARY KEY,
    submission_id {{.Int}} NOT NULL REFERENCES submissions (id),
    reference TEXT NOT NULL UNIQUE,
    policy TEXT NOT NULL,
    "right" TEXT NOT NULL,
    residence TEXT NOT NULL,
    regime TEXT NOT NULL,
    provisional {{.Bool}} NOT NULL,
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('triage', 'verification', 'search', 'decision', 'answer', 'aside', 'closed')),
    outcome TEXT NOT NULL CHECK (outcome IN ('', 'granted', 'partly', 'refused', 'nothing_found', 'withdrawn', 'not_us', 'spam', 'no_request', 'unproved', 'lapsed')),
    verified TEXT NOT NULL,
    ruling TEXT NOT NULL REFERENCES rulings (sha256),
    facts TEXT NOT NULL,
    received_at {{.Time}} NOT NULL,
    answered_at {{.Time}},
    closed_at {{.Time}},
    assignee_id {{.Int}} NOT NULL DEFAULT 0,
    -- The governing clock, copied for sorting; 9999-12-31 when nothing runs.
    due_at {{.Time}} NOT NULL,
    due_clock TEXT NOT NULL,
    held TEXT NOT NULL,
    last_act TEXT NOT NULL,
    last_actor TEXT NOT NULL,
    last_at {{.Time}} NOT NULL,
    unread {{.Bool}} NOT NULL,
    seq {{.Int}} NOT NULL,
    revision {{.Int}} NOT NULL,
    audit_seq {{.Int}} NOT NULL,
    audit_head {{.Bytes}} NOT NULL,
    -- Why triage looks twice, or ''; the first letter waits until it did.
    suspect TEXT NOT NULL DEFAULT '' CHECK (suspect IN ('', 'mailbox', 'network', 'unclear', 'sender', 'marked')),
    appeal_of {{.Int}} NOT NULL DEFAULT 0, -- the request whose answer is looked at again
    agent_id {{.Int}} NOT NULL DEFAULT 0, -- who asks for the person; 0: they themselves
    person {{.Bytes}} NOT NULL,
    wrapped_key {{.Bytes}},
    sealed {{.Bytes}}
);
--bun:split
-- Everything a filter can ask of open requests, in the order of the queue: a
-- page and its counts are read from the index alone, and only 50 rows opened.
CREATE INDEX requests_queue ON requests (held, due_at, id, policy, "right", regime, phase, assignee_id, verified, unread) WHERE closed_at IS NULL;
--bun:split
CREATE INDEX requests_closed ON requests (closed_at, id, policy, "right", regime, outcome, assignee_id, verified, unread) WHERE closed_at IS NOT NULL;
--bun:split
CREATE INDEX requests_person ON requests (person);
--bun:split
CREATE INDEX requests_agent ON requests (agent_id, id) WHERE agent_id <> 0;
--bun:split
CREATE INDEX requests_suspect ON requests (due_at, id, policy) WHERE suspect <> '' AND closed_at IS NULL;
--bun:split
CREATE INDEX requests_appeals ON requests (due_at, id, policy) WHERE appeal_of <> 0 AND closed_at IS NULL;
--bun:split
CREATE INDEX requests_aside ON requests (closed_at, id, policy) WHERE phase = 'aside' AND closed_at IS NOT NULL;
--bun:split
CREATE INDEX requests_submission ON requests (submission_id);
--bun:split
-- One row for each clock of a request: what reports count.
CREATE TABLE clocks (
    request_id {{.Int}} NOT NULL REFERENCES requests (id),
    name TEXT NOT NULL,
    due_at {{.Time}} NOT NULL,
    due_date TEXT NOT NULL,
    held {{.Bool}} NOT NULL,
    extended {{.Bool}} NOT NULL,
    met_at {{.Time}},
    PRIMARY KEY (request_id, name)
);
--bun:split
-- The timeline: the truth about a request.
CREATE TABLE events (
    id {{.PK}},
    request_id {{.Int}} NOT NULL REFERENCES requests (id),
    seq {{.Int}} NOT NULL,
    at {{.Time}} NOT NULL,
    act TEXT NOT NULL,
    actor TEXT NOT NULL,
    data TEXT NOT NULL,
    sealed {{.Bytes}},
    hash {{.Bytes}} NOT NULL,
    UNIQUE (request_id, seq)
);
--bun:split
CREATE TABLE messages (
    id {{.Int}} PRIMARY KEY,
    request_id {{.Int}} NOT NULL REFERENCES requests (id),
    seq {{.Int}} NOT NULL,
    at {{.Time}} NOT NULL,
    author TEXT NOT NULL CHECK (author IN ('requester', 'staff')),
    actor TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('message', 'proof', 'clarification', 'note', 'answer')),
    sealed {{.Bytes}}
);
--bun:split
CREATE INDEX messages_request ON messages (request_id, id);
--bun:split
CREATE TABLE files (
    id {{.Int}} PRIMARY KEY,
    request_id {{.Int}} NOT NULL REFERENCES requests (id),
    message_id {{.Int}} NOT NULL,
    seq {{.Int}} NOT NULL,
    n {{.Int}} NOT NULL,
    at {{.Time}} NOT NULL,
    author TEXT NOT NULL CHECK (author IN ('requester', 'staff')),
    type TEXT NOT NULL,
    size {{.Int}} NOT NULL,
    sha256 TEXT NOT NULL,
    sealed_name {{.Bytes}},
    deleted_at {{.Time}}
);
--bun:split
CREATE INDEX files_request ON files (request_id, id);
--bun:split
CREATE TABLE file_parts (
    file_id {{.Int}} NOT NULL REFERENCES files (id),
    n {{.Int}} NOT NULL,
    sealed {{.Bytes}} NOT NULL,
    PRIMARY KEY (file_id, n)
);
--bun:split
-- Letters as they go out, sealed whole: address, subject, text and HTML.
CREATE TABLE letters (
    id {{.Int}} PRIMARY KEY,
    request_id {{.Int}} NOT NULL REFERENCES requests (id),
    kind TEXT NOT NULL,
    audience TEXT NOT NULL CHECK (audience IN ('requester', 'staff')),
    language TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    created_at {{.Time}} NOT NULL,
    sent_at {{.Time}},
    last_error TEXT NOT NULL DEFAULT '',
    sealed {{.Bytes}}
);
--bun:split
CREATE INDEX letters_request ON letters (request_id, id);
--bun:split
-- Links in letters. Only a hash of the secret is kept, and of the code that does
-- the same when it is typed. A link for one submission was sent to the person
-- or to their agent; one for all was asked for with an address.
CREATE TABLE links (
    hash {{.Bytes}} PRIMARY KEY,
    request_id {{.Int}} NOT NULL REFERENCES requests (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('portal', 'agent', 'all')),
    created_at {{.Time}} NOT NULL,
    expires_at {{.Time}} NOT NULL,
    used_at {{.Time}},
    code {{.Bytes}},
    tries {{.Int}} NOT NULL DEFAULT 0
);
--bun:split
CREATE INDEX links_request ON links (request_id, created_at);
--bun:split
-- The exact text of each pack and regime a request was received under.
CREATE TABLE rule_files (
    sha256 TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('pack', 'regime')),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    content TEXT NOT NULL,
    first_seen_at {{.Time}} NOT NULL
);
--bun:split
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
