package words

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// countryCodes are the officially assigned codes of ISO 3166-1 alpha-2.
const countryCodes = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS " +
	"BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET " +
	"FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO " +
	"IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH " +
	"MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM " +
	"PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG " +
	"TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"

// subdivisionCodes are the parts of countries whose laws or holidays differ
// (ISO 3166-2): the states and the district of the USA, the provinces and
// territories of Canada, the nations of the United Kingdom.
const subdivisionCodes = "CA-AB CA-BC CA-MB CA-NB CA-NL CA-NS CA-NT CA-NU CA-ON CA-PE CA-QC CA-SK CA-YT " +
	"GB-ENG GB-NIR GB-SCT GB-WLS " +
	"US-AK US-AL US-AR US-AZ US-CA US-CO US-CT US-DC US-DE US-FL US-GA US-HI US-IA US-ID US-IL US-IN US-KS US-KY " +
	"US-LA US-MA US-MD US-ME US-MI US-MN US-MO US-MS US-MT US-NC US-ND US-NE US-NH US-NJ US-NM US-NV US-NY US-OH " +
	"US-OK US-OR US-PA US-RI US-SC US-SD US-TN US-TX US-UT US-VA US-VT US-WA US-WI US-WV US-WY"

// Place is a country or a part of one.
type Place struct {
	Code string // "GB", or with its country "GB-SCT"
	Name string // in the printer's language
}

// places are the names of one language, sorted its way.
type places struct {
	names        map[string]string
	countries    []Place
	subdivisions map[string][]Place
}

// readPlaces takes names of countries from CLDR, except where the catalogue
// knows a newer one, and names of their parts from the catalogue.
func (p Printer) readPlaces(tag language.Tag) places {
	all := places{names: map[string]string{}, subdivisions: map[string][]Place{}}
	regions := display.Regions(tag)
	for code := range strings.FieldsSeq(countryCodes) {
		name := regions.Name(language.MustParseRegion(code))
		if newer := "places.country." + code; p.Has(newer) {
			name = p.T(newer)
		}
		all.names[code] = name
		all.countries = append(all.countries, Place{code, name})
	}
	for code := range strings.FieldsSeq(subdivisionCodes) {
		country, _, _ := strings.Cut(code, "-")
		name := p.T("places." + code)
		all.names[code] = name
		all.subdivisions[country] = append(all.subdivisions[country], Place{code, name})
	}
	order := collate.New(tag)
	byName := func(a, b Place) int { return order.CompareString(a.Name, b.Name) }
	slices.SortFunc(all.countries, byName)
	for _, parts := range all.subdivisions {
		slices.SortFunc(parts, byName)
	}
	return all
}

// Country returns the name of a country by its ISO 3166-1 alpha-2 code, in
// capitals. A code nobody assigned shows as a gap.
func (p Printer) Country(code string) string { return p.place(code) }

// Subdivision returns the name of a part of a country, "GB-SCT", one of those
// Subdivisions lists. Another code shows as a gap.
func (p Printer) Subdivision(code string) string { return p.place(code) }

// HasPlace reports whether a code names a country or a part of one that this
// package knows: "DE", "US-CA".
func (p Printer) HasPlace(code string) bool {
	_, ok := p.voice.places.names[code]
	return ok
}

// Countries lists all countries, sorted as the language sorts.
func (p Printer) Countries() []Place { return slices.Clone(p.voice.places.countries) }

// Subdivisions lists the parts of a country, sorted as the language sorts:
// the states and the district of "US", the provinces and territories of "CA",
// the nations of "GB". Other countries have none here.
func (p Printer) Subdivisions(country string) []Place {
	return slices.Clone(p.voice.places.subdivisions[country])
}

// place names a code, or shows that nobody knows it.
func (p Printer) place(code string) string {
	name, ok := p.voice.places.names[code]
	if !ok {
		return orGap("", "places", fmt.Errorf("%w: %q is not the code of a place", ErrGap, code))
	}
	return name
}
