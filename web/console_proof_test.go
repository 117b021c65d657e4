package web_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// label is what a data point is called.
func (s *street) label(policy, name string) string {
	s.Helper()
	pack, err := s.site.Book.Pack(policy)
	if err != nil {
		s.Fatal(err)
	}
	return s.site.Office.PointLabel(pack, "en", name)
}

// asked receives a Californian request to delete and asks for two data points
// and a word about a third.
func (s *street) asked(points ...string) (*requests.Request, access.Caller) {
	s.Helper()
	r := s.arrive(s.ago(5), "opvio", "US-CA", "noa.fields@example.org", policies.Deletion)
	s.prove(s.ago(4.9), r)
	s.as(s.mara, s.ago(4), r, requests.AskProof{Points: points, Why: "Deleting cannot be undone."})
	return r, requests.RequesterOf(r.SubmissionID)
}

var aPDF = requests.Upload{Name: "Noa Fields invoice.pdf", Type: "application/pdf", Content: []byte("%PDF-1.4 secret scan")}

func TestProofIsAskedForPointByPointWithTheLawBesideIt(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(5), "opvio", "US-CA", "noa.fields@example.org", policies.Deletion)
	page := "/console/requests/" + r.Reference
	name, company := s.label("opvio", "full_name"), s.label("opvio", "company")
	b := s.desk("mara@example.com")
	b.open(page+"/ask-proof").sees(200, "The most to ask for: two matching data points", "11 CCR 7060, 7062", "found in the source", "Under California CCPA nothing stops", name, company, "Never an identity document")
	b.fill("/ask-proof", nil).sees(422, "Say exactly what the person should send.", "Say why it is needed")
	asks := url.Values{"point": {"full_name", "company"}, "why": {"Two people have this name."}}
	b.fill("/ask-proof", merged(asks, "preview", "1")).sees(200, "Marked words come from your answers", "Two people have this name.")
	if text := b.text(); strings.Count(text, company) < 2 {
		t.Error("the letter does not name the data points")
	}
	b.fill("/ask-proof", asks).at(page).sees(200, "Asked for proof.", "Mara Lindqvist asked for proof of identity: company name; ", "We asked for proof of identity: company name", "It has not come yet")
	b.open(page+"/ask-proof").sees(200, "This is not possible while the request is in Verification", "Record the proof")
	if v := s.stored(r.Reference); fmt.Sprint(v.Facts.Proof.Points) != "[company full_name]" {
		t.Errorf("asked for %v", v.Facts.Proof.Points)
	}
}

func TestProofIsComparedUnmaskedOnPurposeAndDeletedWhenItFits(t *testing.T) {
	s := openStreet(t)
	r, person := s.asked("company", "full_name", "postcode")
	s.as(person, s.ago(2), r, requests.GiveProof{Points: map[string]string{"company": "Fields Ltd", "full_name": "Noa Fields"}, Text: "I moved in May.", Files: []requests.Upload{aPDF}})
	page := "/console/requests/" + r.Reference
	secrets := []string{"Fields Ltd", "Noa Fields", "I moved in May", "invoice.pdf"}
	file := fmt.Sprintf("%s/files/%d", page, s.stored(r.Reference).Files[0].ID)

	b := s.desk("mara@example.com")
	b.open(page).sees(200, "Proof to compare", "It is your move", "•••", "Not sent", "File 1", "All of this is deleted as soon as it is judged", "Requester sent what was asked for as proof", "It stands under “Proof to compare”").seesNot(secrets...)
	for _, number := range []string{"/files/", "/files/0", "/files/+"} { // the same, written otherwise
		b.open(strings.Replace(file, "/files/", number, 1)).at(page).seesNot(secrets...)
	}
	b.open(page + "/record-proof").seesNot(secrets...)
	b.post(page+"/show", url.Values{"to": {"record-proof"}}).at("/record-proof").sees(200, secrets...)
	b.open(page).sees(200, secrets...).sees(200, "Mara Lindqvist looked at the requester’s details")
	if status, _, body := b.fetch(file); status != 200 || body != string(aPDF.Content) {
		t.Errorf("the file comes as %d %q", status, body)
	}

	b.fill("/record-proof", url.Values{"fit.company": {"fits"}, "fit.full_name": {"differs"}}).sees(422, "Choose how the person proved who they are.", "Fits")
	b.fill("/record-proof", url.Values{"level": {"two_points"}}).sees(422, "takes 2 data points that fit what you hold; you ticked 1.")
	b.open(page).fill("/record-proof", url.Values{"fit.company": {"fits"}, "fit.full_name": {"fits"}}).sees(200, "Read the letter first", "Verification → Systems", "Enough is: two matching data points")
	if two := b.chosen("level"); two != "two_points" {
		t.Errorf("the level is %q", two)
	}
	b.fill("/record-proof", nil).at(page).sees(200, "Proof recorded. Nothing of it is kept.", "Two matching data points: proof was given on", "and deleted on", "These points fitted: company name; "+strings.ToLower(s.label("opvio", "full_name")), "It was looked at and deleted.").seesNot(secrets[0], secrets[2], secrets[3])
	if status, _, _ := b.fetch(file); status != http.StatusNotFound {
		t.Errorf("the file still answers %d", status)
	}
	b.seesNot("Proof to compare").open(page+"/reject-proof").sees(200, "No proof has come that could be looked at")
}

// chosen is the value of the radio that is ticked.
func (b *browser) chosen(name string) string {
	b.Helper()
	for _, n := range find(b.doc, element("input")) {
		if attr(n, "name") == name && has(n, "checked") {
			return attr(n, "value")
		}
	}
	return ""
}

func TestProofThatDoesNotFitIsDeletedAndAskedForAgain(t *testing.T) {
	s := openStreet(t)
	r, person := s.asked("company", "full_name")
	s.as(person, s.ago(2), r, requests.GiveProof{Points: map[string]string{"company": "Other Ltd", "full_name": "Noa Fields"}})
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open(page)
	form := held(b.form("/record-proof"))
	form.Set("fit.full_name", "fits")
	form.Set("preview", "1")
	b.post(page+"/reject-proof", form).sees(200, "Say that the proof does not fit", "What was sent is deleted", "we could not use what you sent")
	if again := held(b.form("/reject-proof")).Get("what"); again != "Company name" {
		t.Errorf("it proposes to ask again for %q", again)
	}
	b.fill("/reject-proof", url.Values{"why": {""}}).sees(422, "Say what does not fit, without repeating what was sent.")
	b.fill("/reject-proof", url.Values{"why": {"No company of this name has an account."}}).at(page)
	b.sees(200, "What was sent is deleted. The letter asks again.", "it did not fit", "Mara Lindqvist said that the proof does not fit, deleted it and asked again").seesNot("Other Ltd", "Proof to compare")
	if v := s.stored(r.Reference); v.Given != nil || !v.Facts.Proof.Waiting() || v.Proved() {
		t.Errorf("the proof is %+v", v.Facts.Proof)
	}
}

// What fitted on the telephone is ticked, for the level it comes to.
func TestProofThatCameByTelephoneIsRecordedWithWhatFitted(t *testing.T) {
	s := openStreet(t)
	r, _ := s.asked("company", "full_name")
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open(page+"/record-proof").sees(200, "Which data points fitted?", "on the telephone, at the counter")
	b.fill("/record-proof", url.Values{"matched": {"company"}, "level": {"two_points"}}).sees(422, "you ticked 1.")
	b.fill("/record-proof", url.Values{"matched": {"company", "full_name", "no such; point"}}).at(page).sees(200, "Two matching data points: recorded on", "These points fitted: company name")
}

func TestAnAuditorSeesThatProofWaitsAndHasNoBoxesToTick(t *testing.T) {
	s := openStreet(t)
	s.hire("joon@example.com", "Joon Park", access.Auditor, access.AllPolicies())
	r, person := s.asked("company")
	s.as(person, s.ago(2), r, requests.GiveProof{Points: map[string]string{"company": "Fields Ltd"}})
	b := s.desk("joon@example.com")
	b.open("/console/requests/"+r.Reference).sees(200, "Proof to compare", "The privacy team’s move", "Company name").seesNot("fit.company", "It does not fit", "Fields Ltd")
}

// represented receives a request that somebody makes for another person.
func (s *street) represented(policy, residence, relation string, right policies.Right) (*requests.Request, access.Caller) {
	s.Helper()
	receipt, err := s.site.Office.Receive(s.Context(), access.Caller{Kind: access.Requester}, s.ago(6), requests.Submission{
		Nonce: rand.Text(), Policy: policy, Rights: []policies.Right{right}, Residence: residence, Channel: "form", Language: "en",
		Person: requests.Person{Email: "gil.prado@example.org", Name: "Gil Prado", Agent: &requests.Agent{Email: "desk@agency.example", Name: "Ada Byrd", Relation: relation}},
	})
	if err != nil {
		s.Fatal(err)
	}
	r := receipt.Requests[0]
	return r, access.Caller{Kind: access.Agent, ID: r.AgentID, Submissions: []int64{r.SubmissionID}}
}

func TestAnAgentIsAskedForTheirAuthorityAndItIsJudged(t *testing.T) {
	s := openStreet(t)
	r, agent := s.represented("opvio", "US-CA", "agent", policies.Deletion)
	s.deliver()
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open(page).sees(200, "Asks for the person", "••• d•••@agency.example", "Agent, asking for the person", "Their mailbox is not proved yet", "Authority not shown yet", "The person has not answered our letter", "Agent sent a request by form for the person", "Letter “Somebody asked us on your behalf” sent to the person").seesNot("Ada Byrd", "desk@")
	b.fill("/show", nil).sees(200, "Ada Byrd desk@agency.example")

	b.open(page+"/ask-proof").sees(200, "Ask for the agent’s authority", "11 CCR 7063", "What should the agent send?").seesNot("Which data points")
	b.follow("Ask for proof of who the person is instead").sees(200, "Ask for proof of identity", "Which data points").follow("Ask for the agent’s authority instead")
	b.fill("/ask-proof", url.Values{"what": {"Gil’s signed permission."}, "why": {"Deleting cannot be undone."}}).at(page).sees(200, "Mara Lindqvist asked for the agent’s authority")
	s.as(agent, s.now(), r, requests.ConfirmMailbox{Agent: true})
	s.as(agent, s.now(), r, requests.GiveProof{Files: []requests.Upload{aPDF}})
	s.deliver()
	b.open(page).sees(200, "Proof to compare", "Record the authority", "Agent sent what was asked for as proof", "Agent proved their own mailbox", "Their mailbox is proved")
	b.fill("/record-proof", nil).sees(422, "Record the agent’s authority", "Choose what shows that they may act for the person.", "Noa Fields invoice.pdf")
	b.fill("/record-proof", url.Values{"authority": {"signed_permission"}}).sees(200, "Read the letter first").fill("/record-proof", nil).at(page)
	b.sees(200, "Authority, signed permission: proof was given on", "Authority accepted: signed permission", "accepted the authority").seesNot("signed_permission", "invoice.pdf")

	// A signed permission leaves the person's own proof to ask for.
	b.open(page+"/record-proof").sees(200, "How did the person prove who they are?", "Record the agent’s authority instead")
	b.fill("/record-proof", url.Values{"level": {""}}).sees(422, "Choose how the person proved who they are.")
}

func TestAParentIsCalledOne(t *testing.T) {
	s := openStreet(t)
	r, _ := s.represented("moxora", "DE", "parent", policies.Access)
	b := s.desk("mara@example.com")
	b.open("/console/requests/"+r.Reference).sees(200, "Parent, asking for their child", "Parent sent a request by form for their child", "Take the request up").seesNot("has not answered our letter")
	b.open("/console?q=is:agent").sees(200, r.Reference)
}
