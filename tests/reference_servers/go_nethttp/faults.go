package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// fault makes requests of one shape fail. FAIL_WHEN lists them, separated by commas:
// "[500:]METHOD collection|item[!] [WORD]".
type fault struct {
	method     string
	path       string // collection or item
	word       string // strikes only when the body or the query contains it
	plainError bool   // send status 500 as text; else panic, so that net/http closes the connection
	afterStore bool   // strike when the change is stored; else before
}

func parseFaults(spec string) ([]fault, error) {
	var faults []fault
	for part := range strings.SplitSeq(spec, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		var f fault
		part, f.plainError = strings.CutPrefix(part, "500:")
		words := strings.Fields(part)
		if len(words) < 2 || len(words) > 3 {
			return nil, fmt.Errorf("FAIL_WHEN has %q; expected [500:]METHOD collection|item[!] [WORD]", part)
		}
		for i := range words[1:] {
			var marked bool
			words[i+1], marked = strings.CutSuffix(words[i+1], "!")
			f.afterStore = f.afterStore || marked
		}
		f.method, f.path = words[0], words[1]
		if len(words) == 3 {
			f.word = words[2]
		}
		if f.path != "collection" && f.path != "item" {
			return nil, fmt.Errorf("FAIL_WHEN has the path %q; expected collection or item", f.path)
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// injectFaults wraps the handlers of an endpoint with the faults of its path.
func (a *api) injectFaults(path string, found endpoint) endpoint {
	for _, f := range a.faults {
		if handle := found[f.method]; handle != nil && f.path == path {
			found[f.method] = f.wrap(handle)
		}
	}
	return found
}

// discardingWriter takes the response of a handler whose client never gets it.
type discardingWriter struct{ header http.Header }

func (w discardingWriter) Header() http.Header         { return w.header }
func (w discardingWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w discardingWriter) WriteHeader(int)             {}

func (f fault) wrap(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		// Reads only as much as the handler may, so that an endless body does not fill the memory.
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBodySize+1))
		if err != nil {
			return next(w, r)
		}
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body))
		if !strings.Contains(string(body), f.word) && !strings.Contains(r.URL.RawQuery, f.word) {
			return next(w, r)
		}
		if f.afterStore {
			if err := next(discardingWriter{http.Header{}}, r); err != nil {
				return err
			}
		}
		if f.plainError {
			http.Error(w, "Internal Server Error", http.StatusInternalServerError)
			return nil
		}
		panic(errors.New("injected fault"))
	}
}
