package attempt_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/attempt"
	"github.com/symbolon-auth/symbolon/internal/store"
)

func id(s string) store.AttemptSummary { return store.AttemptSummary{ID: s} }

func ids(attempts []store.Attempt) string {
	var names []string
	for _, a := range attempts {
		names = append(names, a.ID)
	}
	return strings.Join(names, " ")
}

func TestRecordGathersAnAttempt(t *testing.T) {
	r := attempt.New(attempt.Options{})
	r.Record("10.0.0.1", store.AttemptSummary{ID: "req_1", ClientID: "cli_1"}, ok(0, "authorize"))
	r.Record("10.0.0.2", store.AttemptSummary{ID: "req_1", Sub: "u_42"}, failed(1500, "callback", "not_posted_yet"))
	want := store.Attempt{
		AttemptSummary: store.AttemptSummary{ID: "req_1", ClientID: "cli_1", Sub: "u_42", StartedAt: at(0)},
		UpdatedAt:      at(1500),
		Events: []store.Event{
			{At: at(0), Step: "authorize", OK: true},
			{At: at(1500), Step: "callback", Reason: "not_posted_yet"},
		},
	}
	got, found := r.Get("req_1")
	if !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !reflect.DeepEqual(r.Events("req_1"), want.Events) {
		t.Error("Events differ from Get")
	}
	if _, found := r.Get("req_2"); found || r.Events("req_2") != nil {
		t.Error("an attempt that never was is found")
	}
	r.Record("10.0.0.1", store.AttemptSummary{}, ok(0, "authorize"))
	if n := len(r.Recent(0)); n != 1 {
		t.Errorf("%d attempts: one has no id", n)
	}
}

// A flood from one source, or of one attempt, costs the others nothing.
func TestFloodEvictsItsOwn(t *testing.T) {
	r := attempt.New(attempt.Options{Capacity: 100, PerSource: 5})
	r.Record("honest", id("req_honest"), ok(0, "authorize"))
	for i := range 10_000 {
		r.Record("flood", id(fmt.Sprintf("req_%d", i)), ok(i, "authorize"))
	}
	if got := ids(r.Recent(0)); got != "req_9999 req_9998 req_9997 req_9996 req_9995 req_honest" {
		t.Errorf("in memory: %s", got)
	}
	if got := ids(r.Recent(2)); got != "req_9999 req_9998" {
		t.Errorf("recent: %s", got)
	}
}

// What a backend was refused a thousand times is one record, and as bounded as all.
func TestRefusedCalls(t *testing.T) {
	r := attempt.New(attempt.Options{Capacity: 100, PerSource: 5, Observe: func(store.Event) { t.Error("a refused call counts as a step of a login") }})
	for i := range 1000 {
		r.RecordCall("10.0.0.1", store.AttemptSummary{ClientID: "skc_1"}, failed(i, "machine_token", "client_secret_wrong"))
		r.RecordCall("10.0.0.2", store.AttemptSummary{Connection: fmt.Sprint("conn_", i)}, failed(i, "user_details", "connection_unknown"))
	}
	calls := r.Recent(0)
	if len(calls) != 6 {
		t.Fatalf("in memory: %s", ids(calls))
	}
	wrong := calls[slices.IndexFunc(calls, func(a store.Attempt) bool { return a.ClientID == "skc_1" })]
	if !attempt.IsCall(wrong.ID) || len(wrong.Events) != 32 || !wrong.StartedAt.Equal(at(999)) || wrong.Events[31].Reason != "client_secret_wrong" {
		t.Errorf("%+v", wrong)
	}
	got, found := r.Get(wrong.ID)
	if !found || got.ClientID != "skc_1" {
		t.Errorf("%+v", got)
	}
	var drawn strings.Builder
	if err := attempt.Write(&drawn, got, attempt.Style{}); err != nil {
		t.Fatal(err)
	}
	if page := drawn.String(); !strings.Contains(page, "32 in memory") || strings.Count(page, "The client's secret is wrong.") != 1 {
		t.Errorf("drawn:\n%s", page)
	}
}

func TestCapacity(t *testing.T) {
	r := attempt.New(attempt.Options{Capacity: 3, PerSource: 2})
	for i := range 4 {
		r.Record(fmt.Sprint("source", i), id(fmt.Sprintf("req_%d", i)), ok(i, "authorize"))
	}
	r.Record("source1", id("req_1"), ok(9, "callback")) // now the newest
	r.Record("source9", id("req_9"), ok(10, "authorize"))
	if got := ids(r.Recent(0)); got != "req_9 req_1 req_3" {
		t.Errorf("in memory: %s", got)
	}
}

// One attempt keeps its beginning and its end, and says what is missing.
func TestOneAttemptIsBounded(t *testing.T) {
	for name, note := range map[string]string{"many": "", "large": strings.Repeat("x", 10_000)} {
		r := attempt.New(attempt.Options{})
		for i := range 500 {
			notes := map[string]string{}
			for j := range 20 {
				notes[fmt.Sprintf("note%02d", j)] = note
			}
			r.Record("s", id("req_1"), store.Event{At: at(i), Step: "callback", Notes: notes})
		}
		events := r.Events("req_1")
		bytes := 0
		for _, ev := range events {
			for k, v := range ev.Notes {
				bytes += len(k) + len(v)
			}
		}
		last := len(events) - 1
		if len(events) > 32 || bytes > 8<<10 || !events[0].At.Equal(at(0)) || !events[1].At.Equal(at(1)) || !events[last].At.Equal(at(499)) {
			t.Errorf("%s: %d events, %d bytes, from %v to %v", name, len(events), bytes, events[0].At, events[last].At)
		}
		if got, want := events[2].Notes["omitted_before"], fmt.Sprint(500-len(events)); got != want {
			t.Errorf("%s: omitted %q, want %q", name, got, want)
		}
	}
}

// What was recorded is a copy in both directions.
func TestRecordsAreIsolated(t *testing.T) {
	r := attempt.New(attempt.Options{})
	notes := map[string]string{"a": "1"}
	r.Record("s", id("req_1"), store.Event{At: at(0), Step: "authorize", Notes: notes})
	notes["a"] = "changed"
	r.Events("req_1")[0].Step = "changed"
	if ev := r.Events("req_1")[0]; ev.Step != "authorize" || ev.Notes["a"] != "1" {
		t.Errorf("changed from outside: %+v", ev)
	}
}

func TestSubscribe(t *testing.T) {
	r := attempt.New(attempt.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	updates := r.Subscribe(ctx)
	r.Record("s", store.AttemptSummary{ID: "req_1", ClientID: "cli_1"}, ok(0, "authorize"))
	got := <-updates
	if got.ID != "req_1" || got.ClientID != "cli_1" || got.Event.Step != "authorize" {
		t.Errorf("update = %+v", got)
	}
	if a := got.Attempt(); a.ID != "req_1" || len(a.Events) != 1 {
		t.Errorf("as attempt: %+v", a)
	}
	cancel()
	if _, open := <-updates; open {
		t.Error("an update after the end")
	}
	r.Record("s", id("req_1"), ok(1, "callback")) // must not panic
}

// A reader that sleeps holds up nobody, and learns what it lost.
func TestSlowReader(t *testing.T) {
	r := attempt.New(attempt.Options{})
	updates := r.Subscribe(t.Context())
	for i := range 100 {
		r.Record("s", id("req_1"), ok(i, "callback"))
	}
	read := len(updates)
	for range read {
		if u := <-updates; u.Missed != 0 {
			t.Fatalf("missed %d before anything was lost", u.Missed)
		}
	}
	r.Record("s", id("req_1"), ok(100, "callback"))
	if u := <-updates; u.Missed != 100-read || read == 0 {
		t.Errorf("missed %d after reading %d of 100", u.Missed, read)
	}
}

func TestConcurrentUse(t *testing.T) {
	r := attempt.New(attempt.Options{Capacity: 8, PerSource: 2})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			updates := r.Subscribe(ctx)
			for i := range 200 {
				r.Record(fmt.Sprint(g%4), id(fmt.Sprintf("req_%d", i%16)), ok(i, "authorize"))
				r.Events("req_1")
				r.Recent(3)
				select {
				case <-updates:
				default:
				}
			}
		})
	}
	wg.Wait()
	if n := len(r.Recent(0)); n > 8 {
		t.Errorf("%d attempts, room for 8", n)
	}
}

func TestMerge(t *testing.T) {
	stored := attemptOf(ok(0, "authorize"), ok(5, "user_details"))
	stored.UpdatedAt, stored.ClientName = at(5), ""
	ring := attemptOf(ok(0, "authorize"), ok(5, "user_details"), failed(5, "user_details", "user_other_sub"), failed(2, "callback", "not_posted_yet"))
	ring.Events[1].At = at(5).Add(300 * time.Microsecond) // storage keeps milliseconds
	ring.UpdatedAt, ring.Sub = at(9), "someone else"
	got := attempt.Merge(&stored, &ring)
	var steps []string
	for _, ev := range got.Events {
		steps = append(steps, ev.Step+ev.Reason)
	}
	if s := strings.Join(steps, " "); s != "authorize callbacknot_posted_yet user_details user_detailsuser_other_sub" {
		t.Errorf("events: %s", s)
	}
	if got.Sub != "u_42" || got.ClientName != "Claude Code" || !got.UpdatedAt.Equal(at(9)) || !got.StartedAt.Equal(start) {
		t.Errorf("summary: %+v", got.AttemptSummary)
	}
	for _, one := range []store.Attempt{attempt.Merge(&stored, nil), attempt.Merge(nil, &stored)} {
		if !reflect.DeepEqual(one, stored) {
			t.Errorf("one half alone: %+v", one)
		}
	}
	if empty := attempt.Merge(nil, nil); empty.ID != "" || empty.Events != nil {
		t.Errorf("neither half: %+v", empty)
	}
}
