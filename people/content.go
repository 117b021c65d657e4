package people

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// contentCodec writes the content of a session so that equal contents give
// equal bytes, which the library's own encoding does not.
type contentCodec struct{}

// content is a session's values by their types.
type content struct {
	Deadline time.Time          `json:"deadline"`
	Numbers  map[string]int64   `json:"numbers,omitempty"`
	Lists    map[string][]int64 `json:"lists,omitempty"`
	Texts    map[string]string  `json:"texts,omitempty"`
	Flags    map[string]bool    `json:"flags,omitempty"`
}

// maxText is the longest text a session takes, in bytes: a state, no document.
const maxText = 200

var errContent = errors.New("a session holds int64, []int64, bool and short string only")

// Encode fails with errContent for any other type.
func (contentCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	c := content{Deadline: deadline, Numbers: map[string]int64{}, Lists: map[string][]int64{}, Texts: map[string]string{}, Flags: map[string]bool{}}
	for key, value := range values {
		switch v := value.(type) {
		case int64:
			c.Numbers[key] = v
		case []int64:
			c.Lists[key] = v
		case string:
			if len(v) > maxText {
				return nil, fmt.Errorf("%w: %q is too long", errContent, key)
			}
			c.Texts[key] = v
		case bool:
			c.Flags[key] = v
		default:
			return nil, fmt.Errorf("%w: %q is a %T", errContent, key, value)
		}
	}
	return json.Marshal(c)
}

// Decode reads what Encode wrote.
func (contentCodec) Decode(data []byte) (time.Time, map[string]any, error) {
	var c content
	if err := json.Unmarshal(data, &c); err != nil {
		return time.Time{}, nil, fmt.Errorf("the content of a session cannot be read: %w", err)
	}
	values := map[string]any{}
	add(values, c.Numbers)
	add(values, c.Lists)
	add(values, c.Texts)
	add(values, c.Flags)
	return c.Deadline, values, nil
}

func add[V any](values map[string]any, typed map[string]V) {
	for key, value := range typed {
		values[key] = value
	}
}
