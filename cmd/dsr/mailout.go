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
// are, nil: as many as where nothing is said.
type paceEntry struct {
	PerMinute       *int `yaml:"per_minute" validate:"omitempty,min=0,max=1000000"`
	PerDomainMinute *int `yaml:"per_domain_per_minute" validate:"omitempty,min=0,max=1000000"`
}

// beside reads a file that the mail file names under a key: relative names count
// from where that stands.
func (m *mailFile) beside(key, name string) ([]byte, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(m.name), path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, m.at(key+": "+name, "the file %s cannot be read", path)
	}
	return content, nil
}

// signing reads what letters are signed with, and sees that it fits the address
// they come from and is in force.
func (m *mailFile) signing(from string, now time.Time) (s mailer.Signing, err error) {
	if m == nil {
		return s, nil
	}
	if d := m.Outgoing.DKIM; d != nil {
		if s.DKIM, err = m.dkim(d, from, now); err != nil {
			return s, err
		}
	}
	if e := m.Outgoing.SMIME; e != nil {
		if s.SMIME, err = m.smime(e, from, now); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (m *mailFile) dkim(d *dkimEntry, from string, now time.Time) (*mailer.DKIM, error) {
	key, err := m.beside("key_file", d.KeyFile)
	if err != nil {
		return nil, err
	}
	read, err := mailer.ReadDKIM(d.Domain, d.Selector, key)
	if err != nil {
		return nil, m.at("dkim:", "%v", err)
	}
	if err := (mailer.Signing{DKIM: read}).Fits(from, now); err != nil {
		return nil, m.at("domain: "+d.Domain, "%v", err)
	}
	return read, nil
}

func (m *mailFile) smime(e *smimeEntry, from string, now time.Time) (*mailer.SMIME, error) {
	certificate, err := m.beside("certificate_file", e.CertificateFile)
	if err != nil {
		return nil, err
	}
	key, err := m.beside("key_file", e.KeyFile)
	if err != nil {
		return nil, err
	}
	read, err := mailer.ReadSMIME(certificate, key)
	if err != nil {
		return nil, m.at("smime:", "%v", err)
	}
	if err := (mailer.Signing{SMIME: read}).Fits(from, now); err != nil {
		return nil, m.at("certificate_file: "+e.CertificateFile, "%v", err)
	}
	return read, nil
}

// pace is how fast letters leave.
func (m *mailFile) pace() mailer.Pace {
	p := mailer.Pace{PerMinute: 600, PerDomain: 60}
	if m == nil || m.Outgoing.Limits == nil {
		return p
	}
	if n := m.Outgoing.Limits.PerMinute; n != nil {
		p.PerMinute = *n
	}
	if n := m.Outgoing.Limits.PerDomainMinute; n != nil {
		p.PerDomain = *n
	}
	return p
}
