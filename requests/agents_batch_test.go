package requests_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/agents"
	"dsr/policies"
	"dsr/requests"
)

// sheet sends a table as an agent and returns it as they see it.
func (h *house) sheet(agent access.Caller, text string) *requests.AgentTable {
	h.Helper()
	id, _, err := h.SendTable(h.Context(), agent, h.clock, requests.Table{Name: "people.csv", Content: []byte(text), Language: "en"})
	if err != nil {
		h.Fatal(err)
	}
	return h.table(agent, id)
}

func (h *house) table(agent access.Caller, id int64) *requests.AgentTable {
	h.Helper()
	t, err := h.Table(h.Context(), agent, id, 100)
	if err != nil {
		h.Fatal(err)
	}
	return t
}

// faults writes what has to be mended as "row column code hint", row by row.
func faults(t *requests.AgentTable) (list []string) {
	for _, b := range t.Bad {
		for _, f := range b.Faults {
			list = append(list, strings.TrimSpace(fmt.Sprint(b.N, " ", f.Column, " ", f.Code, " ", f.Hint)))
		}
	}
	return list
}

func agent(h *house) access.Caller {
	h.Helper()
	a := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
	h.post = nil
	return a
}

func TestATableBecomesRequestsRowByRow(t *testing.T) {
	each(t, func(h *house) {
		a := agent(h)
		sent := h.clock
		table := h.sheet(a, "\ufeffYour Reference;RIGHT;E-Mail;Name;State;Country;Details\r\n"+
			"A-1;know;dana@example.org;Dana Whitlock;CA;US;Everything\r\n"+
			"A-2;Delete my information;\"efe@example.org\";\"Okonjo; Efe\";California;United States;\"Two\nlines\"\r\n"+
			"\r\n"+
			"A-3;object_marketing;uta@müller.example;;;Germany;\r\n"+
			"A-4;erasure;not-an-address;;;DE;\r\n")
		if !table.Running() || table.Rows != 4 || len(table.Bad) != 1 || table.Bad[0].N != 6 {
			t.Fatalf("the table is %+v", table)
		}
		h.clock = h.clock.Add(time.Hour)
		h.deliver()
		table = h.table(a, table.ID)
		if table.Running() || table.Count[agents.RowReceived] != 3 || table.Count[agents.RowBad] != 1 {
			t.Errorf("when it was worked on the table is %+v", table.Count)
		}
		list, err := h.AskedBy(h.Context(), a, h.clock, false, requests.Page{})
		if err != nil || len(list.Rows) != 3 {
			t.Fatalf("%d requests, %v", len(list.Rows), err)
		}
		want := map[string]string{"A-1": "access US-CA dana@example.org Dana Whitlock", "A-2": "deletion US-CA efe@example.org Okonjo; Efe", "A-3": "opt_out.marketing DE uta@xn--mller-kva.example "}
		for _, r := range list.Rows {
			if got := fmt.Sprint(r.Right, " ", r.Residence, " ", r.Person.Email, " ", r.Person.Name); got != want[r.Person.Agent.Reference] {
				t.Errorf("%s became %s", r.Person.Agent.Reference, got)
			}
			if !r.ReceivedAt.Equal(sent) || r.Channel != "form" || !r.Facts.Agent.Mailbox || r.Facts.Agent.Relation != agents.AsAgent {
				t.Errorf("%s was received %s by %s as %+v", r.Reference, r.ReceivedAt, r.Channel, r.Facts.Agent)
			}
		}
		if got := h.to("desk@permission.example"); len(got) != 1 {
			t.Errorf("the agent got %q, want one letter for the table", got)
		}
		for _, person := range []string{"dana@example.org", "efe@example.org", "uta@xn--mller-kva.example"} {
			if got := h.to(person); len(got) != 1 {
				t.Errorf("%s got %q, want one letter", person, got)
			}
		}
		h.stored("SELECT count(*) FROM agent_batch_rows WHERE state = 'received' AND (sealed IS NOT NULL OR NOT confirmed)", 0)
		h.verified()
	})
}

// Where the law has a receipt confirmed, the letter about the table does it.
func TestTheLetterAboutATableConfirmsEachOfItsRequests(t *testing.T) {
	each(t, func(h *house) {
		a := agent(h)
		h.sheet(a, "email,right,residence\na@example.org,access,US-CA\nb@example.org,access,US-CA\n")
		h.deliver()
		list, err := h.AskedBy(h.Context(), a, h.clock, false, requests.Page{})
		if err != nil || len(list.Rows) != 2 {
			t.Fatal(err)
		}
		for _, r := range list.Rows {
			for i := range r.Clocks {
				if c := &r.Clocks[i]; c.Kind == policies.Acknowledge && c.MetAt.IsZero() {
					t.Errorf("%s still has to be confirmed", r.Reference)
				}
			}
		}
		h.verified()
	})
}

func TestEachFaultOfARowSaysWhereAndWhatInstead(t *testing.T) {
	each(t, func(h *house) {
		a := agent(h)
		table := h.sheet(a, "email,right,residence,country,state,name,details\n"+
			",access,DE,,,,\n"+ // 2
			"a@@b.de,access,DE,,,,\n"+ // 3
			"\"a@example.org\r\nBcc: all@example.org\",access,DE,,,,\n"+ // 4
			"a@example.org,,DE,,,,\n"+ // 5
			"a@example.org,delition,DE,,,,\n"+ // 6
			"a@example.org,stop the sale and sharing of my informations,DE,,,,\n"+ // 7
			"a@example.org,complaint,DE,,,,\n"+ // 8
			"a@example.org,access,Germnay,,,,\n"+ // 9
			"a@example.org,access,Georgia,,,,\n"+ // 10
			"a@example.org,access,,US,Califronia,,\n"+ // 11
			"a@example.org,access,XX-YY,,,,\n"+ // 12
			"a@example.org,access,DE,,,"+strings.Repeat("n", 201)+",\n"+ // 13
			"a@example.org,access,DE,,,,,one cell too many\n"+ // 14
			"ok@example.org,access,DE,,,,\n"+ // 15
			"OK@example.org,Right to know,DE,,,,\n"+ // 16
			"ok@example.org,deletion,,,,,\n"+ // 17
			"a@example.org,access,DE,,,,"+strings.Repeat("d", requests.MaxDetails+1)+"\n"+ // 18
			"=HYPERLINK(1),access,DE,,,,\n") // 19
		got := strings.Join(faults(table), "\n")
		want := strings.Join([]string{
			"2 email email_missing", "3 email email", "4 email email", "5 right right_missing", "6 right right deletion", "7 right right opt_out.sale_sharing",
			"8 right right", "9 residence residence DE", "10 residence residence GE, US-GA", "11 state state US-CA", "12 residence residence",
			"13 name long 200", "14  cells", "16  twice 15", "18 details long 10000", "19 email email",
		}, "\n")
		if table.Bad[6].Faults[0].Hint != "" {
			got = strings.Replace(got, "8 right right "+table.Bad[6].Faults[0].Hint, "8 right right", 1)
		}
		if strings.Replace(got, "12 residence residence ", "12 residence residence", 1) != want {
			t.Errorf("the faults are\n%s\nwant\n%s", got, want)
		}
		h.deliver()
		if done := h.table(a, table.ID); done.Count[agents.RowReceived] != 2 {
			t.Errorf("the rows without a fault became %+v", done.Count)
		}
	})
}

func TestAFileThatIsNoTableSaysSoAndTakesNothingIn(t *testing.T) {
	each(t, func(h *house) {
		a := agent(h)
		const header = "email,right,residence\n"
		var many strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&many, "p%d@example.org,access,DE\n", i)
		}
		for name, c := range map[string]struct {
			content string
			want    requests.TableFault
		}{
			"nothing":               {"", requests.TableFault{Code: "empty"}},
			"only blank lines":      {"\n\n\n", requests.TableFault{Code: "empty"}},
			"only a header":         {header + ",,\n\n", requests.TableFault{Code: "empty"}},
			"one column":            {"email\na@example.org\n", requests.TableFault{Code: "header", Names: "right, residence"}},
			"no header":             {"a@example.org,access,DE\n", requests.TableFault{Code: "header", Names: "email, right, residence"}},
			"a column twice":        {"email,e-mail,right,residence\n", requests.TableFault{Code: "twice", Names: "email"}},
			"NUL bytes":             {header + "a@example.org,acc\x00ess,DE\n", requests.TableFault{Code: "control", Line: 2}},
			"Latin-1":               {header + "ok@example.org,access,DE\na@example.org,access,\xd6sterreich\n", requests.TableFault{Code: "encoding", Line: 3}},
			"UTF-16":                {"\xff\xfee\x00m\x00", requests.TableFault{Code: "utf16"}},
			"a spreadsheet":         {"PK\x03\x04 and more", requests.TableFault{Code: "sheet"}},
			"a line of ten MB":      {header + strings.Repeat("x", 10<<20), requests.TableFault{Code: "large"}},
			"five thousand rows":    {header + many.String(), requests.TableFault{Code: "rows", Rows: 5000}},
			"an open quotation":     {header + "a@example.org,\"access,DE\nb@example.org,access,DE\n", requests.TableFault{Code: "quote", Line: 2}},
			"a quotation in a cell": {header + "a@example.org,acc\"ess,DE\n", requests.TableFault{Code: "quote", Line: 2}},
			"a page":                {"<!doctype html><title>Not found</title>", requests.TableFault{Code: "header", Names: "email, right, residence"}},
		} {
			_, _, err := h.SendTable(h.Context(), a, h.clock, requests.Table{Content: []byte(c.content)})
			var fault *requests.TableFault
			if !errors.As(err, &fault) || *fault != c.want || !errors.Is(err, requests.ErrInvalid) {
				t.Errorf("%s gave %+v, want %+v", name, fault, c.want)
			}
		}
		h.stored("SELECT count(*) FROM agent_batches", 0)
	})
}

func TestALongLineIsNoReasonToStumble(t *testing.T) {
	each(t, func(h *house) {
		a := agent(h)
		table := h.sheet(a, "email,right,residence\n"+strings.Repeat("x", 4<<20)+",access,DE\nok@example.org,access,DE"+strings.Repeat(",", 1000)+"\n")
		if len(table.Bad) != 1 || table.Bad[0].N != 2 || len(table.Bad[0].Cells["email"]) > 300 {
			t.Errorf("the rows to mend are %v", faults(table))
		}
	})
}

func TestTheSameTableTwiceAsksForNothingTwice(t *testing.T) {
	each(t, func(h *house) {
		a := agent(h)
		const text = "email,right,residence\na@example.org,access,DE\nb@example.org,delete,DE\nc@example.org,nonsense,DE\n"
		first := h.sheet(a, text)
		second, again, err := h.SendTable(h.Context(), a, h.clock, requests.Table{Content: []byte(text)})
		if err != nil || !again || second != first.ID {
			t.Errorf("the same file became table %d (again: %t), %v", second, again, err)
		}
		h.deliver()
		// The agent mends the third row and sends the whole file again.
		mended := h.sheet(a, strings.Replace(text, "nonsense", "correct", 1))
		h.deliver()
		mended = h.table(a, mended.ID)
		if mended.Count[agents.RowAgain] != 2 || mended.Count[agents.RowReceived] != 1 {
			t.Errorf("the mended file became %v", mended.Count)
		}
		list, err := h.AskedBy(h.Context(), a, h.clock, false, requests.Page{})
		if err != nil || list.Open != 3 {
			t.Errorf("there are %d requests, %v", list.Open, err)
		}
		// Another agent who asks for the same people asks for themselves.
		rival := h.meet("rival@permission.example", "Rival Ltd", agents.AsAgent)
		h.sheet(rival, text)
		h.deliver()
		if list, err := h.AskedBy(h.Context(), rival, h.clock, false, requests.Page{}); err != nil || list.Open != 2 {
			t.Errorf("the other agent has %d requests, %v", list.Open, err)
		}
		if _, err := h.Table(h.Context(), rival, first.ID, 10); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("another agent opens the table: %v", err)
		}
		if err := h.ClearTable(h.Context(), rival, first.ID); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("another agent clears the table: %v", err)
		}
		if err := h.ClearTable(h.Context(), a, first.ID); err != nil {
			t.Fatal(err)
		}
		if t2 := h.table(a, first.ID); len(t2.Bad) != 0 || t2.Count["cleared"] != 1 {
			t.Errorf("after clearing: %v", t2.Count)
		}
	})
}

func TestATableGoesOnAfterACrash(t *testing.T) {
	each(t, func(h *house) {
		a := agent(h)
		var text strings.Builder
		text.WriteString("email,right,residence\n")
		for i := range 8 {
			fmt.Fprintf(&text, "p%d@example.org,access,DE\n", i)
		}
		table := h.sheet(a, text.String())
		h.deliver()
		// As if the process had died after half of the rows, and once more between a
		// row and the note about it: the requests are there, the notes are not.
		h.sql("UPDATE agent_batches SET state = 'running', finished_at = NULL")
		h.sql("DELETE FROM agent_letters WHERE kind = 'batch_received'")
		cells := `(SELECT sealed FROM agent_batch_rows WHERE n = 0)`
		h.sql("UPDATE agent_batch_rows SET sealed = " + cells + " WHERE n > 5")
		h.stored("SELECT count(*) FROM requests WHERE agent_id <> 0", 8)
		h.post = nil
		if _, _, err := h.SendTable(h.Context(), a, h.clock, requests.Table{Content: []byte(text.String())}); err != nil {
			t.Fatal(err)
		}
		if err := h.RunBatch(h.now)(h.Context(), job(table.ID)); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		if done := h.table(a, table.ID); done.Running() {
			t.Errorf("the table is %v", done.Count)
		}
		h.stored("SELECT count(*) FROM requests WHERE agent_id <> 0", 8)
		if got := h.to("desk@permission.example"); len(got) != 1 {
			t.Errorf("the agent got %q", got)
		}
	})
}

func TestEveryStepOfATableCanBeDoneTwiceAndLate(t *testing.T) {
	each(t, func(h *house) {
		a := agent(h)
		var text strings.Builder
		text.WriteString("email,right,residence\n")
		for i := range 250 {
			fmt.Fprintf(&text, "p%d@example.org,deletion,US-CA\n", i)
		}
		table := h.sheet(a, text.String())
		run := h.RunBatch(h.now)
		for range 2 { // both of two workers take the first step
			if err := run(h.Context(), job(table.ID)); err != nil {
				t.Fatal(err)
			}
		}
		half := h.table(a, table.ID)
		if !half.Running() || half.Done() == 0 || half.Done() == 250 {
			t.Errorf("in between %d of %d rows are done", half.Done(), half.Rows)
		}
		h.deliver()
		if err := run(h.Context(), job(table.ID)); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		done := h.table(a, table.ID)
		if done.Running() || done.Count[agents.RowReceived] != 250 {
			t.Errorf("the table is %v", done.Count)
		}
		h.stored("SELECT count(*) FROM requests WHERE agent_id <> 0", 250)
		if got := h.to("desk@permission.example"); len(got) != 1 {
			t.Errorf("the agent got %q", got)
		}
	})
}

func TestNobodyIsFloodedByTables(t *testing.T) {
	each(t, func(h *house) {
		a := agent(h)
		var text strings.Builder
		text.WriteString("email,right,residence\n")
		for _, right := range policies.Rights() {
			fmt.Fprintf(&text, "victim@example.org,%s,US-CA\n", right)
		}
		table := h.sheet(a, text.String())
		h.deliver()
		received := h.table(a, table.ID).Count[agents.RowReceived]
		if got := h.to("victim@example.org"); len(got) != 6 || received < 8 {
			t.Errorf("of %d requests %d letters went to one mailbox", received, len(got))
		}
		page, err := h.Queue(h.Context(), h.mara, h.clock, requests.ParseFilter("is:suspect"), requests.Page{})
		if err != nil || page.Total != received-6 {
			t.Errorf("%d wait for triage, %v", page.Total, err)
		}
	})
}

func TestAParentSendsNoTable(t *testing.T) {
	each(t, func(h *house) {
		parent := h.meet("pat@example.org", "Pat", agents.AsParent)
		if _, _, err := h.SendTable(h.Context(), parent, h.clock, requests.Table{Content: []byte("email,right,residence\na@example.org,access,DE\n")}); !errors.Is(err, requests.ErrNoTables) {
			t.Errorf("a parent's table gave %v", err)
		}
	})
}

func TestRowsAreUnreadableAtRest(t *testing.T) {
	each(t, func(h *house) {
		a := agent(h)
		h.sheet(a, "email,right,residence\ndana@example.org,access,DE\n")
		var sealed [][]byte
		if err := h.db.Read().NewRaw("SELECT sealed FROM agent_batch_rows").Scan(h.Context(), &sealed); err != nil || len(sealed) != 1 || bytes.Contains(sealed[0], []byte("dana")) {
			t.Errorf("a row is kept as %q, %v", sealed, err)
		}
	})
}

func TestACellThatLooksLikeAFormulaIsMadeSafeAndReadBack(t *testing.T) {
	for in, want := range map[string]string{"=1+1": "'=1+1", "+49": "'+49", "-": "'-", "@x": "'@x", "\tx": "'\tx", "a=b": "a=b", "": "", "'quoted": "'quoted"} {
		if got := requests.GuardCell(in); got != want {
			t.Errorf("%q is written %q, want %q", in, got, want)
		}
	}
	each(t, func(h *house) {
		a := agent(h)
		h.sheet(a, "email,right,residence,details\na@example.org,access,DE,'=SUM(A1)\nb@example.org,access,DE,'tis fine\n")
		h.deliver()
		list, err := h.AskedBy(h.Context(), a, h.clock, false, requests.Page{})
		if err != nil || len(list.Rows) != 2 {
			t.Fatal(err)
		}
		got := []string{list.Rows[1].Person.Details, list.Rows[0].Person.Details}
		if got[0] != "=SUM(A1)" || got[1] != "'tis fine" {
			t.Errorf("the details are %q", got)
		}
	})
}
