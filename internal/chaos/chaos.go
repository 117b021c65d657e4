// Package chaos holds tests that treat the real program badly: they build it,
// start it as a process, fill in its form from many sides at once, and meanwhile
// kill it, stop it, fill its disk and take its mail server away. Then they ask
// the database whether everything that was acknowledged is there.
//
// There is no code here but tests. They know the form by its addresses and
// fields, as a browser does, and the database through package requests.
package chaos
