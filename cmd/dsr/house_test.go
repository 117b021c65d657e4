package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"dsr/access"
	"dsr/evidence"
	"dsr/policies"
	"dsr/requests"
)

// receive sends so many forms, each once however often the script says so, and
// confirms the address of each: receive 3. The database is dsr.db under the
// keys in the file keys; the last reference is then in REFERENCE.
func receive(ts *testscript.TestScript, _ bool, args []string) {
	now, err := time.Parse(time.RFC3339, ts.Getenv("NOW"))
	ts.Check(err)
	t := &terminal{ctx: context.Background(), now: func() time.Time { return now }}
	h, err := store{Database: ts.MkAbs("dsr.db"), KeyFile: ts.MkAbs("keys")}.open(t, packs{}, nil)
	ts.Check(err)
	defer h.close()
	var many int
	_, err = fmt.Sscan(args[0], &many)
	ts.Check(err)
	for i := range many {
		receipt, err := h.office.Receive(t.ctx, access.Caller{Kind: access.Requester}, now, requests.Submission{
			Nonce: fmt.Sprintf("form-of-the-script-%04d", i), Policy: "moxora", Rights: []policies.Right{policies.Access},
			Residence: "DE", Channel: "form", Language: "en", Person: requests.Person{Email: fmt.Sprintf("person-%d@example.org", i)},
		})
		ts.Check(err)
		ts.Setenv("REFERENCE", receipt.Requests[0].Reference)
		if receipt.Again {
			continue
		}
		_, err = h.office.Do(t.ctx, requests.RequesterOf(receipt.SubmissionID), now.Add(time.Minute), receipt.Requests[0].Reference, 0, requests.ConfirmMailbox{})
		ts.Check(err)
	}
}

// pack makes an evidence pack of the last request: pack FILE.
func pack(ts *testscript.TestScript, _ bool, args []string) {
	now, err := time.Parse(time.RFC3339, ts.Getenv("NOW"))
	ts.Check(err)
	t := &terminal{ctx: context.Background(), now: func() time.Time { return now }}
	h, err := store{Database: ts.MkAbs("dsr.db"), KeyFile: ts.MkAbs("keys")}.open(t, packs{}, nil)
	ts.Check(err)
	defer h.close()
	caller := access.Caller{Kind: access.Staff, ID: 1, Role: access.Auditor, Policies: access.AllPolicies()}
	e, err := h.office.Evidence(t.ctx, caller, now, ts.Getenv("REFERENCE"), requests.MakeEvidence{})
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	ts.Check(evidence.Write(f, e, h.ring.CheckpointKey()))
}

// cut writes the first half of a file: cut FROM INTO.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	content := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(content[:len(content)/2]), 0o600))
}

// occupied listens on a port until the script ends; its address is then in
// OCCUPIED.
func occupied(ts *testscript.TestScript, _ bool, _ []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { listener.Close() })
	ts.Setenv("OCCUPIED", listener.Addr().String())
}
