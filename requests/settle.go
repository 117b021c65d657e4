package requests

// settle copies what the queue sorts by from the clocks: the governing limit,
// and whether it is held.
func (r *Request) settle() {
	r.DueAt, r.DueClock, r.Held = NothingDue, "", ""
	if c := r.Governing(); c != nil {
		r.DueAt, r.DueClock, r.Held = c.Due.Limit(), c.Name(), c.Due.Held
	}
}
