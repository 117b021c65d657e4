package evidence_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dsr/access"
	"dsr/requests"
)

func TestAPackProvesItselfWithoutTheDatabase(t *testing.T) {
	each(t, func(h *house) {
		h.play()
		for name, v := range map[string]requests.MakeEvidence{"masked": {}, "whole": {Personal: true}} {
			pack := h.pack(h.mara, v)
			report, found, err := h.verify(pack, h.public())
			if err != nil || len(found) > 0 {
				h.Fatalf("%s: %v\n%s", name, err, strings.Join(found, "\n"))
			}
			if report.Manifest.Reference != h.ref || report.Manifest.Personal != v.Personal || report.Trail.Uncovered != 0 {
				h.Errorf("%s: %+v", name, report)
			}
			proved := strings.Join(report.Proved, "\n")
			for _, want := range []string{"signed with the key", "byte for byte", "without a gap", "unchanged", "worked out again", "the timeline says were sent", "very text"} {
				if !strings.Contains(proved, want) {
					h.Errorf("%s: it does not prove %q:\n%s", name, want, proved)
				}
			}
			if len(report.Open) == 0 || !strings.Contains(strings.Join(report.Open, "\n"), "only the whole log can show") {
				h.Errorf("%s: it claims to prove everything: %q", name, report.Open)
			}
			if dir := os.Getenv("EVIDENCE_SHOW"); dir != "" {
				os.WriteFile(filepath.Join(dir, name+".zip"), pack, 0o600)
				h.Log(proved, "\n--\n", strings.Join(report.Open, "\n"))
			}
		}
	})
}

func TestWithoutAKeyThePackSaysThatItVouchesForItself(t *testing.T) {
	each(t, func(h *house) {
		report, found, err := h.verify(h.play().pack(h.mara, requests.MakeEvidence{}))
		if err != nil || len(found) > 0 || !strings.Contains(strings.Join(report.Open, "\n"), "key in the pack itself") {
			h.Errorf("%v, %q, %q", err, found, report.Open)
		}
	})
}

func TestTheSameStateGivesTheSameBytes(t *testing.T) {
	each(t, func(h *house) {
		e, err := h.play().Evidence(h.Context(), h.mara, h.clock, h.ref, requests.MakeEvidence{Personal: true})
		if err != nil {
			h.Fatal(err)
		}
		first := h.written(e)
		if !bytes.Equal(first, h.written(e)) {
			h.Error("two packs of one state differ")
		}
	})
}

func TestAPackWithoutPersonalDataNamesNobody(t *testing.T) {
	each(t, func(h *house) {
		h.play()
		secrets := []string{"Erin", "Okonjo", "erin.okonjo@", "erin-okonjo.csv", "newsletters", "sister", "Lindqvist", "Ceramics"}
		for path, content := range unzipped(t, h.pack(h.mara, requests.MakeEvidence{})) {
			for _, secret := range secrets {
				if bytes.Contains(content, []byte(secret)) {
					h.Errorf("%s holds %q", path, secret)
				}
			}
		}
		whole := unzipped(t, h.pack(h.mara, requests.MakeEvidence{Personal: true}))
		for _, want := range secrets {
			if !bytes.Contains(whole["index.html"], []byte(want)) && !bytes.Contains(whole["letters/letters.json"], []byte(want)) {
				h.Errorf("the whole pack does not tell %q", want)
			}
		}
		delete(whole, "MANIFEST.sig") // its base64 may hold anything by chance
		for path, content := range whole {
			if i := bytes.Index(content, []byte("/r/")); i >= 0 && !bytes.HasPrefix(content[i:], []byte("/r/…")) {
				h.Errorf("%s holds a link that opens the requester's page", path)
			}
		}
		if _, there := whole["conversation.json"]; !there {
			h.Error("the whole pack has no conversation")
		}
	})
}

func TestMakingAPackIsAnActOfItsOwn(t *testing.T) {
	each(t, func(h *house) {
		h.play()
		h.pack(h.mara, requests.MakeEvidence{})
		v, err := h.Open(h.Context(), h.mara, h.clock, h.ref, false)
		if err != nil {
			h.Fatal(err)
		}
		last := v.Timeline[len(v.Timeline)-1]
		if last.Act != requests.ActEvidence || last.Actor != h.mara.Actor() || last.Change.Evidence != requests.EvidenceMasked || v.Revision == last.Seq {
			h.Errorf("the timeline ends with %+v, revision %d", last, v.Revision)
		}

		// An auditor may make one, and says why they take the person's data along.
		h.pack(h.auditor, requests.MakeEvidence{})
		var fields requests.FieldErrors
		if _, err := h.Evidence(h.Context(), h.auditor, h.clock, h.ref, requests.MakeEvidence{Personal: true}); !errors.As(err, &fields) || fields["reason"] == "" {
			h.Errorf("without a reason: %v", err)
		}
		h.pack(h.auditor, requests.MakeEvidence{Personal: true, Reason: "The yearly audit."})

		// Whoever does not see the request gets nothing, and learns nothing.
		elsewhere := h.mara
		elsewhere.Policies = access.OnlyPolicies("opvio")
		for name, who := range map[string]access.Caller{"a colleague of another policy": elsewhere, "nobody": {}} {
			if _, err := h.Evidence(h.Context(), who, h.clock, h.ref, requests.MakeEvidence{}); !errors.Is(err, requests.ErrNotFound) {
				h.Errorf("%s: %v", name, err)
			}
		}
		if _, err := h.Evidence(h.Context(), h.caller, h.clock, h.ref, requests.MakeEvidence{}); err == nil {
			h.Error("the requester made a pack")
		}
		if _, err := h.VerifyTimelines(h.Context(), func(m requests.Mismatch) { h.Error(m) }); err != nil {
			h.Error(err)
		}
	})
}

func TestAPackOfARequestThatHasJustCome(t *testing.T) {
	each(t, func(h *house) {
		h.play()
		files := unzipped(t, h.pack(h.mara, requests.MakeEvidence{}))
		for _, path := range []string{"index.html", "request.pdf", "MANIFEST.json", "MANIFEST.sig", "audit.jsonl", "rules/policy-moxora.yaml", "rules/law-UK_GDPR.yaml"} {
			if len(files[path]) == 0 {
				h.Errorf("there is no %s", path)
			}
		}
		if page := files["index.html"]; bytes.Contains(page, []byte("<script")) || bytes.Contains(page, []byte("src=")) || bytes.Contains(page, []byte("@import")) {
			h.Error("the page loads something")
		}
		if !bytes.HasPrefix(files["request.pdf"], []byte("%PDF-")) {
			h.Error("request.pdf is no PDF")
		}
	})
}
