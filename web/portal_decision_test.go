package web_test

import (
	"net/http"
	"testing"

	"golang.org/x/net/html"

	"dsr/policies"
	"dsr/requests"
)

func TestPortalShowsTheDecisionItemByItem(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "GB", policies.Access)
	g := s.view(reference).Grounds()
	s.decides(reference, requests.Decide{Text: "We found four kinds of information.", Items: []requests.Item{
		{What: "Your account", Decision: requests.Give, Text: "Name and settings."},
		{What: "Messages to support", Decision: requests.Part, Ground: g[0].Ground, Text: "We covered <b>other</b> names."},
		{What: "Fraud checks", Decision: requests.Keep, Ground: g[1].Ground, Text: "It would show how we find fraud."},
	}})
	b.open("/my").sees(http.StatusOK, "What we decided", "We did a part of what you asked.", "We found four kinds of information.",
		"You get it", "You get part of it", "Not given", "We covered <b>other</b> names.", "The exact legal reason", g[0].Source, g[1].Source)
	plain := s.site.Words.In("en").T("letters.ground." + g[1].Ground)
	items := find(b.doc, func(n *html.Node) bool { return n.Data == "ul" && attr(n, "class") == "items" })
	if len(items) != 1 || len(find(items[0], element("li"))) != 3 || len(find(items[0], element("details"))) != 2 {
		t.Fatalf("%d lists of items", len(items))
	}
	b.sees(http.StatusOK, plain)
	for i, icon := range []string{"check", "part", "stop"} {
		li := find(items[0], element("li"))[i]
		if use := find(li, element("use")); len(use) == 0 || attr(use[0], "href")[len(attr(use[0], "href"))-len(icon):] != icon {
			t.Errorf("item %d does not bear the sign %s", i, icon)
		}
	}
}

func TestPortalWordsADecisionByWhatWasAskedFor(t *testing.T) {
	s := openStreet(t)
	for right, says := range map[policies.Right][]string{
		policies.Deletion:   {"Deleted", "Deleted in part", "Not deleted"},
		policies.Correction: {"Corrected", "Corrected in part", "Not corrected"},
		policies.Objection:  {"Done", "Done in part", "Not done"},
	} {
		b, reference := s.inside("moxora", "GB", right)
		ground := s.ground(reference).Ground
		s.decides(reference, requests.Decide{Text: "See below.", Items: []requests.Item{
			{What: "One", Decision: requests.Give}, {What: "Two", Decision: requests.Part, Ground: ground, Text: "Why."}, {What: "Three", Decision: requests.Keep, Ground: ground, Text: "Why."},
		}})
		b.open("/my/"+reference).sees(http.StatusOK, says...)
	}
}

// Whom else the controller told (GDPR Art. 19) stands on both sides' page.
func TestBothPagesSayWhoElseWasTold(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "GB", policies.Deletion)
	s.decides(reference, requests.Decide{Outcome: requests.Granted, Text: "Gone.", Told: "Parcel <i>Post</i>"})
	b.open("/my").sees(http.StatusOK, "Whom we told", "Parcel <i>Post</i>")
	s.desk("mara@example.com").open("/console/requests/"+reference).sees(http.StatusOK, "Also told", "Parcel <i>Post</i>")
	b, other := s.inside("moxora", "GB", policies.Deletion)
	s.decides(other, requests.Decide{Outcome: requests.Granted, Text: "Gone."})
	b.open("/my/"+other).sees(http.StatusOK, "Gone.").seesNot("Whom we told")
	s.desk("mara@example.com").open("/console/requests/"+other).sees(http.StatusOK, "Gone.").seesNot("Also told")
}

func TestPortalShowsADecisionOfOneTextWithItsGround(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "GB", policies.Deletion)
	g := s.ground(reference)
	s.decides(reference, requests.Decide{Outcome: requests.RefusedAll, Ground: g.Ground, Text: "Two invoices stay,\nas the law asks."})
	b.open("/my").sees(http.StatusOK, "We cannot do what you asked.", "Two invoices stay,", s.site.Words.In("en").T("letters.ground."+g.Ground), "The exact legal reason", g.Source)
	if items := find(b.doc, func(n *html.Node) bool { return n.Data == "ul" && attr(n, "class") == "items" }); len(items) != 0 {
		t.Error("it lists items")
	}
}
