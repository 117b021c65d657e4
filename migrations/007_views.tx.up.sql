-- Lists the team names and keeps. A view is a filter and nothing else: who opens
-- it sees what they may see. policies says to whom a shared one is offered: ids
-- of packs, parted by commas, or * for those who serve all.
CREATE TABLE views (
    id {{.PK}},
    owner_id {{.Int}} NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    shared {{.Bool}} NOT NULL,
    policies TEXT NOT NULL,
    created_at {{.Time}} NOT NULL,
    changed_at {{.Time}} NOT NULL
);
--bun:split
CREATE INDEX views_owner ON views (owner_id, name);
--bun:split
CREATE INDEX views_shared ON views (name) WHERE shared;
--bun:split
-- Which columns of the queue somebody wants to see, parted by commas.
CREATE TABLE queue_columns (
    user_id {{.Int}} PRIMARY KEY,
    columns TEXT NOT NULL
);
--bun:split
-- One act on many requests. The list is frozen when it is made; what was typed
-- for the act is sealed.
CREATE TABLE bulks (
    id {{.PK}},
    owner_id {{.Int}} NOT NULL,
    act TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'running', 'done')),
    wrapped_key {{.Bytes}} NOT NULL,
    sealed {{.Bytes}},
    checked {{.Bool}} NOT NULL, -- what was typed is complete and the list was held against it
    created_at {{.Time}} NOT NULL,
    started_at {{.Time}},
    finished_at {{.Time}}
);
--bun:split
CREATE INDEX bulks_owner ON bulks (owner_id, id);
--bun:split
-- Its requests, each with the revision that was looked at and what came of it.
CREATE TABLE bulk_items (
    bulk_id {{.Int}} NOT NULL REFERENCES bulks (id),
    n {{.Int}} NOT NULL,
    request_id {{.Int}} NOT NULL,
    revision {{.Int}} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('can', 'cannot', 'done', 'moved', 'refused')),
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (bulk_id, n)
);
--bun:split
-- The queue sorted by each of its columns that sort, read from the index alone.
DROP INDEX requests_queue;
--bun:split
CREATE INDEX requests_queue ON requests (held, due_at, id, policy, "right", regime, phase, assignee_id, verified, unread, residence, received_at, last_act, suspect, appeal_of, agent_id) WHERE closed_at IS NULL;
--bun:split
CREATE INDEX queue_received ON requests (received_at, id, policy, "right", regime, phase, assignee_id, verified, unread, residence, held, due_at, last_act) WHERE closed_at IS NULL;
--bun:split
CREATE INDEX queue_event ON requests (last_at, id, policy, "right", regime, phase, assignee_id, verified, unread, residence, held, due_at, last_act) WHERE closed_at IS NULL;
--bun:split
CREATE INDEX queue_reference ON requests (reference, id, policy, "right", regime, phase, assignee_id, verified, unread, residence, held, due_at, last_act) WHERE closed_at IS NULL;
--bun:split
DROP INDEX requests_closed;
--bun:split
CREATE INDEX requests_closed ON requests (closed_at, id, policy, "right", regime, phase, outcome, assignee_id, verified, unread, residence, received_at) WHERE closed_at IS NOT NULL;
--bun:split
CREATE INDEX queue_closed_received ON requests (received_at, id, policy, "right", regime, phase, outcome, assignee_id, residence, closed_at) WHERE closed_at IS NOT NULL;
