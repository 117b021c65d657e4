package policies_test

import (
	"strings"
	"testing"

	"dsr/policies"
	"dsr/strict"
)

func TestATextIsReadInTheNearestLanguage(t *testing.T) {
	texts := policies.Translations{"de": "Firma", "pt-PT": "Empresa", "fr": "Entreprise", "fr-CH": "Société"}
	for lang, want := range map[string]string{
		"de": "Firma", "de-AT": "Firma", "pt-PT": "Empresa", "pt": "Empresa", "pt-BR": "Empresa",
		"fr": "Entreprise", "fr-CH": "Société", "fr-CA": "Entreprise", "en": "Company", "pl": "Company", "": "Company", "d": "Company",
	} {
		if got := texts.In(lang, "Company"); got != want {
			t.Errorf("%q reads %q, want %q", lang, got, want)
		}
	}
	if got := (policies.Translations)(nil).In("de", "Company"); got != "Company" {
		t.Errorf("without translations it reads %q", got)
	}
}

func TestThePacksSpeakToRequestersInTheirLanguage(t *testing.T) {
	pack, err := book(t).Pack("opvio")
	if err != nil {
		t.Fatal(err)
	}
	id := pack.Identifiers[0]
	for lang, want := range map[string]string{
		"en": "Company name|The company your Opvio account belongs to.",
		"de": "Name des Unternehmens|Das Unternehmen, zu dem Ihr Opvio-Konto gehört.",
		"pl": "Nazwa firmy|Firma, do której należy konto Opvio.",
	} {
		if got := id.LabelIn(lang) + "|" + id.HintIn(lang); got != want {
			t.Errorf("%s: %s", lang, got)
		}
	}
	for _, r := range pack.Rights {
		switch {
		case r.Right == policies.Deletion && len(r.Residences) == 0:
			if got := r.LimitsIn("es"); got != "salvo lo que la ley obliga a conservar y lo que el servicio necesita" {
				t.Errorf("limits of deletion: %s", got)
			}
		case r.Right == policies.Objection:
			if got := r.ScopeIn("nl"); got != "tegen bepaalde soorten verwerking" || r.LimitsIn("nl") != "" {
				t.Errorf("scope of objection: %s", got)
			}
		}
	}
}

func TestAnAuthorityGoesByItsOwnNames(t *testing.T) {
	b := book(t)
	for _, c := range []struct{ law, residence, lang, want string }{
		{"CH", "CH", "de", "Eidgenössischer Datenschutz- und Öffentlichkeitsbeauftragter (EDÖB)"},
		{"CH", "CH", "pl", "Federal Data Protection and Information Commissioner (FDPIC)"},
		{"CA-PIPEDA", "CA-ON", "fr", "Commissariat à la protection de la vie privée du Canada (CPVP)"},
		{"CA-QC", "CA-QC", "fr", "Commission d'accès à l'information du Québec"},
		{"EU_GDPR", "BE", "nl", "Gegevensbeschermingsautoriteit (GBA)"},
		{"EU_GDPR", "PL", "pl", "Urząd Ochrony Danych Osobowych (UODO)"},
		{"EU_GDPR", "FR", "de", "CNIL"},
		{"EU_GDPR", "", "it", "l’autorità per la protezione dei dati del Suo Paese"},
		{"UK_GDPR", "GB", "de", "Information Commissioner's Office (ICO)"},
	} {
		r, err := b.Regime(c.law)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.AuthorityFor(c.residence).NameIn(c.lang); got != c.want {
			t.Errorf("%s, %s in %s: %s, want %s", c.law, c.residence, c.lang, got, c.want)
		}
	}
}

// A place of a law is named in the reader's language by its code.
func TestEveryLawHasAPlace(t *testing.T) {
	special := map[string]string{"EU_GDPR": "EU", "UK_GDPR": "GB", "UK_PART3": "GB", "CCPA": "US-CA", "CA-PIPEDA": "CA", "CA-QC": "CA-QC", "CH": "CH"}
	for _, r := range book(t).Regimes() {
		want := special[r.ID]
		if want == "" {
			want = r.ID // US-VA, BR and the like bear the code of their place
		}
		if got := r.PlaceCode(); got != want {
			t.Errorf("the place of %s is %q, want %q", r.ID, got, want)
		}
	}
}

func TestTranslationsThatCannotBeReadAreRefused(t *testing.T) {
	identifier := func(texts string) string {
		return samplePack + "identifiers:\n  - name: lamp\n    label: Lamp\n    " + texts + "\n"
	}
	for text, want := range map[string]string{
		identifier("label_in: {pt_PT: Candeeiro}"):  `identifiers[0].label_in: "pt_PT" is no language tag like de or pt-PT`,
		identifier("label_in: {german: Lampe}"):     `"german" is no language tag`,
		identifier("label_in: {de: \" \"}"):         "the text in de is empty",
		identifier("hint_in: {de: Die Leselampe.}"): "identifiers[0].hint_in translates a text that is not there",
		strings.Replace(samplePack, "  - right: deletion\n", "  - right: deletion\n    limits_in: {fr: parfois}\n", 1): "rights[1].limits_in translates a text that is not there",
		identifier("labels: {de: Lampe}"): `unknown field "labels"`,
	} {
		_, err := policies.ReadPack(strict.NewReader(), "lamplight.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

func TestACheckNotesWhatIsNotTranslated(t *testing.T) {
	pack := decodePack(t, "lamplight.yaml", samplePack+"identifiers:\n  - {name: lamp, label: Lamp, label_in: {de: Lampe, pt-PT: Candeeiro}}\n")
	findings := book(t).CheckPack(pack, []string{"de", "fr", "pl", "pt"})
	if len(findings) != 1 || findings[0].String() != "note: identifiers[0].label_in: no text in fr, pl, so “Lamp” is shown there" {
		t.Errorf("found %v", findings)
	}
}
