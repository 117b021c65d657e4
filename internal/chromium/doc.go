// Package chromium holds tests that use the program as people do: it is built
// and started as "dsr dev" with its sample requests, and Debian's Chromium
// opens its pages. A person walks the form with scripts switched off, the team
// signs in, and axe-core reads every page at the widths of a phone and a desk,
// light and dark.
//
// The package has no code of its own and knows nothing of what is behind the
// pages. Where there is no Chromium its tests fail; only where
// DSR_TEST_WITHOUT_CHROMIUM=1 is set and CI=true is not, they say in a line
// that begins with "NOT RUN:" that they were not run.
package chromium
