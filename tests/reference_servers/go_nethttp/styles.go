package main

import (
	"fmt"
	"net/http"
	"time"
)

// style holds every choice that the contract leaves to a server.
type style struct {
	// Responses.
	nullWhenAbsent    bool           // send null for an optional field without a value; else leave it out
	numericIDs        bool           // ids are 1, 2, 3; else random UUIDs
	zone              *time.Location // zone of all timestamps
	wholeSeconds      bool           // timestamps have no fraction
	extras            bool           // send fields and headers that the document does not name
	budgetMirror      bool           // send the deprecated field budget
	sortBudgets       bool           // send the shortest window first; else the order of the request
	contentType       string
	conflictStatus    int // status for an identity that another config has
	unknownKeyStatus  int // status for a virtual key that does not exist
	renewRateLimit    bool
	alignRollingReset bool // last_reset moves by whole windows; else to the moment of the reset

	// Order of the checks.
	routeFirst    bool // 404 and 405 need no key
	validateFirst bool // an update is validated before its config is looked up
	serveHead     bool // HEAD is served as GET; else rejected with 405
	anyCaseBearer bool

	// Requests that may be accepted or rejected.
	goDurations          bool // accept 1h30m, 1.5d, +1d
	integerForms         bool // accept 1.0 and 1e3 as integers
	exactFields          bool // reject unknown and repeated fields; else ignore case and take the last one
	rejectNull           bool // reject null for an optional field; else treat it as absent
	rejectGlobalScopeID  bool // reject scope_id with scope global; else ignore it
	rejectEmptyProvider  bool
	rejectContentTypes   bool // reject a body that is not declared as plain application/json
	rejectNUL            bool
	maxNameLength        int  // in characters; 0 is no maximum
	keepEmptyRateLimit   bool // rate_limit {} of a create makes one without limits
	dropUnlimitedWindows bool // drop a rate limit's duration that comes without its max
	compareLengths       bool // 1d equals 24h
	rejectUnknownFilter  bool // an unknown scope as filter is a 400; else it matches nothing
	rejectHugePages      bool // reject a limit or offset beyond int64; else use the largest

	// Pages of the list.
	pageMaximum  int // 0 is no maximum
	pageDefault  int // 0 is all
	pageFiltered int // page size of a filtered or shifted list without limit; 0 is all
}

var styles = map[string]style{
	"plain": {
		zone:                time.UTC,
		budgetMirror:        true,
		contentType:         "application/json",
		conflictStatus:      http.StatusConflict,
		unknownKeyStatus:    http.StatusBadRequest,
		serveHead:           true,
		goDurations:         true,
		rejectEmptyProvider: true,
		rejectUnknownFilter: true,
		pageMaximum:         100,
		pageDefault:         100,
		pageFiltered:        25,
	},
	"other": {
		nullWhenAbsent:       true,
		numericIDs:           true,
		zone:                 time.FixedZone("IST", 5*3600+30*60),
		wholeSeconds:         true,
		extras:               true,
		sortBudgets:          true,
		contentType:          "application/json; charset=utf-8",
		conflictStatus:       http.StatusBadRequest,
		unknownKeyStatus:     http.StatusNotFound,
		renewRateLimit:       true,
		alignRollingReset:    true,
		routeFirst:           true,
		validateFirst:        true,
		anyCaseBearer:        true,
		integerForms:         true,
		exactFields:          true,
		rejectNull:           true,
		rejectGlobalScopeID:  true,
		rejectContentTypes:   true,
		rejectNUL:            true,
		maxNameLength:        255,
		keepEmptyRateLimit:   true,
		dropUnlimitedWindows: true,
		compareLengths:       true,
		rejectHugePages:      true,
	},
}

func findStyle(name string) (style, error) {
	found, ok := styles[name]
	if !ok {
		return style{}, fmt.Errorf("STYLE is %q; expected plain or other", name)
	}
	return found, nil
}

// now returns the present time in the precision that timestamps of this style have.
func (s style) now() time.Time {
	now := time.Now().UTC()
	if s.wholeSeconds {
		return now.Truncate(time.Second)
	}
	return now
}

func (s style) formatTime(t time.Time) string {
	return t.In(s.zone).Format(time.RFC3339Nano)
}
