package policies

import "strings"

// Line is one line of the difference between two texts.
type Line struct {
	Mark  string // "+" for what is new, "-" for what is gone, " " for what stayed, "…" for a stretch left out
	Text  string
	Old   int // its number in the old text, 0 where it is not there
	Fresh int // its number in the new text, 0 where it is not there
}

// DiffLines compares two texts line by line and returns what was taken out and
// put in, each with so many lines around it. Texts that are the same give none.
// It takes time and room by the product of their lengths, which rule files, of
// some hundred lines, can afford.
func DiffLines(old, fresh string, around int) []Line {
	a, b := strings.Split(strings.TrimRight(old, "\n"), "\n"), strings.Split(strings.TrimRight(fresh, "\n"), "\n")
	return near(aligned(a, b, common(a, b)), around)
}

// common counts, for each pair of positions, the longest sequence of lines that
// both rests share.
func common(a, b []string) [][]int {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	return length
}

// aligned walks both texts side by side.
func aligned(a, b []string, length [][]int) []Line {
	var all []Line
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			all = append(all, Line{Mark: " ", Text: a[i], Old: i + 1, Fresh: j + 1})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && length[i+1][j] >= length[i][j+1]:
			all = append(all, Line{Mark: "-", Text: a[i], Old: i + 1})
			i++
		default:
			all = append(all, Line{Mark: "+", Text: b[j], Fresh: j + 1})
			j++
		}
	}
	return all
}

// near keeps the lines that changed and those around them.
func near(all []Line, around int) []Line {
	keep := make([]bool, len(all))
	changed := false
	for i, l := range all {
		if l.Mark == " " {
			continue
		}
		changed = true
		for k := max(0, i-around); k <= min(len(all)-1, i+around); k++ {
			keep[k] = true
		}
	}
	if !changed {
		return nil
	}
	var list []Line
	for i, l := range all {
		switch {
		case keep[i]:
			list = append(list, l)
		case len(list) == 0 || list[len(list)-1].Mark != "…":
			list = append(list, Line{Mark: "…"})
		}
	}
	return list
}
