package proposals

import (
	"fmt"
	"strings"

	"dsr/strict"
)

// places is the file of names by which people say where they live. The lists
// <place>, <city> and <people> of all files are made from it.
type places struct {
	Places []struct {
		Code   string `yaml:"code" validate:"required"` // ISO 3166
		Names  string `yaml:"names" validate:"required"`
		Cities string `yaml:"cities"`
		People string `yaml:"people"` // as in "a French resident"
	} `yaml:"places" validate:"required,dive"`

	data []byte
}

// longestName is how many words the name of a place has at most.
const longestName = 5

// addPlaces keeps the code of each name and returns the lists.
func (b *Book) addPlaces(file *places) (map[string]string, error) {
	lists := map[string]string{}
	for _, p := range file.Places {
		for list, names := range map[string]string{"place": p.Names, "city": p.Cities, "people": p.People} {
			for name := range strings.SplitSeq(names, ",") {
				if name = strings.TrimSpace(name); name == "" {
					continue
				}
				if err := b.addPlace(file, p.Code, name); err != nil {
					return nil, err
				}
				if lists[list] != "" {
					lists[list] += ","
				}
				lists[list] += name
			}
		}
	}
	return lists, nil
}

func (b *Book) addPlace(file *places, code, name string) error {
	for _, key := range spellings(name) {
		other := b.places[key]
		switch {
		case key == "" || strings.Count(key, " ") >= longestName:
			return strict.At(placesFile, file.data, name, fmt.Sprintf("a name of a place has one to %d words", longestName))
		case other != "" && other != code:
			return strict.At(placesFile, file.data, name, fmt.Sprintf("%q is a name of %s already", name, other))
		}
		b.places[key] = code
	}
	return nil
}

// placeIn names the place among some words: the last one, and of a country and
// a part of it the part.
func (b *Book) placeIn(words []word) string {
	found := ""
	for i := 0; i < len(words); i++ {
		for n := min(longestName, len(words)-i); n > 0; n-- {
			names := make([]string, n)
			for k := range names {
				names[k] = words[i+k].folded
			}
			if code, known := b.places[strings.Join(names, " ")]; known {
				if !strings.HasPrefix(found, code+"-") {
					found = code
				}
				i += n - 1
				break
			}
		}
	}
	return found
}
