package mailbox_test

import (
	"strings"
	"testing"
)

// TestALetterThatIsHandedOnIsNotItsForwarders: by the lines with which the
// programs of eight languages hand letters on.
func TestALetterThatIsHandedOnIsNotItsForwarders(t *testing.T) {
	const english = "From: Real Person <real@person.example>\nDate: Fri, Nov 20, 2026 at 10:00\nSubject: delete\nTo: <service@moxora.example>"
	const marked = "> From: Real Person <real@person.example>\n> Date: 20 November 2026\n> To: service@moxora.example\n> \n> Please delete my data."
	for _, head := range []string{
		"---------- Forwarded message ---------\n" + english,
		"-------- Forwarded Message --------\n" + english,
		"Begin forwarded message:\n\n" + english,
		"-------- Weitergeleitete Nachricht --------\nBetreff: Daten\nDatum: Fri, 20 Nov 2026\nVon: Real Person <real@person.example>\nAn: service@moxora.example",
		"Anfang der weitergeleiteten Nachricht:\n\nVon: Real Person <real@person.example>\nBetreff: Daten\nDatum: 20. November 2026\nAn: service@moxora.example",
		"-------- Message transféré --------\nSujet : Données\nDate : 20/11/2026\nDe : Real Person <real@person.example>\nPour : service@moxora.example",
		"Début du message réexpédié :\n\nDe: Real Person <real@person.example>\nObjet: Données\nDate: 20 novembre 2026\nÀ: service@moxora.example",
		"-------- Mensaje reenviado --------\nAsunto: Datos\nFecha: 20/11/2026\nDe: Real Person <real@person.example>\nPara: service@moxora.example",
		"-------- Messaggio Inoltrato --------\nOggetto: Dati\nData: 20/11/2026\nDa: Real Person <real@person.example>\nA: service@moxora.example",
		"Begin doorgestuurd bericht:\n\nVan: Real Person <real@person.example>\nOnderwerp: Gegevens\nDatum: 20 november 2026\nAan: service@moxora.example",
		"-------- Treść przekazanej wiadomości --------\nTemat: Dane\nData: 20.11.2026\nOd: Real Person <real@person.example>\nDo: service@moxora.example",
		"-------- Mensagem reencaminhada --------\nAssunto: Dados\nData: 20/11/2026\nDe: Real Person <real@person.example>\nPara: service@moxora.example",
	} {
		for _, own := range []string{"", "Please look after this.\n\n"} {
			m := body(own + head + "\n\nPlease delete my data.\n")
			want := "Please look after this."
			if own == "" {
				want = "Please delete my data."
			}
			if f := m.Forwarded; f == nil || f.From != "Real Person <real@person.example>" || f.Text != "Please delete my data." || m.Text != want || !strings.Contains(m.Quoted, "real@person.example") {
				t.Errorf("%s\nthe text is %q, handed on is %+v, quoted is %q", own+head, m.Text, f, m.Quoted)
			}
		}
	}
	if m := body("Begin forwarded message:\n\n" + marked + "\n"); m.Forwarded == nil || m.Text != "Please delete my data." {
		t.Errorf("marked: the text is %q, handed on is %+v", m.Text, m.Forwarded)
	}
	twice := "---------- Forwarded message ---------\nFrom: Service <service@moxora.example>\nDate: x\nTo: y\n\n---------- Forwarded message ---------\n" + english + "\n\nPlease delete my data."
	if m := body(twice); m.Forwarded == nil || m.Text != "Please delete my data." || !strings.HasPrefix(m.Forwarded.From, "Real Person") {
		t.Errorf("handed on twice: the text is %q, handed on is %+v", m.Text, m.Forwarded)
	}
}

// TestOutlooksBlockIsAForwardOnlyBySubject: it is drawn above answers too.
func TestOutlooksBlockIsAForwardOnlyBySubject(t *testing.T) {
	const text = "Bitte kümmert euch darum.\n\nVon: Klaus Kunde <klaus@kunde.example>\nGesendet: Freitag, 20. November 2026 10:11\nAn: service@moxora.example\nBetreff: Datenlöschung\n\nBitte löschen Sie alle meine Daten."
	for subject, want := range map[string]bool{"WG: Datenlöschung": true, "FW: Datenlöschung": true, "AW: Datenlöschung": false} {
		m := read("From: A <a@example.org>\nSubject: " + subject + "\nContent-Type: text/plain; charset=utf-8\n\n" + text)
		if (m.Forwarded != nil) != want || m.Text != "Bitte kümmert euch darum." || want && m.Forwarded.Text != "Bitte löschen Sie alle meine Daten." {
			t.Errorf("%s: the text is %q, handed on is %+v", subject, m.Text, m.Forwarded)
		}
	}
}

// TestWhatWasOnceHandedOnIsNotHandedOnByAnAnswer.
func TestWhatWasOnceHandedOnIsNotHandedOnByAnAnswer(t *testing.T) {
	m := body("Thank you.\n\nOn Tue, 3 Feb 2026 at 10:00, Moxora <p@moxora.example> wrote:\n> ---------- Forwarded message ---------\n> From: A <a@example.org>\n> Date: x\n>\n> Hello\n")
	if m.Forwarded != nil || m.Text != "Thank you." {
		t.Errorf("the text is %q, handed on is %+v", m.Text, m.Forwarded)
	}
}
