package main

import (
	"os"
	"path/filepath"
	"time"

	"dsr/mailer"
)

// dkimEntry is how mail servers tell our letters from forged ones.
type dkimEntry struct {
	Domain   string `yaml:"domain" validate:"required"`
	Selector string `yaml:"selector" validate:"required"`
	KeyFile  string `yaml:"key_file" validate:"required"`
}

// smimeEntry is how readers tell them.
type smimeEntry struct {
	CertificateFile string `yaml:"certificate_file" validate:"required"`
	KeyFile         string `yaml:"key_file" validate:"required"`
}

// paceEntry is how many letters leave in a minute at most; 0: as many as there
// are.
type paceEntry struct {
	PerMinute       int `yaml:"per_minute" validate:"min=0,max=1000000"`
	PerDomainMinute int `yaml:"per_domain_per_minute" validate:"min=0,max=1000000"`
}

// beside is a file named in the mail file: relative names count from where that
// stands.
func (m *mailFile) beside(name string) ([]byte, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(m.name), name)
	}
	return os.ReadFile(name)
}

// signing reads what letters are signed with, and sees that it fits the address
// they come from and is in force.
func (m *mailFile) signing(from string, now time.Time) (s mailer.Signing, err error) {
	if m == nil {
		return s, nil
	}
	if d := m.Outgoing.DKIM; d != nil {
		key, err := m.beside(d.KeyFile)
		if err == nil {
			s.DKIM, err = mailer.ReadDKIM(d.Domain, d.Selector, key)
		}
		if err != nil {
			return s, m.at("dkim:", "%v", err)
		}
	}
	if e := m.Outgoing.SMIME; e != nil {
		certificate, err := m.beside(e.CertificateFile)
		if err != nil {
			return s, m.at("smime:", "%v", err)
		}
		key, err := m.beside(e.KeyFile)
		if err == nil {
			s.SMIME, err = mailer.ReadSMIME(certificate, key)
		}
		if err != nil {
			return s, m.at("smime:", "%v", err)
		}
	}
	if err := s.Fits(from, now); (s.DKIM != nil || s.SMIME != nil) && err != nil {
		return s, m.at("outgoing:", "%v", err)
	}
	return s, nil
}

// pace is how fast letters leave.
func (m *mailFile) pace() mailer.Pace {
	if m == nil || m.Outgoing.Limits == nil {
		return mailer.Pace{PerMinute: 600, PerDomain: 60}
	}
	return mailer.Pace{PerMinute: m.Outgoing.Limits.PerMinute, PerDomain: m.Outgoing.Limits.PerDomainMinute}
}
