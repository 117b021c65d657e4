// Package policies holds what the controller published and what the law says:
// policy packs and regimes, both as strict YAML, both versioned and hashed.
// Given a policy, a right, a residence and the day of receipt it rules which
// law applies, which clocks run, how much proof of identity may be asked for
// and on which grounds a request may be refused. It knows no request rows.
package policies
