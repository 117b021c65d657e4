package web_test

import (
	"net/url"
	"strings"
	"testing"

	"dsr/people"
)

func TestWhoWantsNoLetterOfTheMorningSaysSo(t *testing.T) {
	s := openStreet(t)
	b := s.desk("mara@example.com")
	b.open("/console/me").sees(200, "A letter on working mornings").fill("/me/notices", url.Values{"digest": {}, "quiet": {"20:00"}, "quiet_until": {"07:30"}, "zone": {"Europe/Berlin"}}).
		at("/console/me").sees(200, "Your choice about letters is kept.")
	for _, value := range []string{`value="20:00"`, `value="07:30"`, `value="Europe/Berlin"`} {
		if !strings.Contains(b.body, value) {
			t.Errorf("the page does not show %s", value)
		}
	}
	mara, err := s.site.People.ByEmail(t.Context(), "mara@example.com")
	if err != nil {
		t.Fatal(err)
	}
	want := people.Notices{QuietFrom: 20 * 60, QuietUntil: 7*60 + 30, Zone: "Europe/Berlin"}
	if got, err := s.site.People.Notices(t.Context(), mara.ID); err != nil || got != want {
		t.Errorf("kept %+v: %v", got, err)
	}
	b.fill("/me/notices", url.Values{"quiet": {"20:00"}, "quiet_until": {"never"}}).sees(422, "Give both times")
	b.open("/console/me").fill("/me/notices", url.Values{"zone": {"Mars/Olympus"}}).sees(422, "no time zone")
	b.open("/console/me").postAs("/console/me/notices", url.Values{"digest": {"yes"}, "arrivals": {"yes"}, "quiet": {""}, "quiet_until": {""}, "zone": {""}})
	if got, err := s.site.People.Notices(t.Context(), mara.ID); err != nil || got != (people.Notices{Digest: true, Arrivals: true}) {
		t.Errorf("kept %+v: %v", got, err)
	}
}
