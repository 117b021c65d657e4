// Package chromium holds tests that use the site as people do, in Debian's
// Chromium. A person walks each way of each policy on a phone with scripts
// switched off, finding things by what a screen reader is told of them; another
// has only a keyboard; and every page of a requester, in every state and
// language, is read by axe-core and looked at narrow, with large text, in the
// dark, in forced colours and without motion. The team's pages are those of
// the program as a newcomer starts it, with its samples; what no sample leads to
// is made in a house of its own. One test is a working day of the team, with
// forty requests and a keyboard alone; in the evening it counts the dashboard's
// figures again from the timelines.
//
// A page is one line in the table of pages_test.go, a state of a request one
// line in states_test.go.
//
// The package has no code of its own and knows nothing of what is behind the
// pages. Where there is no Chromium its tests fail; only where
// DSR_TEST_WITHOUT_CHROMIUM=1 is set and CI=true is not, they say in a line
// that begins with "NOT RUN:" that they were not run.
package chromium
