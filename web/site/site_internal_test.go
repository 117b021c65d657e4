package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/database"
	"dsr/deadlines"
	"dsr/drafts"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/words"
)

func TestEachErrorHasItsStatus(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{errCrossSite, 403}, {ErrNoVisit, 401}, {errSignedOut, 401}, {drafts.ErrGone, 410}, {ErrReceipt, 404},
		{&requests.LinkError{Fault: requests.LinkUsed}, 410}, {requests.ErrNotFound, 404}, {policies.ErrNoPolicy, 404}, {requests.ErrPage, 404},
		{echo.ErrNotFound, 404}, {echo.ErrMethodNotAllowed, 405}, {requests.ErrForbidden, 403}, {requests.ErrStale, 409}, {&requests.Refused{}, 409},
		{people.ErrTooMany{RetryAfter: time.Second}, 429}, {&http.MaxBytesError{}, 413}, {errMedia, 415}, {ErrForm, 400}, {requests.FieldErrors{}, 400},
		{database.ErrText, 400}, {people.ErrBusy, 503}, {database.ErrBusy, 503}, {context.DeadlineExceeded, 503}, {deadlines.ErrCoverage, 503},
		{errors.New("anything else"), 500},
	} {
		if got := StatusOf(fmt.Errorf("on the way: %w", c.err)); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

func TestEveryErrorHasItsSentences(t *testing.T) {
	catalogue, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range append(faultKinds(), faultKind{key: "broken"}) {
		for _, key := range []string{"errors." + k.key + ".heading", "errors." + k.key + ".text"} {
			if !catalogue.In("en").Has(key) {
				t.Errorf("no catalogue has the key %q", key)
			}
		}
	}
}
