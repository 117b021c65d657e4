package console

import (
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
	"dsr/web/site"
)

// forbiddenPage says what a role may not do, and who can give another.
type forbiddenPage struct {
	shell
	Sentence string
	Givers   string
	Recorded bool
	Back     string
}

// forbidden shows what the caller's role does not allow. Tried means that it was
// recorded.
func (s *Console) forbidden(c echo.Context, a staffAct, v *requests.View, cause error, tried bool) (err error) {
	page := forbiddenPage{Sentence: strings.Join(site.Details(cause), " "), Recorded: tried, Back: requestAddress(v.Reference)}
	if page.shell, err = s.shell(c, a.title, ""); err != nil {
		return err
	}
	givers, err := s.People.ForPolicy(c.Request().Context(), v.Policy, access.Administrator)
	if err != nil {
		return err
	}
	if len(givers) > 0 {
		page.Givers = enumerated(namesOf(givers), "or") + " can give it."
	}
	return s.render(c, http.StatusForbidden, "forbidden", page)
}

// refusedPage says why an act is not lawful, with the strip as proof where it
// is about dates, and what can be done instead.
type refusedPage struct {
	shell
	Name       string // of the act
	Ref, Right string
	Back       string
	Heading    string
	Reasons    []string
	Source     string
	Strip      template.HTML
	Offers     []offer
	Typed      []fact
	Since      []timelineLine
	Recorded   bool
}

// offer is what can be done instead, with its effect.
type offer struct{ Label, Href, Effect string }

// refused shows what stands against an act. The cause is what came of trying it,
// or nil for somebody who only looked.
func (s *Console) refused(c echo.Context, a staffAct, f actForm, objections []requests.Objection, cause error) (err error) {
	page := refusedPage{Name: a.title, Ref: f.Reference, Right: f.voice.right(f.Right), Back: requestAddress(f.Reference), Recorded: site.Is[*requests.Refused](cause)}
	if page.shell, err = s.shell(c, a.title, ""); err != nil {
		return err
	}
	var rest string
	page.Heading, rest, _ = strings.Cut(objections[0].Sentence, ". ")
	page.Heading, page.Source = strings.TrimSuffix(page.Heading, "."), objections[0].Source
	for _, o := range append([]requests.Objection{{Sentence: rest}}, objections[1:]...) {
		if text := strings.TrimSpace(o.Sentence); text != "" {
			page.Reasons = append(page.Reasons, text)
		}
	}
	if a.act == requests.ActExtend {
		page.Strip = stripFor(f.Request, f.place, f.Now).Large()
	}
	page.Offers, page.Typed = offersOf(f.View, a), typedFacts(f.withParagraph(a, a.fields(f)))
	status := http.StatusOK
	if cause != nil {
		status = http.StatusConflict
	}
	page.Since = f.since(f.typed, site.Caller(c).ID)
	return s.render(c, status, "refused", page)
}

// offersOf lists at most four lawful acts, the next step first.
func offersOf(v *requests.View, refused staffAct) []offer {
	var offers []offer
	if refused.act == requests.ActDecide && v.AppealOf != 0 && lawful(v, requests.ActAssign) {
		a := actOf(requests.ActAssign) // somebody else decides the second look
		offers = append(offers, offer{"Assign to a colleague", requestAddress(v.Reference) + "/" + a.slug, "Whoever did not give the first answer may decide. They get a mail."})
	}
	for _, first := range []bool{true, false} {
		for _, o := range v.Acts {
			if o.Primary != first || !o.Lawful() || o.Act == refused.act || o.Act == requests.ActNote || len(offers) == 4 || offered(offers, o.Label) {
				continue
			}
			a := actOf(o.Act)
			offers = append(offers, offer{o.Label, requestAddress(v.Reference) + "/" + a.slug, a.offer})
		}
	}
	return offers
}

// offered reports whether an act is proposed already.
func offered(offers []offer, label string) bool {
	assigns := actOf(requests.ActAssign).title
	return label == assigns && slices.ContainsFunc(offers, func(o offer) bool { return strings.HasPrefix(o.Label, assigns) })
}

// typedFacts lists the words somebody typed before they learned that the act
// cannot be done, so that none is lost.
func typedFacts(fields []formField) []fact {
	var list []fact
	for _, f := range fields {
		if (f.Kind == "area" || f.Kind == "paragraph") && strings.TrimSpace(f.Value) != "" {
			list = append(list, fact{Name: f.Label, Text: f.Value, Quote: true})
		}
		for _, item := range f.Items {
			if text := strings.TrimSpace(item.Text); text != "" {
				list = append(list, fact{Name: item.What, Text: text, Quote: true})
			}
			if text := strings.TrimSpace(item.Evidence); text != "" {
				list = append(list, fact{Name: item.What + ", evidence", Text: text, Quote: true})
			}
		}
	}
	return list
}
