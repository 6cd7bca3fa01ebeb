package main

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"log"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	maxBodySize  = 4 << 20
	maxDrainSize = 64 << 20
)

type handler func(w http.ResponseWriter, r *http.Request) error

// endpoint holds the handlers of one path by method.
type endpoint map[string]handler

type api struct {
	key    string
	style  style
	store  *store
	faults []fault
}

// newAPI returns the handler of the whole server.
func newAPI(key string, s style, faults []fault) http.Handler {
	a := &api{key: key, style: s, store: newStore(s), faults: faults}
	// No ServeMux: it redirects paths with // and .. and sends text/plain for 404 and 405.
	return http.HandlerFunc(a.serve)
}

func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	// A response to a half-read body would reset the connection of a client that is still sending.
	defer func() { _, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxDrainSize)) }()
	if a.style.extras {
		w.Header().Set("X-Request-Id", rand.Text())
		w.Header().Set("Cache-Control", "no-store")
	}
	handle := a.authenticate(a.dispatch)
	if a.style.routeFirst {
		handle = a.dispatch
	}
	if err := handle(w, r); err != nil {
		a.writeError(w, err)
	}
}

// authenticate lets only requests with the management key through.
func (a *api) authenticate(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !a.hasKey(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			return &apiError{http.StatusUnauthorized, "send the management API key as \"Authorization: Bearer <key>\""}
		}
		return next(w, r)
	}
}

func (a *api) hasKey(r *http.Request) bool {
	sent := r.Header.Values("Authorization")
	if len(sent) != 1 {
		return false
	}
	scheme, token, _ := strings.Cut(sent[0], " ")
	if scheme != "Bearer" && !(a.style.anyCaseBearer && strings.EqualFold(scheme, "Bearer")) {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(token), []byte(a.key)) == 1
}

// dispatch finds the handler of a path and method.
func (a *api) dispatch(w http.ResponseWriter, r *http.Request) error {
	found := a.findEndpoint(r.URL.EscapedPath())
	if found == nil {
		return &apiError{http.StatusNotFound, "there is nothing at this path"}
	}
	method := r.Method
	if method == http.MethodHead && a.style.serveHead {
		method = http.MethodGet
	}
	handle, ok := found[method]
	if !ok {
		w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(found)), ", "))
		return &apiError{http.StatusMethodNotAllowed, "this path does not support this method"}
	}
	if a.style.routeFirst {
		handle = a.authenticate(handle)
	}
	return handle(w, r)
}

func (a *api) findEndpoint(escapedPath string) endpoint {
	// Segments are split before they are unescaped, so that an id may contain %2F.
	parent := escapedPath[:strings.LastIndexByte(escapedPath, '/')+1]
	last := escapedPath[len(parent):]
	switch escapedPath {
	case "/api/governance/model-configs":
		return a.injectFaults("collection", endpoint{http.MethodGet: a.listConfigs, http.MethodPost: a.createConfig})
	case "/api/governance/virtual-keys":
		return endpoint{http.MethodGet: a.listVirtualKeys}
	case "/api/users":
		return endpoint{http.MethodGet: a.listUsers}
	case "/api/providers":
		return endpoint{http.MethodGet: a.listProviders}
	case "/api/models":
		return endpoint{http.MethodGet: a.listModels}
	}
	id, err := url.PathUnescape(last)
	if err != nil || id == "" {
		return nil
	}
	withID := func(handle func(http.ResponseWriter, *http.Request, string) error) handler {
		return func(w http.ResponseWriter, r *http.Request) error { return handle(w, r, id) }
	}
	switch parent {
	case "/api/governance/model-configs/":
		return a.injectFaults("item", endpoint{
			http.MethodGet:    withID(a.getConfig),
			http.MethodPut:    withID(a.updateConfig),
			http.MethodDelete: withID(a.deleteConfig),
		})
	case "/api/governance/virtual-keys/":
		return endpoint{http.MethodGet: withID(a.getVirtualKey)}
	}
	return nil
}

func (a *api) listConfigs(w http.ResponseWriter, r *http.Request) error {
	query, err := a.style.parseListQuery(r.URL.RawQuery)
	if err != nil {
		return err
	}
	configs, total := a.store.list(query)
	rendered := make([]map[string]any, len(configs))
	for i := range configs {
		rendered[i] = a.style.renderConfig(&configs[i])
	}
	body := map[string]any{"model_configs": rendered, "total_count": total}
	if query.limit >= 0 {
		body["count"], body["limit"], body["offset"] = len(configs), query.limit, query.offset
	}
	a.writeJSON(w, http.StatusOK, body)
	return nil
}

func (a *api) createConfig(w http.ResponseWriter, r *http.Request) error {
	body, err := a.readBody(r)
	if err != nil {
		return err
	}
	draft, err := a.style.parseCreate(body)
	if err != nil {
		return err
	}
	config, err := a.store.create(draft)
	if err != nil {
		return err
	}
	a.writeConfig(w, "Model config created successfully", &config)
	return nil
}

func (a *api) getConfig(w http.ResponseWriter, _ *http.Request, id string) error {
	config, err := a.store.get(id)
	if err != nil {
		return err
	}
	a.writeConfig(w, "", &config)
	return nil
}

func (a *api) updateConfig(w http.ResponseWriter, r *http.Request, id string) error {
	if !a.style.validateFirst {
		if _, err := a.store.get(id); err != nil {
			return err
		}
	}
	body, err := a.readBody(r)
	if err != nil {
		return err
	}
	change, err := a.style.parseUpdate(body)
	if err != nil {
		return err
	}
	config, err := a.store.update(id, change)
	if err != nil {
		return err
	}
	a.writeConfig(w, "Model config updated successfully", &config)
	return nil
}

func (a *api) deleteConfig(w http.ResponseWriter, _ *http.Request, id string) error {
	if err := a.store.delete(id); err != nil {
		return err
	}
	a.writeJSON(w, http.StatusOK, map[string]any{"message": "Model config deleted successfully"})
	return nil
}

func (a *api) readBody(r *http.Request) ([]byte, error) {
	if a.style.rejectContentTypes {
		if err := checkContentType(r.Header); err != nil {
			return nil, err
		}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodySize+1))
	if err != nil {
		return nil, reject("the body could not be read to its end")
	}
	if len(body) > maxBodySize {
		return nil, &apiError{http.StatusRequestEntityTooLarge, "the body must have at most 4 MiB"}
	}
	return body, nil
}

func checkContentType(header http.Header) error {
	unsupported := &apiError{http.StatusUnsupportedMediaType, "send the body as application/json in UTF-8, uncompressed"}
	if encoding := header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return unsupported
	}
	declared := header.Get("Content-Type")
	if declared == "" {
		return nil
	}
	mediaType, params, err := mime.ParseMediaType(declared)
	if err != nil || mediaType != "application/json" {
		return unsupported
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return unsupported
	}
	return nil
}

func (a *api) writeConfig(w http.ResponseWriter, message string, config *modelConfig) {
	body := map[string]any{"model_config": a.style.renderConfig(config)}
	if message != "" {
		body["message"] = message
	}
	a.writeJSON(w, http.StatusOK, body)
}

// writeError sends the error body for every kind of error that a handler returns.
func (a *api) writeError(w http.ResponseWriter, err error) {
	var known *apiError
	switch {
	case errors.As(err, &known):
	case errors.Is(err, errNotFound):
		known = &apiError{http.StatusNotFound, err.Error()}
	case errors.Is(err, errIdentityTaken):
		known = &apiError{a.style.conflictStatus, err.Error()}
	default:
		log.Printf("unexpected error: %v", err)
		known = &apiError{http.StatusInternalServerError, "internal server error"}
	}
	body := map[string]any{"error": map[string]any{"message": known.message}}
	if a.style.extras {
		body["is_bifrost_error"] = false
		body["status_code"] = known.status
		body["extra_fields"] = map[string]any{"request_id": w.Header().Get("X-Request-Id")}
	}
	a.writeJSON(w, known.status, body)
}

func (a *api) writeJSON(w http.ResponseWriter, status int, body any) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		panic(err) // bodies are made of maps, strings and finite numbers only
	}
	w.Header().Set("Content-Type", a.style.contentType)
	w.WriteHeader(status)
	_, _ = w.Write(buffer.Bytes())
}

// renderConfig returns the JSON form of a config.
func (s style) renderConfig(config *modelConfig) map[string]any {
	fields := map[string]any{
		"id":               config.id,
		"model_name":       config.modelName,
		"scope":            config.scope,
		"calendar_aligned": false,
		"created_at":       s.formatTime(config.createdAt),
		"updated_at":       s.formatTime(config.updatedAt),
	}
	setOptional(s, fields, "provider", config.provider)
	setOptional(s, fields, "scope_id", config.scopeID)
	setOptional(s, fields, "scope_name", findScopeName(config.scope, config.scopeID))
	var budgets *[]map[string]any
	var first *map[string]any
	if len(config.budgets) > 0 {
		rendered := make([]map[string]any, len(config.budgets))
		for i := range config.budgets {
			rendered[i] = s.renderBudget(&config.budgets[i])
		}
		budgets, first = &rendered, &rendered[0]
	}
	setOptional(s, fields, "budgets", budgets)
	if s.budgetMirror {
		setOptional(s, fields, "budget", first)
	}
	var limit *map[string]any
	if config.rateLimit != nil {
		rendered := s.renderRateLimit(config.rateLimit)
		limit = &rendered
	}
	setOptional(s, fields, "rate_limit", limit)
	if s.extras {
		fields["currency"] = "USD"
		fields["links"] = map[string]any{"self": "/api/governance/model-configs/" + url.PathEscape(config.id)}
	}
	return fields
}

func (s style) renderBudget(b *budget) map[string]any {
	fields := map[string]any{
		"id":             b.id,
		"max_limit":      b.maxLimit,
		"reset_duration": b.window.text,
		"last_reset":     s.formatTime(b.lastReset),
		"current_usage":  b.currentUsage,
		"created_at":     s.formatTime(b.createdAt),
		"updated_at":     s.formatTime(b.updatedAt),
	}
	if s.extras {
		fields["calendar_aligned"] = false
		fields["remaining"] = b.maxLimit - b.currentUsage
	}
	for _, name := range []string{"config_hash", "team_id", "virtual_key_id", "provider_config_id"} {
		setOptional[string](s, fields, name, nil)
	}
	return fields
}

func (s style) renderRateLimit(limit *rateLimit) map[string]any {
	fields := map[string]any{
		"id":         limit.id,
		"created_at": s.formatTime(limit.createdAt),
		"updated_at": s.formatTime(limit.updatedAt),
	}
	s.renderMetric(fields, "token", &limit.tokens)
	s.renderMetric(fields, "request", &limit.requests)
	setOptional[string](s, fields, "config_hash", nil)
	return fields
}

func (s style) renderMetric(fields map[string]any, name string, m *metric) {
	fields[name+"_current_usage"] = m.currentUsage
	fields[name+"_last_reset"] = s.formatTime(m.lastReset)
	setOptional(s, fields, name+"_max_limit", m.maxLimit)
	var text *string
	if m.window != nil {
		text = &m.window.text
	}
	setOptional(s, fields, name+"_reset_duration", text)
}

// setOptional sets a field that has a value, and the absent ones as the style wants them.
func setOptional[T any](s style, fields map[string]any, name string, value *T) {
	switch {
	case value != nil:
		fields[name] = *value
	case s.nullWhenAbsent:
		fields[name] = nil
	}
}
