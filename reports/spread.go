package reports

import (
	"math"
	"slices"
)

// Share is a part of a whole, both counted.
type Share struct{ Part, Of int }

// Percent is the share in per cent, and false where there is nothing to take
// a share of.
func (s Share) Percent() (float64, bool) {
	if s.Of == 0 {
		return 0, false
	}
	return float64(s.Part) * 100 / float64(s.Of), true
}

func (s *Share) plus(other Share) { s.Part, s.Of = s.Part+other.Part, s.Of+other.Of }

// Spread is how a number of values lie: how often each occurs. The zero value
// is empty.
type Spread struct{ times map[int64]int }

// Add counts a value some times.
func (s *Spread) Add(value int64, times int) {
	if times == 0 {
		return
	}
	if s.times == nil {
		s.times = map[int64]int{}
	}
	s.times[value] += times
}

func (s *Spread) plus(other Spread) {
	for value, n := range other.times {
		s.Add(value, n)
	}
}

// N is how many values there are.
func (s Spread) N() (n int) {
	for _, times := range s.times {
		n += times
	}
	return n
}

// Mean is the arithmetic mean, zero of nothing.
func (s Spread) Mean() float64 {
	n, sum := 0, 0.0
	for value, times := range s.times {
		n, sum = n+times, sum+float64(value)*float64(times)
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// Median is the value in the middle; of an even number of values the mean of
// the two in the middle.
func (s Spread) Median() float64 {
	n := s.N()
	if n == 0 {
		return 0
	}
	return (float64(s.rank((n+1)/2)) + float64(s.rank(n/2+1))) / 2
}

// P90 is the least value that at least nine of ten do not exceed (the nearest
// rank).
func (s Spread) P90() float64 {
	n := s.N()
	if n == 0 {
		return 0
	}
	return float64(s.rank(int(math.Ceil(float64(n) * 9 / 10))))
}

// rank is the value at a place, from 1, when all stand in order.
func (s Spread) rank(place int) int64 {
	values := make([]int64, 0, len(s.times))
	for value := range s.times {
		values = append(values, value)
	}
	slices.Sort(values)
	for _, value := range values {
		if place -= s.times[value]; place <= 0 {
			return value
		}
	}
	return 0
}
