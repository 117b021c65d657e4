package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Poster posts events. The zero value is ready.
type Poster struct {
	Resolver *net.Resolver // nil: that of the machine
	Timeout  time.Duration // of a whole post; zero: 10 seconds
}

// postTime is how long a post may take.
const postTime = 10 * time.Second

// answerMost is how much of an answer is read before the connection is closed.
const answerMost = 4 << 10

// Post posts an event once. Any answer but 2xx is an error, and so is a
// redirect. No error holds the address, whose path may be secret.
func (p Poster) Post(ctx context.Context, now time.Time, h *Hook, e Event) error {
	body, err := e.body(h.Format)
	if err != nil {
		return err
	}
	timeout := p.Timeout
	if timeout == 0 {
		timeout = postTime
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address.String(), bytes.NewReader(body))
	if err != nil {
		return errors.New("the address cannot be used")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "dsr")
	if h.secret != nil {
		request.Header.Set(SignatureHeader, Sign(h.secret, body, now))
	}
	answer, err := client(h, p.Resolver, timeout).Do(request)
	if err != nil {
		return plain(err)
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, answerMost))
	switch {
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		return fmt.Errorf("the answer was %d: redirects are not followed", answer.StatusCode)
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return fmt.Errorf("the answer was %d", answer.StatusCode)
	}
	return nil
}

// plain says what went wrong without the address, which errors of the network
// carry.
func plain(err error) error {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, ErrGuarded):
		return ErrGuarded
	case errors.As(err, &dns):
		return unanswered("the name of the address is not known")
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return unanswered("there was no answer in time")
	case errors.Is(err, context.Canceled):
		return errors.New("the post was cut off")
	}
	return unanswered("the connection failed, or its certificate is not valid")
}
