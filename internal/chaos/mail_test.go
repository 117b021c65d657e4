package chaos_test

import (
	"testing"
)

func TestLettersWaitForTheMailServer(t *testing.T) {
	t.Parallel()
	const many = 30
	p := newPlace(t, "")
	c := p.newCrowd(0, many)
	s := p.start()
	c.open()
	c.all(c.fillIn)

	// The mail server goes; requests are taken in all the same.
	address := p.box.Address()
	p.must(p.box.Close())
	c.all(c.send)
	c.all(c.read)
	a := p.archive()
	a.sound(many)
	until(t, "every letter was tried", func() bool {
		return a.count("SELECT COUNT(*) FROM outbox WHERE kind = 'letter' AND attempts > 0 AND state = 'ready' AND last_error <> ''") == many
	})
	if n := a.count("SELECT COUNT(*) FROM letters WHERE state <> 'waiting'"); n > 0 {
		t.Errorf("%d letters count as sent or failed", n)
	}

	// It comes back; nobody has to do anything.
	p.box = openBox(t, address)
	until(t, "all letters were sent", func() bool {
		return a.count("SELECT COUNT(*) FROM letters WHERE state = 'sent'") == many
	})
	s.stop()
	a.sound(many)
	a.has(c.people)
	for _, copies := range a.delivered(many) {
		if copies != 1 {
			t.Errorf("a letter arrived %d times", copies)
		}
	}
}
