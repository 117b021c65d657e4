package main

import (
	"context"
	"maps"
	"sync"
	"time"

	"dsr/database"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/reports"
	"dsr/requests"
)

// share is a part of the outbox that has a worker of its own, because of whom
// its jobs wait for: a mail server or a hook that hangs holds nothing else up.
type share int

const (
	ourOwn  share = iota // jobs that wait for nobody outside
	letters              // those that wait for the mail server
	posts                // those that wait for a hook
	shares               // how many there are
)

// postLines is how many letters leave at once, each over its own connection.
const postLines = 4

// shareOf says whose work a kind of job is.
func shareOf(kind string) share {
	if kind == requests.HookKind {
		return posts
	}
	if _, isLetter := requests.LetterPolicies(reports.WeeklyKind)[kind]; isLetter {
		return letters
	}
	return ourOwn
}

// hire makes the workers.
func (p *plant) hire(db *database.DB, now func() time.Time) {
	policies := requests.JobPolicies(reports.WeeklyKind)
	for s := range p.workers {
		options := outbox.Options{Log: p.log, Policies: policies}
		if share(s) == letters {
			options.Concurrency = postLines
		}
		p.workers[s] = outbox.NewWorker(db, now, options)
	}
}

// wake stirs the workers. It may be called before there are any.
func (p *plant) wake() {
	for _, w := range p.workers {
		if w != nil {
			w.Wake()
		}
	}
}

// send does the work of the outbox.
func (p *plant) send(ctx context.Context, h *house, now func() time.Time) {
	post := mailer.NewPost(p.smtp, postLines, p.pace, now, mailer.Options{Signing: p.signing})
	defer post.Close()
	jobs := h.office.Jobs(p.from, now, post.Send)
	maps.Copy(jobs, h.weekly.Jobs(p.from, now, post.Send))
	p.work(ctx, jobs)
}

// work lets each worker do its share.
func (p *plant) work(ctx context.Context, jobs map[string]outbox.Handler) {
	var running sync.WaitGroup
	for s, worker := range p.workers {
		kinds := map[string]outbox.Handler{}
		for kind, handler := range jobs {
			if shareOf(kind) == share(s) {
				kinds[kind] = handler
			}
		}
		running.Go(func() { worker.Run(ctx, kinds) })
	}
	running.Wait()
}
