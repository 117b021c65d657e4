//go:build bench

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"time"

	"dsr/people"
)

// promisedPage is how long nineteen of twenty pages of a list may take.
const promisedPage = 100 * time.Millisecond

// listed is one list that is measured: its filter, and how many pages deep.
type listed struct {
	name, query string
	deep        int
}

// lists are the pages people open: the first, a deep one, what filters find,
// every order, what is over, and searches.
func lists(user int64) []listed {
	return []listed{
		{"first page", "is:open", 0},
		{"deep page", "is:open", 40},
		{"right and law", "right:deletion law:ccpa", 0},
		{"right and law, deep", "right:deletion law:ccpa", 20},
		{"newest first", "sort:received-desc", 0},
		{"longest waiting, filtered", "sort:received right:access law:eu-gdpr", 0},
		{"by reference, deep", "sort:reference", 20},
		{"by last event", "sort:event-desc", 0},
		{"overdue", "is:overdue", 0},
		{"due this week", "policy:moxora due:7d", 0},
		{"my work", fmt.Sprintf("law:ccpa assignee:%d", user), 0},
		{"has a reply", "has:reply", 0},
		{"label", "label:urgent", 0},
		{"label and order", "label:urgent sort:received-desc", 0},
		{"place", "place:us", 0},
		{"closed", "is:closed", 0},
		{"closed, deep", "is:closed", 40},
		{"closed, 30 days", "closed:30d", 0},
		{"closed, right and law", "is:closed right:deletion law:ccpa", 0},
		{"closed, by receipt", "is:closed sort:received", 0},
		{"closed, of a policy", "is:closed policy:moxora", 0},
		{"closed, of a policy, by receipt", "closed:30d policy:moxora sort:received", 0},
		{"by an address", "person-1@example.org", 0},
		{"by a reference", "MOX-0042", 0},
	}
}

// ofOnePolicy are lists as they are opened by somebody who serves one policy.
func ofOnePolicy() []listed {
	return []listed{
		{"one policy, first page", "is:open", 0},
		{"one policy, due this week", "due:7d", 0},
		{"one policy, right and law", "right:deletion law:eu-gdpr", 0},
		{"one policy, closed", "is:closed", 0},
		{"one policy, closed, deep", "is:closed", 40},
	}
}

// queuePages opens lists as a browser does, each with its counts, and compares
// what they take with the first of them.
func (p *place) queuePages(ctx context.Context, engine string, user people.User, lists []listed) error {
	site, err := p.serve(user)
	if err != nil {
		return err
	}
	defer site.close()
	first := time.Duration(0)
	for _, l := range lists {
		path, err := site.page(l)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		var all []time.Duration
		for range 60 {
			at := time.Now()
			_, status, err := site.get(path)
			if err != nil || status != http.StatusOK {
				return fmt.Errorf("%s gave %d: %w", l.name, status, err)
			}
			all = append(all, time.Since(at))
		}
		size, err := site.weigh(path)
		if err != nil {
			return err
		}
		p50, p95 := quantile(all, 0.5), quantile(all, 0.95)
		if first == 0 {
			first = p50
		}
		line(engine+": list, "+l.name, "p50 %s (%.1f × the first page), p95 %s, %.1f kB (promised p95 under 100 ms and 100 kB: %s)",
			p50, float64(p50)/float64(first), p95, float64(size)/1000, verdict(p95 < promisedPage && size < 100_000))
	}
	return nil
}

// weigh returns how many bytes a page and what it links to take on the wire, as
// a browser loads them for the first time.
func (s *site) weigh(path string) (int, error) {
	page, err := s.load(path)
	if err != nil {
		return 0, err
	}
	plain, err := gzip.NewReader(bytes.NewReader(page))
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		return 0, err
	}
	total, seen := len(page), map[string]bool{}
	for _, found := range asset.FindAllSubmatch(text, -1) {
		if seen[string(found[1])] {
			continue
		}
		seen[string(found[1])] = true
		part, err := s.load(string(found[1]))
		if err != nil {
			return 0, err
		}
		total += len(part)
	}
	return total, nil
}

// load returns what comes over the wire, packed as it comes.
func (s *site) load(path string) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, s.base+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

var asset = regexp.MustCompile(`(?:href|src)="(/assets/[^"#]+)`)

var nextPage = regexp.MustCompile(`rel="next" href="([^"]+)"`)

// page is the address of a list, or of one of its later pages, which is found by
// going there.
func (s *site) page(l listed) (string, error) {
	path := "/console?q=" + escape(l.query)
	for range l.deep {
		response, err := s.client.Get(s.base + path)
		if err != nil {
			return "", err
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		found := nextPage.FindSubmatch(body)
		if err != nil || found == nil {
			return path, err // the list ends before
		}
		path = html.UnescapeString(string(found[1]))
	}
	return path, nil
}
