package policies

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"dsr/deadlines"
	"dsr/deadlines/calendars"
	"dsr/strict"
)

//go:embed packs regimes
var embedded embed.FS

// ErrNoPolicy is returned for a policy that no pack describes.
var ErrNoPolicy = errors.New("no policy pack of that name")

// ErrNoRegime is returned for a law that no file describes.
var ErrNoRegime = errors.New("no regime of that name")

// Book holds all packs, regimes and calendars in force. It is read once at
// start and never changes, but for the editions of calendars that Amend adds.
// It is safe for use by several goroutines.
type Book struct {
	packs     []*Pack
	regimes   []*Regime
	byName    map[string]*Regime // by id and alias, upper case
	calendars *calendars.Set
	zones     map[string]*time.Location
	files     []File
	editions  editions
}

// File is one rule file as it was read, so that a request can keep the exact
// text it was received under.
type File struct {
	Kind    string // "pack" or "regime"
	ID      string
	Version string
	SHA256  string
	Content string
}

// Options say what is read besides the embedded files.
type Options struct {
	Packs    []string // directories of policy packs; one replaces the embedded pack of its name
	Holidays []string // directories of calendar overrides
}

// Load reads the embedded packs and regimes and the directories, and refuses
// the whole if any file is not sound.
func Load(options Options) (*Book, error) {
	set, err := calendars.Load(options.Holidays...)
	if err != nil {
		return nil, err
	}
	b := &Book{byName: map[string]*Regime{}, calendars: set, zones: map[string]*time.Location{}}
	if err := b.loadRegimes(); err != nil {
		return nil, err
	}
	reader := strict.NewReader()
	packs, err := fs.Sub(embedded, "packs")
	if err != nil {
		return nil, err
	}
	if err := b.loadPacks(reader, packs, packs); err != nil {
		return nil, err
	}
	for _, dir := range options.Packs {
		if err := b.loadFolder(reader, dir); err != nil {
			return nil, fmt.Errorf("policies in %s: %w", dir, err)
		}
	}
	return b, nil
}

// loadFolder reads the packs of a directory. Their logos are read through its
// root, so that no link leads out of it.
func (b *Book) loadFolder(reader *strict.Reader, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return b.loadPacks(reader, os.DirFS(dir), root.FS())
}

func (b *Book) loadRegimes() error {
	laws, err := shippedRegimes()
	if err != nil {
		return err
	}
	for _, law := range laws {
		if err := b.addRegime(law.name, law.data, law.regime); err != nil {
			return err
		}
	}
	return nil
}

// regimeFile is a law with the file it was read from.
type regimeFile struct {
	name   string
	data   []byte
	regime *Regime
}

// shippedRegimes reads the laws built into the program, once: nothing changes a
// regime.
var shippedRegimes = sync.OnceValues(func() (laws []regimeFile, err error) {
	reader := strict.NewReader()
	err = eachYAML(embedded, "regimes", func(name string, data []byte) error {
		r, err := ReadRegime(reader, name, data)
		laws = append(laws, regimeFile{name, data, r})
		return err
	})
	return laws, err
})

func (b *Book) addRegime(name string, data []byte, r *Regime) error {
	for _, id := range append([]string{r.ID}, r.Aliases...) {
		if other := b.byName[strings.ToUpper(id)]; other != nil {
			return strict.At(name, data, id, fmt.Sprintf("the name %s belongs to %s already", id, other.ID))
		}
		b.byName[strings.ToUpper(id)] = r
	}
	// Not asked of files that are only read again for requests of their time.
	for _, v := range r.Versions {
		if err := lintMostProof(placedIn(name, data), &v); err != nil {
			return err
		}
	}
	for _, zone := range r.allZones() {
		if err := b.addZone(zone); err != nil {
			return strict.At(name, data, zone, err.Error())
		}
	}
	for _, id := range r.allCalendars() {
		if _, err := b.calendars.Calendar(id); err != nil {
			return strict.At(name, data, id, err.Error())
		}
	}
	b.regimes = append(b.regimes, r)
	b.keep("regime", r.ID, r.Versions[len(r.Versions)-1].Version, r.SHA256, data)
	return nil
}

func (b *Book) loadPacks(reader *strict.Reader, files, logos fs.FS) error {
	return eachYAML(files, ".", func(name string, data []byte) error {
		p, err := ReadPack(reader, name, data)
		if err != nil {
			return err
		}
		if err := readLogo(logos, name, data, p); err != nil {
			return err
		}
		if err := b.checkPlaces(name, data, p); err != nil {
			return err
		}
		b.packs = slices.DeleteFunc(b.packs, func(other *Pack) bool { return other.ID == p.ID })
		if i := slices.IndexFunc(b.packs, func(other *Pack) bool { return other.Prefix == p.Prefix }); i >= 0 {
			return strict.At(name, data, "prefix: "+p.Prefix, fmt.Sprintf("the prefix %s belongs to %s already", p.Prefix, b.packs[i].ID))
		}
		b.packs = append(b.packs, p)
		b.keep("pack", p.ID, p.Version, p.SHA256, data)
		return nil
	})
}

// checkPlaces looks up the zones and calendars a pack names.
func (b *Book) checkPlaces(name string, data []byte, p *Pack) error {
	if err := b.addZone(p.Zone); err != nil {
		return strict.At(name, data, "zone: "+p.Zone, err.Error())
	}
	for region, e := range p.Establishments {
		if !slices.ContainsFunc(b.regimes, func(r *Regime) bool { return r.Establish == region }) {
			return strict.At(name, data, region+":", fmt.Sprintf("%q is no region that a law asks about: choose one of EU, UK, CH", region))
		}
		if err := b.addZone(e.Zone); err != nil {
			return strict.At(name, data, e.Zone, err.Error())
		}
		if _, err := b.calendars.Calendar(e.Calendar); err != nil {
			return strict.At(name, data, e.Calendar, err.Error())
		}
	}
	return nil
}

func (b *Book) addZone(name string) error {
	if b.zones[name] != nil {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		return fmt.Errorf("%q is no time zone of the IANA list, like Europe/Berlin", name)
	}
	b.zones[name] = zone
	return nil
}

func (b *Book) keep(kind, id, version, sum string, data []byte) {
	b.files = append(b.files, File{Kind: kind, ID: id, Version: version, SHA256: sum, Content: string(data)})
}

// Files returns every rule file as read, for keeping beside the requests.
func (b *Book) Files() []File { return b.files }

// Packs returns the packs in force, by name.
func (b *Book) Packs() []*Pack {
	packs := slices.Clone(b.packs)
	slices.SortFunc(packs, func(a, b *Pack) int { return strings.Compare(a.ID, b.ID) })
	return packs
}

// Pack returns the pack in force for a policy, or ErrNoPolicy.
func (b *Book) Pack(id string) (*Pack, error) {
	for _, p := range b.packs {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: %q", ErrNoPolicy, id)
}

// Regimes returns the regimes in force, in the order of their files.
func (b *Book) Regimes() []*Regime { return b.regimes }

// Regime returns a regime by id or alias, or ErrNoRegime.
func (b *Book) Regime(id string) (*Regime, error) {
	if r := b.byName[strings.ToUpper(id)]; r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrNoRegime, id)
}

// Place returns the zone and the calendar of the given names.
func (b *Book) Place(zone, calendar string) (deadlines.Place, error) {
	location := b.zones[zone]
	if location == nil {
		loaded, err := time.LoadLocation(zone)
		if err != nil {
			return deadlines.Place{}, fmt.Errorf("%q is no time zone of the IANA list", zone)
		}
		location = loaded
	}
	c, err := b.calendar(calendar)
	return deadlines.Place{Zone: location, Calendar: c}, err
}

// ReadPack reads one policy pack from the content of a file, without its logo,
// which is another file. Every fault is a *strict.Error with its place.
func ReadPack(reader *strict.Reader, name string, data []byte) (*Pack, error) {
	p := new(Pack)
	if err := reader.Decode(name, data, p); err != nil {
		return nil, err
	}
	p.SHA256 = hash(data)
	return p, lintPack(name, data, p)
}

// ReadRegime reads one law from the content of a file. Every fault is a
// *strict.Error with its place.
func ReadRegime(reader *strict.Reader, name string, data []byte) (*Regime, error) {
	r := new(Regime)
	if err := reader.Decode(name, data, r); err != nil {
		return nil, err
	}
	r.SHA256 = hash(data)
	return r, lintRegime(name, data, r)
}

// ReadFile reads a policy pack from a path as Load does, with its logo, zones
// and calendars, but without taking it into the book.
func (b *Book) ReadFile(file string) (*Pack, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("policy pack: %w", err)
	}
	name := filepath.Base(file)
	p, err := ReadPack(strict.NewReader(), name, data)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("policy pack: %w", err)
	}
	defer root.Close()
	if err := readLogo(root.FS(), name, data, p); err != nil {
		return nil, err
	}
	return p, b.checkPlaces(name, data, p)
}

func eachYAML(fsys fs.FS, dir string, read func(name string, data []byte) error) error {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		data, err := fs.ReadFile(fsys, path.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		if err := read(e.Name(), data); err != nil {
			return err
		}
	}
	return nil
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
