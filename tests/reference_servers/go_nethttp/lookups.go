package main

import (
	"net/http"
	"slices"
)

type virtualKey struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	IsActive bool   `json:"is_active"`
}

type user struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

type provider struct {
	Name string `json:"name"`
}

type model struct {
	Name     string `json:"name"`
	Provider string `json:"provider"`
}

var (
	virtualKeys = []virtualKey{
		{"vk-search", "Search team", true},
		{"vk-billing", "Billing", true},
		{"vk-research", "Research", false},
		{"vk-support", "Support", true},
	}
	users = []user{
		{"user-grace", "Grace Hopper", "grace@example.com"},
		{"user-edsger", "Edsger Dijkstra", "edsger@example.com"},
		{"user-barbara", "Barbara Liskov", ""},
		{"user-niklaus", "Niklaus Wirth", "niklaus@example.com"},
	}
	providers = []provider{{"openai"}, {"anthropic"}, {"mistral"}}
	models    = []model{
		{"gpt-4o", "openai"},
		{"gpt-4o-mini", "openai"},
		{"claude-sonnet-4", "anthropic"},
		{"mistral-large", "mistral"},
	}
)

func findVirtualKey(id string) *virtualKey {
	if i := slices.IndexFunc(virtualKeys, func(k virtualKey) bool { return k.ID == id }); i >= 0 {
		return &virtualKeys[i]
	}
	return nil
}

// findScopeName returns the name of a config's scope target, or nothing where it is unknown.
func findScopeName(scope string, id *string) *string {
	if id == nil {
		return nil
	}
	if scope == "virtual_key" {
		if key := findVirtualKey(*id); key != nil {
			return &key.Name
		}
		return nil
	}
	if i := slices.IndexFunc(users, func(u user) bool { return u.ID == *id }); i >= 0 {
		return &users[i].Name
	}
	return nil
}

const lookupPage = 100

// cutPage returns the entries of one page; a shift behind the end gives none.
func cutPage[T any](all []T, offset, limit int) []T {
	start := min(offset, len(all))
	return all[start : start+min(limit, len(all)-start)]
}

func (a *api) listVirtualKeys(w http.ResponseWriter, r *http.Request) error {
	values, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return err
	}
	limit, err := a.style.parsePageNumber(values, "limit", lookupPage)
	if err != nil {
		return err
	}
	offset, err := a.style.parsePageNumber(values, "offset", 0)
	if err != nil {
		return err
	}
	limit = min(limit, lookupPage)
	page := cutPage(virtualKeys, offset, limit)
	a.writeJSON(w, http.StatusOK, map[string]any{
		"virtual_keys": page, "count": len(page), "total_count": len(virtualKeys), "limit": limit, "offset": offset,
	})
	return nil
}

func (a *api) getVirtualKey(w http.ResponseWriter, _ *http.Request, id string) error {
	key := findVirtualKey(id)
	if key == nil {
		return &apiError{http.StatusNotFound, "there is no virtual key with this id"}
	}
	a.writeJSON(w, http.StatusOK, map[string]any{"virtual_key": key})
	return nil
}

func (a *api) listUsers(w http.ResponseWriter, r *http.Request) error {
	values, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return err
	}
	limit, err := a.style.parsePageNumber(values, "limit", lookupPage)
	if err != nil {
		return err
	}
	page, err := a.style.parsePageNumber(values, "page", 1)
	if err != nil {
		return err
	}
	if page < 1 {
		return reject("page must be at least 1")
	}
	limit = min(limit, lookupPage)
	pages := 0
	if limit > 0 {
		pages = (len(users) + limit - 1) / limit
	}
	shown := []user{}
	if page <= pages {
		shown = cutPage(users, (page-1)*limit, limit)
	}
	a.writeJSON(w, http.StatusOK, map[string]any{
		"users": shown, "total": len(users), "page": page, "limit": limit, "total_pages": pages, "has_more": page < pages,
	})
	return nil
}

func (a *api) listProviders(w http.ResponseWriter, _ *http.Request) error {
	a.writeJSON(w, http.StatusOK, map[string]any{"providers": providers, "total": len(providers)})
	return nil
}

func (a *api) listModels(w http.ResponseWriter, _ *http.Request) error {
	a.writeJSON(w, http.StatusOK, map[string]any{"models": models, "total": len(models)})
	return nil
}
