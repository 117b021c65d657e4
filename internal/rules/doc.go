// Package rules holds tests that read the source of this repository and keep
// it in shape: which room may import which, how long a function may be, that no
// package keeps state that changes, that the documents name every field and
// every flag. It has no code of its own, and nothing imports it.
//
// A rule that must be broken is broken in a list in its test, with the reason
// beside it. The budgets print what they measured:
//
//	go test ./internal/rules -run Budget -v
package rules
