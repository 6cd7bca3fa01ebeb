package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

var (
	errNotFound      = errors.New("there is no model config with this id")
	errIdentityTaken = errors.New("another model config has the same scope, scope_id, model_name and provider")
)

// window is the length of time after which a usage returns to 0.
type window struct {
	text    string // as the client wrote it
	seconds float64
}

// budget is a limit in dollars over a window.
type budget struct {
	id           string
	maxLimit     float64
	window       window
	currentUsage float64
	lastReset    time.Time
	createdAt    time.Time
	updatedAt    time.Time
}

// metric is one half of a rate limit: tokens or requests.
type metric struct {
	maxLimit     *int64
	window       *window
	currentUsage int64
	lastReset    time.Time
}

type rateLimit struct {
	id        string
	tokens    metric
	requests  metric
	createdAt time.Time
	updatedAt time.Time
}

type modelConfig struct {
	id        string
	modelName string
	provider  *string
	scope     string
	scopeID   *string
	budgets   []budget
	rateLimit *rateLimit
	createdAt time.Time
	updatedAt time.Time
}

// identity is what no two configs share.
type identity struct {
	scope, scopeID, modelName, provider string
	hasProvider                         bool
}

func (c *modelConfig) identity() identity {
	key := identity{scope: c.scope, modelName: c.modelName}
	if c.scopeID != nil {
		key.scopeID = *c.scopeID
	}
	if c.provider != nil {
		key.provider, key.hasProvider = *c.provider, true
	}
	return key
}

// clone returns a copy that shares nothing which the store changes later.
func (c *modelConfig) clone() modelConfig {
	copied := *c
	copied.budgets = slices.Clone(c.budgets)
	if c.rateLimit != nil {
		limit := *c.rateLimit
		copied.rateLimit = &limit
	}
	return copied
}

// store holds all model configs.
type store struct {
	style style

	mu         sync.Mutex
	configs    []*modelConfig // oldest first
	byID       map[string]*modelConfig
	byIdentity map[identity]*modelConfig
	lastID     uint64
}

func newStore(s style) *store {
	return &store{
		style:      s,
		byID:       make(map[string]*modelConfig),
		byIdentity: make(map[identity]*modelConfig),
	}
}

// newID returns an id that was never given before. The caller holds the lock.
func (s *store) newID() string {
	if s.style.numericIDs {
		s.lastID++
		return strconv.FormatUint(s.lastID, 10)
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never returns an error
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (s *store) create(draft configDraft) (modelConfig, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.style.now()
	config := &modelConfig{
		modelName: draft.modelName,
		provider:  draft.provider,
		scope:     draft.scope,
		scopeID:   draft.scopeID,
		createdAt: now,
		updatedAt: now,
	}
	key := config.identity()
	if s.byIdentity[key] != nil {
		return modelConfig{}, errIdentityTaken
	}
	config.id = s.newID()
	config.budgets = s.replaceBudgets(nil, draft.budgets, now)
	if draft.rateLimit != nil {
		config.rateLimit = s.replaceRateLimit(nil, *draft.rateLimit, now)
	}
	s.configs = append(s.configs, config)
	s.byID[config.id] = config
	s.byIdentity[key] = config
	return config.clone(), nil
}

func (s *store) get(id string) (modelConfig, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	config := s.byID[id]
	if config == nil {
		return modelConfig{}, errNotFound
	}
	s.resetUsage(config)
	return config.clone(), nil
}

func (s *store) update(id string, change configChange) (modelConfig, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := s.byID[id]
	if stored == nil {
		return modelConfig{}, errNotFound
	}
	s.resetUsage(stored)
	config := stored.clone()
	if change.modelName != nil {
		config.modelName = *change.modelName
	}
	if change.provider != nil {
		config.provider = change.provider
	}
	before, after := stored.identity(), config.identity()
	if other := s.byIdentity[after]; other != nil && other != stored {
		return modelConfig{}, errIdentityTaken
	}
	now := s.style.now()
	if change.budgets != nil {
		config.budgets = s.replaceBudgets(config.budgets, *change.budgets, now)
	}
	switch limit := change.rateLimit; {
	case limit == nil:
	case limit.isEmpty():
		config.rateLimit = nil
	default:
		config.rateLimit = s.replaceRateLimit(config.rateLimit, *limit, now)
	}
	config.updatedAt = now
	if !s.style.wholeSeconds && !now.After(stored.updatedAt) {
		// The clock may stand still between two updates, or be set back.
		config.updatedAt = stored.updatedAt.Add(time.Nanosecond)
	}
	*stored = config
	delete(s.byIdentity, before)
	s.byIdentity[after] = stored
	return stored.clone(), nil
}

func (s *store) delete(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	config := s.byID[id]
	if config == nil {
		return errNotFound
	}
	delete(s.byID, id)
	delete(s.byIdentity, config.identity())
	s.configs = slices.DeleteFunc(s.configs, func(c *modelConfig) bool { return c == config })
	return nil
}

// list returns one page of the matching configs and how many match in all.
func (s *store) list(query listQuery) ([]modelConfig, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := []modelConfig{}
	total := 0
	for _, config := range s.configs {
		if !query.matches(config) {
			continue
		}
		// Subtracting keeps a huge limit from overflowing.
		if total >= query.offset && (query.limit < 0 || total-query.offset < query.limit) {
			s.resetUsage(config)
			page = append(page, config.clone())
		}
		total++
	}
	return page, total
}

// replaceBudgets returns the budgets that the request wants. A budget that stays, by id or else by duration, keeps
// its id, usage and reset. The caller holds the lock.
func (s *store) replaceBudgets(current []budget, wanted []budgetDraft, now time.Time) []budget {
	kept := make([]*budget, len(wanted))
	taken := make(map[string]bool)
	claim := func(i int, matches func(budget) bool) {
		for _, candidate := range current {
			if kept[i] == nil && !taken[candidate.id] && matches(candidate) {
				kept[i] = &candidate
				taken[candidate.id] = true
			}
		}
	}
	// All ids come first: an entry with an id must not lose its budget to another entry with the same duration.
	for i, draft := range wanted {
		if draft.id != nil {
			claim(i, func(b budget) bool { return b.id == *draft.id })
		}
	}
	for i, draft := range wanted {
		claim(i, func(b budget) bool { return b.window.text == draft.window.text })
	}
	budgets := make([]budget, len(wanted))
	for i, draft := range wanted {
		if kept[i] != nil {
			budgets[i] = *kept[i]
		} else {
			budgets[i] = budget{id: s.newID(), lastReset: now, createdAt: now}
		}
		budgets[i].maxLimit = draft.maxLimit
		budgets[i].window = draft.window
		budgets[i].updatedAt = now
	}
	if s.style.sortBudgets {
		slices.SortStableFunc(budgets, func(a, b budget) int { return cmp.Compare(a.window.seconds, b.window.seconds) })
	}
	return budgets
}

// replaceRateLimit returns the rate limit that the request wants. The caller holds the lock.
func (s *store) replaceRateLimit(current *rateLimit, draft rateLimitDraft, now time.Time) *rateLimit {
	limit := rateLimit{createdAt: now, tokens: metric{lastReset: now}, requests: metric{lastReset: now}}
	if current != nil && !s.style.renewRateLimit {
		limit = *current
	} else {
		limit.id = s.newID()
	}
	limit.tokens.maxLimit, limit.tokens.window = draft.tokens.maxLimit, draft.tokens.window
	limit.requests.maxLimit, limit.requests.window = draft.requests.maxLimit, draft.requests.window
	limit.updatedAt = now
	return &limit
}

// resetUsage sets every usage back to 0 whose window has passed. The caller holds the lock.
func (s *store) resetUsage(config *modelConfig) {
	now := s.style.now()
	for i := range config.budgets {
		b := &config.budgets[i]
		if reset, passed := s.nextReset(b.lastReset, b.window, now); passed {
			b.currentUsage, b.lastReset = 0, reset
		}
	}
	if config.rateLimit == nil {
		return
	}
	for _, m := range []*metric{&config.rateLimit.tokens, &config.rateLimit.requests} {
		if m.window == nil {
			continue
		}
		if reset, passed := s.nextReset(m.lastReset, *m.window, now); passed {
			m.currentUsage, m.lastReset = 0, reset
		}
	}
}

// nextReset reports whether a window has passed since last, and when the running window began.
func (s *store) nextReset(last time.Time, w window, now time.Time) (time.Time, bool) {
	elapsed := now.Sub(last).Seconds()
	if elapsed < w.seconds {
		return last, false
	}
	if !s.style.alignRollingReset {
		return now, true
	}
	whole := math.Floor(elapsed/w.seconds) * w.seconds
	return last.Add(time.Duration(whole) * time.Second), true
}

// listQuery is what a list request asks for; an empty filter matches all, a negative limit is none.
type listQuery struct {
	scope, provider, search string
	offset, limit           int
}

func (q listQuery) matches(config *modelConfig) bool {
	if q.scope != "" && config.scope != q.scope {
		return false
	}
	if q.provider != "" && (config.provider == nil || *config.provider != q.provider) {
		return false
	}
	return q.search == "" || strings.Contains(foldCase(config.modelName), foldCase(q.search))
}

// foldCase returns the text with every letter replaced by one that stands for all its cases. Lower case alone would
// tell ς from σ.
func foldCase(text string) string {
	return strings.Map(func(r rune) rune {
		smallest := r
		for folded := unicode.SimpleFold(r); folded != r; folded = unicode.SimpleFold(folded) {
			smallest = min(smallest, folded)
		}
		return smallest
	}, text)
}
