// Package year holds a test that plays a year of requests: people who ask,
// staff who answer or forget to, mail servers that refuse and lose their
// connections, processes that die between two commits, holidays that are edited
// after the fact. After every day it counts anew, from the timelines alone, what
// was owed to whom, and compares that with what the database holds and what the
// mail server took.
//
// The clock is the test's own: nothing waits. Whatever is random follows from a
// seed, so that a day that went wrong can be played again:
//
//	go test ./internal/year -seed 7 -requests 250 -days 400
//
// There is no code here but tests. The counting knows the timelines, the rules
// of clocks in package deadlines, and the tables; it asks nothing of the rooms
// that it checks.
package year
