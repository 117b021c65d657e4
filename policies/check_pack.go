package policies

import (
	"fmt"
	"slices"
	"strings"
)

// CheckPack compares a sound pack with the laws in force and with the languages
// of the pages, those besides the pack's own, and notes what a person should
// look at: where a law allows less proof than the pack asks for, and which
// texts stay untranslated.
func (b *Book) CheckPack(p *Pack, languages []string) []Finding {
	var findings []Finding
	note := func(key, format string, args ...any) {
		findings = append(findings, Finding{Severity: SeverityNote, Key: key, Problem: fmt.Sprintf(format, args...)})
	}
	for i, asked := range p.Identity {
		if capped := b.capped(p, asked); len(capped) > 0 {
			note(fmt.Sprintf("identity[%d].level", i), "%s is more than %d of %d laws allow, such as %s; there no more is asked for than they do",
				asked.Level, len(capped), len(b.regimes), strings.Join(capped[:min(3, len(capped))], ", "))
		}
	}
	for _, t := range p.translated() {
		missing := slices.DeleteFunc(slices.Clone(languages), func(tag string) bool { return t.in.In(tag, "") != "" })
		if len(missing) > 0 {
			note(t.key, "no text in %s, so “%s” is shown there", strings.Join(missing, ", "), t.base)
		}
	}
	return findings
}

// capped names the laws that allow less than a pack asks for one of its rights.
func (b *Book) capped(p *Pack, asked ProofAsked) []string {
	var names []string
	for _, r := range b.regimes {
		if slices.ContainsFunc(r.Versions, func(v RegimeVersion) bool {
			return slices.ContainsFunc(Rights(), func(right Right) bool {
				return right.In(asked.Rights) && asked.Level.Needs(v.MostProof(right))
			})
		}) {
			names = append(names, r.Name)
		}
	}
	return names
}
