package chaos_test

import (
	"testing"
	"time"

	"dsr/internal/dbtest"
)

func TestNothingConfirmedIsLostWhenTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		const many, questions, kills = 150, 4, 5
		p := newPlace(t, url)
		c := p.newCrowd(0, many)
		s := p.start()
		c.open()

		finish := c.begin(c.fillIn)
		for range 2 {
			c.await(many * questions / 3)
			s = c.killAndRestart(s)
		}
		finish()
		c.await(len(c.acks))

		finish = c.begin(c.send)
		for range kills {
			c.await(many / (kills + 1))
			s = c.killAndRestart(s)
		}
		finish()
		c.all(c.read)

		a := p.archive()
		a.idle()
		s.stop()
		a.drain()
		a.sound(many)
		a.has(c.confirmed())
		repeats := 0
		for _, copies := range a.delivered(many) {
			repeats += copies - 1
			if copies > 1+kills {
				t.Errorf("a letter arrived %d times in %d kills", copies, kills)
			}
		}
		// A process has four letters in its hands at most.
		if repeats > 4*kills {
			t.Errorf("%d letters were repeated in %d kills", repeats, kills)
		}
		t.Logf("%d forms, %d kills while sending: %d letters arrived twice", many, kills, repeats)
	})
}

// killAndRestart takes the server away in the middle of what it does.
func (c *crowd) killAndRestart(s *server) *server {
	c.Helper()
	c.shut()
	s.kill()
	s = c.start()
	c.open()
	return s
}

func TestAStopIsCleanAndQuick(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		const many = 80
		p := newPlace(t, url)
		c := p.newCrowd(0, many)
		s := p.start()
		c.open()
		c.all(c.fillIn)
		c.await(len(c.acks))

		finish := c.begin(c.send)
		c.await(many / 4)
		c.shut()
		if took := s.stop(); took > 10*time.Second {
			t.Errorf("it took %v to stop", took)
		}
		until(t, "everybody stands before the gate", func() bool { return c.waiting.Load() == atOnce })

		a := p.archive()
		a.sound(len(c.confirmed()))
		if n := a.count("SELECT COUNT(*) FROM outbox WHERE state = 'leased'"); n > 0 {
			t.Errorf("%d letters were left in the hands of a process that is gone", n)
		}
		if n := a.count("SELECT COUNT(*) FROM leases"); n > 0 {
			t.Errorf("%d leases were not given back", n)
		}

		s = p.start()
		c.open()
		finish()
		c.all(c.read)
		a.idle()
		s.stop()
		a.sound(many)
		a.has(c.confirmed())
		for _, copies := range a.delivered(many) {
			if copies != 1 {
				t.Errorf("a letter arrived %d times", copies)
			}
		}
	})
}
