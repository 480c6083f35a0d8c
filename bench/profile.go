package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// profile takes a CPU profile of a server that offers one, while an operation is
// measured, and what was allocated up to its end.
func (o options) profile(r *running, name string) (wait func() error) {
	if o.profiles == "" || r.profile == "" {
		return func() error { return nil }
	}
	name = filepath.Join(o.profiles, strings.NewReplacer(" ", "-", ",", "").Replace(name))
	taken := make(chan error, 1)
	seconds := int((o.time + o.warm).Seconds()) * 4 / 3 // both the lone caller and the many
	go func() {
		taken <- save(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", r.profile, max(1, seconds)), name+".cpu")
	}()
	return func() error {
		if err := <-taken; err != nil {
			return err
		}
		return save("http://"+r.profile+"/debug/pprof/allocs", name+".allocs")
	}
}

func save(url, path string) error {
	resp, err := http.Get(url) //nolint:gosec // G107: our own server
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(file, resp.Body)
	return err
}
