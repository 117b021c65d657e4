//go:build bench

package main

import (
	"context"
	"fmt"
	"time"

	"dsr/access"
	"dsr/people"
	"dsr/requests"
)

// benchMillion measures the queue and the sweep over a large SQLite file.
func benchMillion(ctx context.Context, rows int) error { return millionOn(ctx, "SQLite", "", rows) }

// benchPostgres measures the same on a PostgreSQL database of its own, where an
// address is given.
func benchPostgres(ctx context.Context, rows int, address string) error {
	if address == "" {
		line("PostgreSQL", "not measured: make bench POSTGRES=postgres://…/an_empty_database")
		return nil
	}
	return millionOn(ctx, "PostgreSQL", address, rows)
}

func millionOn(ctx context.Context, engine, url string, rows int) error {
	p, err := open(ctx, url)
	if err != nil {
		return err
	}
	defer p.close()
	now := time.Now()
	begin := time.Now()
	err = p.office.Seed(ctx, now, rows, rows/10, func(done int) {
		if done%(rows/10) == 0 {
			fmt.Printf("\r%s: %d of %d requests made ", engine, done, rows)
		}
	})
	if err != nil {
		return err
	}
	fmt.Printf("in %s\n", time.Since(begin).Round(time.Second))
	if err := p.analyze(ctx); err != nil {
		return err
	}
	user, err := p.people.Create(ctx, now, people.User{Email: "bench@example.com", Name: "Bench", Role: access.Handler, Policies: access.AllPolicies(), Active: true}, "a long enough pass phrase")
	if err != nil {
		return err
	}
	if err := p.queuePages(ctx, engine, user, lists(user.ID)); err != nil {
		return err
	}
	user, err = p.people.Create(ctx, now, people.User{Email: "one@example.com", Name: "One", Role: access.Handler, Policies: access.OnlyPolicies("moxora"), Active: true}, "a long enough pass phrase")
	if err != nil {
		return err
	}
	if err := p.queuePages(ctx, engine, user, ofOnePolicy()); err != nil {
		return err
	}
	return p.sweeps(ctx, engine)
}

// analyze lets the planner know the sizes, as a database in use does.
func (p *place) analyze(ctx context.Context) error {
	return p.db.Optimize(ctx)
}

// sweeps measures finding the next due reminders and turning them into jobs.
func (p *place) sweeps(ctx context.Context, engine string) error {
	future := time.Now().AddDate(0, 2, 0)
	var looks []time.Duration
	for range 50 {
		at := time.Now()
		n, err := p.office.NextReminders(ctx, future, requests.SweepBatch)
		if err != nil {
			return err
		}
		if n != requests.SweepBatch {
			return fmt.Errorf("only %d reminders are due", n)
		}
		looks = append(looks, time.Since(at))
	}
	p50 := quantile(looks, 0.5)
	line(engine+": next 500 reminders due", "p50 %s (promised under 2 ms: %s)", p50, verdict(p50 < 2*time.Millisecond))
	begin, total := time.Now(), 0
	for {
		n, err := p.office.Sweep(ctx, future)
		if err != nil {
			return err
		}
		total += n
		if n == 0 {
			break
		}
	}
	perSecond := float64(total) / time.Since(begin).Seconds()
	line(engine+": sweep", "%d reminders, %.0f/s (promised at least 20,000/s: %s)", total, perSecond, verdict(perSecond >= 20000))
	return nil
}
