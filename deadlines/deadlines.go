// Package deadlines computes when something is due, and says why.
//
// A clock has a rule ("one month from the relevant time, rolled forward over
// holidays") and facts ("received on 2 March, asked for clarification on the
// 5th, answered on the 10th"). Due turns both into a due instant; Explain does
// the same and keeps each step of the way with its source, so that a person
// can check the date by hand. Both run the same code: an explanation can never
// disagree with the date it explains.
//
// The package is pure. It knows no clock on the wall, no database and no name
// of any law: rules arrive as data, today arrives as an argument.
package deadlines
