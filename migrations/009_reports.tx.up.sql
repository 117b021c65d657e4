-- What reports read: each counts from an index alone.
CREATE INDEX requests_received ON requests (policy, received_at, appeal_of, "right", regime, outcome, phase, verified, agent_id, ruling);
--bun:split
CREATE INDEX requests_answered ON requests (policy, answered_at, appeal_of, "right", regime, outcome, received_at, ruling, id) WHERE answered_at IS NOT NULL;
--bun:split
-- What ended without a decision: withdrawn, lapsed, not for us, not proved.
CREATE INDEX requests_undecided ON requests (policy, closed_at, outcome, appeal_of, "right", regime, received_at, ruling, id) WHERE answered_at IS NULL AND closed_at IS NOT NULL;
--bun:split
-- Promises that are kept by something else than the answer.
CREATE INDEX clocks_promised ON clocks (name, met_at, due_at, request_id) WHERE met_at IS NOT NULL AND name IN ('acknowledge.promise', 'first_response.promise', 'fulfil.promise');
--bun:split
CREATE INDEX events_reopened ON events (request_id, seq) WHERE act = 'reopen';
