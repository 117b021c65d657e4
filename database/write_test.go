package database_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
)

var errNo = errors.New("no")

func TestAWriteIsKeptOrLeavesNothing(t *testing.T) {
	eachThings(t, func(t *testing.T, db *database.DB) {
		fail := func(ctx context.Context, tx bun.Tx) error {
			if err := add("half")(ctx, tx); err != nil {
				return err
			}
			return errNo
		}
		panics := func(ctx context.Context, tx bun.Tx) error {
			if err := add("half")(ctx, tx); err != nil {
				return err
			}
			panic("oh")
		}
		if err := db.Write(t.Context(), add("a", "b")); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), fail); !errors.Is(err, errNo) {
			t.Errorf("got %v, want the error of the function", err)
		}
		var p *database.Panic
		if err := db.Write(t.Context(), panics); !errors.As(err, &p) || p.Value != "oh" || len(p.Stack) == 0 {
			t.Errorf("got %v, want the panic", err)
		}
		if err := db.Write(t.Context(), add("c", "a")); !database.IsUnique(err) {
			t.Errorf("got %v, want that the key exists", err)
		}
		wantNames(t, db, "a", "b")
	})
}

// together runs the jobs as one group of one SQLite writer.
func together(t *testing.T, db *database.DB, jobs ...func(context.Context, bun.Tx) error) []error {
	t.Helper()
	errs := make([]error, len(jobs))
	release := held(t, db)
	var wg sync.WaitGroup
	for i, fn := range jobs {
		wg.Go(func() { errs[i] = db.Write(context.Background(), fn) })
		synctest.Wait() // until it is queued
	}
	release()
	wg.Wait()
	return errs
}

func TestAJobThatFailsDoesNotHurtItsNeighbours(t *testing.T) {
	url := dbtest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		db := openThings(t, url)
		panics := func(ctx context.Context, tx bun.Tx) error {
			_ = add("three")(ctx, tx)
			panic("oh")
		}
		nests := func(ctx context.Context, tx bun.Tx) error {
			if err := tx.RunInTx(ctx, nil, add("inner", "inner")); !database.IsUnique(err) {
				return fmt.Errorf("the inner part gave %w", err)
			}
			return add("four")(ctx, tx)
		}
		errs := together(t, db, add("one"), add("two", "two"), panics, nests, add("five"))
		var p *database.Panic
		if !database.IsUnique(errs[1]) || !errors.As(errs[2], &p) {
			t.Errorf("the bad ones got %v and %v", errs[1], errs[2])
		}
		if err := errors.Join(errs[0], errs[3], errs[4]); err != nil {
			t.Errorf("the good ones got %v", err)
		}
		wantNames(t, db, "five", "four", "one")
	})
}

func TestAJobThatLosesTheTransactionLosesOnlyItsOwnRows(t *testing.T) {
	url := dbtest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		db := openThings(t, url)
		loses := func(ctx context.Context, tx bun.Tx) error {
			_ = add("lost")(ctx, tx)
			return tx.Tx.Rollback()
		}
		errs := together(t, db, add("before"), loses, add("after", "after"), loses, add("last"))
		if err := errors.Join(errs[0], errs[4]); err != nil {
			t.Errorf("the good ones got %v", err)
		}
		if !errors.Is(errs[1], database.ErrLost) || !database.IsUnique(errs[2]) || !errors.Is(errs[3], database.ErrLost) {
			t.Errorf("the bad ones got %v", errs[1:4])
		}
		wantNames(t, db, "before", "last")
	})
}

func TestAJobThatEndsItsGoroutineEndsNeitherWriterNorCaller(t *testing.T) {
	eachThings(t, func(t *testing.T, db *database.DB) {
		over := make(chan error, 1)
		go func() {
			defer close(over) // on PostgreSQL the job runs in this goroutine
			over <- db.Write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
				_ = add("half")(ctx, tx)
				runtime.Goexit()
				return nil
			})
		}()
		if err := <-over; err != nil && !errors.Is(err, database.ErrGone) {
			t.Error(err)
		}
		if err := db.Write(t.Context(), add("next")); err != nil {
			t.Error(err)
		}
		wantNames(t, db, "next")
	})
}

func TestManyWritersAtOnce(t *testing.T) {
	eachThings(t, func(t *testing.T, db *database.DB) {
		const writers, each = 64, 5
		var refused atomic.Int64
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					err := db.Write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
						if err := add(fmt.Sprintf("%d-%d", w, i))(ctx, tx); err != nil || i != 3 {
							return err
						}
						return errNo
					})
					if errors.Is(err, errNo) {
						refused.Add(1)
					} else if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		n, err := db.Read().NewSelect().Model((*Thing)(nil)).Count(t.Context())
		if err != nil || n != writers*(each-1) || refused.Load() != writers {
			t.Errorf("%d rows, %d refused, %v", n, refused.Load(), err)
		}
	})
}

func TestACallerWhoGivesUpBeforeTheStartChangesNothing(t *testing.T) {
	url := dbtest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		db := openThings(t, url)
		release := held(t, db)
		ctx, cancel := context.WithCancel(context.Background())
		gone := make(chan error, 1)
		go func() { gone <- db.Write(ctx, add("never")) }()
		synctest.Wait() // until it is queued
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that it was called off", err)
		}
		release()
		if err := db.Write(t.Context(), add("next")); err != nil {
			t.Error(err)
		}
		wantNames(t, db, "next")
	})
}

func TestAStartedWriteFinishesAlthoughItsCallerGaveUp(t *testing.T) {
	eachThings(t, func(t *testing.T, db *database.DB) {
		ctx, cancel := context.WithCancel(context.Background())
		err := db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			cancel()
			return add("kept")(ctx, tx)
		})
		if err != nil {
			t.Errorf("got %v, want the truth: it was kept", err)
		}
		wantNames(t, db, "kept")
		if err := db.Write(ctx, add("late")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that a dead caller starts nothing", err)
		}
	})
}

func TestAWriteInsideAWriteIsRefusedAtOnce(t *testing.T) {
	eachThings(t, func(t *testing.T, db *database.DB) {
		err := db.Write(t.Context(), func(ctx context.Context, _ bun.Tx) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			return db.Write(ctx, add("inner"))
		})
		if !errors.Is(err, database.ErrNested) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAWriteThatCannotBeginIsToldSo(t *testing.T) {
	url := dbtest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		db := openThings(t, url)
		release := held(t, db)
		began := time.Now()
		err := db.Write(t.Context(), add("never"))
		if !errors.Is(err, database.ErrBusy) || !database.IsBusy(err) {
			t.Errorf("got %v, want that the database is busy", err)
		}
		if waited := time.Since(began); waited != 30*time.Second {
			t.Errorf("it waited %v", waited)
		}
		release()
		wantNames(t, db)
	})
}

func TestCloseFinishesWhatWasCalledBefore(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		db, err := database.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.MigrateFiles(t.Context(), things()); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var kept atomic.Int64
		for i := range 20 {
			wg.Go(func() {
				switch err := db.Write(context.Background(), add(fmt.Sprint(i))); {
				case err == nil:
					kept.Add(1)
				case !errors.Is(err, database.ErrClosed):
					t.Error(err)
				}
			})
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if err := errors.Join(db.Close(), db.Close()); err != nil {
			t.Errorf("closing again: %v", err)
		}
		again := openThings(t, url)
		n, err := again.Read().NewSelect().Model((*Thing)(nil)).Count(t.Context())
		if err != nil || n != kept.Load() {
			t.Errorf("%d rows for %d acknowledged writes, %v", n, kept.Load(), err)
		}
	})
}

func TestAFullDiskLosesNothingThatWasAcknowledged(t *testing.T) {
	url := dbtest.SQLite(t)
	db := openThings(t, url)
	limit := func(pages int) {
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count=%d", pages))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(100)
	var mu sync.Mutex
	var acknowledged []string
	var full int
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := range 10 {
				// One in ten is large: it must fail alone.
				name := fmt.Sprintf("%02d-%02d", w, i)
				body := make([]byte, 10+i/9*200_000)
				err := db.Write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
					_, err := tx.NewInsert().Model(&Thing{Name: name, Sealed: body}).Exec(ctx)
					return err
				})
				mu.Lock()
				switch {
				case err == nil:
					acknowledged = append(acknowledged, name)
				case database.IsFull(err) && strings.Contains(err.Error(), "full"):
					full++
				default:
					t.Errorf("got %v, want that the disk is full", err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if full == 0 || len(acknowledged) < 16*9 {
		t.Errorf("%d were refused and %d acknowledged", full, len(acknowledged))
	}
	limit(1_000_000)
	if err := db.Write(t.Context(), add("room again")); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again := openThings(t, url)
	for _, name := range append(acknowledged, "room again") {
		if ok, err := again.Read().NewSelect().Model((*Thing)(nil)).Where("name = ?", name).Exists(t.Context()); !ok || err != nil {
			t.Errorf("%s was acknowledged and is gone (%v)", name, err)
		}
	}
}

func TestPostgreSQLRunsTheLoserOfADeadlockAgain(t *testing.T) {
	eachThings(t, func(t *testing.T, db *database.DB) {
		if db.Engine() == database.SQLite {
			return // one writer cannot wait for itself
		}
		if err := db.Write(t.Context(), add("a", "b")); err != nil {
			t.Fatal(err)
		}
		var runs atomic.Int64
		var meet, wg sync.WaitGroup
		meet.Add(2)
		raise := func(ctx context.Context, tx bun.Tx, name string) error {
			_, err := tx.NewUpdate().Model((*Thing)(nil)).Set("amount = amount + 1").Where("name = ?", name).Exec(ctx)
			return err
		}
		for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
			var once sync.Once
			wg.Go(func() {
				err := db.Write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
					runs.Add(1)
					if err := raise(ctx, tx, order[0]); err != nil {
						return err
					}
					once.Do(func() { meet.Done(); meet.Wait() })
					return raise(ctx, tx, order[1])
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var sum int64
		err := db.Read().NewSelect().Model((*Thing)(nil)).ColumnExpr("SUM(amount)").Scan(t.Context(), &sum)
		if err != nil || sum != 4 || runs.Load() < 3 {
			t.Errorf("sum %d after %d runs, %v", sum, runs.Load(), err)
		}
	})
}
